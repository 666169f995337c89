use super::eval::{Bail, Recorder, Run, Worth};
use super::node::Node;
use super::quick::is_plain;
use super::value::Val;
use crate::policy::excel::{self, Clock};

impl<'a, R: Recorder> Run<'a, R> {
    /// A call of a function that needs only some of its arguments: the others are not evaluated.
    pub(super) fn lazy(
        &mut self,
        function: &'static excel::Function,
        arguments: &'a [Node],
    ) -> Worth<Val<'a>> {
        if let ("IF", [condition, then, otherwise]) = (function.name, arguments) {
            let chosen = match self.value(condition)? {
                Val::Bool(true) => self.value(then)?,
                Val::Bool(false) => self.value(otherwise)?,
                value => return self.lazily(function, arguments, Some(value)),
            };
            return self.answered(chosen);
        }
        self.lazily(function, arguments, None)
    }

    /// `first`: what the first argument came to, if that is known.
    fn lazily(
        &mut self,
        function: &'static excel::Function,
        arguments: &'a [Node],
        mut first: Option<Val<'a>>,
    ) -> Worth<Val<'a>> {
        let facts = self.binding.facts;
        let clock = Clock { now: excel::serial_of(facts.now) };
        let value = function.call_lazily(arguments.len(), &clock, &mut |index| {
            let value = match first.take().filter(|_| index == 0) {
                Some(value) => value,
                None => self.value(arguments.get(index).ok_or(Bail)?)?,
            };
            value.to_excel(facts).ok_or(Bail)
        });
        value.map(Val::from_excel)
    }

    /// A value as the answer of a function: whatever becomes another value in a cell becomes it here.
    fn answered(&self, value: Val<'a>) -> Worth<Val<'a>> {
        match value {
            Val::Text(text) if is_plain(&text) => Ok(Val::Text(text)),
            value @ (Val::Unit | Val::Bool(_) | Val::Error(_)) => Ok(value),
            value => {
                let facts = self.binding.facts;
                let clock = Clock { now: excel::serial_of(facts.now) };
                let value = value.to_excel(facts).ok_or(Bail)?;
                let Some(function) = excel::function("IF") else { return Err(Bail) };
                let [yes, no] = [excel::Value::Boolean(true), excel::Value::Boolean(false)];
                Ok(Val::from_excel(function.call(&[yes, value, no], &clock)))
            }
        }
    }
}
