use std::collections::BTreeMap;

use super::Change;
use crate::desired::Account;
use crate::policy::{Attribute, Profile};

/// All that a new account is made of.
pub(super) fn creation(profile: &Profile) -> Vec<Change> {
    let mut values: BTreeMap<Attribute, Option<&str>> = BTreeMap::new();
    for (attribute, value) in profile.on_create.iter().chain(&profile.attributes) {
        values.insert(*attribute, value.as_deref());
    }
    values.insert(Attribute::ROLE, profile.role.as_deref());
    values.insert(Attribute::ACTIVE, Some("true"));
    values
        .into_iter()
        .filter_map(|(attribute, value)| {
            let value = assigned(value)?;
            Some(Change { attribute, from: None, to: Some(value.to_owned()) })
        })
        .collect()
}

/// What has to change so that an account looks like the profile; its state apart.
pub(super) fn difference(account: &Account, profile: &Profile) -> Vec<Change> {
    let mut wanted: BTreeMap<Attribute, Option<&str>> =
        profile.attributes.iter().map(|(attribute, value)| (*attribute, value.as_deref())).collect();
    // Without a role the policy says nothing of it.
    match profile.role.as_deref() {
        Some(role) => wanted.insert(Attribute::ROLE, Some(role)),
        None => wanted.remove(&Attribute::ROLE),
    };
    wanted.remove(&Attribute::ACTIVE);
    wanted
        .into_iter()
        .filter_map(|(attribute, to)| {
            let (from, to) = (assigned(account.get(attribute)), assigned(to));
            let same = match (from, to) {
                (None, None) => true,
                (Some(from), Some(to)) => attribute.same(from, to),
                _ => false,
            };
            (!same).then(|| Change { attribute, from: from.map(str::to_owned), to: to.map(str::to_owned) })
        })
        .collect()
}

/// The change of an account's state.
pub(super) fn activation(to: bool) -> Change {
    Change { attribute: Attribute::ACTIVE, from: Some((!to).to_string()), to: Some(to.to_string()) }
}

/// RFC 7643 section 2.5 knows no difference between no value and null; an empty text is none either, or a target
/// that drops it would be updated in every cycle.
pub(super) fn assigned(value: Option<&str>) -> Option<&str> {
    value.filter(|value| !value.is_empty())
}
