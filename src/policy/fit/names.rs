use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::anchored::Found;
use super::people::{People, users};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity, closest};
use crate::facts::Facts;
use crate::policy::Policy;
use crate::policy::expr::Kind;

/// Below this share of people, in percent, an attribute is mostly empty; of fewer people nothing is said.
const SHARE: usize = 5;
const PEOPLE: usize = 20;

/// People whose attributes are looked through for one that was meant.
const LOOKED_AT: usize = 200;

/// Attributes that nobody has, or hardly anybody (`P0403`).
pub(super) fn attributes(
    policy: &Policy,
    nodes: &[Found<'_>],
    people: &mut People<'_>,
    findings: &mut Diagnostics,
) {
    let mut said = BTreeSet::new();
    let all = people.facts.people.len();
    for found in nodes {
        let Kind::Attribute { attribute, .. } = &found.node.kind else { continue };
        if !said.insert(*attribute) {
            continue;
        }
        let name = policy.rules.names.attribute_name(*attribute);
        let held = people.values(&name.to_ascii_lowercase()).held;
        if held == 0 {
            let message = format!("nobody of {} has `{name}`", users(all));
            let mut finding = Diagnostic::warning("P0403", message);
            finding.hint = meant(people, name);
            findings.push(found.under(finding));
        } else if all >= PEOPLE && held * 100 < all * SHARE {
            let message = format!("hardly anybody has `{name}`: {held} of {}", users(all));
            let finding = Diagnostic { severity: Severity::Note, ..Diagnostic::warning("P0403", message) };
            findings.push(found.under(finding));
        }
    }
}

/// An attribute with a name like this that people have.
fn meant(people: &mut People<'_>, name: &str) -> Option<String> {
    let facts = people.facts;
    let seen: BTreeSet<&str> =
        facts.people.iter().take(LOOKED_AT).flat_map(|person| facts.values(person).into_keys()).collect();
    let near = closest(name, seen.into_iter().filter(|other| !other.eq_ignore_ascii_case(name)))?.to_owned();
    let held = people.values(&near).held;
    let shown = crate::facts::attribute_type(&near).map_or(near.as_str(), |(shown, ..)| shown);
    Some(format!(
        "did you mean `{shown}`? {} it",
        if held == 1 { "1 user has".to_owned() } else { format!("{held} users have") }
    ))
}

/// Groups that are not in the directory (`P0402`).
pub(super) fn groups(policy: &Policy, nodes: &[Found<'_>], facts: &Arc<Facts>, findings: &mut Diagnostics) {
    let mut said = BTreeSet::new();
    let mut members: BTreeMap<&str, usize> = BTreeMap::new();
    for found in nodes {
        let Kind::InGroup { group, .. } = &found.node.kind else { continue };
        let name = policy.rules.names.group_name(*group);
        if !said.insert(*group) {
            continue;
        }
        if members.is_empty() {
            members = facts.groups.iter().map(|group| (&*group.name, 0)).collect();
            let held = facts.people.iter().flat_map(|person| &person.groups);
            for group in held.filter_map(|index| facts.groups.get(*index)) {
                *members.entry(&group.name).or_default() += 1;
            }
        }
        let named = facts.groups_named(name);
        if named.is_empty() {
            let mut finding = Diagnostic::warning("P0402", format!("the directory has no group `{name}`"));
            let others = facts.groups.iter().flat_map(|group| {
                [Some(&group.name), group.sam_account_name.as_ref()].into_iter().flatten().map(|name| &**name)
            });
            finding.hint = closest(name, others).map(|near| match members.get(near) {
                Some(count) => format!("did you mean `{near}`? It has {}", users(*count)),
                None => format!("did you mean `{near}`?"),
            });
            findings.push(found.word(finding, found.node, &format!("{name:?}")));
        } else if !facts.people.iter().any(|person| named.iter().any(|group| person.groups.contains(group))) {
            let message = format!("nobody of {} is in the group `{name}`", users(facts.people.len()));
            findings.push(found.word(
                Diagnostic::warning("P0402", message),
                found.node,
                &format!("{name:?}"),
            ));
        } else if named
            .iter()
            .all(|group| facts.groups.get(*group).is_some_and(|group| group.is_distribution))
        {
            let message = format!("`{name}` is a distribution group, made for mail");
            let mut finding =
                Diagnostic { severity: Severity::Note, ..Diagnostic::warning("P0402", message) };
            finding.hint = Some("see who may change its members, before it gives rights".to_owned());
            findings.push(found.word(finding, found.node, &format!("{name:?}")));
        }
    }
}
