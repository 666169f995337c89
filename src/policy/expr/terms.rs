//! The boolean structure of a condition, and the terms that it is made of.
//!
//! In: a [`Tree`]. Out: what each node is in the structure, every term once, what the structure makes of the terms'
//! values, and which of them decided. A term is what stands at the leaves: a comparison, a test, a question for a
//! group, what Rhai evaluates. Its name is the node's id. Never: a look at a person; values come from who asks.

use std::collections::{BTreeSet, HashMap};

use super::node::{Kind, Method, Node, Tree, Virtual};
use super::value::Val;

/// What a node is in a condition.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part<'t> {
    /// `&&`
    All(&'t [Node]),
    /// `||`
    Any(&'t [Node]),
    Not(&'t Node),
    /// `if`: the condition, what holds if it passes, and what if not.
    Either(&'t [Node; 3]),
    /// A script's function: its body.
    Call(&'t Node),
    /// `let`: what follows it.
    Let(&'t Node),
    /// A variable that holds a condition: that condition.
    Named(&'t Node),
    /// Written out, and the same for everybody.
    Fixed(bool),
    Term,
}

/// A tree, seen as a condition.
#[derive(Clone, Debug)]
pub(crate) struct Terms<'t> {
    tree: &'t Tree,
    /// What each slot is filled with.
    slots: HashMap<usize, &'t Node>,
}

impl<'t> Terms<'t> {
    pub(crate) fn of(tree: &'t Tree) -> Self {
        let mut slots = HashMap::new();
        tree.root.visit(&mut |node| match &node.kind {
            Kind::Let { slot, value, .. } => drop(slots.insert(*slot, &**value)),
            Kind::Call { slots: filled, .. } => slots.extend(filled.iter().map(|(slot, node)| (*slot, node))),
            _ => {}
        });
        Self { tree, slots }
    }

    pub(crate) fn tree(&self) -> &'t Tree {
        self.tree
    }

    /// What a slot is filled with.
    pub(crate) fn slot(&self, slot: usize) -> Option<&'t Node> {
        self.slots.get(&slot).copied()
    }

    pub(crate) fn part(&self, node: &'t Node) -> Part<'t> {
        match &node.kind {
            Kind::And(parts) => Part::All(parts),
            Kind::Or(parts) => Part::Any(parts),
            Kind::Not(of) => Part::Not(of),
            Kind::If(parts) => Part::Either(parts),
            Kind::Call { body, .. } => Part::Call(body),
            Kind::Let { body, .. } => Part::Let(body),
            Kind::Const(Val::Bool(value)) => Part::Fixed(*value),
            Kind::Slot(slot) => match self.slot(*slot) {
                // One level: variables made of variables made of variables could be more than there is room for.
                Some(held) if is_condition(held) && !holds_slots(held) => Part::Named(held),
                _ => Part::Term,
            },
            _ => Part::Term,
        }
    }

    /// Every term once, in the order in which they are written.
    pub(crate) fn all(&self) -> Vec<&'t Node> {
        let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
        self.collect(&self.tree.root, &mut found, &mut seen);
        found.sort_by_key(|term| term.id);
        found
    }

    fn collect(&self, node: &'t Node, found: &mut Vec<&'t Node>, seen: &mut BTreeSet<u32>) {
        match self.part(node) {
            Part::Term => {
                if seen.insert(node.id) {
                    found.push(node);
                }
            }
            Part::All(parts) | Part::Any(parts) => {
                parts.iter().for_each(|part| self.collect(part, found, seen))
            }
            Part::Either(parts) => parts.iter().for_each(|part| self.collect(part, found, seen)),
            Part::Not(of) | Part::Call(of) | Part::Let(of) | Part::Named(of) => self.collect(of, found, seen),
            Part::Fixed(_) => {}
        }
    }

    /// What the structure makes of its terms, which are asked by id and in the order of evaluation; `None` as soon as
    /// a term that is needed has no value.
    pub(crate) fn logic(&self, node: &'t Node, value: &impl Fn(u32) -> Option<bool>) -> Option<bool> {
        match self.part(node) {
            Part::Term => value(node.id),
            Part::Fixed(fixed) => Some(fixed),
            Part::Not(of) => self.logic(of, value).map(|holds| !holds),
            Part::Call(of) | Part::Let(of) | Part::Named(of) => self.logic(of, value),
            Part::All(parts) => self.first(parts, value, false).map(|found| found.is_none()),
            Part::Any(parts) => self.first(parts, value, true).map(|found| found.is_some()),
            Part::Either([condition, then, otherwise]) => {
                if self.logic(condition, value)? {
                    self.logic(then, value)
                } else {
                    self.logic(otherwise, value)
                }
            }
        }
    }

    /// The terms that made the answer what it is, by id: of an `&&` that fails its first part that fails, of one that
    /// passes all parts; of an `||` the other way round. `None` where [`Self::logic`] has no answer.
    pub(crate) fn deciding(&self, value: &impl Fn(u32) -> Option<bool>) -> Option<BTreeSet<u32>> {
        self.deciding_from(&self.tree.root, value)
    }

    /// The same of a condition within the tree.
    pub(crate) fn deciding_from(
        &self,
        node: &'t Node,
        value: &impl Fn(u32) -> Option<bool>,
    ) -> Option<BTreeSet<u32>> {
        let mut found = BTreeSet::new();
        self.decide(node, value, &mut found)?;
        Some(found)
    }

    fn decide(
        &self,
        node: &'t Node,
        value: &impl Fn(u32) -> Option<bool>,
        found: &mut BTreeSet<u32>,
    ) -> Option<bool> {
        let several = |parts: &'t [Node], stops: bool, found: &mut BTreeSet<u32>| match self
            .first(parts, value, stops)?
        {
            Some(part) => self.decide(part, value, found),
            None => {
                for part in parts {
                    self.decide(part, value, found)?;
                }
                Some(!stops)
            }
        };
        match self.part(node) {
            Part::Term => {
                let holds = value(node.id)?;
                found.insert(node.id);
                Some(holds)
            }
            Part::Fixed(fixed) => Some(fixed),
            Part::Not(of) => self.decide(of, value, found).map(|holds| !holds),
            Part::Call(of) | Part::Let(of) | Part::Named(of) => self.decide(of, value, found),
            Part::All(parts) => several(parts, false, found),
            Part::Any(parts) => several(parts, true, found),
            Part::Either([condition, then, otherwise]) => {
                let passes = self.logic(condition, value)?;
                let (taken, other) = if passes { (then, otherwise) } else { (otherwise, then) };
                let holds = self.decide(taken, value, found)?;
                // Where the other side gives the same to everybody, which side it was made no difference.
                if !matches!(self.part(other), Part::Fixed(fixed) if fixed == holds) {
                    self.decide(condition, value, found)?;
                }
                Some(holds)
            }
        }
    }

    /// The first part that comes to `wanted`; `Some(None)` when none does.
    fn first(
        &self,
        parts: &'t [Node],
        value: &impl Fn(u32) -> Option<bool>,
        wanted: bool,
    ) -> Option<Option<&'t Node>> {
        for part in parts {
            if self.logic(part, value)? == wanted {
                return Some(Some(part));
            }
        }
        Some(None)
    }
}

/// Whether a node cannot but come to true or false.
fn is_condition(node: &Node) -> bool {
    match &node.kind {
        Kind::And(_)
        | Kind::Or(_)
        | Kind::Not(_)
        | Kind::Compare(..)
        | Kind::Test(..)
        | Kind::AnyOf(_)
        | Kind::Contains(_)
        | Kind::Matches { .. }
        | Kind::InGroup { .. }
        | Kind::Method(Method::IsEmpty, _)
        | Kind::Const(Val::Bool(_)) => true,
        Kind::Virtual { of, what: Virtual::Enabled | Virtual::Expired } => matches!(of.kind, Kind::User),
        Kind::Call { body, .. } | Kind::Let { body, .. } => is_condition(body),
        Kind::If(parts) => parts.iter().skip(1).all(is_condition),
        _ => false,
    }
}

fn holds_slots(node: &Node) -> bool {
    let mut found = false;
    node.visit(&mut |node| found |= matches!(node.kind, Kind::Slot(_)));
    found
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use rhai::Position;

    use super::super::node::Spot;
    use super::*;

    fn node(kind: Kind) -> Node {
        Node { kind, at: Spot { file: Arc::from("x"), position: Position::NONE }, id: 0 }
    }

    /// `0` to `5` are terms.
    fn any_condition() -> impl Strategy<Value = Node> {
        let leaf = prop_oneof![
            4 => Just(()).prop_map(|()| node(Kind::Now)),
            1 => any::<bool>().prop_map(|value| node(Kind::Const(Val::Bool(value)))),
        ];
        leaf.prop_recursive(4, 24, 3, |inner| {
            let several = prop::collection::vec(inner.clone(), 2..4);
            prop_oneof![
                several.clone().prop_map(|parts| node(Kind::And(parts))),
                several.prop_map(|parts| node(Kind::Or(parts))),
                inner.clone().prop_map(|of| node(Kind::Not(Box::new(of)))),
                (inner.clone(), inner.clone(), inner)
                    .prop_map(|(a, b, c)| node(Kind::If(Box::new([a, b, c])))),
            ]
        })
    }

    /// Rhai's own semantics, written down once more.
    fn plain(node: &Node, value: &impl Fn(u32) -> bool) -> bool {
        match &node.kind {
            Kind::And(parts) => parts.iter().all(|part| plain(part, value)),
            Kind::Or(parts) => parts.iter().any(|part| plain(part, value)),
            Kind::Not(of) => !plain(of, value),
            Kind::If(parts) => plain(&parts[if plain(&parts[0], value) { 1 } else { 2 }], value),
            Kind::Const(Val::Bool(value)) => *value,
            _ => value(node.id),
        }
    }

    proptest! {
        #[test]
        fn what_decided_is_enough_for_the_answer(root in any_condition(), bits in any::<u64>(), others in any::<u64>()) {
            let tree = Tree::new(root, 0);
            let terms = Terms::of(&tree);
            let bit = |bits: u64, id: u32| bits >> (id % 64) & 1 == 1;
            let value = |id: u32| Some(bit(bits, id));
            let answer = plain(&tree.root, &|id| bit(bits, id));
            prop_assert_eq!(terms.logic(&tree.root, &value), Some(answer));
            let deciding = terms.deciding(&value).unwrap();
            // Whatever the other terms come to, the answer stays.
            let changed = |id: u32| bit(if deciding.contains(&id) { bits } else { others }, id);
            prop_assert_eq!(plain(&tree.root, &changed), answer);
            let known: BTreeSet<u32> = terms.all().iter().map(|term| term.id).collect();
            prop_assert!(deciding.is_subset(&known));
        }
    }

    #[test]
    fn a_term_without_a_value_matters_only_where_it_is_needed() {
        let parts = vec![node(Kind::Now), node(Kind::Now)];
        let tree = Tree::new(node(Kind::And(parts)), 0);
        let terms = Terms::of(&tree);
        let of = |first, second| terms.logic(&tree.root, &move |id| if id == 1 { first } else { second });
        assert_eq!(of(Some(false), None), Some(false));
        assert_eq!(of(None, Some(false)), None);
        assert_eq!(terms.deciding(&|id| (id == 1).then_some(false)), Some(BTreeSet::from([1])));
    }
}
