use std::collections::BTreeSet;

use serde::Serialize;

use super::names::Names;
use super::node::{Kind, Node, Opaque, Tree, Virtual};

/// What the answer of a rule depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Reads {
    /// As scripts name them: `department`, `manager.department`, `enabled`.
    pub attributes: BTreeSet<String>,
    /// As they are written.
    pub groups: BTreeSet<String>,
    /// The cycle's clock.
    pub clock: bool,
    /// Rhai evaluates part of it, which may read anything that the scripts name.
    pub anything: bool,
}

impl Reads {
    /// Of a rule that Rhai runs as a whole.
    pub(crate) fn anything() -> Self {
        Self { anything: true, clock: true, ..Self::default() }
    }

    pub(crate) fn of(tree: &Tree, names: &Names) -> Self {
        let mut reads = Self::default();
        tree.root.visit(&mut |node| match &node.kind {
            Kind::Attribute { .. } => drop(reads.attributes.insert(path(node, names))),
            // A manager is read for what is read of them.
            Kind::Virtual { what, .. } if *what != Virtual::Manager => {
                reads.attributes.insert(path(node, names));
            }
            Kind::InGroup { group, .. } => drop(reads.groups.insert(names.group_name(*group).to_owned())),
            Kind::Now => reads.clock = true,
            Kind::Excel { function, .. } if matches!(function.name, "NOW" | "TODAY") => reads.clock = true,
            Kind::Formula { formula, .. } if formula.reads_clock() => reads.clock = true,
            Kind::Opaque(_) => (reads.anything, reads.clock) = (true, true),
            _ => {}
        });
        reads
    }
}

/// `manager.department` of `user.manager.department`.
pub(crate) fn path(node: &Node, names: &Names) -> String {
    let (of, name) = match &node.kind {
        Kind::Attribute { of, attribute } => (of, names.attribute_name(*attribute)),
        Kind::Virtual { of, what } => (of, what.name()),
        _ => return String::new(),
    };
    match path(of, names) {
        before if before.is_empty() => name.to_owned(),
        before => format!("{before}.{name}"),
    }
}

impl Tree {
    /// What Rhai evaluates of it.
    pub(crate) fn opaque(&self) -> impl Iterator<Item = &Opaque> {
        let mut found = Vec::new();
        self.root.visit(&mut |node| {
            if let Kind::Opaque(opaque) = &node.kind {
                found.push(&**opaque);
            }
        });
        found.into_iter()
    }
}
