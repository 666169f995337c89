use super::view::View;
use super::{Step, StepKind};
use crate::policy::expr::{Kind, Node, Part};
use crate::policy::fault::place;

impl<'a> View<'a> {
    /// The condition as a tree.
    pub(super) fn steps(&self) -> Step {
        self.step(&self.terms.tree().root)
    }

    fn step(&self, node: &'a Node) -> Step {
        let (is, parts) = match self.part(node) {
            Part::Let(body) => return self.step(body),
            Part::All(parts) => (StepKind::All, parts.iter().map(|part| self.step(part)).collect()),
            Part::Any(parts) => (StepKind::Any, parts.iter().map(|part| self.step(part)).collect()),
            Part::Not(of) => (StepKind::Not, vec![self.step(of)]),
            Part::Either(parts) => (StepKind::If, parts.iter().map(|part| self.step(part)).collect()),
            Part::Call(body) => (StepKind::Call, vec![self.step(body)]),
            Part::Named(held) => (StepKind::Variable, vec![self.step(held)]),
            Part::Fixed(_) => (StepKind::Fixed, Vec::new()),
            Part::Term => (StepKind::Term, Vec::new()),
        };
        let reached = self.is_reached(node);
        let written =
            !reached || matches!(is, StepKind::Call | StepKind::Variable | StepKind::Fixed | StepKind::Term);
        let is_term = is == StepKind::Term;
        let written =
            written || matches!(parts.as_slice(), [Step { is: StepKind::Term, .. }] if is == StepKind::Not);
        Step {
            is,
            text: written.then(|| self.text(node)),
            at: place(&node.at.file, node.at.position),
            value: self.logic(node),
            reached,
            decides: self.deciding.contains(&node.id) || parts.iter().any(|part: &Step| part.decides),
            reads: if is_term { self.reads(node) } else { Vec::new() },
            note: if is_term { self.oddity(node) } else { None },
            parts,
        }
    }

    fn oddity(&self, node: &Node) -> Option<String> {
        match &node.kind {
            Kind::InGroup { group, .. } => {
                let named = self.facts.groups_named(self.names.group_name(*group));
                let is_distribution =
                    |index: &usize| self.facts.groups.get(*index).is_some_and(|group| group.is_distribution);
                if named.is_empty() {
                    Some("no such group was read".to_owned())
                } else {
                    named
                        .iter()
                        .all(is_distribution)
                        .then(|| "a distribution group, made for mail".to_owned())
                }
            }
            Kind::Opaque(opaque) => Some(format!("Rhai evaluates it: {}", opaque.why.why)),
            _ => None,
        }
    }
}
