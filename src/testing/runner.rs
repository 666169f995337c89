//! Runs the test scripts of a project.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rhai::Scope;

use super::expect::{self, Unmet};
use super::fixtures::Fixtures;
use super::vocabulary::{self, World};
use crate::diagnostic::Diagnostic;
use crate::policy::{Fault, Parsed, Policy, parse_one, position_offset, script_engine, start_deadline};

/// What became of one test.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Passed,
    /// An expectation did not hold.
    Failed(Box<Diagnostic>),
    /// The test itself is wrong: it did not come to an answer.
    Error(Box<Diagnostic>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct TestResult {
    pub name: String,
    pub outcome: Outcome,
    pub took: Duration,
}

/// The tests of one file.
#[derive(Clone, Debug, PartialEq)]
pub struct Suite {
    pub file: String,
    pub results: Vec<TestResult>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    pub suites: Vec<Suite>,
    /// Tests that the filter left out.
    pub filtered: usize,
}

impl Report {
    /// Passed, failed, errors.
    #[must_use]
    pub fn counts(&self) -> (usize, usize, usize) {
        let mut counts = (0, 0, 0);
        for result in self.suites.iter().flat_map(|suite| &suite.results) {
            match result.outcome {
                Outcome::Passed => counts.0 += 1,
                Outcome::Failed(_) => counts.1 += 1,
                Outcome::Error(_) => counts.2 += 1,
            }
        }
        counts
    }

    /// At least one test ran, and all that ran passed.
    #[must_use]
    pub fn is_success(&self) -> bool {
        let (passed, failed, errors) = self.counts();
        passed > 0 && failed == 0 && errors == 0
    }
}

/// Runs every test whose file or name contains `filter`; each file with an engine and a world of its own.
#[must_use]
pub(super) fn run(
    policy: &Arc<Policy>,
    files: &BTreeMap<String, Arc<str>>,
    fixtures: &Fixtures,
    filter: Option<&str>,
) -> Report {
    let mut report = Report::default();
    for (path, text) in files {
        let suite = run_file(policy, path, text, fixtures, filter, &mut report.filtered);
        if !suite.results.is_empty() {
            report.suites.push(suite);
        }
    }
    report
}

fn run_file(
    policy: &Arc<Policy>,
    path: &str,
    text: &Arc<str>,
    fixtures: &Fixtures,
    filter: Option<&str>,
    filtered: &mut usize,
) -> Suite {
    let mut suite = Suite { file: path.to_owned(), results: Vec::new() };
    let world = World::new(Arc::clone(policy), fixtures.clone());
    let mut engine = script_engine(policy);
    expect::register(&mut engine);
    vocabulary::register(&mut engine, &world);

    let broken = |finding: Diagnostic| TestResult {
        name: "(the file)".to_owned(),
        outcome: Outcome::Error(Box::new(finding)),
        took: Duration::ZERO,
    };
    let script = match parse_one(&engine, path, Arc::clone(text)) {
        Ok(script) => script,
        Err(finding) => {
            suite.results.push(broken(Diagnostic { code: "T0101", ..finding }));
            return suite;
        }
    };
    start_deadline();
    if let Err(error) = engine.run_ast_with_scope(&mut Scope::new(), &script.ast) {
        suite.results.push(broken(finding(&Fault::of(&error, path), &script, policy)));
        return suite;
    }
    let said = world.take();
    let now = said.clock.unwrap_or_else(|| world.now());
    for case in said.cases {
        if filter.is_some_and(|filter| !case.name.contains(filter) && !path.contains(filter)) {
            *filtered += 1;
            continue;
        }
        let started = Instant::now();
        let answer = match case.argument {
            Some(argument) => case.body.call(&engine, [argument], now),
            None => case.body.call(&engine, [], now),
        };
        let outcome = match answer {
            Ok(_) => Outcome::Passed,
            Err(fault) if fault.thrown::<Unmet>().is_some() => {
                Outcome::Failed(Box::new(finding(&fault, &script, policy)))
            }
            Err(fault) => Outcome::Error(Box::new(finding(&fault, &script, policy))),
        };
        suite.results.push(TestResult { name: case.name, outcome, took: started.elapsed() });
    }
    suite
}

/// The line that failed, with what was expected and what was there instead.
fn finding(fault: &Fault, test: &Parsed, policy: &Policy) -> Diagnostic {
    let text = if fault.file == test.path { Some(&test.text) } else { policy.script_text(&fault.file) };
    let (code, message, under) = match fault.thrown::<Unmet>() {
        Some(unmet) => ("T0100", format!("expected {}", unmet.expected), format!("got {}", unmet.actual)),
        None => ("T0101", fault.text.clone(), String::new()),
    };
    let finding = Diagnostic::error(code, message);
    match text {
        Some(text) => {
            let span = line_at(text, position_offset(text, fault.position));
            finding.at(&fault.file, Arc::clone(text), span).under(under)
        }
        None => finding,
    }
}

/// The line around an offset, without the white space around it.
fn line_at(text: &str, offset: usize) -> Range<usize> {
    let start = text.get(..offset).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let indent = line.len() - line.trim_start().len();
    start + indent..start + line.trim_end().len().max(indent)
}
