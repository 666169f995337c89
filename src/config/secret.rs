use std::path::PathBuf;

use secrecy::SecretString;

use super::Error;

/// Where a secret is. The secret itself is read when it is needed, and has no `Display` and no telling `Debug`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secret {
    Env(String),
    File(PathBuf),
}

impl Secret {
    /// Reads the secret; white space around it is not part of it.
    ///
    /// # Errors
    /// When the variable is not set, the file cannot be read, or nothing is in it.
    pub fn read(&self, purpose: &'static str) -> Result<SecretString, Error> {
        let text = match self {
            Self::Env(name) => std::env::var(name).map_err(|_| Error::Secret {
                purpose,
                place: format!("environment variable `{name}`"),
                why: "it is not set".into(),
            })?,
            Self::File(path) => std::fs::read_to_string(path).map_err(|e| Error::Secret {
                purpose,
                place: format!("file `{}`", path.display()),
                why: e.to_string(),
            })?,
        };
        let text = text.trim();
        if text.is_empty() {
            let place = match self {
                Self::Env(name) => format!("environment variable `{name}`"),
                Self::File(path) => format!("file `{}`", path.display()),
            };
            return Err(Error::Secret { purpose, place, why: "it is empty".into() });
        }
        Ok(SecretString::from(text))
    }
}
