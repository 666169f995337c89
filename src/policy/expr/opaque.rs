use rhai::Scope;

use super::eval::{Bail, Recorder, Run, Worth};
use super::node::Opaque;
use super::value::Val;

impl<'a, R: Recorder> Run<'a, R> {
    /// What Rhai makes of an expression that does not fit.
    pub(super) fn opaque(&mut self, opaque: &'a Opaque) -> Worth<Val<'a>> {
        let mut scope = Scope::new();
        for (name, node) in &opaque.variables {
            let value = match node {
                Some(node) => self.value(node)?.to_dynamic(self.people()),
                None => rhai::Dynamic::UNIT,
            };
            scope.push_dynamic(name.as_str(), value);
        }
        let closure = self.closure.ok_or(Bail)?;
        let value = closure
            .evaluate(self.engine, &opaque.expression, &mut scope, self.binding.facts.now)
            .map_err(|_| Bail)?;
        Ok(Val::from_dynamic(&value))
    }
}
