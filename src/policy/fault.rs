//! What went wrong while a script ran: Rhai's nested errors -> one sentence and one place.

use std::collections::BTreeMap;
use std::sync::Arc;

use rhai::{Dynamic, EvalAltResult, Position};

use super::parse::Parsed;
use super::position::{offset, span};
use super::syntax::lower_first;
use super::{Place, Reason};
use crate::diagnostic::Diagnostic;

/// The innermost cause, where it happened.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) text: String,
    pub(crate) file: String,
    pub(crate) position: Position,
    /// What a script or a host function threw.
    thrown: Option<Dynamic>,
}

impl Fault {
    /// `file` is the script whose code was running at the outermost level.
    pub(crate) fn of(error: &EvalAltResult, file: &str) -> Self {
        match error {
            EvalAltResult::ErrorInFunctionCall(_, source, inner, position) => {
                let file = if source.is_empty() { file } else { source };
                Self::of(inner, file).or_at(*position)
            }
            EvalAltResult::ErrorInModule(path, inner, position) => {
                let module = format!("{}.rhai", super::modules::normalise(path));
                Self::of(inner, &module).or_at(*position)
            }
            other => {
                let thrown = match other {
                    EvalAltResult::ErrorRuntime(value, _) => Some(value.clone()),
                    _ => None,
                };
                Self { text: sentence(other), file: file.to_owned(), position: other.position(), thrown }
            }
        }
    }

    fn or_at(self, position: Position) -> Self {
        if self.position.is_none() { Self { position, ..self } } else { self }
    }

    /// The thrown value, when it is of this type.
    pub(crate) fn thrown<T: Clone + 'static>(&self) -> Option<T> {
        self.thrown.as_ref().and_then(|value| value.clone().try_cast::<T>())
    }

    pub(crate) fn place(&self) -> Place {
        place(&self.file, self.position)
    }

    pub(crate) fn reason(&self, what: &str) -> Reason {
        Reason::new(format!("{what}: {}", self.text)).at(self.place())
    }

    pub(crate) fn diagnostic(&self, code: &'static str, scripts: &BTreeMap<String, Parsed>) -> Diagnostic {
        diagnostic(code, &self.text, &self.file, self.position, None, scripts)
    }
}

pub(crate) fn place(file: &str, position: Position) -> Place {
    Place {
        file: Arc::from(file),
        line: position.line().unwrap_or_default(),
        column: position.position().unwrap_or_default(),
    }
}

/// A finding at a position of a script that is known by its path.
pub(crate) fn diagnostic(
    code: &'static str,
    message: &str,
    file: &str,
    position: Position,
    words: Option<&str>,
    scripts: &BTreeMap<String, Parsed>,
) -> Diagnostic {
    let finding = Diagnostic::error(code, message);
    match scripts.values().find(|script| script.path == file) {
        // Without a position, carets at the start of the file would point at the wrong thing.
        Some(script) if !position.is_none() => {
            let at = offset(&script.text, position);
            finding.at(file, Arc::clone(&script.text), span(&script.text, at, words))
        }
        _ => finding,
    }
}

fn sentence(error: &EvalAltResult) -> String {
    match error {
        EvalAltResult::ErrorRuntime(value, _) => value.to_string(),
        EvalAltResult::ErrorFunctionNotFound(signature, _) => {
            format!("no function takes these arguments: `{}`", plain_types(signature))
        }
        EvalAltResult::ErrorVariableNotFound(name, _) => format!("nothing here is called `{name}`"),
        EvalAltResult::ErrorModuleNotFound(path, _) => {
            format!("there is no module `{path}` in the policy folder")
        }
        EvalAltResult::ErrorDataTooLarge(what, _) if what.contains("string") => {
            "a text is too long, or those of a list are together".into()
        }
        EvalAltResult::ErrorDataTooLarge(..) => "a list or a map is too large".into(),
        EvalAltResult::ErrorDataRace(..) => {
            "a closure uses the very list or map whose method runs it: make a copy for it".into()
        }
        EvalAltResult::ErrorStackOverflow(_) => "functions call each other too deeply".into(),
        EvalAltResult::ErrorTerminated(why, _) => format!("the script {why}"),
        EvalAltResult::ErrorMismatchDataType(wanted, got, _)
        | EvalAltResult::ErrorMismatchOutputType(wanted, got, _) => {
            format!("expected {wanted}, got {got}")
        }
        other => {
            // Rhai puts the position behind the sentence; ours stands apart.
            let text = other.to_string();
            lower_first(text.split(" (line ").next().unwrap_or(&text))
        }
    }
}

/// `f (&str | ImmutableString | String)` -> `f(text)`: the types as a script's author knows them.
fn plain_types(signature: &str) -> String {
    [
        ("&str | ImmutableString | String", "text"),
        ("rolecall::policy::host::user::User", "user"),
        ("jiff::timestamp::Timestamp", "time"),
        ("i64", "integer"),
        ("f64", "number"),
        ("array", "list"),
        ("()", "blank"),
        (" (", "("),
    ]
    .iter()
    .fold(signature.to_owned(), |text, (from, to)| text.replace(from, to))
}
