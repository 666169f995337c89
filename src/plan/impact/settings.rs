use std::collections::BTreeSet;

use serde::Serialize;

use crate::policy::{Grace, Switches};

/// Something that a policy says of everyone alike, and the other says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Setting {
    pub name: &'static str,
    pub from: String,
    pub to: String,
}

pub(super) fn settings(before: &Switches, after: &Switches) -> Vec<Setting> {
    let mode = |switches: &Switches| match (switches.everyone, &switches.default_role) {
        (false, _) => "by role".to_owned(),
        (true, None) => "everyone".to_owned(),
        (true, Some(role)) => format!("everyone, as `{role}`"),
    };
    let flag = |is_on: bool| if is_on { "on" } else { "off" }.to_owned();
    let protected = |switches: &Switches| names(&switches.protected);
    let all = [
        ("provision", mode(before), mode(after)),
        (
            "keep access on role change",
            flag(before.keep_access_on_role_change),
            flag(after.keep_access_on_role_change),
        ),
        ("create", flag(before.create), flag(after.create)),
        ("update", flag(before.update), flag(after.update)),
        ("reactivate", flag(before.reactivate), flag(after.reactivate)),
        ("deactivate", flag(before.deactivate), flag(after.deactivate)),
        ("deprovision after", wait(before.grace), wait(after.grace)),
        ("protected", protected(before), protected(after)),
    ];
    all.into_iter()
        .filter(|(_, from, to)| from != to)
        .map(|(name, from, to)| Setting { name, from, to })
        .collect()
}

/// How long deactivations wait, by what they are for.
fn wait(grace: Grace) -> String {
    let parts: Vec<String> = [("no role", grace.no_role), ("disabled", grace.disabled), ("gone", grace.gone)]
        .into_iter()
        .filter(|(_, time)| !time.is_zero())
        .map(|(cause, time)| format!("{cause} {time:#}"))
        .collect();
    if parts.is_empty() { "at once".to_owned() } else { parts.join(", ") }
}

fn names(protected: &BTreeSet<String>) -> String {
    if protected.is_empty() {
        return "nobody".to_owned();
    }
    protected.iter().cloned().collect::<Vec<_>>().join(", ")
}
