//! Runs the test scripts of a project.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rhai::Scope;

use super::expect::{self, Tally, Unmet};
use super::fixtures::Fixtures;
use super::vocabulary::{self, World};
use crate::diagnostic::Diagnostic;
use crate::policy::{
    Fault, Limited, Nesting, Parsed, Policy, parse_one, position_offset, script_engine, words,
};

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
    for finding in fixtures.unknown_attributes(policy).0 {
        let file = finding.label.as_ref().map(|label| label.path.clone()).unwrap_or_default();
        let result = broken(finding);
        report.suites.push(Suite { file, results: vec![result] });
    }
    for (path, text) in files {
        let suite = run_file(policy, path, text, fixtures, filter, &mut report.filtered);
        if !suite.results.is_empty() {
            report.suites.push(suite);
        }
    }
    report
}

/// The answer for a file that could not be used.
fn broken(finding: Diagnostic) -> TestResult {
    TestResult {
        name: "(the file)".to_owned(),
        outcome: Outcome::Error(Box::new(finding)),
        took: Duration::ZERO,
    }
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
    let tally = Arc::new(Tally::default());
    expect::register(&mut engine, &tally);
    vocabulary::register(&mut engine, &world);

    let script = match parse_one(&engine, path, Arc::clone(text)) {
        Ok(script) => script,
        Err(finding) => {
            suite.results.push(broken(Diagnostic { code: "T0101", ..*finding }));
            return suite;
        }
    };
    let policy_words = words();
    if let Some(word) = script
        .names
        .calls
        .iter()
        .find(|call| !call.method && call.module.is_empty() && policy_words.contains(call.name.as_str()))
    {
        let message = format!("`{}` counts for nothing in a test: it belongs into the policy", word.name);
        let at = Place { file: path, position: word.position };
        suite.results.push(broken(placed(Diagnostic::error("T0103", message), at, &script, policy)));
        return suite;
    }
    let loading = Limited::start();
    let loaded = engine.run_ast_with_scope(&mut Scope::new(), &script.ast);
    drop(loading);
    if let Err(error) = loaded {
        suite.results.push(broken(finding(&Fault::of(&error, path), &script, policy)));
        return suite;
    }
    let now = world.now();
    for case in world.seal() {
        if filter.is_some_and(|filter| !case.name.contains(filter) && !path.contains(filter)) {
            *filtered += 1;
            continue;
        }
        let started = Instant::now();
        let answer = match case.argument {
            Some(argument) => case.body.call(&engine, [argument], now),
            None => case.body.call(&engine, [], now),
        };
        let (expectations, unmet) = tally.take();
        let at = || Place { file: &case.body.file, position: case.body.position };
        let outcome = match answer {
            Ok(_) if expectations == 0 => {
                let message = "the test expects nothing, so it cannot fail";
                let hint = "say what must hold: `expect(decide(user).role).to_be(\"analyst\")`";
                let finding = placed(Diagnostic::error("T0102", message), at(), &script, policy).hint(hint);
                Outcome::Error(Box::new(finding))
            }
            Ok(_) => match unmet {
                None => Outcome::Passed,
                Some(unmet) => {
                    let message = format!("the test caught an expectation that did not hold: {unmet}");
                    let finding = placed(Diagnostic::error("T0100", message), at(), &script, policy);
                    Outcome::Failed(Box::new(finding))
                }
            },
            Err(fault) if fault.thrown::<Unmet>().is_some() => {
                Outcome::Failed(Box::new(finding(&fault, &script, policy)))
            }
            Err(fault) => Outcome::Error(Box::new(finding(&fault, &script, policy))),
        };
        suite.results.push(TestResult { name: case.name, outcome, took: started.elapsed() });
    }
    suite
}

/// What failed, with what was expected and what was there instead.
fn finding(fault: &Fault, test: &Parsed, policy: &Policy) -> Diagnostic {
    let (code, message) = match fault.thrown::<Unmet>() {
        Some(unmet) => ("T0100", unmet.to_string()),
        None => ("T0101", fault.text.clone()),
    };
    let at = Place { file: &fault.file, position: fault.position };
    placed(Diagnostic::error(code, message), at, test, policy)
}

struct Place<'a> {
    file: &'a str,
    position: rhai::Position,
}

fn placed(finding: Diagnostic, at: Place<'_>, test: &Parsed, policy: &Policy) -> Diagnostic {
    let text = if at.file == test.path { Some(&test.text) } else { policy.script_text(at.file) };
    match text {
        Some(text) => {
            let offset = position_offset(text, at.position);
            let span = expectation_at(text, offset).unwrap_or_else(|| line_at(text, offset));
            finding.at(at.file, Arc::clone(text), span)
        }
        None => finding,
    }
}

/// `expect(..).to_be(..)` around the offset of its `to_be`.
fn expectation_at(text: &str, offset: usize) -> Option<Range<usize>> {
    let start = text.get(..offset)?.rfind("expect(")?;
    let mut nesting = Nesting::default();
    let mut characters = text.get(start..)?.char_indices();
    while let Some((at, character)) = characters.next() {
        if nesting.step(character) {
            characters.next();
        }
        if nesting.is_quoted() {
            continue;
        }
        match (nesting.depth, character) {
            // The statement, or what it stands in, ends before it comes to the offset, which is of something else.
            (0, ';') | (..0, _) => return None,
            (0, ')') if start + at > offset => return Some(start..start + at + 1),
            _ => {}
        }
    }
    None
}

/// The line around an offset, without the white space around it.
fn line_at(text: &str, offset: usize) -> Range<usize> {
    let start = text.get(..offset).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let indent = line.len() - line.trim_start().len();
    start + indent..start + line.trim_end().len().max(indent)
}
