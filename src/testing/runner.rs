//! Runs the test scripts of a project: files side by side, each test in a state of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::file::{Asked, FileRun, TestFile, broken};
use super::fixtures::Fixtures;
use super::outcome::{Report, Suite};
use super::shuffle::shuffle;
use super::snapshots::Snapshots;
use super::world::Decidee;
use crate::policy::{Policy, with_room};

/// Which tests are run, and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Only tests whose file or name contains one of these; all, where there is none.
    pub filters: Vec<String>,
    /// No more tests are begun once one failed or was in error.
    pub fail_fast: bool,
    /// What the order of the tests is drawn from. No result depends on it.
    pub seed: u64,
    /// Threads at most; as many as the machine runs at once, where there is none.
    pub jobs: Option<NonZeroUsize>,
    /// Snapshots that differ or are missing are taken over into the report instead of failing.
    pub update: bool,
}

impl Options {
    pub(super) fn takes(&self, file: &str, test: &str) -> bool {
        self.filters.is_empty()
            || self
                .filters
                .iter()
                .any(|filter| test.contains(filter.as_str()) || file.contains(filter.as_str()))
    }
}

/// What the runs of a project's tests have in common.
pub(super) struct Bench<'a> {
    pub(super) policy: &'a Arc<Policy>,
    pub(super) files: &'a BTreeMap<String, Arc<str>>,
    pub(super) fixtures: &'a Arc<Fixtures>,
    pub(super) snapshots: &'a BTreeMap<String, Snapshots>,
}

impl<'a> Bench<'a> {
    pub(super) fn test_files(&self) -> impl Iterator<Item = TestFile<'a>> {
        let Self { policy, files, fixtures, snapshots } = *self;
        files.iter().map(move |(path, text)| TestFile {
            path,
            text,
            policy,
            fixtures,
            snapshots: snapshots.get(path).unwrap_or(&NONE),
        })
    }
}

/// Of a file that has no snapshots.
static NONE: Snapshots = Snapshots::new();

/// A test that was run: its file, its place there, and whom it had decided.
pub(super) struct Watched {
    pub(super) file: String,
    pub(super) case: usize,
    pub(super) decidees: Vec<Decidee>,
    /// The hooks that it had asked, by their places, and whether they said anything.
    pub(super) spoken: BTreeSet<(usize, bool)>,
}

/// Runs every test that the options choose. The report is in the order of files and of the tests in them, whatever the
/// order in which they were run.
pub(super) fn run(bench: &Bench<'_>, options: &Options) -> Report {
    run_files_of(bench, options, false).0
}

/// The same, and what the tests asked of the policy, in the order of files and tests.
pub(super) fn run_watched(bench: &Bench<'_>, options: &Options) -> (Report, Vec<Watched>) {
    run_files_of(bench, options, true)
}

fn run_files_of(bench: &Bench<'_>, options: &Options, watched: bool) -> (Report, Vec<Watched>) {
    let mut watch = Vec::new();
    let mut report = Report { seed: options.seed, ..Report::default() };
    for finding in bench.fixtures.unknown_attributes(bench.policy).0 {
        let file = finding.label.as_ref().map(|label| label.path.clone()).unwrap_or_default();
        let results = vec![broken(finding)];
        report.suites.push(Suite { file, results, snapshots: Snapshots::new(), stale: Vec::new() });
    }
    let mut runs = run_files(bench, options, watched);
    runs.sort_by(|a, b| a.suite.file.cmp(&b.suite.file));
    for run in runs {
        report.filtered += run.filtered;
        report.not_run += run.not_run;
        for Asked { case, decidees, spoken } in run.asked {
            watch.push(Watched { file: run.suite.file.clone(), case, decidees, spoken });
        }
        if !run.suite.results.is_empty() {
            report.suites.push(run.suite);
        }
    }
    report.orphans =
        bench.snapshots.keys().filter(|file| !bench.files.contains_key(*file)).cloned().collect();
    watch.sort_by(|a, b| (&a.file, a.case).cmp(&(&b.file, b.case)));
    (report, watch)
}

fn run_files(bench: &Bench<'_>, options: &Options, watched: bool) -> Vec<FileRun> {
    let mut waiting: Vec<_> = bench.test_files().collect();
    shuffle(&mut waiting, options.seed);
    let machine = || thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let jobs = options.jobs.unwrap_or_else(machine).get().min(waiting.len()).max(1);
    let waiting = Mutex::new(waiting);
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let stop = AtomicBool::new(false);
    let work = || {
        with_room(|| {
            std::iter::from_fn(next).map(|file| file.run(options, &stop, watched)).collect::<Vec<_>>()
        })
    };
    if jobs == 1 {
        return work();
    }
    thread::scope(|scope| {
        let threads: Vec<_> = (0..jobs).map(|_| scope.spawn(work)).collect();
        let ended =
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        ended.flatten().collect()
    })
}
