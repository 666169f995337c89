use std::collections::BTreeMap;
use std::time::Duration;

use super::difference::Line;
use super::snapshots::Snapshots;
use crate::diagnostic::Diagnostic;

/// What became of one test.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Passed,
    /// An expectation did not hold.
    Failed(Box<Failure>),
    /// The test itself is wrong: it did not come to an answer.
    Error(Box<Diagnostic>),
    /// It was not to be run, with the reason that its author gave.
    Skipped(String),
}

/// An expectation that did not hold, and what its reader needs to see why.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    pub finding: Diagnostic,
    /// Line by line, where what was expected and what was got are more than a value.
    pub difference: Vec<Line>,
    /// The expression and its parts, the whole first.
    pub parts: Vec<Part>,
    /// Why the policy decided as it did.
    pub because: Vec<String>,
}

/// A piece of a test as it is written, and the value that it had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub source: String,
    pub value: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct TestResult {
    pub name: String,
    pub outcome: Outcome,
    pub took: Duration,
}

/// The tests of one file, in the order in which they are written.
#[derive(Clone, Debug, PartialEq)]
pub struct Suite {
    pub file: String,
    pub results: Vec<TestResult>,
    /// The snapshots of the file as they are after this run; those that nothing asked for are gone, if every test came
    /// to its end.
    pub snapshots: Snapshots,
    /// Names of snapshots that no test asked for, though every test came to its end.
    pub stale: Vec<String>,
}

/// How many tests ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: usize,
    pub failed: usize,
    pub errors: usize,
    pub skipped: usize,
}

impl Counts {
    #[must_use]
    pub fn total(self) -> usize {
        self.passed + self.failed + self.errors + self.skipped
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// By file.
    pub suites: Vec<Suite>,
    /// Tests that the filters left out.
    pub filtered: usize,
    /// Tests that were not run any more because one before them failed.
    pub not_run: usize,
    /// What the order of the tests was drawn from.
    pub seed: u64,
    /// Snapshots of test files that are not there any more, by the test file's path.
    pub orphans: Vec<String>,
}

impl Report {
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for result in self.suites.iter().flat_map(|suite| &suite.results) {
            match result.outcome {
                Outcome::Passed => counts.passed += 1,
                Outcome::Failed(_) => counts.failed += 1,
                Outcome::Error(_) => counts.errors += 1,
                Outcome::Skipped(_) => counts.skipped += 1,
            }
        }
        counts
    }

    /// At least one test passed, and none failed or was in error.
    #[must_use]
    pub fn is_success(&self) -> bool {
        let counts = self.counts();
        counts.passed > 0 && counts.failed == 0 && counts.errors == 0
    }

    /// What was stale is removed.
    pub fn forget_stale(&mut self) {
        self.suites.iter_mut().for_each(|suite| suite.stale.clear());
        self.orphans.clear();
    }

    /// The names of stale snapshots, by test file.
    #[must_use]
    pub fn stale(&self) -> BTreeMap<&str, &[String]> {
        let suites = self.suites.iter().filter(|suite| !suite.stale.is_empty());
        suites.map(|suite| (suite.file.as_str(), suite.stale.as_slice())).collect()
    }
}
