/// Why the target did not do, or did not prove that it did, what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot {doing}: {why}")]
    Failed { doing: String, why: String, hint: Option<String> },
}

impl Error {
    pub fn hint(&self) -> Option<&str> {
        None
    }
}
