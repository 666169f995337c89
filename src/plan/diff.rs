use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::change::{activation, creation, difference};
use super::drift::Drifts;
use super::matching::{Match, Owners};
use super::order::order;
use super::{Adoptable, Existing, Kind, Link, Links, Operation, Plan, Skipped, Unmanaged, Verdict};
use crate::config::{Adoption, Revision};
use crate::desired::{Account, Desired, Person, Wish};
use crate::directory::{Absence, Completeness};
use crate::policy::{Profile, Reason, Switches, user_name_key};

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
    pub existing: &'a Existing,
}

/// The operations that lead from `current` to `desired`, by DESIGN's table; the guard has not looked at them yet.
/// Does not depend on the order of the accounts.
#[must_use]
pub fn diff(revision: Revision, desired: &Desired, switches: &Switches, current: Current<'_>) -> Plan {
    let mut owners = Owners::new(current.accounts, current.links);
    let mut draft = Draft::new(switches, current.existing);
    let mut adoptable = Vec::new();
    let mut adopted = Vec::new();
    let mut released = Links::new();
    let is_gone = |guid: Uuid| {
        !desired.wishes.contains_key(&guid)
            && *current.completeness == Completeness::Whole
            && current.absent.get(&guid) == Some(&Absence::Gone)
    };

    for (guid, (person, wish, reasons)) in &desired.wishes {
        let (user_name, entitled) = match wish {
            Wish::Have(profile) => (profile.user_name(), true),
            Wish::HaveNot { user_name } | Wish::Keep { user_name } => (user_name.as_deref(), false),
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
        unmanaged,
        adoptable,
        drifted,
        adopted,
        released,
        managed_active,
        settled: draft.drifts.news,
        guard: Verdict::Allowed,
    }
}

/// A plan in the making. Everyone who is looked at ends in exactly one of the three places.
pub(super) struct Draft<'a> {
    switches: &'a Switches,
    pub(super) operations: Vec<Operation>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) unchanged: usize,
    drifts: Drifts<'a>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(switches: &'a Switches, existing: &'a Existing) -> Self {
        Self {
            switches,
            operations: Vec::new(),
            skipped: Vec::new(),
            unchanged: 0,
            drifts: Drifts::new(existing),
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
            (Wish::Unknown { why }, _) => self.skip(person.clone(), None, why.clone(), true),
            (Wish::Have(profile), Some(account)) => self.have(person, profile, account, reasons),
            (Wish::Have(profile), None) => self.operation(Operation {
                kind: Kind::Create,
                user: person.clone(),
                account: None,
                user_name: profile.user_name().unwrap_or_default().to_owned(),
                changes: creation(profile),
                reasons,
            }),
            (Wish::HaveNot { .. }, Some(account)) if account.active => {
                self.operation(deactivation(person.clone(), account, reasons));
            }
            (Wish::HaveNot { .. } | Wish::Keep { .. }, _) => self.unchanged += 1,
        }
    }

    fn have(&mut self, person: &Person, profile: &Profile, account: &Account, mut reasons: Vec<Reason>) {
        let mut changes = difference(account, profile);
        let kind = if account.active { Kind::Update } else { Kind::Reactivate };
        if !account.active {
            if !self.switches.update {
                changes.clear();
            }
            changes.push(activation(true));
            changes.sort_by_key(|change| change.attribute);
        }
        reasons.extend(self.drifts.sift(person, account, profile, &mut changes));
        if changes.is_empty() {
            self.unchanged += 1;
            return;
        }
        self.operation(Operation {
            kind,
            user: person.clone(),
            account: Some(account.id.clone()),
            user_name: account.user_name.clone(),
            changes,
            reasons,
        });
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
            (Completeness::Whole, Some(Absence::Gone)) => Ok("deleted from the directory".to_owned()),
            (Completeness::Whole, Some(Absence::OutOfScope { dn })) => {
                person.dn = Some(dn.clone());
                Ok(format!("moved out of scope to {dn}"))
            }
            (Completeness::Whole, Some(Absence::Unknown { why })) => {
                Err(format!("not read, and the look-up by objectGUID failed: {why}"))
            }
            (Completeness::Whole, None) => {
                Err("neither read as a usable person nor proven to be gone from the directory".to_owned())
            }
        };
        match proof {
            Ok(reason) => self.operation(deactivation(person, account, vec![Reason::new(reason)])),
            Err(why) => {
                let why = Reason::new(format!("not deactivated: {why}"));
                self.skip(person, Some(Kind::Deactivate), why, true);
            }
        }
    }

    /// Takes an operation, unless the policy forbids it.
    pub(super) fn operation(&mut self, operation: Operation) {
        let protected = std::iter::once(operation.user_name.as_str())
            .chain(operation.takes())
            .find(|name| self.switches.protects(name));
        let on = match operation.kind {
            Kind::Create => self.switches.create,
            Kind::Update => self.switches.update,
            Kind::Reactivate => self.switches.reactivate,
            Kind::Deactivate => self.switches.deactivate,
        };
        let why = match protected {
            Some(name) => format!("the account `{name}` is protected"),
            None if !on => format!("the policy's lifecycle switch `{}` is off", operation.kind),
            None => {
                self.operations.push(operation);
                return;
            }
        };
        self.skip(operation.user, Some(operation.kind), Reason::new(why), false);
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
