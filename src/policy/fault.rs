//! What went wrong while a script ran: Rhai's nested errors -> one sentence and one place.

use std::collections::BTreeMap;
use std::sync::Arc;

use rhai::{Dynamic, EvalAltResult, ImmutableString, Position};

use super::closure::Closure;
use super::engine::{CALL_LEVELS, ELEMENTS, MEMBERS, MODULES, STRING_BYTES};
use super::host::user::{in_short, shortened};
use super::parse::Parsed;
use super::position::{offset, span};
use super::syntax::lower_first;
use super::{Place, Reason};
use crate::diagnostic::Diagnostic;

/// Characters of what a script throws that are told.
const TOLD: usize = 2_000;

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

    /// Of a rule that was changed to see whether a test notices.
    pub(crate) fn without_an_answer(closure: &Closure) -> Self {
        Self {
            text: "the changed rule comes to no answer".to_owned(),
            file: closure.file.clone(),
            position: closure.position,
            thrown: None,
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
        EvalAltResult::ErrorRuntime(value, _) => match value.read_lock::<ImmutableString>() {
            Some(text) => shortened(&text, TOLD),
            None => in_short(value),
        },
        EvalAltResult::ErrorFunctionNotFound(signature, _) => {
            format!("no function takes these arguments: `{}`", plain_types(signature))
        }
        EvalAltResult::ErrorVariableNotFound(name, _) => format!("nothing here is called `{name}`"),
        EvalAltResult::ErrorModuleNotFound(path, _) => {
            format!("there is no module `{path}` in the policy folder")
        }
        EvalAltResult::ErrorDataTooLarge(what, _) if what.contains("string") => {
            format!(
                "a text is too long, or those of a list are together: the limit is {} bytes",
                grouped(STRING_BYTES)
            )
        }
        EvalAltResult::ErrorDataTooLarge(what, _) if what.contains("map") => {
            format!("a map is too large: the limit is {} members", grouped(MEMBERS))
        }
        EvalAltResult::ErrorDataTooLarge(..) => {
            format!("a list is too large: the limit is {} elements", grouped(ELEMENTS))
        }
        EvalAltResult::ErrorTooManyModules(_) => {
            format!("too many modules are imported: the limit is {}", grouped(MODULES))
        }
        EvalAltResult::ErrorDataRace(..) => {
            "a closure uses the very list or map whose method runs it: make a copy for it".into()
        }
        EvalAltResult::ErrorStackOverflow(_) => {
            format!("functions call each other too deeply: the limit is {CALL_LEVELS} levels")
        }
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

/// `1048576` -> `1,048,576`
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
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
