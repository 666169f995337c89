use std::collections::BTreeMap;
use std::sync::Arc;

use super::fixtures::Fixtures;
use super::runner::{Report, run};
use crate::config::{self, PolicyPaths, Sources};
use crate::diagnostic::Diagnostics;
use crate::policy::{Policy, with_room};

/// The test scripts and fixtures of a project.
#[derive(Clone, Debug, Default)]
pub struct Material {
    /// Path relative to the tests folder to text.
    pub files: BTreeMap<String, Arc<str>>,
    pub fixtures: Fixtures,
}

/// Why there is nothing to test with.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    #[error(transparent)]
    Files(#[from] config::Error),
    #[error("the fixtures cannot be read")]
    Fixtures(Diagnostics),
}

impl Material {
    /// Reads the tests and fixtures of a project; a folder that is not there holds nothing.
    ///
    /// # Errors
    /// When a file cannot be read, or a fixture is wrong.
    pub fn read(paths: &PolicyPaths) -> Result<Self, Unreadable> {
        let folder = |folder: &std::path::Path, endings: &[&str]| {
            if folder.exists() { Sources::read_folder(folder, endings) } else { Ok(BTreeMap::new()) }
        };
        let files = folder(&paths.tests, &[".rhai"])?;
        let fixtures =
            Fixtures::read(&folder(&paths.fixtures, &[".toml", ".ldif"])?).map_err(Unreadable::Fixtures)?;
        Ok(Self { files, fixtures })
    }

    /// Runs the tests whose file or name contains `filter`.
    #[must_use]
    pub fn run(&self, policy: &Arc<Policy>, filter: Option<&str>) -> Report {
        with_room(|| run(policy, &self.files, &self.fixtures, filter))
    }
}
