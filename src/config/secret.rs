use std::env::VarError;
use std::fmt;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::Error;

/// Where a secret is. The secret itself is read when it is needed, and is in none of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secret {
    /// The name of an environment variable.
    Env(String),
    File(PathBuf),
    /// The name of a systemd credential: a file in `$CREDENTIALS_DIRECTORY` (systemd.exec(5)).
    Credential(String),
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "environment variable `{name}`"),
            Self::File(path) => write!(f, "file `{}`", path.display()),
            Self::Credential(name) => write!(f, "systemd credential `{name}`"),
        }
    }
}

impl Secret {
    /// Reads the secret; white space around it is not part of it.
    ///
    /// # Errors
    /// When the variable is not set, the file cannot be read, or nothing is in it.
    pub fn read(&self, purpose: &'static str) -> Result<SecretString, Error> {
        let failed = |why: String| Error::Secret { purpose, place: self.to_string(), why };
        let text = match self {
            Self::Env(name) => variable(name),
            Self::File(path) => content(path),
            Self::Credential(name) => variable("CREDENTIALS_DIRECTORY")
                .map_err(|_| "this process was given no credentials".to_owned())
                .and_then(|folder| content(&Path::new(&folder).join(name))),
        }
        .map_err(failed)?;
        let text = text.trim();
        if text.is_empty() {
            return Err(failed("it is empty".into()));
        }
        Ok(SecretString::from(text))
    }
}

/// An error of its own making: the one of `std::env` shows the value.
fn variable(name: &str) -> Result<String, String> {
    std::env::var(name).map_err(|error| match error {
        VarError::NotPresent => "it is not set".to_owned(),
        VarError::NotUnicode(_) => "it is not UTF-8".to_owned(),
    })
}

fn content(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::Secret;

    #[test]
    fn white_space_around_a_secret_is_not_part_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        std::fs::write(&file, " pk_1\r\n").unwrap();
        let secret = Secret::File(file).read("access key").unwrap();
        assert_eq!(secret.expose_secret(), "pk_1");
        assert!(!format!("{secret:?}").contains("pk_1"));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        std::fs::write(&file, "\n").unwrap();
        let empty = Secret::File(file).read("access key").unwrap_err().to_string();
        assert!(empty.starts_with("cannot read the access key from file `"), "{empty}");
        assert!(empty.ends_with("/key`: it is empty"), "{empty}");
        let unset = Secret::Env("ROLECALL_NO_SUCH_VARIABLE".into()).read("bind password").unwrap_err();
        assert_eq!(
            unset.to_string(),
            "cannot read the bind password from environment variable `ROLECALL_NO_SUCH_VARIABLE`: it is not set"
        );
        let none = Secret::Credential("key".into()).read("access key").unwrap_err();
        assert_eq!(
            none.to_string(),
            "cannot read the access key from systemd credential `key`: this process was given no credentials"
        );
    }
}
