use anstyle::{AnsiColor, Style};

use super::detail::{detail, painted};
use crate::plan::escape;
use crate::testing::{Outcome, Report};

/// A line a test, what failed in full, and the count.
#[must_use]
pub fn human(report: &Report, colour: bool) -> String {
    let green = AnsiColor::Green.on_default();
    let red = AnsiColor::Red.on_default().bold();
    let yellow = AnsiColor::Yellow.on_default();
    let mut out = String::new();
    for suite in &report.suites {
        out.push_str(&suite.file);
        out.push('\n');
        for result in &suite.results {
            let (style, word) = match result.outcome {
                Outcome::Passed => (green, "pass "),
                Outcome::Failed(_) => (red, "FAIL "),
                Outcome::Error(_) => (red, "ERROR"),
                Outcome::Skipped(_) => (yellow, "skip "),
            };
            let why = match &result.outcome {
                Outcome::Skipped(why) => format!(": {}", escape(why)),
                _ => String::new(),
            };
            out.push_str(&format!("  {} {}{why}\n", painted(style, word, colour), escape(&result.name)));
            for line in detail(result, colour).lines() {
                out.push_str(&format!("        {line}\n"));
            }
        }
    }
    stale(report, colour.then_some(yellow), &mut out);
    out.push_str(&summary(report));
    out
}

fn stale(report: &Report, style: Option<Style>, out: &mut String) {
    let paint = |text: &str| painted(style.unwrap_or_default(), text, style.is_some());
    let unused = |file: &str, what: &str| {
        format!("{} {file}: {what}; `rolecall test --update` removes that\n", paint("stale"))
    };
    for (file, names) in report.stale() {
        names.iter().for_each(|name| {
            out.push_str(&unused(file, &format!("no test asks for the snapshot `{}`", escape(name))))
        });
    }
    for file in &report.orphans {
        out.push_str(&unused(file, "has snapshots, but is not there any more"));
    }
}

fn summary(report: &Report) -> String {
    let counts = report.counts();
    let mut out = format!("\n{} passed, {} failed", counts.passed, counts.failed);
    for (count, what) in [
        (counts.errors, "in error"),
        (counts.skipped, "skipped"),
        (report.filtered, "filtered out"),
        (report.not_run, "not run"),
    ] {
        if count > 0 {
            out.push_str(&format!(", {count} {what}"));
        }
    }
    // Only what was left out depends on the order.
    if report.not_run > 0 {
        out.push_str(&format!(" (seed {})", report.seed));
    }
    out.push('\n');
    out
}
