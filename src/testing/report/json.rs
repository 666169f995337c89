use serde_json::{Value, json as object};

use super::detail::{failure, finding, word};
use crate::diagnostic::{self, Diagnostics};
use crate::testing::{Outcome, Report, Side, TestResult};

/// `{"passed", "failed", "errors", "skipped", "filtered", "not_run", "seed", "stale", "tests": [{"file", "name",
/// "outcome", "reason", "finding", "difference", "parts", "because"}]}`. `seed` is null unless `not_run` depended on it.
#[must_use]
pub fn json(report: &Report) -> Value {
    let counts = report.counts();
    let suites = report.suites.iter();
    let tests: Vec<Value> =
        suites.flat_map(|suite| suite.results.iter().map(|result| test(&suite.file, result))).collect();
    let stale = report
        .stale()
        .into_iter()
        .flat_map(|(file, names)| names.iter().map(move |name| object!({ "file": file, "snapshot": name })));
    let orphans = report.orphans.iter().map(|file| object!({ "file": file, "snapshot": null }));
    object!({
        "passed": counts.passed,
        "failed": counts.failed,
        "errors": counts.errors,
        "skipped": counts.skipped,
        "filtered": report.filtered,
        "not_run": report.not_run,
        "seed": (report.not_run > 0).then_some(report.seed),
        "stale": stale.chain(orphans).collect::<Vec<_>>(),
        "tests": tests,
    })
}

fn test(file: &str, result: &TestResult) -> Value {
    let found = finding(result).map(|finding| diagnostic::json(&Diagnostics(vec![finding.clone()])));
    let mut test = object!({
        "file": file,
        "name": result.name,
        "outcome": word(&result.outcome),
        "finding": found.and_then(|found| found.get(0).cloned()),
    });
    let Some(members) = test.as_object_mut() else { return test };
    if let Outcome::Skipped(why) = &result.outcome {
        members.insert("reason".to_owned(), why.as_str().into());
    }
    if let Some(failure) = failure(result) {
        let side = |side| match side {
            Side::Both => "both",
            Side::Expected => "expected",
            Side::Actual => "actual",
        };
        let lines = failure.difference.iter();
        let lines = lines.map(|line| object!({ "side": side(line.side), "line": line.text })).collect();
        let parts = failure.parts.iter();
        let parts = parts.map(|part| object!({ "source": part.source, "value": part.value })).collect();
        members.insert("difference".to_owned(), Value::Array(lines));
        members.insert("parts".to_owned(), Value::Array(parts));
        members.insert("because".to_owned(), object!(failure.because));
    }
    test
}
