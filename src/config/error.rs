use std::path::PathBuf;

use crate::diagnostic::Diagnostics;

/// What can go wrong before anything about people is known.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot read `{path}`: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    /// There is no file where the configuration should be.
    #[error("no configuration at `{path}`")]
    NotFound { path: PathBuf },
    /// The text of `rolecall.toml` is wrong; each finding points into it.
    #[error("the configuration is not valid")]
    Invalid(Diagnostics),
    #[error("cannot read the {purpose} from {place}: {why}")]
    Secret { purpose: &'static str, place: String, why: String },
    #[error("the link `{path}` leads out of `{folder}`")]
    Outside { path: PathBuf, folder: PathBuf },
    #[error("`{path}` is not UTF-8")]
    NotUtf8 { path: PathBuf },
    #[error("`{path}` is larger than {limit} bytes")]
    TooLarge { path: PathBuf, limit: u64 },
    #[error("`{folder}` holds more than {limit} files and folders")]
    TooMany { folder: PathBuf, limit: usize },
    /// Files came, went or changed at every attempt to read them as one set.
    #[error("`{path}` kept changing while it was read")]
    Unstable { path: PathBuf },
    #[error("there is no `{entry}` in the policy folder `{folder}`")]
    NoEntry { entry: String, folder: PathBuf },
    #[error("no [{section}] is configured in `{path}`")]
    Missing { section: &'static str, path: PathBuf },
}

impl Error {
    /// Advice for the person who runs rolecall, apart from the message.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NotFound { .. } => "`rolecall init` writes a project; `--config FILE` names another one",
            Self::Secret { .. } => {
                "a secret comes from the environment, a file, or a systemd credential; the configuration names which"
            }
            Self::Outside { .. } => "put the file itself below the folder, or link to one that is",
            Self::NotUtf8 { .. } => "save the file as UTF-8",
            Self::TooLarge { .. } | Self::TooMany { .. } => {
                "the folder is for scripts and look-up tables; keep other data elsewhere"
            }
            Self::Unstable { .. } => "try again when whatever writes there is done",
            Self::NoEntry { .. } => "`entry` in the [policy] section names the script that is run first",
            Self::Missing { section: "directory", .. } => {
                "add a [directory] section: `kind = \"ldap\"` for Active Directory, `kind = \"file\"` for an export"
            }
            Self::Missing { .. } => {
                "add a [target] section with the `base_url` and the access key from Klaviyo's Security page"
            }
            Self::Read { source, .. } if source.kind() == std::io::ErrorKind::IsADirectory => {
                "name the file itself, not its folder"
            }
            Self::Read { .. } | Self::Invalid(_) => return None,
        })
    }
}
