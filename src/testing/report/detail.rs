//! Everything that is told of one test that did not pass, as text.

use anstyle::{AnsiColor, Style};

use crate::diagnostic::{self, Diagnostic, Diagnostics};
use crate::plan::escape;
use crate::testing::{Failure, Line, Outcome, Part, Side, TestResult};

/// So many equal lines stand around one that differs.
const AROUND: usize = 2;
/// More lines of a difference tell nobody more.
const MOST: usize = 200;

pub(super) fn finding(result: &TestResult) -> Option<&Diagnostic> {
    match &result.outcome {
        Outcome::Failed(failure) => Some(&failure.finding),
        Outcome::Error(finding) => Some(finding),
        Outcome::Passed | Outcome::Skipped(_) => None,
    }
}

pub(super) fn failure(result: &TestResult) -> Option<&Failure> {
    match &result.outcome {
        Outcome::Failed(failure) => Some(failure),
        _ => None,
    }
}

pub(super) fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed",
        Outcome::Failed(_) => "failed",
        Outcome::Error(_) => "error",
        Outcome::Skipped(_) => "skipped",
    }
}

/// The finding with its carets, the difference, the values of the parts and the reasons; empty for what passed.
pub(super) fn detail(result: &TestResult, colour: bool) -> String {
    let Some(finding) = finding(result) else { return String::new() };
    let mut out = diagnostic::human(&Diagnostics(vec![finding.clone()]), colour).trim_end().to_owned();
    out.push('\n');
    if let Some(failure) = failure(result) {
        difference(&failure.difference, colour, &mut out);
        parts(&failure.parts, &mut out);
        if !failure.because.is_empty() {
            out.push_str("because\n");
            failure.because.iter().for_each(|why| out.push_str(&format!("  {}\n", escape(why))));
        }
    }
    out
}

pub(in crate::testing) fn painted(style: Style, text: &str, colour: bool) -> String {
    if colour { format!("{}{text}{}", style.render(), style.render_reset()) } else { text.to_owned() }
}

fn difference(lines: &[Line], colour: bool, out: &mut String) {
    if lines.is_empty() {
        return;
    }
    out.push_str("difference (- expected, + got)\n");
    let differs = |line: &Line| line.side != Side::Both;
    let is_near = |at: usize| {
        let from = at.saturating_sub(AROUND);
        lines.iter().skip(from).take(at - from + AROUND + 1).any(differs)
    };
    let (mut left_out, mut shown) = (false, 0);
    for (at, line) in lines.iter().enumerate() {
        if shown == MOST {
            out.push_str(&format!("    … {} more lines\n", lines.len() - at));
            break;
        }
        if !is_near(at) {
            if !left_out {
                out.push_str("    …\n");
            }
            left_out = true;
            continue;
        }
        left_out = false;
        shown += 1;
        let text = escape(&line.text);
        let (style, text) = match line.side {
            Side::Both => (Style::new(), format!("    {text}")),
            Side::Expected => (AnsiColor::Red.on_default(), format!("  - {text}")),
            Side::Actual => (AnsiColor::Green.on_default(), format!("  + {text}")),
        };
        let is_plain = line.side == Side::Both;
        out.push_str(&painted(style, &text, colour && !is_plain));
        out.push('\n');
    }
}

fn parts(parts: &[Part], out: &mut String) {
    const WIDEST: usize = 48;
    if parts.is_empty() {
        return;
    }
    let width = |part: &Part| part.source.chars().count();
    let widest = parts.iter().map(width).filter(|width| *width <= WIDEST).max().unwrap_or(0);
    out.push_str("where\n");
    for part in parts {
        let (source, value) = (escape(&part.source), escape(&part.value));
        out.push_str(&format!("  {source:widest$} = {value}\n"));
    }
}
