//! What is known of each rule: its tree, what it reads, and what stays with Rhai.

use serde::Serialize;

use super::expr::{Reads, Unfit};
use super::fault::place;
use super::rules::Rule;
use super::{Place, Policy};

/// One rule, as far as it is known without running it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outline {
    /// ``role `admin` ``
    pub rule: String,
    pub at: Place,
    /// The rule written out in full, on one line; `None` when Rhai runs it as a whole.
    pub tree: Option<String>,
    pub reads: Reads,
    /// What Rhai evaluates, and why.
    pub with_rhai: Vec<Stays>,
}

/// Why something stays with Rhai.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stays {
    pub why: String,
    pub at: Place,
}

impl Policy {
    /// Every rule in the order in which they were said: roles, mappings, invariants, start and end.
    #[must_use]
    pub fn outline(&self) -> Vec<Outline> {
        let rules = &self.rules;
        let roles = rules.roles.iter().map(|role| (format!("role `{}`", role.name), &role.condition));
        let maps = rules.maps.iter().map(|map| (format!("mapping of `{}`", map.attribute), &map.expression));
        let invariants = rules.invariants.iter().map(|i| (format!("invariant `{}`", i.text), &i.holds));
        let bounds = rules.bounds.iter().map(|bound| (format!("`{}`", bound.side.word()), &bound.date));
        roles
            .chain(maps)
            .chain(invariants)
            .chain(bounds)
            .map(|(what, rule)| self.outlined(what, rule))
            .collect()
    }

    fn outlined(&self, what: String, rule: &Rule) -> Outline {
        let names = &self.rules.names;
        let (tree, reads, unfit) = match &rule.tree {
            Ok(tree) => (
                Some(tree.render(&tree.root, names)),
                Reads::of(tree, names),
                tree.opaque().map(|o| &o.why).collect(),
            ),
            Err(unfit) => (None, Reads::anything(), vec![unfit]),
        };
        let stays =
            |unfit: &Unfit| Stays { why: unfit.why.clone(), at: place(&unfit.at.file, unfit.at.position) };
        Outline {
            rule: what,
            at: rule.at.clone(),
            tree,
            reads,
            with_rhai: unfit.into_iter().map(stays).collect(),
        }
    }
}
