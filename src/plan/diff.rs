use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::change::{activation, creation, difference};
use super::drift::Drifts;
use super::matching::{Match, Owners};
use super::order::order;
use super::standing::{Answer, Departures, Held, Leaving, Standing, until};
use super::{Adoptable, Change, Existing, Kind, Link, Links, Operation, Plan, Skipped, Unmanaged, Verdict};
use crate::config::{Adoption, Revision};
use crate::desired::{Account, Desired, Person, Wish};
use crate::directory::{Absence, Completeness};
use crate::policy::{Attribute, Cause, Grace, Profile, Reason, Shown, Switches, Word, user_name_key};

/// What is, beside what should be.
#[derive(Clone, Copy, Debug)]
pub struct Current<'a> {
    /// Every account of the target, from a read that was proven whole.
    pub accounts: &'a [Account],
    pub links: &'a Links,
    /// Whether absence from the directory means anything.
    pub completeness: &'a Completeness,
    /// What one more look-up said of each linked person who was not read.
    pub absent: &'a BTreeMap<Uuid, Absence>,
    pub standing: Standing<'a>,
    pub existing: &'a Existing,
}

/// The operations that lead from `current` to `desired`, by DESIGN's table; the guard has not looked at them yet.
/// Does not depend on the order of the accounts.
#[must_use]
pub fn diff(revision: Revision, desired: &Desired, switches: &Switches, current: Current<'_>) -> Plan {
    let mut owners = Owners::new(current.accounts, current.links);
    let mut draft = Draft::new(switches, current.standing, current.existing);
    let mut adoptable = Vec::new();
    let mut adopted = Vec::new();
    let mut released = Links::new();
    let is_gone = |guid: Uuid| {
        !desired.wishes.contains_key(&guid)
            && *current.completeness == Completeness::Whole
            && matches!(current.absent.get(&guid), Some(Absence::Deleted | Absence::Gone))
    };

    for (guid, (person, wish, reasons)) in &desired.wishes {
        let (user_name, entitled) = match wish {
            Wish::Have(profile) => (profile.user_name(), true),
            Wish::HaveNot { user_name, .. } | Wish::Keep { user_name } => (user_name.as_deref(), false),
            Wish::Unknown { .. } => (None, false),
        };
        let mut reasons = reasons.clone();
        if current.links.contains_key(guid) && owners.linked(*guid).is_none() {
            reasons.push(Reason::new("the account that was linked before no longer exists"));
        }
        let mut adopt = |account: &Account| {
            adopted.push((person.clone(), Link { account: account.id.clone(), name: person.name.clone() }));
        };
        let may_adopt = |account: &Account| current.existing.lets_adopt(*guid, account);
        let account = match owners.find(*guid, user_name, may_adopt, |owner| entitled && is_gone(owner)) {
            Match::Nothing => None,
            Match::Linked(account) => Some(account),
            Match::Adopted(account) => {
                adopt(account);
                reasons.push(Reason::new(if entitled {
                    "adopts the account that is already there"
                } else {
                    "the account was found by its userName"
                }));
                Some(account)
            }
            Match::Foreign(account) if current.existing.adoption == Adoption::Report => {
                adoptable.push(Adoptable {
                    user: person.clone(),
                    account: account.id.clone(),
                    user_name: account.user_name.clone(),
                    active: account.active,
                    entitled,
                });
                continue;
            }
            Match::Foreign(account) if entitled => {
                draft.skip(person.clone(), Some(Kind::Create), not_adopted(account), true);
                continue;
            }
            Match::Foreign(_) => None,
            Match::TakenOver(account, owner) => {
                adopt(account);
                if let Some(link) = current.links.get(&owner) {
                    reasons.push(Reason::new(format!(
                        "takes over the account of {}, who is gone from the directory",
                        link.name
                    )));
                    released.insert(owner, link.clone());
                }
                Some(account)
            }
            Match::Unclear(why) => {
                draft.remember(*guid);
                draft.skip(person.clone(), None, why, true);
                continue;
            }
        };
        draft.wish(person, wish, account, reasons);
    }
    for (guid, link) in current.links {
        if !desired.wishes.contains_key(guid)
            && let Some(account) = owners.linked(*guid)
        {
            draft.absent(*guid, link, account, &owners, current);
        }
    }

    let owner = |account: &Account| match owners.owner(account) {
        None => "nobody that is known".to_owned(),
        Some(guid) => match (desired.wishes.get(&guid), current.links.get(&guid)) {
            (Some((person, ..)), _) => person.to_string(),
            (None, Some(link)) => format!("{} ({guid}), who was not read from the directory", link.name),
            (None, None) => guid.to_string(),
        },
    };
    let (operations, blocked) = order(draft.operations, &owners, owner);
    let mut skipped = draft.skipped;
    skipped.extend(blocked);
    skipped.sort_by(|a, b| {
        b.fault.cmp(&a.fault).then_with(|| (&a.user.name, a.user.guid).cmp(&(&b.user.name, b.user.guid)))
    });
    let (mut nobodys, managed_active) = owners.split();
    let reported: BTreeSet<&str> = adoptable.iter().map(|one: &Adoptable| one.account.as_str()).collect();
    nobodys.retain(|account| !reported.contains(account.id.as_str()));
    adoptable.sort_by(|a, b| (&a.user.name, a.user.guid).cmp(&(&b.user.name, b.user.guid)));
    let mut drifted = draft.drifts.reported;
    drifted.sort_by(|a, b| {
        (&a.user.name, a.user.guid, a.attribute).cmp(&(&b.user.name, b.user.guid, b.attribute))
    });
    let mut unmanaged: Vec<Unmanaged> = nobodys
        .into_iter()
        .map(|account| Unmanaged {
            account: account.id.clone(),
            user_name: account.user_name.clone(),
            active: account.active,
        })
        .collect();
    unmanaged.sort_by_cached_key(|one| (user_name_key(&one.user_name), one.account.clone()));
    Plan {
        revision,
        operations,
        unchanged: draft.unchanged,
        skipped,
        held: sorted(draft.held, |held| (held.operation.user.name.clone(), held.operation.user.guid)),
        rejected: draft.rejected,
        leaving: sorted(draft.leaving, |leaving| (leaving.user.name.clone(), leaving.user.guid)),
        departures: draft.departures,
        unmanaged,
        adoptable,
        drifted,
        adopted,
        released,
        managed_active,
        settled: draft.drifts.news,
        consulted: draft.drifts.consulted,
        guard: Verdict::Allowed,
    }
}

pub(super) fn sorted<T, K: Ord>(mut all: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    all.sort_by_cached_key(|one| key(one));
    all
}

/// A plan in the making. Everyone who is looked at ends in exactly one of the first five places.
pub(super) struct Draft<'a> {
    switches: &'a Switches,
    standing: Standing<'a>,
    pub(super) operations: Vec<Operation>,
    pub(super) held: Vec<Held>,
    pub(super) rejected: Vec<String>,
    pub(super) leaving: Vec<Leaving>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) unchanged: usize,
    departures: Departures,
    drifts: Drifts<'a>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(switches: &'a Switches, standing: Standing<'a>, existing: &'a Existing) -> Self {
        Self {
            switches,
            standing,
            operations: Vec::new(),
            held: Vec::new(),
            rejected: Vec::new(),
            leaving: Vec::new(),
            skipped: Vec::new(),
            unchanged: 0,
            departures: Departures::new(),
            drifts: Drifts::new(existing),
        }
    }

    /// Of somebody about whom nothing is known in this cycle: what was known before still is.
    fn remember(&mut self, guid: Uuid) {
        if let Some(causes) = self.standing.departures.get(&guid) {
            self.departures.insert(guid, causes.clone());
        }
    }

    fn skip(&mut self, user: Person, kind: Option<Kind>, why: Reason, fault: bool) {
        self.skipped.push(Skipped { user, kind, why, fault });
    }

    fn wish(&mut self, person: &Person, wish: &Wish, account: Option<&Account>, mut reasons: Vec<Reason>) {
        if let (Wish::HaveNot { .. }, Some(account)) = (wish, account) {
            reasons.extend(self.drifts.is_not_wished(account));
        }
        match (wish, account) {
            (Wish::Unknown { why }, _) => {
                self.remember(person.guid);
                self.skip(person.clone(), None, why.clone(), true);
            }
            (Wish::Have(profile), Some(account)) => self.have(person, profile, account, reasons),
            (Wish::Have(profile), None) => {
                let operation = Operation {
                    kind: Kind::Create,
                    user: person.clone(),
                    account: None,
                    user_name: profile.user_name().unwrap_or_default().to_owned(),
                    changes: creation(profile),
                    reasons,
                };
                self.operation(operation, None);
            }
            (Wish::HaveNot { cause, .. }, Some(account)) if account.active => {
                self.depart(person.clone(), account, *cause, reasons);
            }
            (Wish::HaveNot { .. } | Wish::Keep { .. }, _) => self.unchanged += 1,
        }
    }

    fn have(&mut self, person: &Person, profile: &Profile, account: &Account, mut reasons: Vec<Reason>) {
        let mut changes = difference(account, profile);
        let kind = if account.active { Kind::Update } else { Kind::Reactivate };
        if !account.active {
            changes.push(activation(true));
            changes.sort_by_key(|change| change.attribute);
        }
        let set_back = self.drifts.sift(person, account, profile, &mut changes);
        if !account.active && !self.switches.update {
            changes.retain(|change| change.attribute == Attribute::ACTIVE);
        }
        let is_set_back = |attribute: Attribute| changes.iter().any(|change| change.attribute == attribute);
        reasons.extend(
            set_back.into_iter().filter(|(attribute, _)| is_set_back(*attribute)).map(|(_, why)| why),
        );
        if changes.is_empty() {
            self.unchanged += 1;
            return;
        }
        let operation = Operation {
            kind,
            user: person.clone(),
            account: Some(account.id.clone()),
            user_name: account.user_name.clone(),
            changes,
            reasons,
        };
        self.operation(operation, Some(account));
    }

    /// Somebody who was linked and is no longer read.
    fn absent(
        &mut self,
        guid: Uuid,
        link: &Link,
        account: &Account,
        owners: &Owners<'_>,
        current: Current<'_>,
    ) {
        if !account.active {
            self.drifts.is_not_wished(account);
            self.unchanged += 1;
            return;
        }
        let mut person = Person { guid, name: link.name.clone(), dn: None };
        let proof = match (current.completeness, current.absent.get(&guid)) {
            _ if owners.owner(account).is_none() => {
                Err(format!("account `{}` is linked to several people", account.id))
            }
            (Completeness::Partial { why }, _) => Err(format!("the directory was not read whole: {why}")),
            (Completeness::Whole, Some(Absence::Deleted)) => Ok("deleted from the directory".to_owned()),
            (Completeness::Whole, Some(Absence::Gone)) => Ok("gone from the directory".to_owned()),
            (Completeness::Whole, Some(Absence::OutOfScope { dn })) => {
                person.dn = Some(dn.clone());
                Ok(format!("moved out of scope to {dn}"))
            }
            (Completeness::Whole, Some(Absence::Disabled { dn })) => {
                person.dn = Some(dn.clone());
                Ok("disabled, and out of the filter".to_owned())
            }
            (Completeness::Whole, Some(Absence::OutOfFilter { dn })) => {
                person.dn = Some(dn.clone());
                Ok("out of the filter by which people are read".to_owned())
            }
            (Completeness::Whole, Some(Absence::Unreadable { dn })) => {
                Err(format!("the account that reads the directory may not see `{dn}` any more"))
            }
            (Completeness::Whole, Some(Absence::Unknown { why })) => {
                Err(format!("not read, and the look-up by objectGUID failed: {why}"))
            }
            (Completeness::Whole, None) => {
                Err("neither read as a usable person nor proven to be gone from the directory".to_owned())
            }
        };
        match proof {
            Ok(reason) => self.depart(person, account, Cause::Gone, vec![Reason::new(reason)]),
            Err(why) => {
                self.remember(guid);
                let why = Reason::new(format!("not deactivated: {why}"));
                self.skip(person, Some(Kind::Deactivate), why, true);
            }
        }
    }

    /// Deactivates somebody's account, as soon as no cause since they were first to lose it lets them wait any longer.
    fn depart(&mut self, user: Person, account: &Account, cause: Cause, reasons: Vec<Reason>) {
        let mut operation = deactivation(user, account, reasons);
        let grace = self.switches.grace;
        if grace == Grace::default() || self.forbidden(&operation).is_some() {
            return self.operation(operation, Some(account));
        }
        let now = self.standing.now;
        let mut causes = self.standing.departures.get(&operation.user.guid).cloned().unwrap_or_default();
        // Who is only without a role is known to be neither disabled nor gone; who is gone may well be both.
        causes.retain(|known, _| *known <= cause);
        causes.entry(cause).or_insert(now);
        // What is said to have begun later than now was seen by a clock that went wrong.
        causes.values_mut().for_each(|since| *since = now.min(*since));
        let (until, cause, since) = until(grace, &causes).unwrap_or((now, cause, now));
        self.departures.insert(operation.user.guid, causes);
        if until <= now {
            if since < until {
                let waited = Shown(grace.of(cause));
                operation.reasons.push(Reason::new(format!("has waited {waited} since {since}")));
            }
            return self.operation(operation, Some(account));
        }
        self.leaving.push(Leaving {
            user: operation.user,
            account: account.id.clone(),
            user_name: operation.user_name,
            cause,
            since,
            until,
            reasons: operation.reasons,
        });
    }

    /// Why the policy never lets an operation be done.
    fn forbidden(&self, operation: &Operation) -> Option<String> {
        let protected = std::iter::once(operation.user_name.as_str())
            .chain(operation.takes())
            .find(|name| self.switches.protects(name));
        let on = match operation.kind {
            Kind::Create => self.switches.create,
            Kind::Update => self.switches.update,
            Kind::Reactivate => self.switches.reactivate,
            Kind::Deactivate => self.switches.deactivate,
        };
        match protected {
            Some(name) => Some(format!("the account `{name}` is protected")),
            None if !on => Some(format!("the policy's lifecycle switch `{}` is off", operation.kind)),
            None => None,
        }
    }

    /// Takes an operation, unless the policy forbids it or its hooks say otherwise. `account` is the one that it
    /// changes.
    pub(super) fn operation(&mut self, mut operation: Operation, account: Option<&Account>) {
        let kind = Some(operation.kind);
        if let Some(why) = self.forbidden(&operation) {
            return self.skip(operation.user, kind, Reason::new(why), false);
        }
        let Some(hooks) = self.standing.hooks else { return self.operations.push(operation) };
        let ruling = match hooks.ask(&operation, account) {
            Ok(ruling) => ruling,
            Err(why) => return self.skip(operation.user, kind, why, true),
        };
        operation.changes = ruling
            .changes
            .into_iter()
            .map(|(attribute, (from, to))| Change { attribute, from, to })
            .collect();
        operation.reasons.extend(ruling.notes);
        match ruling.word {
            Word::Skip(why) => self.skip(operation.user, kind, why, false),
            _ if operation.changes.is_empty() => self.unchanged += 1,
            Word::Go => self.operations.push(operation),
            Word::Hold(why) => self.hold(operation, why),
        }
    }

    /// Keeps an operation back until a person has said yes to just this one.
    fn hold(&mut self, mut operation: Operation, why: Vec<Reason>) {
        let hash = operation.hash();
        let known = self.standing.holds.get(&hash);
        match known.and_then(|known| known.answer.as_ref()) {
            Some(Answer { who, at, is_yes: true }) => {
                operation.reasons.push(Reason::new(format!("approved by {who} at {at}")));
                self.operations.push(operation);
            }
            Some(Answer { who, at, is_yes: false }) => {
                let why = Reason::new(format!("rejected by {who} at {at}"));
                self.rejected.push(hash);
                self.skip(operation.user, Some(operation.kind), why, false);
            }
            None => {
                let since = known.map(|known| known.since.clone());
                self.held.push(Held { operation, hash, since, why });
            }
        }
    }
}

fn not_adopted(account: &Account) -> Reason {
    Reason::new(format!(
        "the account `{}` has the userName `{}` and was never this person's: `adoption = \"never\"` in `[target]` leaves \
         it alone",
        account.id, account.user_name
    ))
}

pub(super) fn deactivation(user: Person, account: &Account, reasons: Vec<Reason>) -> Operation {
    Operation {
        kind: Kind::Deactivate,
        user,
        account: Some(account.id.clone()),
        user_name: account.user_name.clone(),
        changes: vec![activation(false)],
        reasons,
    }
}
