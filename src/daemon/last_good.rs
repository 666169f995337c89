//! Rules that outlive the process: those in force, for a restart with broken ones, and those that wait for approval.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::config::Sources;

/// A file in the state folder that holds one set of sources.
#[derive(Debug)]
pub struct LastGood {
    path: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    entry: String,
    extra_attributes: Vec<String>,
    files: std::collections::BTreeMap<String, std::sync::Arc<str>>,
}

impl LastGood {
    /// The rules in force.
    #[must_use]
    pub fn new(state: &Path) -> Self {
        Self { path: state.join("last-good-policy.json") }
    }

    /// The rules that wait for approval.
    pub(super) fn pending(state: &Path) -> Self {
        Self { path: state.join("pending-policy.json") }
    }

    /// What was kept, if anything was and it can be read.
    #[must_use]
    pub fn read(&self) -> Option<Sources> {
        let text = std::fs::read_to_string(&self.path).ok()?;
        let kept: Kept = serde_json::from_str(&text).ok()?;
        Some(Sources { entry: kept.entry, files: kept.files, extra_attributes: kept.extra_attributes })
    }

    /// Replaces what was kept, in one step.
    ///
    /// # Errors
    /// When it cannot be written; what was kept before is kept still.
    pub fn keep(&self, sources: &Sources) -> std::io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let kept = Kept {
            entry: sources.entry.clone(),
            extra_attributes: sources.extra_attributes.clone(),
            files: sources.files.clone(),
        };
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(serde_json::to_string(&kept)?.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(|error| error.error)?;
        Ok(())
    }

    /// Keeps nothing any more.
    pub(super) fn forget(&self) -> std::io::Result<()> {
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}
