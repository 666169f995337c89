//! A condition with the values of its terms, as lines.

use crate::plan::escape;
use crate::policy::{Place, Read, Step, StepKind};

/// Longer lines are broken, and longer texts cut.
const WIDTH: usize = 110;
const VALUE: usize = 80;
/// Of more parts in a row that came out alike, only so many are shown.
const ALIKE: usize = 6;
const SHOWN: usize = 3;
/// What is nested deeper is told in one line.
const DEEPEST: usize = 10;

/// Before every line of a role.
pub(super) const INDENT: usize = 6;

/// The condition of a role that stands at `at`.
pub(super) fn condition(root: &Step, at: &Place) -> String {
    let marks = has_idle(root);
    let mut lines = Lines { out: String::new(), marks };
    match root.is {
        StepKind::All | StepKind::Any => {
            lines.line(0, &format!("{}:", heading(root)));
            lines.parts(&root.parts, 1, at);
        }
        _ => lines.step(root, 0, "", at),
    }
    lines.out
}

/// What was read, as lines of their own where it does not fit behind `head`.
pub(super) fn with_reads(head: &str, reads: &[Read], indent: usize) -> String {
    let mut lines = Lines { out: String::new(), marks: false };
    lines.told(indent, head, reads, "");
    lines.out
}

/// `title is "Team Lead"`
pub(super) fn told(read: &Read) -> String {
    format!("{} is {}", cut(&read.what, VALUE), cut(&read.value, VALUE))
}

pub(super) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// A part on one line, for those that are told in short.
pub(super) fn short(step: &Step) -> String {
    let text = step.text.clone().unwrap_or_else(|| heading(step).to_owned());
    cut(&text, WIDTH)
}

/// The first term that decided.
pub(super) fn deciding(step: &Step) -> Option<&Step> {
    match step.is {
        StepKind::Term => step.decides.then_some(step),
        _ => step.parts.iter().find_map(deciding),
    }
}

/// Whether a term was reached that made no difference.
fn has_idle(step: &Step) -> bool {
    match step.is {
        StepKind::Term => step.reached && !step.decides,
        _ => step.parts.iter().any(has_idle),
    }
}

fn heading(step: &Step) -> &'static str {
    match step.is {
        StepKind::All => "all of",
        StepKind::Any => "any of",
        StepKind::Not => "not",
        StepKind::If => "if",
        StepKind::Call | StepKind::Variable | StepKind::Fixed | StepKind::Term => "",
    }
}

fn mark(step: &Step) -> char {
    match step.value {
        _ if !step.reached => '·',
        Some(true) => '+',
        Some(false) => '-',
        None => '!',
    }
}

/// On one line: a term, its negation, what was not needed.
fn is_simple(step: &Step) -> bool {
    !step.reached || step.parts.is_empty() || (step.is == StepKind::Not && step.text.is_some())
}

fn is_named(step: &Step) -> bool {
    matches!(step.is, StepKind::Call | StepKind::Variable) && step.reached
}

struct Lines {
    out: String,
    /// Terms that decided are marked, because not all that were reached did.
    marks: bool,
}

impl Lines {
    fn line(&mut self, depth: usize, text: &str) {
        self.indented(INDENT + 2 * depth, text);
    }

    fn indented(&mut self, indent: usize, text: &str) {
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.out.push_str(&escape(text));
        self.out.push('\n');
    }

    fn told(&mut self, indent: usize, head: &str, reads: &[Read], tail: &str) {
        let reads: Vec<_> = reads.iter().map(told).collect();
        if reads.is_empty() {
            return self.indented(indent, &format!("{head}{tail}"));
        }
        let line = format!("{head}: {}{tail}", reads.join(", "));
        if line.chars().count() + indent <= WIDTH {
            return self.indented(indent, &line);
        }
        self.indented(indent, &format!("{head}{tail}"));
        reads.iter().for_each(|read| self.indented(indent + 4, read));
    }

    fn step(&mut self, step: &Step, depth: usize, label: &str, around: &Place) {
        let mark = mark(step);
        if is_simple(step) {
            return self.simple(step, depth, label, around);
        }
        if depth >= DEEPEST {
            let text = format!("{mark} {label}{} …, nested deeper", short(step));
            return self.line(depth, &text);
        }
        let at = place(step, around);
        match (step.is, step.parts.as_slice()) {
            (StepKind::Not, [named]) if is_named(named) => {
                self.named(mark, &format!("{label}!"), named, &at, depth)
            }
            (StepKind::Call | StepKind::Variable, _) => self.named(mark, label, step, &at, depth),
            (StepKind::If, [condition, then, otherwise]) => {
                self.step(condition, depth, &format!("{label}if "), around);
                let (word, taken) = if then.reached { ("then ", then) } else { ("else ", otherwise) };
                self.step(taken, depth, &format!("{label}{word}"), around);
            }
            (_, parts) => {
                self.line(depth, &format!("{mark} {label}{}:{at}", heading(step)));
                self.parts(parts, depth + 1, around);
            }
        }
    }

    /// A function or a variable, and what is in it.
    fn named(&mut self, mark: char, label: &str, step: &Step, at: &str, depth: usize) {
        let name = short(step);
        let [body] = step.parts.as_slice() else { return };
        if matches!(body.is, StepKind::All | StepKind::Any) && body.reached {
            self.line(depth, &format!("{mark} {label}{name}: {}{at}", heading(body)));
            self.parts(&body.parts, depth + 1, &step.at);
        } else {
            self.line(depth, &format!("{mark} {label}{name}:{at}"));
            self.step(body, depth + 1, "", &step.at);
        }
    }

    fn simple(&mut self, step: &Step, depth: usize, label: &str, around: &Place) {
        let term = if step.is == StepKind::Not { step.parts.first().unwrap_or(step) } else { step };
        let value = match step.value {
            Some(value) => value.to_string(),
            None => "would fail".to_owned(),
        };
        let mut tail = place(step, around);
        if !step.reached {
            tail = format!(" (not needed; {value}){tail}");
        }
        if let Some(note) = &term.note {
            tail = format!(" ({note}){tail}");
        }
        if self.marks && step.reached && step.decides {
            tail.push_str(" ← decides");
        }
        let head = format!("{} {label}{}", mark(step), short(step));
        self.told(INDENT + 2 * depth, &head, &term.reads, &tail);
    }

    /// Parts in their order; of a long row that came out alike, the first ones.
    fn parts(&mut self, parts: &[Step], depth: usize, around: &Place) {
        let mut rest = parts;
        while let Some(first) = rest.first() {
            let alike = |step: &Step| {
                is_simple(step)
                    && (step.reached, step.value, step.decides) == (first.reached, first.value, first.decides)
            };
            let length = rest.iter().take_while(|step| alike(step)).count().max(1);
            let (row, behind) = rest.split_at_checked(length).unwrap_or((rest, &[]));
            let shown = if length > ALIKE { SHOWN } else { length };
            row.iter().take(shown).for_each(|step| self.step(step, depth, "", around));
            if length > shown {
                let value = first.value.map_or("would fail".to_owned(), |value| format!("all {value}"));
                let needed = if first.reached { "" } else { "not needed; " };
                let text = format!("{} … and {} more, {needed}{value}", mark(first), length - shown);
                self.line(depth, &text);
            }
            rest = behind;
        }
    }
}

/// Where a part stands, unless that was said around it.
fn place(step: &Step, around: &Place) -> String {
    let same = step.at.file == around.file && step.at.line == around.line;
    if same || step.at.line == 0 { String::new() } else { format!(" ({})", step.at) }
}
