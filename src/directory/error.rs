use std::path::{Path, PathBuf};

/// Why there is no snapshot at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot read `{path}`: {source}")]
    Open { path: PathBuf, source: std::io::Error },
    /// The file's text is wrong, or ends too early.
    #[error("`{path}`, line {line}: {why}")]
    Text { path: PathBuf, line: usize, why: String, hint: Option<String> },
    #[error("`{path}` is neither `.ldif` nor `.jsonl`")]
    UnknownFormat { path: PathBuf },
    /// The file is well formed, and nobody is in it: never taken for a company that has no people.
    #[error("nobody is in `{path}`: {}", none_of(*entries))]
    Nobody { path: PathBuf, entries: usize },
    #[error("`{dn}` in `{path}` has no `objectClass`, so whether it is a person is unknown")]
    NoObjectClass { path: PathBuf, dn: String },
    /// Anything that an LDAP server or the way to it refuses; `doing` names what was attempted on what.
    #[error("cannot {doing}: {why}")]
    Ldap { doing: String, why: String, hint: Option<String> },
    /// The same of one server, where another may do better: it cannot be reached, breaks off, or has no time.
    #[error("cannot {doing}: {why}")]
    Server { doing: String, why: String, hint: Option<String> },
    #[error(transparent)]
    Secret(#[from] crate::config::Error),
}

impl Error {
    /// Advice for the person who runs rolecall, apart from the message.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Ldap { hint, .. } | Self::Server { hint, .. } | Self::Text { hint, .. } => hint.as_deref(),
            Self::Nobody { entries: 0, .. } => Some("the export may have failed"),
            Self::Nobody { .. } => Some("people have the objectClass `user` and not `computer`"),
            Self::NoObjectClass { .. } => Some("export the attribute `objectClass` too"),
            _ => None,
        }
    }

    /// Whether the same, asked of another server of the directory, may succeed.
    pub(super) fn is_of_one_server(&self) -> bool {
        matches!(self, Self::Server { .. })
    }
}

fn none_of(entries: usize) -> String {
    match entries {
        0 => "it has no entry".to_owned(),
        1 => "its one entry is no person".to_owned(),
        entries => format!("of its {entries} entries none is a person"),
    }
}

/// What is wrong with a line, before the file's name is known.
#[derive(Debug)]
pub(super) struct Mistake {
    line: usize,
    why: String,
    hint: Option<String>,
}

impl Mistake {
    pub(super) fn new(line: usize, why: impl Into<String>) -> Self {
        Self { line, why: why.into(), hint: None }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn in_file(self, path: &Path) -> Error {
        Error::Text { path: path.to_owned(), line: self.line, why: self.why, hint: self.hint }
    }
}
