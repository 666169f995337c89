//! Rhai knows only where a thing starts, by line and character; findings need byte ranges.

use std::ops::Range;

use rhai::Position;

use super::tokens::tokens;

/// Where the carets of a mistake go: under `words` where a token behind the position says just that, with or without
/// quotes, or has it in it; else under the token at the position.
pub(crate) fn span(text: &str, offset: usize, words: Option<&str>) -> Range<usize> {
    const STATEMENT: usize = 400;
    let end = text.ceil_char_boundary(offset.saturating_add(STATEMENT));
    let rest = text.get(offset..end).unwrap_or_default();
    let tokens = tokens(rest);
    let moved = |range: Range<usize>| offset + range.start..offset + range.end;
    if let Some(words) = words {
        let exact =
            tokens.iter().map(|token| token.inner(rest)).find(|inner| rest.get(inner.clone()) == Some(words));
        let within = || rest.find(words).map(|start| start..start + words.len());
        if let Some(found) = exact.or_else(within) {
            return moved(found);
        }
    }
    let first = || rest.chars().next().map_or(0, char::len_utf8);
    moved(
        tokens
            .first()
            .filter(|token| token.range.start == 0)
            .map_or_else(|| 0..first(), |token| token.range.clone()),
    )
}

/// Where a function's name stands in its definition; the tree does not say. The start of the file, if nowhere.
pub(crate) fn definition(text: &str, name: &str) -> Range<usize> {
    let tokens = tokens(text);
    let mut pairs = tokens.iter().zip(tokens.iter().skip(1));
    pairs
        .find(|(keyword, defined)| keyword.text(text) == "fn" && defined.text(text) == name)
        .map_or(0..0, |(_, defined)| defined.range.clone())
}

/// The parameters of the closure that is handed to the call at `offset`, bars included; else the token there.
pub(crate) fn parameters(text: &str, offset: usize) -> Range<usize> {
    let rest = text.get(offset..).unwrap_or_default();
    let tokens = tokens(rest);
    let mut bars = tokens.iter().filter(|token| matches!(token.text(rest), "|" | "||" | ";"));
    let found = match bars.next() {
        Some(bar) if bar.text(rest) == "||" => Some(bar.range.clone()),
        Some(open) if open.text(rest) == "|" => bars.next().map(|close| open.range.start..close.range.end),
        _ => None,
    };
    found.map_or_else(|| span(text, offset, None), |range| offset + range.start..offset + range.end)
}

/// The byte offset of a position that Rhai gives by line and character; 0 where it has none.
pub(crate) fn offset(text: &str, position: Position) -> usize {
    let (Some(line), column) = (position.line(), position.position().unwrap_or(1)) else { return 0 };
    let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let in_line = text.get(start..).unwrap_or_default();
    start + in_line.char_indices().nth(column - 1).map_or(in_line.trim_end_matches('\n').len(), |(at, _)| at)
}

/// Where a walk through a script's text stands: inside which quotes, and in how many brackets.
#[derive(Default)]
pub(crate) struct Nesting {
    quote: Option<char>,
    /// Brackets opened and not closed since the walk began.
    pub(crate) depth: i32,
}

impl Nesting {
    /// Takes the next character in; whether the one behind it is escaped by it, and is to be passed over.
    pub(crate) fn step(&mut self, character: char) -> bool {
        match (self.quote, character) {
            (Some(_), '\\') => return true,
            (Some(quote), _) if character == quote => self.quote = None,
            (None, '"' | '`' | '\'') => self.quote = Some(character),
            (None, '(' | '[' | '{') => self.depth += 1,
            (None, ')' | ']' | '}') => self.depth -= 1,
            _ => {}
        }
        false
    }

    pub(crate) fn is_quoted(&self) -> bool {
        self.quote.is_some()
    }
}

/// Between two parts of a condition.
const OPERATORS: [&str; 14] =
    ["== ", "!= ", "> ", "< ", ">= ", "<= ", "+ ", "- ", "* ", "/ ", "% ", "?? ", "in ", "!in "];

/// The part of a condition that starts at `offset`, up to the next operator or bracket that is not its own, on one line.
pub(crate) fn expression(text: &str, offset: usize) -> String {
    let whole = statement(text, offset);
    let has_block = ["if ", "switch ", "{", "#"].iter().any(|start| whole.starts_with(start));
    let mut nesting = Nesting::default();
    let mut characters = whole.char_indices();
    while let Some((at, character)) = characters.next() {
        let rest = whole.get(at..).unwrap_or_default();
        let ends = match character {
            ')' | ']' | '}' | ',' => true,
            '{' => !has_block,
            '&' | '|' => rest.starts_with("&&") || rest.starts_with("||"),
            ' ' => !has_block && OPERATORS.iter().any(|operator| rest.trim_start().starts_with(operator)),
            _ => false,
        };
        if ends && nesting.depth == 0 && !nesting.is_quoted() {
            return whole.get(..at).unwrap_or_default().trim_end().to_owned();
        }
        if nesting.step(character) {
            characters.next();
        }
    }
    whole
}

/// The statement that starts at `offset`, up to its `;`, on one line.
pub(crate) fn statement(text: &str, offset: usize) -> String {
    let rest = text.get(offset..).unwrap_or_default();
    let mut nesting = Nesting::default();
    let mut statement = String::new();
    let mut characters = rest.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let comment = [("//", "\n"), ("/*", "*/")].into_iter().find(|(start, _)| {
            !nesting.is_quoted() && rest.get(at..).is_some_and(|here| here.starts_with(start))
        });
        if let Some((_, stop)) = comment {
            let after =
                rest.get(at..).and_then(|here| here.find(stop)).map_or(rest.len(), |to| at + to + stop.len());
            while characters.next_if(|(next, _)| *next < after).is_some() {}
            statement.push(' ');
            continue;
        }
        if character == ';' && nesting.depth <= 0 && !nesting.is_quoted() {
            break;
        }
        statement.push(character);
        if nesting.step(character) {
            statement.extend(characters.next().map(|(_, escaped)| escaped));
        }
    }
    statement.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_ends_where_something_else_goes_on() {
        for (text, wanted) in [
            ("a.some(|x| x == \")\" || y)) && b", "a.some(|x| x == \")\" || y)"),
            ("a.f(1, [2, 3]), b", "a.f(1, [2, 3])"),
            ("a.f() || b;", "a.f()"),
            ("f(a > 1) > 3", "f(a > 1)"),
            ("a ** b", "a ** b"),
            ("a.f() { 1 } else { 2 }", "a.f()"),
            ("switch a { 1 => 2, _ => 3 } && b", "switch a { 1 => 2, _ => 3 }"),
            ("é.f(`(`)", "é.f(`(`)"),
        ] {
            assert_eq!(expression(text, 0), wanted);
        }
    }
}
