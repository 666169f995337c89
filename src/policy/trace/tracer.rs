use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::points::{Decision, Point, RuleId, Shape};
use crate::facts::{Facts, Standing};
use crate::policy::expr::{Node, Recorder, Run, Tree, Val};
use crate::policy::rules::Rule;
use crate::policy::stack::with_room;
use crate::policy::{Attribute, Change, Policy};

/// What deciding one person showed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Traced {
    /// Every rule that was evaluated.
    pub(crate) asked: BTreeSet<RuleId>,
    /// The points that were shown, and what they came to; what has one side only comes to true.
    pub(crate) shown: BTreeSet<(RuleId, u32, bool)>,
}

/// A policy, ready to be traced.
pub(crate) struct Tracer<'p> {
    policy: &'p Policy,
    shapes: BTreeMap<RuleId, Shape<'p>>,
}

/// Every node that was reached, and what it came to if that is true or false.
#[derive(Default)]
struct Reached(HashMap<u32, Option<bool>>);

impl Recorder for Reached {
    const ON: bool = true;

    fn saw(&mut self, node: &Node, value: &Val<'_>) {
        let truth = match value {
            Val::Bool(truth) => Some(*truth),
            _ => None,
        };
        self.0.insert(node.id, truth);
    }
}

impl<'p> Tracer<'p> {
    pub(crate) fn new(policy: &'p Policy) -> Self {
        let rules = policy.rules.asked();
        let shapes = rules.filter_map(|(id, _, rule)| {
            let tree = rule.tree.as_deref().ok()?;
            Some((id, Shape::of(tree, matches!(id, RuleId::Role(_)))))
        });
        Self { policy, shapes: shapes.collect() }
    }

    /// Decides a person once more and looks on; empty when there is nobody at this index.
    pub(crate) fn trace(&self, facts: &Arc<Facts>, index: usize) -> Traced {
        with_room(|| {
            let mut traced = Traced::default();
            let (binding, user) = (self.policy.binding(facts), self.policy.user(facts, index));
            if let Some(mut run) = Run::new(&self.policy.engine, &binding, &user, Reached::default()) {
                let provisioned = run.person().standing == Standing::Enabled
                    && self.bounds(&mut run, &mut traced)
                    && self.roles(&mut run, &mut traced);
                if provisioned {
                    self.maps(&mut run, &mut traced);
                } else {
                    let maps = &self.policy.rules.maps;
                    let named = maps.iter().position(|map| map.attribute == Attribute::USER_NAME);
                    traced.asked.extend(named.map(RuleId::Mapping));
                }
            }
            traced
        })
    }

    /// The smallest change of a person with which a term comes to this and decides what it is a term of; `None` when none
    /// is known. Whether the rule is asked then is another question.
    pub(crate) fn nearest(
        &self,
        (id, term, wanted): (RuleId, u32, bool),
        facts: &Facts,
        index: usize,
    ) -> Option<Vec<Change>> {
        let (rule, shape) = (self.policy.rules.rule(id)?, self.shapes.get(&id)?);
        let slots = rule.tree.as_ref().ok()?.slots;
        let is_of = |decision: &&Decision<'_>| decision.shown.values().any(|node| node.id == term);
        let decision = shape.decisions.iter().find(is_of)?;
        // Nodes are numbered from the root on, so that those of a part are numbered by how far they are from its root.
        let tree = Tree::new(decision.root.clone(), slots);
        let part = Rule { tree: Ok(Arc::new(tree)), ..rule.clone() };
        self.policy.nearest(&part, term.checked_sub(decision.root.id)?, wanted, facts, index)
    }

    /// Whether the person's account has begun and not ended.
    fn bounds<'a>(&'a self, run: &mut Run<'a, Reached>, traced: &mut Traced) -> bool {
        let now = run.people().facts.now;
        for (index, bound) in self.policy.rules.bounds.iter().enumerate() {
            let answer = self.policy.bound(bound, run);
            self.note(RuleId::Bound(index), run, Some(true), traced);
            let is_inside = match answer {
                Ok(Some(moment)) => bound.side.holds(now, moment),
                Ok(None) => true,
                Err(_) => false,
            };
            if !is_inside {
                return false;
            }
        }
        true
    }

    /// Whether the person gets an account.
    fn roles<'a>(&'a self, run: &mut Run<'a, Reached>, traced: &mut Traced) -> bool {
        for (index, role) in self.policy.rules.roles.iter().enumerate() {
            let answer = self.policy.condition(role, run);
            self.note(RuleId::Role(index), run, answer.as_ref().ok().copied(), traced);
            match answer {
                Ok(false) => {}
                Ok(true) => return true,
                Err(_) => return false,
            }
        }
        self.policy.rules.switches.everyone
    }

    fn maps<'a>(&'a self, run: &mut Run<'a, Reached>, traced: &mut Traced) {
        for (index, map) in self.policy.rules.maps.iter().enumerate() {
            let answer = self.policy.mapping(map, run);
            self.note(RuleId::Mapping(index), run, Some(true), traced);
            if answer.is_err() {
                break;
            }
        }
    }

    fn note(&self, id: RuleId, run: &mut Run<'_, Reached>, answer: Option<bool>, traced: &mut Traced) {
        let Reached(reached) = std::mem::take(run.recorder());
        traced.asked.insert(id);
        let shape = self.shapes.get(&id);
        if let Some(answer) = answer {
            traced.shown.insert((id, Point::WHOLE, answer));
            // A condition that is the same for everybody has only to be asked.
            if shape.is_some() {
                traced.shown.insert((id, Point::WHOLE, true));
            }
        }
        let Some(shape) = shape else { return };
        for decision in &shape.decisions {
            let truth = |id: u32| reached.get(&id).copied().flatten();
            let deciding = shape.terms.deciding_from(decision.root, &truth).unwrap_or_default();
            for node in deciding.iter().filter_map(|id| decision.shown.get(id)) {
                if let Some(truth) = truth(node.id) {
                    traced.shown.insert((id, node.id, truth));
                }
            }
        }
        for arm in shape.arms.iter().filter(|arm| reached.contains_key(&arm.id)) {
            traced.shown.insert((id, arm.id, true));
        }
    }
}
