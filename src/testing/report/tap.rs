use serde_json::Value;

use super::detail::{detail, finding, word};
use crate::plan::escape;
use crate::testing::{Outcome, Report, TestResult};

/// The report in version 14 of the Test Anything Protocol (testanything.org/tap-version-14-specification.html).
#[must_use]
pub fn tap(report: &Report) -> String {
    let mut out = format!("TAP version 14\n1..{}\n", report.counts().total());
    let suites = report.suites.iter();
    let all = suites.flat_map(|suite| suite.results.iter().map(move |result| (suite.file.as_str(), result)));
    for (index, (file, result)) in all.enumerate() {
        let ok = match result.outcome {
            Outcome::Passed | Outcome::Skipped(_) => "ok",
            Outcome::Failed(_) | Outcome::Error(_) => "not ok",
        };
        let name = described(&format!("{file}: {}", result.name));
        out.push_str(&format!("{ok} {} - {name}", index + 1));
        if let Outcome::Skipped(why) = &result.outcome {
            out.push_str(&format!(" # SKIP {}", escape(why)));
        }
        out.push('\n');
        diagnostic(result, &mut out);
    }
    out
}

/// A description: `#` begins a directive, unless it is escaped.
fn described(text: &str) -> String {
    escape(text).replace('\\', "\\\\").replace('#', "\\#")
}

/// YAML; a JSON string is one of YAML's.
fn diagnostic(result: &TestResult, out: &mut String) {
    let Some(finding) = finding(result) else { return };
    out.push_str("  ---\n");
    out.push_str(&format!("  message: {}\n", Value::from(finding.message.as_str())));
    out.push_str(&format!(
        "  severity: {}\n",
        if word(&result.outcome) == "error" { "error" } else { "fail" }
    ));
    if let Some(label) = &finding.label {
        let (line, column) = label.line_column();
        let file = Value::from(label.path.as_str());
        out.push_str(&format!("  at:\n    file: {file}\n    line: {line}\n    column: {column}\n"));
    }
    out.push_str("  detail: |2\n");
    for line in detail(result, false).lines() {
        out.push_str(format!("    {}", escape(line)).trim_end());
        out.push('\n');
    }
    out.push_str("  ...\n");
}
