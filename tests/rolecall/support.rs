//! Temporary projects, and the binary run in them.

use std::path::PathBuf;

use tempfile::TempDir;

/// A folder of its own for one test, removed at its end.
pub(crate) struct Project {
    folder: TempDir,
}

impl Project {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::with_prefix("rolecall-test-").unwrap() }
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    /// Writes a file, and the folders that it needs.
    pub(crate) fn write(&self, relative: &str, text: &str) -> &Self {
        let path = self.path(relative);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    /// The text with the project's folder as `[project]`.
    pub(crate) fn hide(&self, text: &str) -> String {
        text.replace(&self.folder.path().display().to_string(), "[project]")
    }
}
