//! Why a text is no script: Rhai's error -> a sentence, the exact words, and how to write what was meant.

use std::ops::Range;
use std::sync::Arc;

use rhai::{LexError, ParseError, ParseErrorType};

use super::foreign;
use super::host::lazy;
use super::host::user::closest_attribute;
use super::host::vocabulary::words;
use super::position::{offset, span};
use super::tokens::{Kind, Token, closing};
use crate::diagnostic::{Diagnostic, closest};
use crate::facts::{attribute_type, is_virtual};

/// A text, its tokens, and where in it Rhai stopped.
pub(super) struct Stop<'a> {
    pub(super) path: &'a str,
    pub(super) text: &'a Arc<str>,
    pub(super) tokens: &'a [Token],
    at: usize,
}

/// What is said of it.
struct Said {
    code: &'static str,
    message: String,
    hint: Option<String>,
    span: Range<usize>,
}

impl<'a> Stop<'a> {
    pub(super) fn new(path: &'a str, text: &'a Arc<str>, tokens: &'a [Token], error: &ParseError) -> Self {
        Self { path, text, tokens, at: offset(text, error.position()) }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The token at which Rhai stopped.
    fn here(&self) -> Option<&'a Token> {
        self.tokens.iter().find(|token| token.range.end > self.at)
    }

    fn before(&self) -> Option<&'a Token> {
        self.tokens.iter().take_while(|token| token.range.end <= self.at).last()
    }

    fn after(&self) -> Option<&'a Token> {
        self.tokens.iter().filter(|token| token.range.end > self.at).nth(1)
    }

    fn written(&self, token: Option<&Token>) -> &'a str {
        token.and_then(|token| self.text.get(token.range.clone())).unwrap_or_default()
    }

    /// Behind the last thing that is there: what is missing belongs there, not before whatever comes next.
    pub(super) fn behind(&self) -> usize {
        self.before().map_or(self.at, |token| token.range.end)
    }

    /// A finding about the place where Rhai stopped, in words of one's own.
    pub(super) fn saying(&self, message: String) -> Diagnostic {
        let span = self.here().map_or(self.at..self.at, |token| token.range.clone());
        Diagnostic::error("P0001", message).at(self.path, Arc::clone(self.text), span)
    }

    /// The finding about a bracket that is never closed.
    pub(super) fn unclosed(&self, bracket: Range<usize>) -> Diagnostic {
        let shown = self.text.get(bracket.clone()).unwrap_or_default();
        Diagnostic::error("P0001", format!("this `{shown}` is never closed")).at(
            self.path,
            Arc::clone(self.text),
            bracket,
        )
    }

    /// What is wrong, and whether a `;` is all that is missing.
    pub(super) fn finding(&self, error: &ParseErrorType) -> (Diagnostic, bool) {
        let meant = self.meant(error);
        let only = meant.is_none() && matches!(error, ParseErrorType::MissingToken(token, _) if token == ";");
        let said = meant.unwrap_or_else(|| self.plain(error));
        let mut finding =
            Diagnostic::error(said.code, said.message).at(self.path, Arc::clone(self.text), said.span);
        finding.hint = said.hint;
        (finding, only)
    }

    /// What was taken from another language, and how it is written here.
    fn meant(&self, error: &ParseErrorType) -> Option<Said> {
        let here = self.here()?;
        if here.range.start < self.at && here.text(self.text).starts_with('`') {
            return Some(self.inside(here, error));
        }
        let (shown, span) = (self.written(Some(here)), here.range.clone());
        let say = |message: String, hint: String, span: Range<usize>| {
            Some(Said { code: "P0001", message, hint: Some(hint), span })
        };
        if let ParseErrorType::BadInput(LexError::MalformedChar(_)) = error {
            let inner = self.text.get(here.inner(self.text)).unwrap_or_default();
            let hint = format!("write `\"{}\"`", inner.replace('"', "\\\""));
            return say("a text stands in double quotes".into(), hint, span);
        }
        if let Some(said) = self.bracket(error, shown, &span).or_else(|| self.operand(error, shown)) {
            return Some(said);
        }
        let before = self.before();
        for (token, text) in [(Some(here), shown), (before, self.written(before))] {
            if let (Some(token), Some(right)) = (token, foreign::operator(text)) {
                // `and` may be a name, as of a variable: where it stands between two values it is none.
                return say(
                    format!("`{text}` is no operator here"),
                    format!("write `{right}`"),
                    token.range.clone(),
                );
            }
        }
        if let Some((message, hint)) = foreign::word(shown) {
            return say(message, hint, span);
        }
        if let ParseErrorType::VariableUndefined(_) = error {
            return None;
        }
        if let Some((message, hint)) = foreign::word(self.written(before)) {
            return say(message, hint, before.map_or(span, |token| token.range.clone()));
        }
        let method = foreign::function(shown).unwrap_or(shown);
        if matches!(error, ParseErrorType::MissingToken(..)) && foreign::is_test(method) {
            let argument = match self.after() {
                Some(next) if next.kind == Kind::Text => self.written(Some(next)),
                _ => "..",
            };
            let hint = format!("write `.{method}({argument})`, with a dot and in parentheses");
            return say(format!("`{shown}` is no operator here"), hint, span);
        }
        None
    }

    /// A mistake in what a text holds: `${..}` between backticks.
    fn inside(&self, text: &Token, error: &ParseErrorType) -> Said {
        let closed = text.text(self.text).len() > 1 && text.text(self.text).ends_with('`');
        let (message, span) = match error {
            ParseErrorType::VariableUndefined(name) => {
                return self.unknown(name, span(self.text, self.at, None));
            }
            _ if closed => ("what stands in this `${..}` is no expression", self.at..self.at + 1),
            _ => ("this text is not closed", text.range.start..text.range.start + 1),
        };
        Said { code: "P0001", message: message.into(), hint: None, span }
    }

    /// A bracket too many, or one that is missing before the statement ends.
    fn bracket(&self, error: &ParseErrorType, shown: &str, span: &Range<usize>) -> Option<Said> {
        let ParseErrorType::MissingToken(token, _) = error else { return None };
        let said =
            |message: String, span: Range<usize>| Some(Said { code: "P0001", message, hint: None, span });
        if !matches!(shown, ";" | ")" | "]" | "}") {
            return None;
        }
        match self.open_before() {
            // An expression ends here, and the bracket that it stands in does not.
            Some((open, close)) if close != shown && close != "}" => {
                said(format!("expected `{close}` that closes the `{open}`"), self.behind()..self.behind())
            }
            None if token == ";" && shown != ";" => {
                said(format!("this `{shown}` closes nothing"), span.clone())
            }
            _ => None,
        }
    }

    /// The innermost bracket that is open where Rhai stopped, with the name of what is called, as `role(`; and what
    /// closes it.
    fn open_before(&self) -> Option<(&'a str, &'static str)> {
        let mut open: Vec<(usize, &Token, &str)> = Vec::new();
        for (index, token) in
            self.tokens.iter().enumerate().take_while(|(_, token)| token.range.end <= self.at)
        {
            if let Some(close) =
                (token.kind == Kind::Symbol).then(|| closing(self.written(Some(token)))).flatten()
            {
                open.push((index, token, close));
            } else if open.last().is_some_and(|(.., close)| *close == self.written(Some(token))) {
                open.pop();
            }
        }
        let (index, bracket, close) = open.pop()?;
        let name = index.checked_sub(1).and_then(|index| self.tokens.get(index));
        let called = name
            .filter(|name| close == ")" && name.kind == Kind::Word && name.range.end == bracket.range.start);
        let start = called.map_or(bracket.range.start, |name| name.range.start);
        Some((self.text.get(start..bracket.range.end)?, close))
    }

    /// An operator with nothing behind it.
    fn operand(&self, error: &ParseErrorType, shown: &str) -> Option<Said> {
        let operator = self.written(self.before());
        let ends = matches!(shown, ")" | "]" | "}" | ";" | ",");
        let joins = matches!(
            operator,
            "&&" | "||" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "+" | "-" | "*" | "/" | "!" | "="
        );
        let no_value =
            !matches!(error, ParseErrorType::MissingToken(..) | ParseErrorType::VariableUndefined(_));
        (ends && joins && no_value).then(|| Said {
            code: "P0001",
            message: format!("expected a value behind `{operator}`"),
            hint: None,
            span: self.behind()..self.behind(),
        })
    }

    fn plain(&self, error: &ParseErrorType) -> Said {
        let here = self.here().map_or(self.text.len()..self.text.len(), |token| token.range.clone());
        let behind = self.behind();
        let missing = behind..behind;
        let said = |message: String, span: Range<usize>| Said { code: "P0001", message, hint: None, span };
        match error {
            ParseErrorType::MissingToken(token, why) => {
                let why = why.replace('\'', "`");
                said(format!("expected `{token}` {}", why.trim()), missing)
            }
            ParseErrorType::ExprExpected(_) if self.here().is_none() => {
                said("the script ends where a value is expected".into(), missing)
            }
            ParseErrorType::ExprExpected(what) => {
                let shown = self.written(self.here());
                said(format!("expected {} before `{shown}`", with_article(what)), here)
            }
            ParseErrorType::PropertyExpected => {
                said(format!("expected a name behind `{}`", self.written(self.before())), missing)
            }
            ParseErrorType::VariableExpected => said(
                format!("expected the name of a variable behind `{}`", self.written(self.before())),
                missing,
            ),
            ParseErrorType::UnexpectedEOF => Said {
                hint: Some("is a bracket or a quote not closed?".into()),
                ..said("the script ends in the middle of a statement".into(), missing)
            },
            ParseErrorType::BadInput(LexError::UnterminatedString) => Said {
                hint: Some("end it with the quote that it starts with".into()),
                ..said("this text is not closed".into(), here)
            },
            ParseErrorType::VariableUndefined(name) => self.unknown(name, here),
            ParseErrorType::ModuleUndefined(name) => Said {
                code: "P0007",
                message: format!("no module is called `{name}` here"),
                hint: Some(match closest(name, self.names_after(&["as"])) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("import it at the top of the file: `import \"{name}\" as {name};`"),
                }),
                span: here,
            },
            _ if self.written(self.here()) == "eval" => Said {
                code: "P0106",
                message:
                    "`eval` is not available: what decides must stand in the policy, where it can be reviewed"
                        .into(),
                hint: Some("write the expression itself".into()),
                span: here,
            },
            ParseErrorType::Reserved(word) if lazy::written(word) != word => {
                let name = lazy::written(word);
                said(format!("`{name}` stands where no function is called"), here)
            }
            ParseErrorType::Reserved(word) => Said {
                hint: closest(word, words()).map(|near| format!("did you mean `{near}`?")),
                ..said(format!("`{word}` is a reserved word"), here)
            },
            ParseErrorType::WrongFnDefinition => Said {
                hint: Some("put it at the top of the file; `|user| ..` is a function without a name".into()),
                ..said("a function cannot be defined inside a block".into(), here)
            },
            ParseErrorType::FnMissingParams(name) => {
                said(format!("expected the parameters of `{name}` in parentheses"), missing)
            }
            ParseErrorType::WrongExport => {
                said("only what stands at the top of a file is exported".into(), here)
            }
            ParseErrorType::FnDuplicatedDefinition(name, _) => {
                said(format!("the function `{name}` is defined twice with as many parameters"), here)
            }
            ParseErrorType::AssignmentToConstant(name) => {
                said(format!("`{name}` is a constant, and nothing is assigned to it"), here)
            }
            ParseErrorType::BadInput(LexError::MalformedEscapeSequence(escape)) => Said {
                hint: Some("a backslash itself is written `\\\\`".into()),
                ..said(format!("`{escape}` is no escape sequence"), here)
            },
            ParseErrorType::DuplicatedProperty(name) => {
                said(format!("the key `{name}` is there twice"), here)
            }
            other => said(lower_first(&other.to_string()).replace('\'', "`"), here),
        }
    }

    fn unknown(&self, name: &str, span: Range<usize>) -> Said {
        let hint = if let Some(right) = foreign::value(name) {
            right.to_owned()
        } else if self.names_after(&["as"]).contains(&name) {
            format!("`{name}` is a module: what it has is named by `{name}::`")
        } else if self.names_after(&["const"]).contains(&name) {
            format!("inside a function, a constant of the same file is written `global::{name}`")
        } else if self.names_after(&["let"]).contains(&name) {
            format!(
                "a function sees no variables of its file: say `const {name} = ..;`, and write `global::{name}` here"
            )
        } else if let Some(near) = self.near(name) {
            format!("did you mean `{near}`?")
        } else if attribute_type(name).is_some() || is_virtual(&name.to_ascii_lowercase()) {
            format!("write `user.{name}` for the attribute, `\"{name}\"` for the text")
        } else if let Some(near) = closest_attribute(name) {
            format!("did you mean `user.{near}`? A text is written `\"{name}\"`")
        } else {
            format!("a text is written `\"{name}\"`; what a module has is named by `module::{name}`")
        };
        Said { code: "P0007", message: format!("nothing here is called `{name}`"), hint: Some(hint), span }
    }

    /// Names that the file gives to something.
    fn names_after(&self, keywords: &[&str]) -> Vec<&'a str> {
        let mut pairs = self.tokens.iter().zip(self.tokens.iter().skip(1));
        pairs
            .by_ref()
            .filter(|(keyword, name)| {
                keywords.contains(&self.written(Some(keyword))) && name.kind == Kind::Word
            })
            .map(|(_, name)| self.written(Some(name)))
            .collect()
    }

    /// The name that is in reach and nearly the same: a parameter, a constant, a variable, a module.
    fn near(&self, name: &str) -> Option<&'a str> {
        let mut known = self.names_after(&["const", "let", "as", "for", "|"]);
        known.retain(|known| *known != name);
        closest(name, known)
    }
}

fn with_article(what: &str) -> String {
    let what = if what.is_empty() { "expression" } else { what };
    format!("a{} {what}", if what.starts_with(['a', 'e', 'i', 'o', 'u']) { "n" } else { "" })
}

/// Rhai's sentences in the style of ours.
pub(crate) fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().collect::<String>() + characters.as_str())
}
