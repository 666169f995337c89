use std::collections::BTreeMap;

use rhai::{ASTNode, Stmt};

use crate::diagnostic::Diagnostics;
use crate::policy::fault::diagnostic;
use crate::policy::names::Of;
use crate::policy::parse::Parsed;

/// `user.title = ..`: nothing of a person or a decision can be changed (`P0107`).
pub(crate) fn changes(scripts: &BTreeMap<String, Parsed>, findings: &mut Diagnostics) {
    for script in scripts.values() {
        script.ast.walk(&mut |nodes: &[ASTNode<'_>]| {
            let Some(ASTNode::Stmt(Stmt::Assignment(assignment))) = nodes.last() else { return true };
            let member = script.names.parameters.member(&assignment.1.lhs);
            // The parameter of a function may be a map, which can be changed.
            let Some(member) = member.filter(|member| member.of != Of::Either) else { return true };
            let what = match member.of {
                Of::User => "what the directory says",
                Of::Operation => "what is about to be done",
                _ => "what was decided",
            };
            let message = format!("`{}` is {what}, and a script cannot change it", member.name);
            let mut finding =
                diagnostic("P0107", &message, &script.path, assignment.0.position(), None, scripts);
            finding.hint = Some(match member.of {
                Of::User => "to compare, write `==`, or `.equals(..)`, which ignores case; to fill the account, say `map(..)`".into(),
                Of::Operation => "to compare, write `==`; to send another value, say `op.set(\"title\", ..)`".into(),
                _ => "to compare, write `==`".into(),
            });
            findings.push(finding);
            true
        });
    }
}
