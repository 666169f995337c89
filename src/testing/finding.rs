//! Where a finding of a test stands: the expectation, the call, or the line.

use std::ops::Range;
use std::sync::Arc;

use rhai::Position;

use super::tally::Unmet;
use crate::diagnostic::Diagnostic;
use crate::policy::{Fault, Nesting, Parsed, Policy, position_offset};

/// What went wrong, at its place in the test or in the policy.
pub(super) fn of_fault(fault: &Fault, test: &Parsed, policy: &Policy) -> Diagnostic {
    let finding = Diagnostic::error("T0101", fault.text.clone());
    placed(finding, &fault.file, fault.position, test, policy)
}

/// What did not hold, under the whole expectation.
pub(super) fn of_unmet(
    unmet: &Unmet,
    file: &str,
    position: Position,
    test: &Parsed,
    policy: &Policy,
) -> Diagnostic {
    let mut finding = Diagnostic::error("T0100", unmet.message.clone());
    finding.hint.clone_from(&unmet.hint);
    placed(finding, file, position, test, policy)
}

/// A finding at a position of the test file, or of a script of the policy.
pub(super) fn placed(
    finding: Diagnostic,
    file: &str,
    position: Position,
    test: &Parsed,
    policy: &Policy,
) -> Diagnostic {
    let text = if file == test.path { Some(&test.text) } else { policy.script_text(file) };
    match text {
        Some(text) => {
            let offset = position_offset(text, position);
            let span = expectation_at(text, offset).unwrap_or_else(|| line_at(text, offset));
            finding.at(file, Arc::clone(text), span)
        }
        None => finding,
    }
}

/// `expect(..).to_be(..)` around the offset of its `to_be`, or `expect_error(..)` at its own.
fn expectation_at(text: &str, offset: usize) -> Option<Range<usize>> {
    let here = text.get(offset..)?.starts_with("expect_error(").then_some(offset);
    let start = here.or_else(|| text.get(..offset)?.rfind("expect("))?;
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
