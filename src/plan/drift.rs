//! What other hands did to an account, told apart from a wish that changed: the value is no longer what it was known
//! to be, and the wish still is.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::change::assigned;
use super::{Change, Existing, Settled};
use crate::config::Drift;
use crate::desired::{Account, Person};
use crate::policy::{Attribute, Profile, Reason};

/// A value that was changed at the target by other hands, and is left as the settings say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drifted {
    pub user: Person,
    /// The SCIM `id`.
    pub account: String,
    pub user_name: String,
    pub attribute: Attribute,
    /// `None` is no value.
    pub wished: Option<String>,
    pub found: Option<String>,
}

/// Finds drift account by account, and notes what is as wished.
pub(super) struct Drifts<'a> {
    existing: &'a Existing,
    pub(super) reported: Vec<Drifted>,
    /// What [`Existing::settled`] does not know yet.
    pub(super) news: Settled,
    /// The accounts of which it mattered what is remembered.
    pub(super) consulted: BTreeSet<String>,
}

impl<'a> Drifts<'a> {
    pub(super) fn new(existing: &'a Existing) -> Self {
        Self { existing, reported: Vec::new(), news: Settled::new(), consulted: BTreeSet::new() }
    }

    /// Notes what of an entitled person's account is as wished, and takes from `changes` what is to be left. Says why,
    /// of what is set back.
    pub(super) fn sift(
        &mut self,
        person: &Person,
        account: &Account,
        profile: &Profile,
        changes: &mut Vec<Change>,
    ) -> Vec<(Attribute, Reason)> {
        let role = profile.role.as_deref().map(|role| (Attribute::ROLE, Some(role)));
        let wishes = profile.attributes.iter().map(|(attribute, value)| (*attribute, value.as_deref()));
        let active = [(Attribute::ACTIVE, Some("true"))];
        for (attribute, wished) in wishes.chain(role).chain(active) {
            self.is_as_wished(account, attribute, wished);
        }
        if !changes.is_empty() {
            self.consulted.insert(account.id.clone());
        }
        // Of an account that is left inactive nothing else is looked at.
        let inactive = changes.iter().find(|change| change.attribute == Attribute::ACTIVE).cloned();
        if let Some(change) = inactive
            && self.has_drifted(account, &change)
            && self.existing.drift(Attribute::ACTIVE) != Drift::Correct
        {
            self.leave(person, account, change);
            changes.clear();
            return Vec::new();
        }
        let mut reasons = Vec::new();
        for change in std::mem::take(changes) {
            let drifted = self.has_drifted(account, &change);
            if drifted && self.existing.drift(change.attribute) != Drift::Correct {
                self.leave(person, account, change);
                continue;
            }
            if drifted {
                let text = format!("`{}` was changed at the target, and is set back", change.attribute);
                reasons.push((change.attribute, Reason::new(text)));
            }
            changes.push(change);
        }
        reasons
    }

    /// Notes of an account without a right to it that it is inactive, or tells that other hands brought it back.
    pub(super) fn is_not_wished(&mut self, account: &Account) -> Option<Reason> {
        if !account.active {
            self.is_as_wished(account, Attribute::ACTIVE, Some("false"));
            return None;
        }
        self.consulted.insert(account.id.clone());
        let was = self.existing.settled(&account.id, Attribute::ACTIVE);
        (was == Some("false")).then(|| Reason::new("the account was activated at the target"))
    }

    /// Notes a value that is as wished, unless that is known.
    fn is_as_wished(&mut self, account: &Account, attribute: Attribute, wished: Option<&str>) {
        let value = assigned(wished).unwrap_or_default();
        let found = account.get(attribute).unwrap_or_default();
        if attribute.same(found, value) && self.existing.settled(&account.id, attribute) != Some(value) {
            self.news.entry(account.id.clone()).or_default().insert(attribute, value.to_owned());
        }
    }

    fn has_drifted(&self, account: &Account, change: &Change) -> bool {
        let wished = change.to.as_deref().unwrap_or_default();
        self.existing
            .settled(&account.id, change.attribute)
            .is_some_and(|settled| change.attribute.same(settled, wished))
    }

    fn leave(&mut self, person: &Person, account: &Account, change: Change) {
        if self.existing.drift(change.attribute) == Drift::Report {
            self.reported.push(Drifted {
                user: person.clone(),
                account: account.id.clone(),
                user_name: account.user_name.clone(),
                attribute: change.attribute,
                wished: change.to,
                found: change.from,
            });
        }
    }
}
