//! What a run of tests found, for people, programs and CI.

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};
use serde_json::{Value, json as object};

use super::runner::{Outcome, Report, TestResult};
use crate::diagnostic::{self, Diagnostic, Diagnostics};
use crate::plan::escape;

/// A line a test, what failed in full, and the count.
#[must_use]
pub fn human(report: &Report, colour: bool) -> String {
    let paint = |style: anstyle::Style, word: &str| {
        if colour { format!("{}{word}{}", style.render(), style.render_reset()) } else { word.to_owned() }
    };
    let green = anstyle::AnsiColor::Green.on_default();
    let red = anstyle::AnsiColor::Red.on_default().bold();
    let mut out = String::new();
    for suite in &report.suites {
        out.push_str(&suite.file);
        out.push('\n');
        for result in &suite.results {
            let word = match result.outcome {
                Outcome::Passed => paint(green, "pass "),
                Outcome::Failed(_) => paint(red, "FAIL "),
                Outcome::Error(_) => paint(red, "ERROR"),
            };
            out.push_str(&format!("  {word} {}\n", escape(&result.name)));
            if let Some(finding) = finding(result) {
                let text = diagnostic::human(&Diagnostics(vec![finding.clone()]), colour);
                for line in text.trim_end().lines() {
                    out.push_str(&format!("        {line}\n"));
                }
            }
        }
    }
    let (passed, failed, errors) = report.counts();
    out.push_str(&format!("\n{passed} passed, {failed} failed"));
    if errors > 0 {
        out.push_str(&format!(", {errors} in error"));
    }
    if report.filtered > 0 {
        out.push_str(&format!(", {} filtered out", report.filtered));
    }
    out.push('\n');
    out
}

fn finding(result: &TestResult) -> Option<&Diagnostic> {
    match &result.outcome {
        Outcome::Passed => None,
        Outcome::Failed(finding) | Outcome::Error(finding) => Some(finding),
    }
}

/// `{"passed", "failed", "errors", "filtered", "tests": [{"file", "name", "outcome", "finding"}]}`.
#[must_use]
pub fn json(report: &Report) -> Value {
    let (passed, failed, errors) = report.counts();
    let tests: Vec<Value> = report
        .suites
        .iter()
        .flat_map(|suite| suite.results.iter().map(move |result| (suite, result)))
        .map(|(suite, result)| {
            let found = finding(result).map(|finding| diagnostic::json(&Diagnostics(vec![finding.clone()])));
            object!({
                "file": suite.file,
                "name": result.name,
                "outcome": word(&result.outcome),
                "finding": found.and_then(|found| found.get(0).cloned()),
            })
        })
        .collect();
    object!({ "passed": passed, "failed": failed, "errors": errors, "filtered": report.filtered, "tests": tests })
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed",
        Outcome::Failed(_) => "failed",
        Outcome::Error(_) => "error",
    }
}

/// The report as JUnit's XML.
///
/// # Errors
/// When a name cannot be written as XML.
pub fn junit(report: &Report) -> Result<String, quick_junit::SerializeError> {
    let mut xml = quick_junit::Report::new("rolecall test");
    for suite in &report.suites {
        let mut cases = TestSuite::new(suite.file.clone());
        for result in &suite.results {
            let status = match &result.outcome {
                Outcome::Passed => TestCaseStatus::success(),
                Outcome::Failed(finding) => unsuccessful(NonSuccessKind::Failure, finding),
                Outcome::Error(finding) => unsuccessful(NonSuccessKind::Error, finding),
            };
            let mut case = TestCase::new(result.name.clone(), status);
            case.set_classname(suite.file.clone());
            case.set_time(result.took);
            cases.add_test_case(case);
        }
        xml.add_test_suite(cases);
    }
    xml.to_string()
}

fn unsuccessful(kind: NonSuccessKind, finding: &Diagnostic) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(finding.message.clone());
    status.set_description(diagnostic::human(&Diagnostics(vec![finding.clone()]), false));
    status
}
