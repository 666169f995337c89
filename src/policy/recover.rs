//! A text that does not parse -> the same text without its broken statements, so that one look finds what is wrong with
//! the others, too. Lines and columns stay what they were.

use std::collections::BTreeSet;
use std::ops::Range;

use super::tokens::{Kind, Token, closing};

/// What a statement at the top of a policy file starts with. Where a line starts with one of them, without indentation,
/// a statement starts, whatever is still open: so a bracket that was never closed takes no other statement with it.
const STARTS: [&str; 22] = [
    "role",
    "map",
    "map_on_create",
    "invariant",
    "deprovision_after",
    "active_from",
    "active_until",
    "before",
    "fn",
    "private",
    "import",
    "export",
    "const",
    "let",
    "protect",
    "lifecycle",
    "provision_by_role",
    "provision_everyone",
    "keep_access_on_role_change",
    "test",
    "test_each",
    "clock",
];

/// What goes on with a statement whose block is closed.
const GOES_ON: [&str; 4] = ["else", "while", "until", "in"];

/// What a name stands behind where it is given to something.
const GIVES: [&str; 4] = ["fn", "const", "let", "as"];

/// A statement at the top of a file.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    /// From the end of the one before, so that its comments are part of it.
    pub(super) range: Range<usize>,
    /// Its innermost bracket that is never closed.
    pub(super) unclosed: Option<Range<usize>>,
}

pub(super) fn statements(source: &str, tokens: &[Token]) -> Vec<Statement> {
    let mut statements = Vec::new();
    let mut open: Vec<(&'static str, Range<usize>)> = Vec::new();
    let mut start = 0;
    let mut before: Option<&Token> = None;
    for token in tokens {
        let text = token.text(source);
        if let Some(earlier) = before {
            let ended = open.is_empty()
                && match earlier.text(source) {
                    ";" => true,
                    "}" => token.kind == Kind::Word && !GOES_ON.contains(&text),
                    _ => false,
                };
            if ended || starts_anew(source, token) {
                let unclosed = open.last().map(|(_, range)| range.clone());
                statements.push(Statement { range: start..earlier.range.end, unclosed });
                start = earlier.range.end;
                open.clear();
            }
        }
        if token.kind == Kind::Symbol {
            if let Some(close) = closing(text) {
                open.push((close, token.range.clone()));
            } else if open.last().is_some_and(|(close, _)| *close == text) {
                open.pop();
            }
        }
        before = Some(token);
    }
    let unclosed = open.last().map(|(_, range)| range.clone());
    statements.push(Statement { range: start..source.len(), unclosed });
    statements
}

fn starts_anew(source: &str, token: &Token) -> bool {
    token.kind == Kind::Word
        && source.get(..token.range.start).is_some_and(|before| before.is_empty() || before.ends_with('\n'))
        && STARTS.contains(&token.text(source))
}

/// What was taken from a text, and put into it, so that the rest of it parses.
pub(super) struct Repair<'a> {
    source: &'a str,
    tokens: &'a [Token],
    /// Statements of which nothing is left.
    blank: Vec<Range<usize>>,
    /// Places right behind which a `;` was put.
    ended: BTreeSet<usize>,
}

impl<'a> Repair<'a> {
    pub(super) fn new(source: &'a str, tokens: &'a [Token]) -> Self {
        Self { source, tokens, blank: Vec::new(), ended: BTreeSet::new() }
    }

    pub(super) fn is_blank(&self, at: usize) -> bool {
        self.blank.iter().any(|blank| blank.contains(&at) || (blank.end == at && at == self.source.len()))
    }

    pub(super) fn blank(&mut self, range: Range<usize>) {
        self.blank.push(range);
    }

    /// Ends a statement at `at`; whether there was room for it, and it was not done before.
    pub(super) fn end(&mut self, at: usize) -> bool {
        let room = self.source.get(at..).is_some_and(|rest| rest.starts_with(char::is_whitespace));
        room && self.ended.insert(at)
    }

    /// Every word of what was taken: names that may be defined or used there.
    pub(super) fn lost(&self) -> BTreeSet<String> {
        self.tokens
            .iter()
            .filter(|token| self.blank.iter().any(|blank| blank.contains(&token.range.start)))
            .flat_map(|token| {
                let inner = self.source.get(token.inner(self.source)).unwrap_or_default();
                inner.split(|c: char| !c.is_alphanumeric() && c != '_').chain([inner])
            })
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// The names that are given in what was taken, as far as can be seen.
    pub(super) fn given(&self) -> BTreeSet<String> {
        let pairs = self.tokens.iter().zip(self.tokens.iter().skip(1));
        pairs
            .filter(|(keyword, name)| {
                GIVES.contains(&keyword.text(self.source))
                    && self.blank.iter().any(|blank| blank.contains(&name.range.start))
            })
            .map(|(_, name)| name.text(self.source).to_owned())
            .collect()
    }

    /// The text as it is parsed.
    pub(super) fn text(&self) -> String {
        let mut out = String::with_capacity(self.source.len());
        for (at, character) in self.source.char_indices() {
            let blank = self.blank.iter().any(|blank| blank.contains(&at));
            match character {
                '\r' | '\n' if self.ended.contains(&at) => out.extend([';', character]),
                _ if self.ended.contains(&at) => out.push(';'),
                '\r' | '\n' => out.push(character),
                _ if blank => out.push(' '),
                other => out.push(other),
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::{Repair, statements};
    use crate::policy::tokens::tokens;

    fn told(source: &str) -> Vec<&str> {
        statements(source, &tokens(source))
            .iter()
            .map(|statement| source[statement.range.clone()].trim())
            .collect()
    }

    #[test]
    fn statements_end_where_the_next_one_starts() {
        assert_eq!(
            told("// c\nlet a = 1; fn f() { 1; 2 } if a { b; } else { c }\nrole(\"x\", |u| (u\nrole(1)"),
            [
                "// c\nlet a = 1;",
                "fn f() { 1; 2 }",
                "if a { b; } else { c }",
                "role(\"x\", |u| (u",
                "role(1)"
            ]
        );
        assert_eq!(told(""), [""]);
    }

    #[test]
    fn lines_and_columns_stay() {
        let source = "é = 1;\nb(\"ü\")\nc";
        let tokens = tokens(source);
        let mut repair = Repair::new(source, &tokens);
        repair.blank(0..7);
        assert!(repair.end(15) && !repair.end(15) && !repair.end(8));
        assert_eq!(repair.text(), "      \nb(\"ü\");\nc");
        assert_eq!(repair.lost().into_iter().collect::<Vec<_>>(), ["1", ";", "=", "é"]);
    }
}
