use std::path::PathBuf;

use rusqlite::ErrorCode;

/// Why something could not be recorded or looked up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot create the state folder `{}`: {source}", folder.display())]
    Folder { folder: PathBuf, source: std::io::Error },
    #[error("cannot open `{}`: {source}", path.display())]
    Open { path: PathBuf, source: std::io::Error },
    #[error("another rolecall{} is at work on the state folder `{}`", pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default(), folder.display())]
    Busy { folder: PathBuf, pid: Option<u32> },
    #[error("`{}` was written by a newer rolecall (schema {found}; this one knows up to {known})", path.display())]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error("`{}` is the database of something else", path.display())]
    Foreign { path: PathBuf },
    #[error("cannot {doing} (`{}`): {source}", path.display())]
    Sql { doing: &'static str, path: PathBuf, source: rusqlite::Error },
}

impl Error {
    /// Advice for the person who runs rolecall, apart from the message.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Folder { .. } | Self::Open { .. } => {
                Some("let the user that runs rolecall write there, or name another `folder` in [state]")
            }
            Self::Busy { .. } => Some("wait until it has ended, or stop it"),
            Self::Newer { .. } => Some("install that version of rolecall again"),
            Self::Foreign { .. } => Some("name a `folder` of its own in [state]"),
            Self::Sql { source, .. } => match source.sqlite_error_code()? {
                ErrorCode::DiskFull => Some("make room on the disk that holds the state folder"),
                ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
                    Some("let the user that runs rolecall write to the state folder and to every file in it")
                }
                ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt => Some(
                    "move the file away and put back a copy; without one rolecall starts over and finds accounts by \
                     userName",
                ),
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
                    Some("another process holds the journal; end it and try again")
                }
                ErrorCode::SystemIoFailure => {
                    Some("look at the disk that holds the state folder: it may be full, or broken, or gone")
                }
                _ => None,
            },
        }
    }
}
