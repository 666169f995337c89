//! All conditions and mappings of everyone, by trees or by Rhai alone: what benchmarks hold against each other.

use std::ops::Range;
use std::sync::Arc;

use rhai::ImmutableString;
use smallvec::SmallVec;

use super::expr::{Run, Silent, Val};
use super::{Bits, Policy, with_room};
use crate::facts::Facts;

/// Who evaluates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evaluator {
    Trees,
    Rhai,
}

impl Policy {
    /// Asks every condition and mapping of some people. For each of them `answers` gets a bit a role, the first the
    /// lowest, and the mappings' texts; anything but a text counts as empty.
    pub fn race(
        &self,
        evaluator: Evaluator,
        facts: &Arc<Facts>,
        people: Range<usize>,
        answers: &mut (dyn FnMut(u64, &[&str]) + Send),
    ) {
        with_room(|| match evaluator {
            Evaluator::Trees => self.race_of_trees(facts, people, answers),
            Evaluator::Rhai => self.race_of_rhai(facts, people, answers),
        });
    }

    /// For each role, who passes its condition: person by person, as [`Columns::roles`](super::Columns::roles) has it
    /// of everybody at once.
    #[must_use]
    pub fn roles_of_everybody(&self, facts: &Arc<Facts>) -> Vec<Bits> {
        with_room(|| {
            let binding = self.binding(facts);
            let mut passed = vec![Bits::none(facts.people.len()); self.rules.roles.len()];
            for index in 0..facts.people.len() {
                let user = self.user(facts, index);
                let Some(mut run) = Run::new(&self.engine, &binding, &user, Silent) else { continue };
                for (role, passed) in self.rules.roles.iter().zip(&mut passed) {
                    if self.condition(role, &mut run) == Ok(true) {
                        passed.set(index);
                    }
                }
            }
            passed
        })
    }

    fn race_of_trees(
        &self,
        facts: &Arc<Facts>,
        people: Range<usize>,
        answers: &mut (dyn FnMut(u64, &[&str]) + Send),
    ) {
        let binding = self.binding(facts);
        for index in people {
            let user = self.user(facts, index);
            let Some(mut run) = Run::new(&self.engine, &binding, &user, Silent) else { continue };
            let mut passed = 0;
            for (bit, role) in self.rules.roles.iter().enumerate() {
                if let Ok(tree) = &role.condition.tree
                    && run.condition(tree, &role.condition.closure) == Ok(true)
                {
                    passed |= 1 << bit;
                }
            }
            let values: SmallVec<[Option<Val<'_>>; 16]> = self
                .rules
                .maps
                .iter()
                .map(|map| {
                    let tree = map.expression.tree.as_ref().ok()?;
                    run.expression(tree, &map.expression.closure).ok()
                })
                .collect();
            let texts = values.iter().map(|value| match value {
                Some(Val::Text(text)) => &**text,
                _ => "",
            });
            answers(passed, &texts.collect::<SmallVec<[&str; 16]>>());
        }
    }

    fn race_of_rhai(
        &self,
        facts: &Arc<Facts>,
        people: Range<usize>,
        answers: &mut (dyn FnMut(u64, &[&str]) + Send),
    ) {
        for index in people {
            let user = self.user(facts, index);
            let mut passed = 0;
            for (bit, role) in self.rules.roles.iter().enumerate() {
                let value = self.by_rhai(&role.condition, &user);
                if value.is_ok_and(|value| value.as_bool() == Ok(true)) {
                    passed |= 1 << bit;
                }
            }
            let values: Vec<ImmutableString> = self
                .rules
                .maps
                .iter()
                .map(|map| self.by_rhai(&map.expression, &user).ok().and_then(|value| value.try_cast()))
                .map(Option::unwrap_or_default)
                .collect();
            answers(passed, &values.iter().map(ImmutableString::as_str).collect::<Vec<_>>());
        }
    }
}
