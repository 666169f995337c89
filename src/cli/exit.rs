use std::fmt;
use std::process::ExitCode;

use crate::{config, daemon, directory, journal, scim, sync};

/// How a command ends, as scripts around it see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    Ok = 0,
    Unexpected = 1,
    /// Wrong arguments or configuration.
    Usage = 2,
    /// The policy, or a script that is run once, does not compile, check or come to its end.
    Policy = 3,
    /// Tests failed, or there were none.
    Tests = 4,
    /// The plan has changes; only with `--detailed-exitcode`.
    Changes = 5,
    /// The guard refused.
    Refused = 6,
    /// Applied, with failures.
    Failures = 7,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

const PATH_HINT: &str = "`path` in [directory] names the export, relative to the configuration's folder";

const FORMAT_HINT: &str = "export as LDIF or as JSON Lines; the file's ending says which it is";

/// A command that ended early: the code, and what to tell. The message may be empty when all was told already.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) exit: Exit,
    pub(super) error: Option<anyhow::Error>,
    pub(super) hint: Option<String>,
}

impl Failure {
    pub(super) fn told(exit: Exit) -> Self {
        Self { exit, error: None, hint: None }
    }

    pub(super) fn new(exit: Exit, message: impl fmt::Display) -> Self {
        Self { exit, error: Some(anyhow::anyhow!("{message}")), hint: None }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    fn of(exit: Exit, error: impl Into<anyhow::Error>, hint: Option<String>) -> Self {
        Self { exit, error: Some(error.into()), hint }
    }

    /// Puts in front of the message what it is about.
    pub(super) fn about(mut self, what: String) -> Self {
        self.error = self.error.map(|error| error.context(what));
        self
    }

    /// The message with its causes, joined by `: `; a cause that says nothing new is left out, and so are the system's
    /// numbers behind its words.
    pub(super) fn message(&self) -> Option<String> {
        let error = self.error.as_ref()?;
        let mut text = error.to_string();
        let mut last = text.clone();
        for cause in error.chain().skip(1) {
            let cause = cause.to_string();
            if !text.contains(&cause) && !cause.contains(&last) {
                text = format!("{text}: {cause}");
            }
            last = cause;
        }
        Some(without_numbers(&text))
    }
}

/// `No such file or directory (os error 2)` -> `No such file or directory`
fn without_numbers(text: &str) -> String {
    let mut parts = text.split(" (os error ");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(')') {
            Some((number, rest)) if number.chars().all(|c| c.is_ascii_digit()) => out.push_str(rest),
            _ => out.push_str(&format!(" (os error {part}")),
        }
    }
    out
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::of(Exit::Unexpected, error, None)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::of(Exit::Unexpected, error, None)
    }
}

impl From<config::Error> for Failure {
    fn from(error: config::Error) -> Self {
        let hint = error.hint().map(str::to_owned);
        Self::of(Exit::Usage, error, hint)
    }
}

impl From<journal::Error> for Failure {
    fn from(error: journal::Error) -> Self {
        use journal::Error::{Folder, Foreign, Open};
        let hint = error.hint().map(str::to_owned);
        let exit = match error {
            Folder { .. } | Open { .. } | Foreign { .. } => Exit::Usage,
            _ => Exit::Unexpected,
        };
        Self::of(exit, error, hint)
    }
}

impl From<directory::Error> for Failure {
    fn from(error: directory::Error) -> Self {
        use directory::Error::{Open, Secret, UnknownFormat};
        let hint = error.hint().map(str::to_owned);
        match error {
            Secret(error) => error.into(),
            Open { .. } => Self::of(Exit::Usage, error, Some(PATH_HINT.to_owned())),
            UnknownFormat { .. } => Self::of(Exit::Usage, error, Some(FORMAT_HINT.to_owned())),
            error => Self::of(Exit::Unexpected, error, hint),
        }
    }
}

impl From<scim::Error> for Failure {
    fn from(error: scim::Error) -> Self {
        let hint = error.hint().map(str::to_owned);
        match error {
            scim::Error::Secret(error) => error.into(),
            error @ scim::Error::Config { .. } => Self::of(Exit::Usage, error, hint),
            error => Self::of(Exit::Unexpected, error, hint),
        }
    }
}

impl From<sync::Error> for Failure {
    fn from(error: sync::Error) -> Self {
        match error {
            sync::Error::Directory(error) => error.into(),
            sync::Error::Target(error) => error.into(),
            sync::Error::Journal(error) => error.into(),
            error @ sync::Error::Script { .. } => Self::of(Exit::Policy, error, None),
            error @ sync::Error::Stopped => Self::of(Exit::Unexpected, error, None),
        }
    }
}

impl From<daemon::StartError> for Failure {
    fn from(error: daemon::StartError) -> Self {
        match error {
            daemon::StartError::Settings(daemon::Unfit::Config(error)) => error.into(),
            daemon::StartError::Settings(daemon::Unfit::Target(error)) => error.into(),
            error @ daemon::StartError::Settings(_) => Self::of(Exit::Usage, error, None),
            daemon::StartError::Journal(error) => error.into(),
            error @ daemon::StartError::Policy(_) => Self::of(Exit::Policy, error, None),
        }
    }
}

impl From<daemon::ListenError> for Failure {
    fn from(error: daemon::ListenError) -> Self {
        match error {
            daemon::ListenError::Token(error) => error.into(),
            error @ daemon::ListenError::Listen { .. } => {
                let hint = "name another `listen` in [http], or `off`";
                Self::of(Exit::Usage, error, Some(hint.to_owned()))
            }
        }
    }
}
