use std::collections::BTreeSet;

use super::Read;
use crate::facts::Facts;
use crate::policy::expr::{Kind, Names, Node, Part, Seen, Terms, Virtual, Worn, path};

/// A tree, and what one person made of it.
pub(super) struct View<'a> {
    pub(super) names: &'a Names,
    pub(super) facts: &'a Facts,
    pub(super) terms: Terms<'a>,
    /// What the rule itself came by.
    seen: Seen<'a>,
    /// What every term comes to, needed or not.
    forced: Seen<'a>,
    /// By id.
    pub(super) deciding: BTreeSet<u32>,
}

impl<'a> View<'a> {
    pub(super) fn new(
        names: &'a Names,
        facts: &'a Facts,
        terms: Terms<'a>,
        seen: Seen<'a>,
        forced: Seen<'a>,
    ) -> Self {
        let deciding = terms.deciding(&|id| seen.truth(id)).unwrap_or_default();
        Self { names, facts, terms, seen, forced, deciding }
    }

    pub(super) fn is_reached(&self, node: &Node) -> bool {
        self.seen.value(node.id).is_some()
    }

    pub(super) fn worn(&self, node: &Node) -> Option<&Worn> {
        self.seen.value(node.id).or_else(|| self.forced.value(node.id))
    }

    /// What a condition comes to, or would come to.
    pub(super) fn logic(&self, node: &'a Node) -> Option<bool> {
        let truth = |id| self.seen.truth(id).or_else(|| self.forced.truth(id));
        self.seen.truth(node.id).or_else(|| self.terms.logic(node, &truth))
    }

    pub(super) fn text(&self, node: &'a Node) -> String {
        self.terms.tree().render(node, self.names)
    }

    /// What went into an expression, in the order in which it was read; results of functions where they say more.
    pub(super) fn reads(&self, node: &'a Node) -> Vec<Read> {
        let mut found = Vec::new();
        self.read(node, true, false, &mut found);
        // `user.enabled` is true: that is the term itself.
        if matches!(node.kind, Kind::Attribute { .. } | Kind::Virtual { .. }) && self.logic(node).is_some() {
            found.clear();
        }
        found
    }

    /// `inlined`: inside a script's function, whose steps in between are nobody's concern.
    fn read(&self, node: &'a Node, root: bool, inlined: bool, found: &mut Vec<Read>) {
        if !matches!(node.kind, Kind::Slot(_)) && self.worn(node).is_none() {
            return;
        }
        match &node.kind {
            Kind::Const(_) | Kind::User | Kind::Decided(_) => {}
            Kind::Attribute { .. } | Kind::Virtual { .. } => {
                self.note(node, path(node, self.names), found);
            }
            Kind::Slot(slot) => {
                if let Some(held) = self.terms.slot(*slot) {
                    self.read(held, false, true, found);
                }
                self.result(node, found);
            }
            Kind::InGroup { .. } if root => {}
            Kind::InGroup { .. } | Kind::Now => self.note(node, self.text(node), found),
            Kind::Opaque(_) => {
                let reads = self.worn(node).map(|worn| worn.reads.clone()).unwrap_or_default();
                found.extend(reads.into_iter().map(|(what, value)| Read { what, value }));
            }
            Kind::Call { .. } => {
                node.kind.children().into_iter().for_each(|child| self.read(child, false, true, found));
                if !root && !inlined {
                    self.result(node, found);
                }
            }
            kind => {
                kind.children().into_iter().for_each(|child| self.read(child, false, inlined, found));
                let computes = matches!(
                    kind,
                    Kind::Excel { .. }
                        | Kind::Arithmetic(..)
                        | Kind::PlusDays(_)
                        | Kind::Element(_)
                        | Kind::Method(..)
                );
                if computes && !root && !inlined {
                    self.result(node, found);
                }
            }
        }
    }

    /// What something came to, unless that is what was read already.
    fn result(&self, node: &'a Node, found: &mut Vec<Read>) {
        let known = self.worn(node).is_none_or(|worn| found.iter().any(|read| read.value == worn.text));
        if !known {
            self.note(node, self.text(node), found);
        }
    }

    fn note(&self, node: &Node, what: String, found: &mut Vec<Read>) {
        if let Some(worn) = self.worn(node)
            && !found.iter().any(|read| read.what == what)
        {
            found.push(Read { what, value: worn.text.clone() });
        }
    }

    /// The first attribute that an expression reads, and how many managers up.
    pub(super) fn leaf(&self, node: &'a Node) -> Option<(usize, &'a str)> {
        match &node.kind {
            Kind::Attribute { of, attribute } => Some((above(of)?, self.names.attribute_name(*attribute))),
            Kind::Slot(slot) => self.leaf(self.terms.slot(*slot)?),
            Kind::Opaque(_) => None,
            kind => kind.children().into_iter().find_map(|child| self.leaf(child)),
        }
    }

    /// Whether an expression asks for the time.
    pub(super) fn is_clocked(&self, node: &'a Node) -> bool {
        let mut found = false;
        node.visit(&mut |node| {
            found |= match &node.kind {
                Kind::Now => true,
                Kind::Excel { function, .. } => matches!(function.name, "NOW" | "TODAY"),
                Kind::Slot(slot) => self.terms.slot(*slot).is_some_and(|held| self.is_clocked(held)),
                _ => false,
            }
        });
        found
    }

    pub(super) fn part(&self, node: &'a Node) -> Part<'a> {
        self.terms.part(node)
    }
}

/// How many managers up a person is.
pub(super) fn above(node: &Node) -> Option<usize> {
    match &node.kind {
        Kind::User => Some(0),
        Kind::Virtual { of, what: Virtual::Manager } => Some(above(of)? + 1),
        _ => None,
    }
}
