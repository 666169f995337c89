//! An expression's text -> the expressions that it is made of. Rhai's tree has no ends, and people want to see what they
//! wrote.

use std::ops::Range;

use crate::policy::Nesting;

/// What joins the parts of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Join {
    /// Asked from left to right until one is false.
    And,
    /// Until one is true.
    Or,
    /// Until one is not blank.
    Else,
    /// All are worked out.
    All,
}

/// Operators from the one that binds least, as Rhai ranks them.
const OPERATORS: [(&[&str], Join); 8] = [
    (&["||"], Join::Or),
    (&["&&"], Join::And),
    (&["==", "!="], Join::All),
    (&[" in ", " !in "], Join::All),
    (&["<=", ">=", "<", ">"], Join::All),
    (&["??"], Join::Else),
    (&["+", "-"], Join::All),
    (&["**", "*", "/", "%"], Join::All),
];

/// The expressions right below one, and how they are joined; none of what says all of itself.
pub(super) fn below(text: &str) -> (Join, Vec<&str>) {
    let text = bare(text);
    if text.starts_with('|') || ["if ", "switch ", "for ", "let "].iter().any(|word| text.starts_with(word)) {
        return (Join::All, Vec::new());
    }
    for (operators, join) in OPERATORS {
        let parts = split(text, operators);
        if parts.len() > 1 {
            return (join, parts);
        }
    }
    if let Some(negated) = text.strip_prefix('!') {
        return (Join::All, vec![negated.trim()]);
    }
    (Join::All, of_call(text))
}

/// The text without brackets that stand around all of it.
pub(super) fn bare(text: &str) -> &str {
    let mut text = text.trim();
    while let Some(inner) = wrapped(text) {
        text = inner;
    }
    text
}

/// Whether a text says nothing that its value would not: a literal, a closure, or a plain name.
pub(super) fn is_plain(text: &str) -> bool {
    let text = text.trim();
    let name = |text: &str| text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '.'));
    let number = text.trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit());
    let literal = text.starts_with(['"', '`', '\'', '|', '#', '[']) || text == "()";
    text.is_empty() || number || (literal && of_call(text).is_empty()) || (name(text) && !text.contains('.'))
}

/// Whether every bracket and quote is closed: whether a line can be taken as it is.
#[must_use]
pub fn is_complete(text: &str) -> bool {
    let (mut depth, mut quoted) = (0, false);
    walk(text, |_, _, nesting| {
        (depth, quoted) = (nesting.depth, nesting.is_quoted());
    });
    depth <= 0 && !quoted
}

/// Steps through a text without its comments; `see` is given each character's place, and the nesting behind it.
fn walk(text: &str, mut see: impl FnMut(usize, char, &Nesting)) {
    let mut nesting = Nesting::default();
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let here = text.get(at..).unwrap_or_default();
        let comment = [("//", "\n"), ("/*", "*/")].into_iter().find(|(start, _)| here.starts_with(start));
        if let Some((_, stop)) = comment.filter(|_| !nesting.is_quoted()) {
            let end = here.find(stop).map_or(text.len(), |to| at + to + stop.len());
            while characters.next_if(|(next, _)| *next < end).is_some() {}
            continue;
        }
        if nesting.step(character) {
            characters.next();
        }
        see(at, character, &nesting);
    }
}

/// The pieces between these operators, as far as those stand in no bracket and no quote.
fn split<'a>(text: &'a str, operators: &[&str]) -> Vec<&'a str> {
    let mut cuts: Vec<Range<usize>> = Vec::new();
    walk(text, |at, _, nesting| {
        if nesting.depth != 0 || nesting.is_quoted() || cuts.last().is_some_and(|cut| at < cut.end) {
            return;
        }
        let (before, here) = text.split_at(at);
        let Some(operator) = operators.iter().find(|operator| here.starts_with(**operator)) else { return };
        let is_operand =
            |c: char| c.is_alphanumeric() || matches!(c, '_' | ')' | ']' | '}' | '"' | '`' | '\'');
        // `-1`, the `<` of `<=`, the `*` of `**`, `=>`
        let is_part = here.get(operator.len()..).is_some_and(|rest| rest.starts_with(['=', '*']));
        if before.trim_end().ends_with(is_operand) && !is_part {
            cuts.push(at..at + operator.len());
        }
    });
    let starts = std::iter::once(0).chain(cuts.iter().map(|cut| cut.end));
    let ends = cuts.iter().map(|cut| cut.start).chain([text.len()]);
    starts.zip(ends).filter_map(|(start, end)| text.get(start..end)).map(str::trim).collect()
}

/// `(a)` -> `a`, where the brackets belong together.
fn wrapped(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('(')?.strip_suffix(')')?;
    let mut closes_early = false;
    walk(text, |at, _, nesting| closes_early |= nesting.depth == 0 && at + 1 < text.len());
    (!closes_early && !inner.trim().is_empty()).then_some(inner.trim())
}

/// What a call is made of: whom it is asked of, and its arguments; what is plain is left out.
fn of_call(text: &str) -> Vec<&str> {
    let mut open = None;
    let mut before = 0;
    walk(text, |at, character, nesting| {
        if character == '(' && !nesting.is_quoted() && nesting.depth == 1 && before == 0 {
            open = Some(at);
        }
        before = nesting.depth;
    });
    let Some((callee, arguments)) = open.and_then(|open| text.split_at_checked(open)) else {
        return Vec::new();
    };
    let Some(arguments) = arguments.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else {
        return Vec::new();
    };
    let receiver = callee.rsplit_once('.').map(|(receiver, _)| receiver.trim_end_matches('?'));
    receiver
        .into_iter()
        .chain(split_list(arguments))
        .filter(|part| !is_plain(part) && !part.starts_with('|'))
        .collect()
}

fn split_list(text: &str) -> Vec<&str> {
    let mut cuts = Vec::new();
    let mut in_closure = false;
    walk(text, |at, character, nesting| {
        if nesting.depth == 0 && !nesting.is_quoted() {
            match character {
                '|' => in_closure = !in_closure,
                ',' if !in_closure => cuts.push(at),
                _ => {}
            }
        }
    });
    let starts = std::iter::once(0).chain(cuts.iter().map(|cut| cut + 1));
    let ends = cuts.iter().copied().chain([text.len()]);
    starts.zip(ends).filter_map(|(start, end)| text.get(start..end)).map(str::trim).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_fall_into_what_they_are_made_of() {
        for (text, parts) in [
            (r#"user.in_group("A && B") && (a || b)"#, vec![r#"user.in_group("A && B")"#, "(a || b)"]),
            ("((a || b))", vec!["a", "b"]),
            ("(a) && (b)", vec!["(a)", "(b)"]),
            ("!user.enabled", vec!["user.enabled"]),
            ("a == b && c", vec!["a == b", "c"]),
            ("a <= -1", vec!["a", "-1"]),
            ("user.x ?? user.y", vec!["user.x", "user.y"]),
            ("\"a\" in user.groups", vec!["\"a\"", "user.groups"]),
            (r#"user.title.contains("x")"#, vec!["user.title"]),
            (r#"LOWER(TRIM(user.mail), 1)"#, vec!["TRIM(user.mail)"]),
            ("user.groups.some(|g| g.len > 3)", vec!["user.groups"]),
            ("user.manager.title", vec![]),
            ("|u| u.a && u.b", vec![]),
            ("if a { b } else { c }", vec![]),
            ("a + b - -1", vec!["a", "b", "-1"]),
            ("é && ü", vec!["é", "ü"]),
            ("", vec![]),
        ] {
            assert_eq!(below(text).1, parts, "{text}");
        }
        assert_eq!(below("a && b").0, Join::And);
    }

    #[test]
    fn a_line_is_complete_when_everything_is_closed() {
        for text in ["", "a", "f(a)", "// don't (", "\"(\"", "'('", ")", "a /* ( */"] {
            assert!(is_complete(text), "{text}");
        }
        for text in ["f(", "[1,", "#{ a: 1,", "\"a", "`a", "fn f(x) {", "f(\")\""] {
            assert!(!is_complete(text), "{text}");
        }
    }
}
