use std::ops::Range;

use super::problem::Problem;
use crate::policy::excel::{ErrorCode, Operator};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(f64),
    /// Without its quotes, `""` inside being one.
    Text(String),
    /// A function's name, TRUE, FALSE; as it is written.
    Name(String),
    Error(ErrorCode),
    /// What stands between square brackets.
    Attribute(String),
    Operator(Operator),
    Percent,
    Comma,
    Semicolon,
    Open,
    Close,
    OpenBrace,
    CloseBrace,
}

/// The tokens of a formula, with the bytes at which they stand.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, Range<usize>)>, Problem> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let first = rest.chars().next().unwrap_or(' ');
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (token, length) = next(rest, first, at)?;
        tokens.push((token, at..at + length));
        at += length;
    }
    Ok(tokens)
}

fn next(rest: &str, first: char, at: usize) -> Result<(Token, usize), Problem> {
    let digit_behind = || rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
    match first {
        '0'..='9' => number(rest, at),
        '.' if digit_behind() => number(rest, at),
        '"' => string(rest, at),
        '[' => attribute(rest, at),
        '#' => error(rest, at),
        '%' => Ok((Token::Percent, 1)),
        ',' => Ok((Token::Comma, 1)),
        ';' => Ok((Token::Semicolon, 1)),
        '(' => Ok((Token::Open, 1)),
        ')' => Ok((Token::Close, 1)),
        '{' => Ok((Token::OpenBrace, 1)),
        '}' => Ok((Token::CloseBrace, 1)),
        _ if first.is_alphabetic() || first == '_' => {
            let is_inside = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
            let length = rest.find(|c| !is_inside(c)).unwrap_or(rest.len());
            Ok((Token::Name(rest.get(..length).unwrap_or_default().to_owned()), length))
        }
        _ => match Operator::ALL.iter().find(|(written, _)| rest.starts_with(written)) {
            Some((written, operator)) => Ok((Token::Operator(*operator), written.len())),
            None => Err(stray(first, at)),
        },
    }
}

fn stray(character: char, at: usize) -> Problem {
    let problem = Problem::syntax(
        format!("`{}` does not belong into a formula", character.escape_debug()),
        at..at + character.len_utf8(),
    );
    match character {
        '“' | '”' | '„' | '‘' | '’' | '\'' => {
            problem.hint("text stands between straight double quotes: `\"text\"`")
        }
        '!' | '$' | ':' => {
            problem.hint("there are no cells here: a user's attribute is written `[department]`")
        }
        _ => problem,
    }
}

fn number(rest: &str, at: usize) -> Result<(Token, usize), Problem> {
    let digits =
        |from: usize| rest.get(from..).map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    let mut length = digits(0);
    if rest.get(length..).is_some_and(|rest| rest.starts_with('.')) {
        length += 1 + digits(length + 1);
    }
    if rest.get(length..).is_some_and(|rest| rest.starts_with(['e', 'E'])) {
        let sign = usize::from(rest.get(length + 1..).is_some_and(|rest| rest.starts_with(['+', '-'])));
        let exponent = digits(length + 1 + sign);
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    let written = rest.get(..length).unwrap_or_default();
    match written.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok((Token::Number(number), length)),
        _ => Err(Problem::syntax(format!("`{written}` is too large for a number"), at..at + length)),
    }
}

fn string(rest: &str, at: usize) -> Result<(Token, usize), Problem> {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((index, character)) = characters.next() {
        if character != '"' {
            text.push(character);
        } else if characters.next_if(|(_, next)| *next == '"').is_some() {
            text.push('"');
        } else {
            return Ok((Token::Text(text), index + 1));
        }
    }
    Err(Problem::syntax("this text is never closed", at..at + rest.len())
        .hint("it ends with `\"`; a quote inside is written twice"))
}

fn attribute(rest: &str, at: usize) -> Result<(Token, usize), Problem> {
    let Some(end) = rest.find(']') else {
        return Err(Problem::syntax("this bracket is never closed", at..at + 1)
            .hint("a user's attribute is written `[department]`"));
    };
    let path = rest.get(1..end).unwrap_or_default().trim();
    if path.is_empty() {
        return Err(Problem::syntax("an attribute needs a name", at..at + end + 1)
            .hint("a user's attribute is written `[department]`"));
    }
    Ok((Token::Attribute(path.to_owned()), end + 1))
}

fn error(rest: &str, at: usize) -> Result<(Token, usize), Problem> {
    let starts =
        |written: &str| rest.get(..written.len()).is_some_and(|start| start.eq_ignore_ascii_case(written));
    match ErrorCode::ALL.iter().find(|(_, written)| starts(written)) {
        Some((code, written)) => Ok((Token::Error(*code), written.len())),
        None => Err(stray('#', at).hint("error values are written as `#N/A` and `#VALUE!`")),
    }
}
