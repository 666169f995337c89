use std::sync::Arc;

use crate::policy::expr::{Kind, Node, Tree};
use crate::policy::trace::RuleId;
use crate::policy::{Place, Policy};

/// One slip.
#[derive(Clone, Debug)]
pub(crate) struct Mutant {
    pub(crate) at: Place,
    /// What was changed, as a script would write it.
    pub(crate) text: String,
    /// What became of it: `negated`.
    pub(crate) what: String,
    pub(super) slip: Slip,
}

#[derive(Clone, Debug)]
pub(super) enum Slip {
    /// Nodes of rules by id, and what becomes of each.
    Nodes(Vec<(RuleId, u32, Edit)>),
    /// A role by its place; it and the next are tried in the other order.
    Swap(usize),
    /// A hook by its place; it is left out.
    NoHook(usize),
}

#[derive(Clone, Debug)]
pub(super) enum Edit {
    Negate,
    /// `&&` becomes `||`, and the other way round.
    Join,
    /// A part of `&&` or `||` is left out.
    DropPart(usize),
    /// A case of a `switch` is left out.
    DropCase(usize),
    Replace(Kind),
}

impl Mutant {
    /// The hook that it leaves out: no decision shows it, only what is planned.
    pub(crate) fn hook(&self) -> Option<usize> {
        match self.slip {
            Slip::NoHook(index) => Some(index),
            Slip::Nodes(_) | Slip::Swap(_) => None,
        }
    }

    /// The rules that it changes.
    pub(crate) fn rules(&self) -> Vec<RuleId> {
        match &self.slip {
            Slip::Nodes(edits) => edits.iter().map(|(rule, ..)| *rule).collect(),
            Slip::Swap(index) => vec![RuleId::Role(*index), RuleId::Role(index + 1)],
            Slip::NoHook(index) => vec![RuleId::Before(*index)],
        }
    }
}

impl Policy {
    /// The policy with the slip.
    pub(crate) fn with_slip(&self, mutant: &Mutant) -> Self {
        let mut rules = self.rules.clone();
        match &mutant.slip {
            Slip::Swap(index) if index + 1 < rules.roles.len() => rules.roles.swap(*index, index + 1),
            Slip::NoHook(index) if *index < rules.hooks.len() => drop(rules.hooks.remove(*index)),
            Slip::Swap(_) | Slip::NoHook(_) => {}
            Slip::Nodes(edits) => {
                for (id, tree) in changed(self, edits) {
                    if let Some(rule) = rules.rule_mut(id) {
                        rule.tree = Ok(Arc::new(tree));
                        rule.is_changed = true;
                    }
                }
            }
        }
        self.with_rules(rules)
    }
}

/// The trees that the edits change, as they are then.
pub(super) fn changed(policy: &Policy, edits: &[(RuleId, u32, Edit)]) -> Vec<(RuleId, Tree)> {
    let mut trees: Vec<(RuleId, Tree)> = Vec::new();
    for (id, node, edit) in edits {
        let at = match trees.iter().position(|(known, _)| known == id) {
            Some(at) => at,
            None => {
                let tree = policy.rules.rule(*id).and_then(|rule| rule.tree.as_deref().ok());
                let Some(tree) = tree else { continue };
                trees.push((*id, tree.clone()));
                trees.len() - 1
            }
        };
        if let Some((_, tree)) = trees.get_mut(at) {
            tree.root.visit_mut(&mut |known| {
                if known.id == *node {
                    edit.make(known);
                }
            });
        }
    }
    trees.into_iter().map(|(id, tree)| (id, Tree::new(tree.root, tree.slots))).collect()
}

/// No node that the policy wrote has it, so that what an edit puts around a node is not edited again.
const NEW: u32 = u32::MAX;

impl Edit {
    fn make(&self, node: &mut Node) {
        match (self, &mut node.kind) {
            (Self::Negate, _) => {
                let inner = Node { id: NEW, ..node.clone() };
                node.kind = Kind::Not(Box::new(inner));
            }
            (Self::Join, Kind::And(parts)) => node.kind = Kind::Or(std::mem::take(parts)),
            (Self::Join, Kind::Or(parts)) => node.kind = Kind::And(std::mem::take(parts)),
            (Self::DropPart(index), Kind::And(parts) | Kind::Or(parts)) if *index < parts.len() => {
                parts.remove(*index);
                if let (1, Some(only)) = (parts.len(), parts.pop()) {
                    *node = only;
                }
            }
            (Self::DropCase(index), Kind::Switch(switch)) if *index < switch.cases.len() => {
                switch.cases.remove(*index);
            }
            (Self::Replace(kind), _) => node.kind = kind.clone(),
            _ => {}
        }
    }
}
