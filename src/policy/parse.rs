//! Text -> syntax trees, one a file, and what can be seen in a tree without running it.

use std::collections::BTreeMap;
use std::sync::Arc;

use rhai::{AST, Engine, ParseError, ParseErrorType, Scope};

use super::modules::{self, normalise};
use super::names::Names;
use super::position::{offset, span};
use crate::config::Sources;
use crate::diagnostic::{Diagnostic, Diagnostics, closest};

/// One script, parsed.
#[derive(Clone)]
pub(crate) struct Parsed {
    /// Relative to the policy folder, or `std/..`.
    pub(crate) path: String,
    pub(crate) text: Arc<str>,
    pub(crate) ast: AST,
    pub(crate) names: Names,
}

/// Parses every file, the modules of the standard library that they import included. By import path.
pub(crate) fn parse(
    engine: &Engine,
    sources: &Sources,
    findings: &mut Diagnostics,
) -> BTreeMap<String, Parsed> {
    let mut parsed = BTreeMap::new();
    for (path, text) in sources.files.iter().filter(|(path, _)| path.ends_with(".rhai")) {
        match parse_one(engine, path, Arc::clone(text)) {
            Ok(script) => {
                parsed.insert(normalise(path), script);
            }
            Err(finding) => findings.push(*finding),
        }
    }
    for path in modules::stdlib_paths() {
        if let Some(text) = modules::stdlib(path) {
            match parse_one(engine, path, Arc::from(text)) {
                Ok(script) => {
                    parsed.insert(path.to_owned(), script);
                }
                Err(finding) => findings.push(*finding),
            }
        }
    }
    parsed
}

/// Parses one script.
///
/// # Errors
/// The first thing in it that is no Rhai.
pub(crate) fn parse_one(engine: &Engine, path: &str, text: Arc<str>) -> Result<Parsed, Box<Diagnostic>> {
    parse_in(engine, &Scope::new(), path, text)
}

/// The same where there are variables already.
pub(crate) fn parse_in(
    engine: &Engine,
    scope: &Scope<'_>,
    path: &str,
    text: Arc<str>,
) -> Result<Parsed, Box<Diagnostic>> {
    let compiled = engine.compile_with_scope(scope, &*text);
    let mut ast = compiled.map_err(|error| Box::new(syntax_error(path, &text, &error)))?;
    ast.set_source(path);
    let names = Names::of(&ast);
    Ok(Parsed { path: path.to_owned(), text, ast, names })
}

fn syntax_error(path: &str, text: &Arc<str>, error: &ParseError) -> Diagnostic {
    let at = offset(text, error.position());
    let what = error.err_type();
    let (message, hint) = explain_syntax(what);
    // What is missing belongs behind the last thing that is there, not before whatever comes next.
    let span = match what {
        ParseErrorType::MissingToken(..) => {
            let end = text.get(..at).map_or(at, |before| before.trim_end().len());
            end.saturating_sub(1)..end
        }
        _ => span(text, at, None),
    };
    let mut finding = Diagnostic::error("P0001", message).at(path, Arc::clone(text), span);
    finding.hint = hint;
    finding
}

fn explain_syntax(what: &ParseErrorType) -> (String, Option<String>) {
    match what {
        ParseErrorType::MissingToken(token, why) => (format!("expected `{token}` {why}"), None),
        ParseErrorType::UnexpectedEOF => (
            "the script ends in the middle of a statement".into(),
            Some("is a bracket or a quote not closed?".into()),
        ),
        ParseErrorType::VariableUndefined(name) => (
            format!("nothing here is called `{name}`"),
            Some(format!(
                "inside a function, a constant of the same file is `global::{name}`; one of a module is `module::{name}`"
            )),
        ),
        ParseErrorType::Reserved(word) => (
            format!("`{word}` is a reserved word"),
            closest(word, crate::policy::host::vocabulary::words())
                .map(|near| format!("did you mean `{near}`?")),
        ),
        other => (lower_first(&other.to_string()), None),
    }
}

/// Rhai's sentences in the style of ours.
pub(crate) fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().collect::<String>() + characters.as_str())
}
