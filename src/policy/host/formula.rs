//! Formulas about people: `[manager.department]` is what a script has as `user.manager.department`.

use std::sync::Arc;

use rhai::{Dynamic, Engine, EvalAltResult, FnPtr};

use super::excel::{dynamic, value};
use super::user::User;
use crate::policy::excel::{self, Clock, Value};
use crate::policy::formula::Formula;
use crate::policy::reference::{Documented, USER, WORDS};
use crate::policy::tables::Tables;

/// What a formula is written in, what its value is called with, and the method of a person.
pub(crate) const WORD: &str = "formula";

/// A formula as a value of a script: what the function captured that stands in a closure's place.
#[derive(Clone)]
pub(crate) struct Captured(pub(crate) Arc<Formula>);

pub(crate) fn register(engine: &mut Engine, tables: &Arc<Tables>) {
    engine.register_type_with_name::<Captured>("formula");
    let engine = &mut Documented::new(engine, &[WORDS, USER]);
    let known = Arc::clone(tables);
    engine.register_fn(WORD, move |text: &str| -> Result<FnPtr, Box<EvalAltResult>> {
        let mut function = FnPtr::new(WORD)?;
        function.add_curry(Dynamic::from(Captured(Arc::new(parsed(text, &known)?))));
        Ok(function)
    });
    engine.register_fn(WORD, |formula: Captured, user: User| {
        user.evaluate(&formula.0).map(|value| dynamic(&value))
    });
    let known = Arc::clone(tables);
    engine.register_fn(WORD, move |user: &mut User, text: &str| {
        user.evaluate(&parsed(text, &known)?).map(|value| dynamic(&value))
    });
}

fn parsed(text: &str, tables: &Tables) -> Result<Formula, Box<EvalAltResult>> {
    let parsed = Formula::parse(text).and_then(|formula| formula.with_tables(tables));
    parsed.map_err(|problem| format!("the formula cannot be read: {problem}").into())
}

impl User {
    /// What a formula comes to for this person, at the facts' time.
    ///
    /// # Errors
    /// When it names an attribute that is not known, was not asked for, or is nothing that a formula computes with.
    pub fn formula(&self, formula: &Formula) -> Result<Value, String> {
        self.evaluate(formula).map_err(|error| match *error {
            EvalAltResult::ErrorRuntime(why, _) => why.to_string(),
            other => other.to_string(),
        })
    }

    pub(super) fn evaluate(&self, formula: &Formula) -> Result<Value, Box<EvalAltResult>> {
        let clock = Clock { now: excel::serial_of(self.facts().now) };
        formula.evaluate(&clock, &mut |index| {
            formula.attributes().get(index).map_or(Ok(Value::Blank), |attribute| self.named(&attribute.path))
        })
    }

    fn named(&self, path: &str) -> Result<Value, Box<EvalAltResult>> {
        let Some((manager, rest)) = path.split_once('.') else { return value(&self.get(path)?) };
        let manager = self.get(manager)?;
        match manager.read_lock::<Self>() {
            Some(manager) => manager.named(rest),
            None if manager.is_unit() => Ok(Value::Blank),
            None => Err(format!("`{path}` is read of what is nobody").into()),
        }
    }
}
