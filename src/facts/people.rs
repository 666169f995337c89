use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::Value;
use crate::directory::{Absence, Completeness, Snapshot};

/// Everything that one cycle knows of the directory.
#[derive(Debug)]
pub struct Facts {
    /// The cycle's clock.
    pub now: Timestamp,
    /// In the order of objectGUID.
    pub people: Vec<Person>,
    pub groups: Vec<Group>,
    /// Entries that are no usable person, with the reason.
    pub rejected: Vec<Rejected>,
    pub completeness: Completeness,
    pub absent: BTreeMap<Uuid, Absence>,
    /// Lower-case names that were asked for; `None`: all.
    pub asked: Option<BTreeSet<String>>,
    by_guid: HashMap<Uuid, usize>,
}

#[derive(Clone, Debug)]
pub struct Person {
    /// `objectGUID`: the identity.
    pub guid: Uuid,
    pub dn: Arc<str>,
    /// For reports: `displayName`, else `cn`, else the DN's first value.
    pub name: Arc<str>,
    pub standing: Standing,
    /// Lower-case attribute name to value; absent attributes are not in it.
    pub attributes: BTreeMap<Arc<str>, Value>,
    /// Indices into [`Facts::groups`], ascending: `memberOf` and the primary group.
    pub direct_groups: Vec<usize>,
    /// The same with every group that those are in, at any depth.
    pub groups: Vec<usize>,
    /// Index into [`Facts::people`].
    pub manager: Option<usize>,
}

/// Whether a person may have an account at all, whatever the rules say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Enabled,
    /// `userAccountControl` has ACCOUNTDISABLE (MS-ADTS 2.2.16)
    Disabled,
    /// `accountExpires` lies before the cycle's clock
    Expired {
        at: Timestamp,
    },
}

/// A group, or what is known of one that was only named by a member.
#[derive(Clone, Debug)]
pub struct Group {
    pub dn: Arc<str>,
    pub name: Arc<str>,
    pub sam_account_name: Option<Arc<str>>,
    pub sid: Option<Arc<str>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    pub dn: String,
    pub why: String,
}

impl Facts {
    /// Reads a snapshot at the given time. What cannot be used lands in `rejected`; nothing fails as a whole.
    #[must_use]
    pub fn of(snapshot: &Snapshot, now: Timestamp) -> Self {
        let _ = snapshot;
        Self {
            now,
            people: Vec::new(),
            groups: Vec::new(),
            rejected: Vec::new(),
            completeness: snapshot.completeness.clone(),
            absent: snapshot.absent.clone(),
            asked: snapshot.asked.clone(),
            by_guid: HashMap::new(),
        }
    }

    #[must_use]
    pub fn person(&self, guid: &Uuid) -> Option<&Person> {
        self.by_guid.get(guid).and_then(|index| self.people.get(*index))
    }

    /// Those that `who` names: a mail address, `sAMAccountName`, `userPrincipalName`, DN or objectGUID, case apart.
    #[must_use]
    pub fn find(&self, who: &str) -> Vec<&Person> {
        let _ = who;
        Vec::new()
    }

    /// Whether the person is in the group that `group` names (`cn`, `sAMAccountName`, DN or SID, case apart), at any
    /// depth; `None` when no such group is known.
    #[must_use]
    pub fn in_group(&self, person: &Person, group: &str) -> Option<bool> {
        let _ = (person, group);
        None
    }
}
