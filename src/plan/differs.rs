use std::collections::HashSet;

use super::{Operation, Plan, escape};

/// How many people of each kind a sentence names.
const NAMED: usize = 3;

/// What is another in a plan than it was in an earlier one, in one sentence.
#[must_use]
pub fn differs(before: &Plan, now: &Plan) -> String {
    let mut parts = Vec::new();
    if before.revision != now.revision {
        parts.push(format!("the policy was {} and is {}", before.revision, now.revision));
    }
    parts.extend(only_in(now, before).map(|names| format!("new: {names}")));
    parts.extend(only_in(before, now).map(|names| format!("no longer: {names}")));
    if parts.is_empty() {
        parts.push(
            "what it is based on is another: the directory, the target, or how many people were read".into(),
        );
    }
    parts.join("; ")
}

fn only_in(one: &Plan, other: &Plan) -> Option<String> {
    let known: HashSet<_> = other.operations.iter().map(key).collect();
    let mut only = one.operations.iter().filter(|operation| !known.contains(&key(operation)));
    let mut names: Vec<String> = only
        .by_ref()
        .take(NAMED)
        .map(|operation| format!("{} {}", operation.kind, escape(&operation.user.name)))
        .collect();
    let more = only.count();
    if more > 0 {
        names.push(format!("{more} more"));
    }
    (!names.is_empty()).then(|| names.join(", "))
}

/// All that tells one operation from another; its reasons are none of it.
fn key(operation: &Operation) -> String {
    let parts = (operation.kind, operation.user.guid, &operation.account, &operation.user_name);
    format!("{parts:?} {:?}", operation.changes)
}
