use crate::diagnostic::Diagnostic;
use crate::policy::Policy;
use crate::policy::expr::{Kind, Node};
use crate::policy::review::Written;

/// A node of a rule, and where to point for it: in the rule's own words, where the node is of a function elsewhere.
pub(super) struct Found<'a> {
    pub(super) node: &'a Node,
    anchor: Option<&'a Node>,
    written: Written<'a>,
}

impl<'a> Found<'a> {
    pub(super) fn under(&self, finding: Diagnostic) -> Diagnostic {
        self.written.under(finding, &[self.anchor.unwrap_or(self.node).id])
    }

    /// Whether it is written in a function that ships with the program, which suits other directories, too.
    pub(super) fn ships(&self) -> bool {
        self.anchor.is_some()
    }

    /// Under a part of the node, if it is written there.
    pub(super) fn at(&self, finding: Diagnostic, node: &Node) -> Diagnostic {
        if self.anchor.is_some() { self.under(finding) } else { self.written.under(finding, &[node.id]) }
    }

    /// Under a word of the node, if it is written there.
    pub(super) fn word(&self, finding: Diagnostic, node: &Node, word: &str) -> Diagnostic {
        if self.anchor.is_some() { self.under(finding) } else { self.written.word(finding, node, word) }
    }
}

impl Policy {
    /// Every node of every rule.
    pub(super) fn nodes(&self) -> Vec<Found<'_>> {
        let mut found = Vec::new();
        for rule in self.rules.all() {
            let Ok(tree) = &rule.tree else { continue };
            self.below(&tree.root, None, &tree.root.at.file, &mut |node, anchor| {
                found.extend(self.written(rule).map(|written| Found { node, anchor, written }));
            });
        }
        found
    }

    fn below<'a>(
        &'a self,
        node: &'a Node,
        anchor: Option<&'a Node>,
        file: &str,
        each: &mut impl FnMut(&'a Node, Option<&'a Node>),
    ) {
        each(node, anchor);
        // Functions that ship with the program are nobody's to change.
        let leads_out = |body: &Node| body.at.file.starts_with("std/") && *body.at.file != *file;
        let anchor = match &node.kind {
            Kind::Call { body, .. } if anchor.is_none() && leads_out(body) => Some(node),
            _ => anchor,
        };
        for child in node.kind.children() {
            self.below(child, anchor, file, each);
        }
    }
}
