//! Text -> syntax trees, one a file, and what can be seen in a tree without running it.

use std::collections::BTreeMap;
use std::sync::Arc;

use rhai::{AST, ASTNode, Engine, Expr, ParseError, ParseErrorType, Position, Stmt};

use super::modules::{self, normalise};
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

/// The names that a script uses, with their positions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// `import` with a literal path.
    pub(crate) imports: Vec<(String, Position)>,
    /// `import` of anything else.
    pub(crate) computed_imports: Vec<Position>,
    /// `x.name` and `x["name"]`.
    pub(crate) properties: Vec<(String, Position)>,
    /// The keys of map literals.
    pub(crate) keys: Vec<String>,
    /// `name(..)` without a namespace, and `x.name(..)`, with the number of arguments, `x` included.
    pub(crate) calls: Vec<(String, usize, Position)>,
    /// The functions that the script defines (closures have names of their own), with their parameters.
    pub(crate) functions: BTreeMap<String, Vec<Vec<String>>>,
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
            Err(finding) => findings.push(finding),
        }
    }
    for path in modules::stdlib_paths() {
        if let Some(text) = modules::stdlib(path) {
            match parse_one(engine, path, Arc::from(text)) {
                Ok(script) => {
                    parsed.insert(path.to_owned(), script);
                }
                Err(finding) => findings.push(finding),
            }
        }
    }
    parsed
}

/// Parses one script.
///
/// # Errors
/// The first thing in it that is no Rhai.
pub(crate) fn parse_one(engine: &Engine, path: &str, text: Arc<str>) -> Result<Parsed, Diagnostic> {
    let mut ast = engine.compile(&*text).map_err(|error| syntax_error(path, &text, &error))?;
    ast.set_source(path);
    let names = names(&ast);
    Ok(Parsed { path: path.to_owned(), text, ast, names })
}

fn names(ast: &AST) -> Names {
    let mut names = Names::default();
    ast.walk(&mut |nodes: &[ASTNode<'_>]| {
        match nodes.last() {
            Some(ASTNode::Stmt(Stmt::Import(import, position))) => match &import.0 {
                Expr::StringConstant(path, at) => names.imports.push((path.to_string(), *at)),
                _ => names.computed_imports.push(*position),
            },
            Some(ASTNode::Expr(Expr::Property(property, at))) => {
                names.properties.push((property.2.to_string(), *at))
            }
            Some(ASTNode::Expr(Expr::Index(pair, ..))) => {
                if let Expr::StringConstant(name, at) = &pair.rhs {
                    names.properties.push((name.to_string(), *at));
                }
            }
            Some(ASTNode::Expr(Expr::Map(map, _))) => {
                names.keys.extend(map.0.iter().map(|(key, _)| key.name.to_string()))
            }
            Some(ASTNode::Expr(Expr::FnCall(call, at)) | ASTNode::Stmt(Stmt::FnCall(call, at)))
                if call.namespace.is_empty() =>
            {
                names.calls.push((call.name.to_string(), call.args.len(), *at));
            }
            Some(ASTNode::Expr(Expr::MethodCall(call, at))) => {
                names.calls.push((call.name.to_string(), call.args.len() + 1, *at));
            }
            _ => {}
        }
        true
    });
    for (_, _, name, _, definition) in ast.shared_lib().iter_script_fn_info() {
        let parameters = definition.params.iter().map(ToString::to_string).collect();
        names.functions.entry(name.to_owned()).or_default().push(parameters);
    }
    names
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
