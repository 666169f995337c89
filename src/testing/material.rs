use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::coverage::Coverage;
use super::fixtures::Fixtures;
use super::mutate::{Mutation, mutate};
use super::outcome::Report;
use super::runner::{Bench, Options, run, run_watched};
use super::snapshots::{self, Snapshots};
use super::survey::Survey;
use crate::config::{self, PolicyPaths, Sources};
use crate::diagnostic::Diagnostics;
use crate::policy::Policy;

/// Below the tests folder; `a/b_test.rhai` has its snapshots in `snapshots/a/b_test.snap`.
const SNAPSHOTS: &str = "snapshots";
const SCRIPT: &str = ".rhai";
const SNAPSHOT: &str = ".snap";

/// The test scripts of a project, and what they need.
#[derive(Clone, Debug, Default)]
pub struct Material {
    /// Path relative to the tests folder to text.
    pub files: BTreeMap<String, Arc<str>>,
    pub fixtures: Arc<Fixtures>,
    /// By the path of the test file.
    pub snapshots: BTreeMap<String, Snapshots>,
}

/// Why there is nothing to test with.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    #[error(transparent)]
    Files(#[from] config::Error),
    #[error("the fixtures or snapshots cannot be read")]
    Invalid(Diagnostics),
}

/// A snapshot file could not be written or removed.
#[derive(Debug, thiserror::Error)]
#[error("cannot write `{}`", path.display())]
pub struct NotWritten {
    path: PathBuf,
    source: io::Error,
}

impl Material {
    /// Reads the tests, fixtures and snapshots of a project; a folder that is not there holds nothing.
    ///
    /// # Errors
    /// When a file cannot be read, or a fixture or a snapshot is wrong.
    pub fn read(paths: &PolicyPaths) -> Result<Self, Unreadable> {
        let folder = |folder: &Path, endings: &[&str]| {
            if folder.exists() { Sources::read_folder(folder, endings) } else { Ok(BTreeMap::new()) }
        };
        let files = folder(&paths.tests, &[SCRIPT])?;
        let fixtures = folder(&paths.fixtures, &Fixtures::ENDINGS)?;
        let kept = folder(&paths.tests.join(SNAPSHOTS), &[SNAPSHOT])?;

        let mut findings = Diagnostics::default();
        let fixtures = Fixtures::read(&fixtures).unwrap_or_else(|wrong| {
            findings.0.extend(wrong.0);
            Fixtures::default()
        });
        let mut snapshots = BTreeMap::new();
        for (path, text) in &kept {
            match snapshots::parse(&format!("{SNAPSHOTS}/{path}"), text) {
                Ok(read) => drop(snapshots.insert(with_ending(path, SNAPSHOT, SCRIPT), read)),
                Err(finding) => findings.push(*finding),
            }
        }
        if findings.has_errors() {
            return Err(Unreadable::Invalid(findings));
        }
        Ok(Self { files, fixtures: Arc::new(fixtures), snapshots })
    }

    /// Runs the tests that the options choose.
    #[must_use]
    pub fn run(&self, policy: &Arc<Policy>, options: &Options) -> Report {
        let Self { files, fixtures, snapshots } = self;
        run(&Bench { policy, files, fixtures, snapshots }, options)
    }

    /// Runs the tests that the options choose, and looks at what they ask of the policy.
    #[must_use]
    pub fn run_surveyed(&self, policy: &Arc<Policy>, options: &Options) -> (Report, Survey) {
        let Self { files, fixtures, snapshots } = self;
        let (report, watched) = run_watched(&Bench { policy, files, fixtures, snapshots }, options);
        (report, Survey::of(policy, watched))
    }

    /// What the surveyed tests show of the policy.
    #[must_use]
    pub fn coverage(&self, policy: &Policy, survey: &Survey) -> Coverage {
        Coverage::of(policy, survey, &self.fixtures)
    }

    /// Makes every small mistake in the policy, and runs the surveyed tests that could notice; all of them must have
    /// passed. `told`: how many of how many mistakes are done, from any thread.
    #[must_use]
    pub fn mutate(
        &self,
        policy: &Arc<Policy>,
        survey: &Survey,
        jobs: Option<NonZeroUsize>,
        told: &(dyn Fn(usize, usize) + Sync),
    ) -> Mutation {
        let Self { files, fixtures, snapshots } = self;
        mutate(&Bench { policy, files, fixtures, snapshots }, survey, jobs, told)
    }

    /// Writes the snapshots as they are after a run that updates them, and removes what no test asks for. Each file is
    /// written whole or not at all. The files that were changed, by their paths below the tests folder.
    ///
    /// # Errors
    /// The first file that cannot be written; those before it are.
    pub fn write_snapshots(&self, paths: &PolicyPaths, report: &Report) -> Result<Vec<String>, NotWritten> {
        let none = Snapshots::new();
        let ran = report.suites.iter().map(|suite| (suite.file.as_str(), &suite.snapshots));
        let gone = report.orphans.iter().map(|file| (file.as_str(), &none));
        let mut changed = Vec::new();
        for (file, now) in ran.chain(gone) {
            let before = self.snapshots.get(file);
            if before.unwrap_or(&none) == now && (before.is_none() || !now.is_empty()) {
                continue;
            }
            let below = format!("{SNAPSHOTS}/{}", with_ending(file, SCRIPT, SNAPSHOT));
            let path = paths.tests.join(&below);
            let written = if now.is_empty() {
                std::fs::remove_file(&path)
            } else {
                write_whole(&path, &snapshots::render(file, now))
            };
            written.map_err(|source| NotWritten { path, source })?;
            changed.push(below);
        }
        Ok(changed)
    }
}

fn with_ending(path: &str, from: &str, to: &str) -> String {
    format!("{}{to}", path.strip_suffix(from).unwrap_or(path))
}

fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new(""));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.persist(path)?;
    Ok(())
}
