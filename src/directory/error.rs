use std::path::PathBuf;

/// Why there is no snapshot at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot read `{path}`: {source}")]
    Open { path: PathBuf, source: std::io::Error },
    /// The file's text is wrong, or ends too early.
    #[error("`{path}`, line {line}: {why}")]
    Text { path: PathBuf, line: usize, why: String },
    #[error("`{path}` is neither `.ldif` nor `.jsonl`")]
    UnknownFormat { path: PathBuf },
    /// Anything that an LDAP server or the way to it refuses; `doing` names what was attempted on what.
    #[error("cannot {doing}: {why}")]
    Ldap { doing: String, why: String, hint: Option<String> },
    #[error(transparent)]
    Secret(#[from] crate::config::Error),
}

impl Error {
    /// Advice for the person who runs rolecall, apart from the message.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Ldap { hint, .. } => hint.as_deref(),
            _ => None,
        }
    }
}
