use rhai::{Expr, Position, SwitchCasesCollection};

use super::eval::{Bail, Recorder, Run, Worth};
use super::lower::{Lowering, Scope, Unfit};
use super::node::{Case, Kind, Node, Switch};
use super::value::Val;

impl<'p> Lowering<'p> {
    pub(super) fn switch(
        &mut self,
        of: &Expr,
        written: &SwitchCasesCollection,
        scope: &Scope<'p>,
        position: Position,
    ) -> Result<Node, Unfit> {
        if !written.ranges.is_empty() {
            return self.unfit("a `switch` over ranges is left to Rhai", scope, position);
        }
        let of = self.expression(of, scope)?;
        // Rhai keeps labels by their hash, and for each the blocks that may answer, in the order in which they stand.
        let mut labels: Vec<(&[usize], Val<'static>)> = written
            .cases
            .values()
            .map(|case| (case.blocks.as_slice(), Val::from_dynamic(&case.value)))
            .collect();
        if labels.iter().any(|(_, label)| !is_label(label)) {
            return self.unfit("a label of this `switch` is left to Rhai", scope, position);
        }
        labels.sort_by_key(|(blocks, label)| (blocks.first().copied(), format!("{label:?}")));
        let mut cases = Vec::new();
        for (index, block) in written.expressions.iter().enumerate() {
            if written.def_case == Some(index) {
                continue;
            }
            let labels: Vec<_> = labels
                .iter()
                .filter(|(blocks, _)| blocks.contains(&index))
                .map(|(_, label)| label.clone())
                .collect();
            let condition = match &block.lhs {
                Expr::BoolConstant(true, _) => None,
                condition => Some(self.expression(condition, scope)?),
            };
            let body = self.expression(&block.rhs, scope)?;
            cases.push(Case { labels, condition, body });
        }
        let default = written.def_case.and_then(|index| written.expressions.get(index));
        let default = default.map(|block| self.expression(&block.rhs, scope)).transpose()?;
        self.node(Kind::Switch(Box::new(Switch { of, cases, default })), scope, position)
    }
}

fn is_label(value: &Val<'_>) -> bool {
    matches!(value, Val::Unit | Val::Bool(_) | Val::Int(_) | Val::Char(_) | Val::Text(_))
}

impl<'a, R: Recorder> Run<'a, R> {
    /// The body of the case that matches, or the default.
    pub(super) fn side(&mut self, switch: &'a Switch) -> Worth<Option<&'a Node>> {
        let value = self.value(&switch.of)?;
        if !is_label(&value) {
            return Err(Bail);
        }
        for case in &switch.cases {
            if case.labels.iter().any(|label| same(label, &value)) {
                let answers = match &case.condition {
                    Some(condition) => self.truth(condition)?,
                    None => true,
                };
                if answers {
                    return Ok(Some(&case.body));
                }
            }
        }
        Ok(switch.default.as_ref())
    }
}

/// Equal in type and value: 1 is not 1.0, and "a" is not 'a'.
fn same(label: &Val<'_>, value: &Val<'_>) -> bool {
    match (label, value) {
        (Val::Unit, Val::Unit) => true,
        (Val::Bool(a), Val::Bool(b)) => a == b,
        (Val::Int(a), Val::Int(b)) => a == b,
        (Val::Char(a), Val::Char(b)) => a == b,
        (Val::Text(a), Val::Text(b)) => a == b,
        _ => false,
    }
}
