use std::path::PathBuf;

use crate::diagnostic::Diagnostics;

/// What can go wrong before anything about people is known.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot read `{path}`: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    /// The text of `rolecall.toml` is wrong; each finding points into it.
    #[error("the configuration is not valid")]
    Invalid(Diagnostics),
    #[error("cannot read the {purpose} from {place}: {why}")]
    Secret { purpose: &'static str, place: String, why: String },
    #[error("`{path}` lies outside the policy folder `{folder}`: a link may not lead out of it")]
    Outside { path: PathBuf, folder: PathBuf },
    #[error("`{path}` is not UTF-8")]
    NotUtf8 { path: PathBuf },
    #[error("`{path}` kept changing while it was read")]
    Unstable { path: PathBuf },
    #[error("no {section} is configured in `{path}`")]
    Missing { section: &'static str, path: PathBuf },
}
