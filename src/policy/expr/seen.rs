//! The recorder that explanations, coverage and profiles share: which nodes were reached, and what they came to.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::eval::{Recorder, Run, Worth};
use super::node::{Kind, Node, Tree};
use super::terms::{Part, Terms};
use super::value::{People, Val};
use crate::policy::closure::Closure;
use crate::policy::host::user::{Reads, shown};

/// What one evaluation of one tree came by, by the nodes' ids.
#[derive(Default)]
pub(crate) struct Seen<'a> {
    truths: BTreeMap<u32, bool>,
    values: BTreeMap<u32, Worn>,
    /// Values are kept only for who wants to show them.
    shows: Option<(People<'a>, Arc<Reads>)>,
}

/// What a node came to.
#[derive(Clone, Debug)]
pub(crate) struct Worn {
    /// As people read it.
    pub(crate) text: String,
    /// One text, number, time or truth.
    pub(crate) value: Option<Val<'static>>,
    /// What Rhai read of the person for it.
    pub(crate) reads: BTreeMap<String, String>,
}

impl<'a> Seen<'a> {
    /// Keeps values beside truths. `reads` is what Rhai notes of the person whom the run is about.
    pub(crate) fn with_values(people: People<'a>, reads: Arc<Reads>) -> Self {
        Self { shows: Some((people, reads)), ..Self::default() }
    }

    /// Everything that was seen since the last call.
    pub(crate) fn take(&mut self) -> Self {
        let shows = self.shows.clone();
        std::mem::replace(self, Self { shows, ..Self::default() })
    }

    /// What a node came to that is true or false; `None` where it was not reached.
    pub(crate) fn truth(&self, id: u32) -> Option<bool> {
        self.truths.get(&id).copied()
    }

    pub(crate) fn value(&self, id: u32) -> Option<&Worn> {
        self.values.get(&id)
    }
}

impl Recorder for Seen<'_> {
    const ON: bool = true;

    fn saw(&mut self, node: &Node, value: &Val<'_>) {
        if let Val::Bool(truth) = value {
            self.truths.insert(node.id, *truth);
        }
        if let Some((people, reads)) = &self.shows {
            let text = shown(&value.to_dynamic(*people));
            let reads = if matches!(node.kind, Kind::Opaque(_)) { reads.take() } else { BTreeMap::new() };
            let value = value.clone().lasting();
            self.values.insert(node.id, Worn { text, value, reads });
        }
    }
}

impl<'a, R: Recorder> Run<'a, R> {
    /// Shows the recorder every term, needed or not. A term that comes to no answer is not shown.
    pub(crate) fn every_term(&mut self, terms: &Terms<'a>, closure: &'a Closure) -> Worth<()> {
        let tree: &'a Tree = terms.tree();
        let _limited = self.start(tree, closure)?;
        self.force(&tree.root, terms);
        Ok(())
    }

    fn force(&mut self, node: &'a Node, terms: &Terms<'a>) {
        match terms.part(node) {
            Part::All(parts) | Part::Any(parts) => parts.iter().for_each(|part| self.force(part, terms)),
            Part::Either(parts) => parts.iter().for_each(|part| self.force(part, terms)),
            Part::Not(of) | Part::Named(of) => self.force(of, terms),
            Part::Call(body) | Part::Let(body) => {
                let filled = match &node.kind {
                    Kind::Call { slots, .. } => self.fill(slots),
                    Kind::Let { slot, value, .. } => self.set(*slot, value),
                    _ => Ok(()),
                };
                if filled.is_ok() {
                    self.force(body, terms);
                }
            }
            Part::Fixed(_) => {}
            // No answer is an answer, too: nothing is shown of it.
            Part::Term => drop(self.truth(node)),
        }
    }
}
