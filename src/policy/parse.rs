//! Text -> syntax trees, one a file, and what can be seen in a tree without running it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rhai::{AST, Engine, ParseErrorType, Scope};

use super::bodies::Bodies;
use super::engine::{Limited, overgrown};
use super::modules::{self, normalise};
use super::names::Names;
use super::position::{offset, span};
use super::recover::{Repair, statements};
use super::syntax::Stop;
use super::tokens::tokens;
use crate::config::Sources;
use crate::diagnostic::{Diagnostic, Diagnostics, closest};

/// Mistakes of one file that are shown at most.
const MISTAKES: usize = 100;

/// One script, parsed.
#[derive(Clone)]
pub(crate) struct Parsed {
    /// Relative to the policy folder, or `std/..`.
    pub(crate) path: String,
    pub(crate) text: Arc<str>,
    pub(crate) ast: AST,
    pub(crate) names: Names,
    pub(crate) bodies: Bodies,
    /// The words of the statements that do not parse, and are not in the tree: what is defined and used there nobody
    /// knows. Empty for a script that parses.
    pub(crate) lost: BTreeSet<String>,
    /// Those among them that are given to something there.
    given: BTreeSet<String>,
}

impl Parsed {
    /// Whether a name may be defined in what does not parse.
    pub(crate) fn may_have_lost(&self, name: &str) -> bool {
        self.lost.contains(name) || is_torn(&self.given, name)
    }
}

/// A slip that tears a definition may tear the name that it gives, too.
fn is_torn(given: &BTreeSet<String>, name: &str) -> bool {
    given.iter().any(|torn| torn.starts_with(name))
        || closest(name, given.iter().map(String::as_str)).is_some()
}

/// Parses every file, the modules of the standard library that they import included. By import path. What does not
/// parse is left out of its file's tree, so that the rest can be looked at.
pub(crate) fn parse(
    engine: &Engine,
    sources: &Sources,
    findings: &mut Diagnostics,
) -> BTreeMap<String, Parsed> {
    let limited = Limited::parsing();
    let mut parsed = parse_all(engine, sources.files.iter(), findings);
    drop(limited);
    for path in modules::stdlib_paths() {
        if let Some(text) = modules::stdlib(path) {
            parsed
                .insert(path.to_owned(), parse_rest(engine, &Scope::new(), path, Arc::from(text), findings));
        }
    }
    parsed
}

/// Parses every script among the files. By path, without the ending.
pub(crate) fn parse_all<'a>(
    engine: &Engine,
    files: impl Iterator<Item = (&'a String, &'a Arc<str>)>,
    findings: &mut Diagnostics,
) -> BTreeMap<String, Parsed> {
    files
        .filter(|(path, _)| path.ends_with(".rhai"))
        .map(|(path, text)| {
            (normalise(path), parse_rest(engine, &Scope::new(), path, Arc::clone(text), findings))
        })
        .collect()
}

/// Parses one script.
///
/// # Errors
/// The first thing in it that is no Rhai.
pub(crate) fn parse_one(engine: &Engine, path: &str, text: Arc<str>) -> Result<Parsed, Box<Diagnostic>> {
    parse_in(engine, &Scope::new(), path, text)
}

/// Parses one script that finds constants in `scope`.
///
/// # Errors
/// As [`parse_one`].
pub(crate) fn parse_in(
    engine: &Engine,
    scope: &Scope<'_>,
    path: &str,
    text: Arc<str>,
) -> Result<Parsed, Box<Diagnostic>> {
    let mut findings = Diagnostics::default();
    let parsed = parse_rest(engine, scope, path, text, &mut findings);
    match findings.0.into_iter().next() {
        Some(finding) => Err(Box::new(finding)),
        None => Ok(parsed),
    }
}

/// Parses what can be parsed of a script: after a mistake, once more without the statement that it is in.
fn parse_rest(
    engine: &Engine,
    scope: &Scope<'_>,
    path: &str,
    text: Arc<str>,
    findings: &mut Diagnostics,
) -> Parsed {
    let parsed = |mut ast: AST, text: &Arc<str>, lost, given| {
        ast.set_source(path);
        let (names, bodies) = (Names::of(&ast), Bodies::of(&ast));
        Parsed { path: path.to_owned(), text: Arc::clone(text), ast, names, bodies, lost, given }
    };
    let mut error = match engine.compile_with_scope(scope, &*text) {
        Ok(ast) => return parsed(ast, &text, BTreeSet::new(), BTreeSet::new()),
        Err(error) => error,
    };
    // The parser was cut off: what it says it missed is not what is wrong, and a closer look would take as much again.
    if let Some(why) = overgrown() {
        let at = offset(&text, error.position());
        findings.push(Diagnostic::error("P0001", why).at(path, Arc::clone(&text), span(&text, at, None)));
        return parsed(AST::empty(), &text, BTreeSet::new(), BTreeSet::new());
    }
    let tokens = tokens(&text);
    let statements = statements(&text, &tokens);
    let mut repair = Repair::new(&text, &tokens);
    for _ in 0..MISTAKES {
        let stop = Stop::new(path, &text, &tokens, &error);
        // The parser was cut off, and what it says it missed there is not what is wrong.
        if let Some(why) = overgrown() {
            findings.push(stop.saying(why));
            break;
        }
        if findings.is_full() {
            break;
        }
        // A bracket that is never closed is noticed where the next statement starts, or the file ends.
        let open = statements.iter().find(|statement| {
            let whole = statement.range.end <= stop.at() || stop.at() >= text.trim_end().len();
            whole && !repair.is_blank(statement.range.start) && statement.unclosed.is_some()
        });
        let (finding, at, only_its_end) = match open.and_then(|statement| statement.unclosed.clone()) {
            Some(bracket) => {
                let at = bracket.start;
                (stop.unclosed(bracket), at, false)
            }
            None => {
                let (finding, only_its_end) = stop.finding(error.err_type());
                // What is missing stands right behind the statement, and is missing in it.
                let at = finding.label.as_ref().map_or(stop.at(), |label| {
                    label.span.start.saturating_sub(usize::from(label.span.is_empty()))
                });
                (finding, at, only_its_end)
            }
        };
        let is_defined_in_what_is_gone = match error.err_type() {
            ParseErrorType::VariableUndefined(name) | ParseErrorType::ModuleUndefined(name) => {
                repair.lost().contains(name) || is_torn(&repair.given(), name)
            }
            _ => false,
        };
        let known = repair.is_blank(at);
        if !known && !is_defined_in_what_is_gone {
            findings.push(finding);
        }
        if !(only_its_end && repair.end(stop.behind())) {
            let statement = statements.iter().find(|statement| at < statement.range.end);
            match statement.filter(|_| !known) {
                Some(statement) => repair.blank(statement.range.clone()),
                // What is taken away does not help: nothing more can be said of this file.
                None => break,
            }
        }
        error = match engine.compile_with_scope(scope, repair.text()) {
            Ok(ast) => return parsed(ast, &text, repair.lost(), repair.given()),
            Err(error) => error,
        };
    }
    repair.blank(0..text.len());
    parsed(AST::empty(), &text, repair.lost(), repair.given())
}
