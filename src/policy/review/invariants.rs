use std::collections::BTreeSet;

use super::reasons::why;
use super::written::Written;
use crate::diagnostic::{Diagnostic, Diagnostics, closest};
use crate::policy::Policy;
use crate::policy::expr::{Kind, List, Node, Subject, Val};
use crate::policy::rules::Invariant;
use crate::policy::space::{Answer, Asked, Formula, Goal, Space, Term, World};

/// Invariants that ask for a role which there is not (`P0306`), that nothing can break, or that every decision breaks
/// (`P0305`).
pub(super) fn invariant(
    policy: &Policy,
    space: &Space<'_>,
    invariant: &Invariant,
    holds: Option<&Term>,
    findings: &mut Diagnostics,
) {
    let Some(written) = policy.written(&invariant.holds) else { return };
    if unknown_roles(policy, &written, findings) {
        return;
    }
    let Some(holds) = holds else { return };
    let Some(world) = World::new(space, holds.atoms(), Asked::Everybody) else { return };
    let (value, message) = if world.solve(&[Goal::Is(holds, false)], &[]) == Answer::Never {
        (true, format!("nothing can break the invariant `{}`", invariant.text))
    } else if world.solve(&[Goal::Is(holds, true)], &[]) == Answer::Never {
        (false, format!("every decision breaks the invariant `{}`, so nothing is ever sent", invariant.text))
    } else {
        return;
    };
    let finding = Diagnostic::warning("P0305", message);
    findings.push(if matches!(holds.formula, Formula::Known(_)) {
        written.under(finding, &[holds.id])
    } else {
        let (why, ids) = why(&written, &world, holds, value);
        written.under(finding, &ids).under(why)
    });
}

fn unknown_roles(policy: &Policy, written: &Written<'_>, findings: &mut Diagnostics) -> bool {
    let names: BTreeSet<&str> =
        policy.role_names().chain(policy.switches().default_role.as_deref()).collect();
    let mut asked: Vec<(&Node, &str)> = Vec::new();
    written.tree.root.visit(&mut |node| {
        let pair = match &node.kind {
            Kind::Compare(_, pair) | Kind::Test(_, pair) | Kind::AnyOf(pair) | Kind::Contains(pair) => pair,
            _ => return,
        };
        let [left, right] = &**pair;
        // Parts of a name are no name.
        let is_whole = match &node.kind {
            Kind::Test(test, _) => test.name() == "equals",
            Kind::Contains(_) => !is_role(left),
            _ => true,
        };
        let other = if is_role(left) {
            right
        } else if is_role(right) {
            left
        } else {
            return;
        };
        if is_whole {
            asked.extend(texts(other).into_iter().map(|text| (other, text)));
        }
    });
    asked.retain(|(_, role)| !names.contains(role));
    for (node, role) in &asked {
        let finding = Diagnostic::warning("P0306", format!("there is no role `{role}`"));
        let mut finding = written.word(finding, node, &format!("\"{role}\""));
        finding.hint = Some(match closest(role, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the roles are {}", listed(&names)),
        });
        findings.push(finding);
    }
    !asked.is_empty()
}

fn listed(names: &BTreeSet<&str>) -> String {
    const NAMED: usize = 6;
    let mut listed: Vec<_> = names.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
    if names.len() > NAMED {
        listed.push(format!("and {} more", names.len() - NAMED));
    }
    listed.join(", ")
}

fn is_role(node: &Node) -> bool {
    matches!(node.kind, Kind::Decided(Subject::Role))
}

fn texts(node: &Node) -> Vec<&str> {
    let values: &[Val<'_>] = match &node.kind {
        Kind::Const(Val::List(List::Made(values))) => values,
        Kind::Const(value) => std::slice::from_ref(value),
        _ => &[],
    };
    values.iter().filter_map(|value| if let Val::Text(text) = value { Some(&**text) } else { None }).collect()
}
