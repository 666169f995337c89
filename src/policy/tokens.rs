//! A script's text -> its tokens by byte range: Rhai's tree knows only where things start, and a text that does not
//! parse has no tree.
//!
//! In: any text. Out: the tokens in order, without white space and comments. Never fails: what is no token of Rhai's
//! is a symbol, and what is not closed ends with its line, or with the text.

use std::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name or a keyword.
    Word,
    Number,
    /// `".."`, `` `..` ``, `#".."#`
    Text,
    /// `'..'`
    Character,
    Symbol,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) range: Range<usize>,
}

impl Token {
    /// As it is written.
    pub(crate) fn text<'a>(&self, source: &'a str) -> &'a str {
        source.get(self.range.clone()).unwrap_or_default()
    }

    /// What stands between the quotes; all of it where there are none.
    pub(crate) fn inner(&self, source: &str) -> Range<usize> {
        if !matches!(self.kind, Kind::Text | Kind::Character) {
            return self.range.clone();
        }
        let text = self.text(source);
        let hashes = text.len() - text.trim_start_matches('#').len();
        let quote = hashes + 1;
        let close: String = text.chars().take(quote).collect::<Vec<_>>().into_iter().rev().collect();
        let is_closed = text.get(quote..).is_some_and(|rest| rest.ends_with(&close));
        let end = if is_closed { self.range.end.saturating_sub(quote) } else { self.range.end };
        let start = (self.range.start + quote).min(self.range.end);
        start..end.max(start)
    }
}

/// Longest first.
const SYMBOLS: [&str; 37] = [
    "===", "!==", "..=", "**=", "<<=", ">>=", "...", "::<", "&&", "||", "==", "!=", "<=", ">=", "+=", "-=",
    "*=", "/=", "%=", "**", "<<", ">>", "&=", "|=", "^=", "??", "?.", "?[", "::", "..", "=>", "#{", "->",
    ":=", "++", "<>", "~=",
];

pub(crate) fn tokens(source: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = source.get(at..).filter(|rest| !rest.is_empty()) {
        let (kind, length) = next(rest);
        if let Some(kind) = kind {
            tokens.push(Token { kind, range: at..at + length });
        }
        at += length;
    }
    tokens
}

/// What a text starts with, and how many bytes that is; `None` for what is no token.
fn next(rest: &str) -> (Option<Kind>, usize) {
    let first = rest.chars().next().unwrap_or(' ');
    if first.is_whitespace() || first == '\u{feff}' {
        return (None, first.len_utf8());
    }
    if rest.starts_with("//") {
        return (None, line(rest));
    }
    if rest.starts_with("/*") {
        return (None, comment(rest));
    }
    if first.is_alphabetic() || first == '_' {
        return (Some(Kind::Word), length_while(rest, |c| c.is_alphanumeric() || c == '_'));
    }
    if first.is_ascii_digit() {
        return (Some(Kind::Number), number(rest));
    }
    match first {
        '"' => (Some(Kind::Text), quoted(rest, '"')),
        '\'' => (Some(Kind::Character), quoted(rest, '\'')),
        '`' => (Some(Kind::Text), template(rest)),
        '#' => match raw(rest) {
            Some(length) => (Some(Kind::Text), length),
            None => (Some(Kind::Symbol), symbol(rest)),
        },
        _ => (Some(Kind::Symbol), symbol(rest)),
    }
}

fn length_while(text: &str, holds: impl Fn(char) -> bool) -> usize {
    text.find(|c| !holds(c)).unwrap_or(text.len())
}

fn line(text: &str) -> usize {
    text.find('\n').unwrap_or(text.len())
}

/// Rhai's block comments nest.
fn comment(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

fn number(text: &str) -> usize {
    let whole = length_while(text, |c| c.is_alphanumeric() || c == '_');
    // `1..3` is a range, and `1.foo()` a call.
    match text.get(whole..).and_then(|rest| rest.strip_prefix('.')) {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => {
            whole + 1 + length_while(rest, |c| c.is_alphanumeric() || c == '_')
        }
        _ => whole,
    }
}

/// Up to the closing quote, or to the end of the line; a backslash at its end continues it.
fn quoted(text: &str, quote: char) -> usize {
    let mut characters = text.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            '\n' => return text.get(..at).map_or(at, |line| line.trim_end_matches('\r').len()),
            _ if character == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// A backtick text may hold `${..}` with any tokens, also such texts; two backticks are one.
fn template(text: &str) -> usize {
    let mut at = 1;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("``") {
            at += 2;
        } else if rest.starts_with('`') {
            return at + 1;
        } else if let Some(inside) = rest.strip_prefix("${") {
            at += 2 + block(inside);
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// Up to behind the bracket that closes the one that stood before the text.
fn block(text: &str) -> usize {
    let (mut depth, mut at) = (1_usize, 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let length = next(rest).1;
        match rest.get(..length) {
            Some("{" | "#{") => depth += 1,
            Some("}") => depth -= 1,
            _ => {}
        }
        at += length;
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// `#".."#`, with any number of `#`.
fn raw(text: &str) -> Option<usize> {
    let hashes = length_while(text, |c| c == '#');
    let inside = text.get(hashes..)?.strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    Some(inside.find(&close).map_or(text.len(), |at| hashes + 1 + at + close.len()))
}

fn symbol(text: &str) -> usize {
    SYMBOLS
        .iter()
        .find(|symbol| text.starts_with(**symbol))
        .map_or_else(|| text.chars().next().map_or(1, char::len_utf8), |symbol| symbol.len())
}

/// The bracket that closes an opening one.
pub(crate) fn closing(open: &str) -> Option<&'static str> {
    match open {
        "(" => Some(")"),
        "[" | "?[" => Some("]"),
        "{" | "#{" => Some("}"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;

    use super::{Kind, tokens};

    fn told(source: &str) -> Vec<&str> {
        tokens(source).iter().map(|token| token.text(source)).collect()
    }

    #[test]
    fn tokens_as_rhai_has_them() {
        assert_eq!(
            told("role(\"a\\\"b\", |user| user?.title != 'x' /* a /* b */ c */ && 1..2.5 // end\n)"),
            [
                "role",
                "(",
                "\"a\\\"b\"",
                ",",
                "|",
                "user",
                "|",
                "user",
                "?.",
                "title",
                "!=",
                "'x'",
                "&&",
                "1",
                "..",
                "2.5",
                ")"
            ]
        );
        assert_eq!(
            told("`a ${ #{x: `}`} } ``b` #\"raw \"q\" \"# #{ === é1"),
            ["`a ${ #{x: `}`} } ``b`", "#\"raw \"q\" \"#", "#{", "===", "é1"]
        );
    }

    #[test]
    fn what_is_not_closed_ends_with_its_line() {
        assert_eq!(told("a == \"x;\r\nb"), ["a", "==", "\"x;", "b"]);
        assert_eq!(told("a `x\nb"), ["a", "`x\nb"]);
        assert_eq!(told("a /* x\nb"), ["a"]);
        assert_eq!(told("\"x\\"), ["\"x\\"]);
    }

    #[test]
    fn between_the_quotes() {
        for (source, inner) in [
            ("\"ab\"", "ab"),
            ("\"ab", "ab"),
            ("#\"ab\"#", "ab"),
            ("#\"é", "é"),
            ("''", ""),
            ("`a`", "a"),
            ("ab", "ab"),
            ("\"", ""),
        ] {
            assert_eq!(&source[tokens(source)[0].inner(source)], inner, "{source}");
        }
    }

    proptest! {
        #[test]
        fn every_text_has_tokens_in_order(source in "(\\PC|[`\"'#${}/*\\\\\r\n]){0,60}") {
            let mut end = 0;
            for token in tokens(&source) {
                assert!(token.range.start >= end && token.range.end > token.range.start, "{source:?}");
                assert!(source.get(token.range.clone()).is_some() && source.get(token.inner(&source)).is_some());
                end = token.range.end;
            }
            assert!(end <= source.len());
            assert!(tokens(&source).iter().all(|token| token.kind != Kind::Word || !token.text(&source).contains(' ')));
        }
    }
}
