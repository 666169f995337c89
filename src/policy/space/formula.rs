use std::collections::HashMap;

use super::atom::Space;
use crate::policy::expr::{Comparison, Kind, Node, Tree, Val};

/// A condition as a boolean formula over questions, each part with the node that it was made of.
#[derive(Clone, Debug)]
pub(crate) struct Term {
    pub(crate) formula: Formula,
    /// [`Node::id`].
    pub(crate) id: u32,
    /// It stands in the body of a function that is called from elsewhere, too, maybe.
    pub(crate) is_inner: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Formula {
    Known(bool),
    /// An index into the atoms of the [`Space`].
    Atom(usize),
    Not(Box<Term>),
    All(Vec<Term>),
    Any(Vec<Term>),
    If(Box<[Term; 3]>),
}

/// Nodes that a tree may have when what its slots stand for is written into it.
const MOST_NODES: usize = 20_000;

impl Space<'_> {
    /// The condition; `None` when written out in full it is too large.
    pub(crate) fn term(&mut self, tree: &Tree) -> Option<Term> {
        let mut left = MOST_NODES;
        let root = expanded(&tree.root, &mut HashMap::new(), &mut left)?;
        Some(self.formula(&root, false))
    }

    fn formula(&mut self, node: &Node, is_inner: bool) -> Term {
        let formula = match &node.kind {
            Kind::Const(Val::Bool(known)) => Formula::Known(*known),
            Kind::And(parts) => Formula::All(self.formulas(parts, is_inner)),
            Kind::Or(parts) => Formula::Any(self.formulas(parts, is_inner)),
            Kind::Not(of) => Formula::Not(Box::new(self.formula(of, is_inner))),
            Kind::If(parts) => {
                Formula::If(Box::new(parts.each_ref().map(|part| self.formula(part, is_inner))))
            }
            Kind::Excel { function, arguments } if arguments.iter().all(is_truth) => match function.name {
                "AND" => Formula::All(self.formulas(arguments, is_inner)),
                "OR" => Formula::Any(self.formulas(arguments, is_inner)),
                "NOT" if arguments.len() == 1 => match arguments.first() {
                    Some(of) => Formula::Not(Box::new(self.formula(of, is_inner))),
                    None => self.asked(node),
                },
                _ => self.asked(node),
            },
            Kind::Call { body, .. } => Formula::All(vec![self.formula(body, true)]),
            Kind::Let { body, .. } => Formula::All(vec![self.formula(body, is_inner)]),
            Kind::Compare(comparison @ (Comparison::Equal | Comparison::NotEqual), pair) => {
                self.compared(node, *comparison == Comparison::Equal, pair, is_inner)
            }
            _ => self.asked(node),
        };
        Term { formula, id: node.id, is_inner }
    }

    fn formulas(&mut self, parts: &[Node], is_inner: bool) -> Vec<Term> {
        parts.iter().map(|part| self.formula(part, is_inner)).collect()
    }

    /// `x == true` is `x`, and `x != y` is `!(x == y)`.
    fn compared(&mut self, node: &Node, equal: bool, pair: &[Node; 2], is_inner: bool) -> Formula {
        let [left, right] = pair;
        let truth = match (&left.kind, &right.kind) {
            (Kind::Const(Val::Bool(known)), _) if is_truth(right) => Some((right, *known)),
            (_, Kind::Const(Val::Bool(known))) if is_truth(left) => Some((left, *known)),
            _ => None,
        };
        if let Some((of, known)) = truth {
            let of = self.formula(of, is_inner);
            return if known == equal { Formula::All(vec![of]) } else { Formula::Not(Box::new(of)) };
        }
        if equal {
            return self.asked(node);
        }
        let mut opposite = node.clone();
        opposite.kind = Kind::Compare(Comparison::Equal, Box::new(pair.clone()));
        let formula = self.asked(&opposite);
        Formula::Not(Box::new(Term { formula, id: u32::MAX, is_inner }))
    }

    fn asked(&mut self, node: &Node) -> Formula {
        Formula::Atom(self.question(bare(node)))
    }
}

/// Whether a node comes to nothing but true or false.
fn is_truth(node: &Node) -> bool {
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
        | Kind::Const(Val::Bool(_)) => true,
        Kind::Call { body, .. } | Kind::Let { body, .. } => is_truth(body),
        _ => false,
    }
}

/// The node with what its slots stand for in their places.
fn expanded(node: &Node, slots: &mut HashMap<usize, Node>, left: &mut usize) -> Option<Node> {
    *left = left.checked_sub(1)?;
    if let Kind::Slot(slot) = &node.kind {
        let held = slots.get(slot)?;
        let mut size = 0;
        held.visit(&mut |_| size += 1);
        *left = left.checked_sub(size)?;
        return Some(held.clone());
    }
    let mut copy = node.clone();
    match &mut copy.kind {
        Kind::Call { slots: filled, body, .. } => {
            for (slot, argument) in filled.iter_mut() {
                *argument = expanded(argument, slots, left)?;
                slots.insert(*slot, argument.clone());
            }
            **body = expanded(body, slots, left)?;
        }
        Kind::Let { slot, value, body, .. } => {
            **value = expanded(value, slots, left)?;
            slots.insert(*slot, (**value).clone());
            **body = expanded(body, slots, left)?;
        }
        kind => {
            for child in kind.children_mut() {
                *child = expanded(child, slots, left)?;
            }
        }
    }
    Some(copy)
}

/// The node with the bodies of calls and of `let` in their places.
fn bare(node: &Node) -> Node {
    match &node.kind {
        Kind::Call { body, .. } | Kind::Let { body, .. } => bare(body),
        _ => {
            let mut copy = node.clone();
            for child in copy.kind.children_mut() {
                *child = bare(child);
            }
            copy
        }
    }
}

impl Term {
    /// The atoms in it, in the order in which they stand; some maybe twice.
    pub(crate) fn atoms(&self) -> Vec<usize> {
        match &self.formula {
            Formula::Known(_) => Vec::new(),
            Formula::Atom(atom) => vec![*atom],
            Formula::Not(of) => of.atoms(),
            Formula::All(parts) | Formula::Any(parts) => parts.iter().flat_map(Self::atoms).collect(),
            Formula::If(parts) => parts.iter().flat_map(Self::atoms).collect(),
        }
    }

    pub(crate) fn children(&self) -> &[Self] {
        match &self.formula {
            Formula::Known(_) | Formula::Atom(_) => &[],
            Formula::Not(of) => std::slice::from_ref(of),
            Formula::All(parts) | Formula::Any(parts) => parts,
            Formula::If(parts) => &**parts,
        }
    }
}
