//! Filters (RFC 7644 section 3.4.2.2): text -> tree.

use std::iter::Peekable;
use std::vec::IntoIter;

use serde_json::Value;

use super::path::without_urn;
use super::schema::{Attribute, Schema};

#[derive(Clone, Debug)]
pub(super) enum Filter {
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    Present(Term),
    Compare(Term, Op, Value),
    /// `emails[type eq "work"]`: one value fits the whole of it.
    Has(&'static Attribute, Box<Filter>),
}

/// `name`, or `name.sub`. Within brackets `attribute` is a sub-attribute of what stands before them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term {
    pub(super) attribute: &'static Attribute,
    pub(super) sub: Option<&'static Attribute>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Eq,
    Ne,
    Co,
    Sw,
    Ew,
    Gt,
    Ge,
    Lt,
    Le,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Open,
    Close,
    OpenBracket,
    CloseBracket,
}

/// Deeper nesting is refused, so that no request can exhaust the stack.
const MAX_DEPTH: usize = 50;
const MAX_TOKENS: usize = 1_000;

pub(super) fn parse(schema: &Schema, text: &str) -> Result<Filter, String> {
    Parser::run(text, Scope::User(*schema))
}

/// The filter between the brackets behind `attribute`.
pub(super) fn parse_within(text: &str, attribute: &'static Attribute) -> Result<Filter, String> {
    Parser::run(text, Scope::Within(attribute))
}

#[derive(Clone, Copy)]
enum Scope {
    User(Schema),
    Within(&'static Attribute),
}

impl Scope {
    fn term(self, word: &str) -> Result<Term, String> {
        let unknown = || format!("no attribute is called `{word}`");
        match self {
            Self::Within(parent) => Ok(Term { attribute: parent.sub(word).ok_or_else(unknown)?, sub: None }),
            Self::User(schema) => {
                let word = without_urn(word);
                let (name, sub) = match word.split_once('.') {
                    Some((name, sub)) => (name, Some(sub)),
                    None => (word, None),
                };
                let attribute = schema.attribute(name).ok_or_else(unknown)?;
                let sub = match sub {
                    Some(sub) => Some(attribute.sub(sub).ok_or_else(unknown)?),
                    None => None,
                };
                Ok(Term { attribute, sub })
            }
        }
    }
}

struct Parser {
    tokens: Peekable<IntoIter<Token>>,
    depth: usize,
}

impl Parser {
    fn run(text: &str, scope: Scope) -> Result<Filter, String> {
        let mut parser = Self { tokens: tokens(text)?.into_iter().peekable(), depth: 0 };
        let filter = parser.or(scope)?;
        match parser.tokens.next() {
            None => Ok(filter),
            Some(token) => Err(format!("{} is one too many", show(&token))),
        }
    }

    fn or(&mut self, scope: Scope) -> Result<Filter, String> {
        let mut left = self.and(scope)?;
        while self.keyword("or") {
            left = Filter::Or(Box::new(left), Box::new(self.and(scope)?));
        }
        Ok(left)
    }

    fn and(&mut self, scope: Scope) -> Result<Filter, String> {
        let mut left = self.one(scope)?;
        while self.keyword("and") {
            left = Filter::And(Box::new(left), Box::new(self.one(scope)?));
        }
        Ok(left)
    }

    fn one(&mut self, scope: Scope) -> Result<Filter, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("it is nested too deeply".into());
        }
        let filter = match self.tokens.next() {
            Some(Token::Open) => {
                let inner = self.or(scope)?;
                self.expect(&Token::Close)?;
                inner
            }
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("not") => {
                self.expect(&Token::Open)?;
                let inner = self.or(scope)?;
                self.expect(&Token::Close)?;
                Filter::Not(Box::new(inner))
            }
            Some(Token::Word(word)) => self.expression(scope, &word)?,
            Some(token) => return Err(format!("{} stands where an attribute should", show(&token))),
            None => return Err("it ends where an attribute should stand".into()),
        };
        self.depth -= 1;
        Ok(filter)
    }

    fn expression(&mut self, scope: Scope, word: &str) -> Result<Filter, String> {
        let term = scope.term(word)?;
        if self.tokens.next_if_eq(&Token::OpenBracket).is_some() {
            if !term.attribute.multi_valued || term.sub.is_some() {
                return Err(format!("`{word}` has no values to choose from"));
            }
            let inner = self.or(Scope::Within(term.attribute))?;
            self.expect(&Token::CloseBracket)?;
            // `emails[type eq "work"].value eq ".."`: the same value has to fit both.
            let behind = self.tokens.next_if(|token| matches!(token, Token::Word(w) if w.starts_with('.')));
            let Some(Token::Word(sub)) = behind else {
                return Ok(Filter::Has(term.attribute, Box::new(inner)));
            };
            let sub = sub.trim_start_matches('.').to_owned();
            let outer = self.comparison(Scope::Within(term.attribute).term(&sub)?)?;
            return Ok(Filter::Has(term.attribute, Box::new(Filter::And(Box::new(inner), Box::new(outer)))));
        }
        self.comparison(term)
    }

    fn comparison(&mut self, term: Term) -> Result<Filter, String> {
        let Some(Token::Word(op)) = self.tokens.next() else {
            return Err(format!("an operator is missing behind `{}`", term.attribute.name));
        };
        let op = match op.to_ascii_lowercase().as_str() {
            "pr" => return Ok(Filter::Present(term)),
            "eq" => Op::Eq,
            "ne" => Op::Ne,
            "co" => Op::Co,
            "sw" => Op::Sw,
            "ew" => Op::Ew,
            "gt" => Op::Gt,
            "ge" => Op::Ge,
            "lt" => Op::Lt,
            "le" => Op::Le,
            _ => return Err(format!("`{op}` is no operator")),
        };
        let value = match self.tokens.next() {
            Some(Token::Text(text)) => Value::String(text),
            Some(Token::Word(word)) => serde_json::from_str(&word)
                .map_err(|_| format!("`{word}` is no value; a string needs quotes"))?,
            Some(token) => return Err(format!("{} stands where a value should", show(&token))),
            None => return Err("it ends where a value should stand".into()),
        };
        Ok(Filter::Compare(term, op, value))
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        self.tokens
            .next_if(|token| matches!(token, Token::Word(word) if word.eq_ignore_ascii_case(keyword)))
            .is_some()
    }

    fn expect(&mut self, wanted: &Token) -> Result<(), String> {
        match self.tokens.next() {
            Some(token) if token == *wanted => Ok(()),
            Some(token) => Err(format!("{} stands where {} should", show(&token), show(wanted))),
            None => Err(format!("it ends where {} should stand", show(wanted))),
        }
    }
}

fn show(token: &Token) -> String {
    match token {
        Token::Word(word) => format!("`{word}`"),
        Token::Text(text) => format!("`\"{text}\"`"),
        Token::Open => "`(`".into(),
        Token::Close => "`)`".into(),
        Token::OpenBracket => "`[`".into(),
        Token::CloseBracket => "`]`".into(),
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' => push(&mut tokens, Token::Open),
            ')' => push(&mut tokens, Token::Close),
            '[' => push(&mut tokens, Token::OpenBracket),
            ']' => push(&mut tokens, Token::CloseBracket),
            '"' => {
                // A JSON string, escapes and all (RFC 7644 section 3.4.2.2, `compValue`).
                let mut strings = serde_json::Deserializer::from_str(rest).into_iter::<String>();
                match strings.next() {
                    Some(Ok(string)) => {
                        tokens.push(Token::Text(string));
                        strings.byte_offset()
                    }
                    _ => return Err("a string has no end".into()),
                }
            }
            c if c.is_whitespace() => c.len_utf8(),
            c if is_word(c) => {
                let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                tokens.push(Token::Word(rest.get(..end).unwrap_or_default().to_owned()));
                end
            }
            c => return Err(format!("`{c}` has no place in a filter")),
        };
        rest = rest.get(length..).unwrap_or_default();
        if tokens.len() > MAX_TOKENS {
            return Err("it is too long".into());
        }
    }
    Ok(tokens)
}

fn push(tokens: &mut Vec<Token>, token: Token) -> usize {
    tokens.push(token);
    1
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | ':' | '-' | '_' | '$' | '+')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;
    use serde_json::json;

    use super::parse;
    use crate::config::RoleShape;
    use crate::simulator::matching::fits;
    use crate::simulator::schema::Schema;

    const SCHEMA: Schema = Schema { role_shape: RoleShape::Roles, only_klaviyo: false, strict: false };

    proptest! {
        #[test]
        fn no_text_breaks_the_parser(text in "[a-z\\[\\]()\" .é\\\\]{0,40}", word in "(userName|emails|not|title)") {
            let _ = parse(&SCHEMA, &text);
            let _ = parse(&SCHEMA, &format!("{word} {text}"));
        }

        #[test]
        fn any_string_finds_itself_and_negation_turns_it_round(value in "\\PC{0,20}", other in "\\PC{1,20}") {
            let user = json!({ "title": value });
            let filter = |text: String| fits(&parse(&SCHEMA, &text).unwrap(), &user);
            let literal = json!(value);
            assert!(filter(format!("title eq {literal}")));
            assert!(filter(format!("title co {literal} and title sw {literal} and title ew {literal}")));
            assert!(!filter(format!("not (title eq {literal})")));
            let equal = filter(format!("title eq {}", json!(other)));
            assert_eq!(filter(format!("title ne {}", json!(other))), !equal);
            assert_eq!(equal, value.to_lowercase() == other.to_lowercase());
        }
    }
}
