use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::names::GroupNames;
use super::value::Value;
use crate::directory::{Absence, Completeness, normalized_dn};

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
    pub(super) by_guid: HashMap<Uuid, usize>,
    /// Lower-case attribute name to where its values stand in every person.
    pub(super) columns: HashMap<Arc<str>, Column>,
    pub(super) group_names: GroupNames,
}

/// Where the values of one attribute stand, in the facts that gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column(pub(super) usize);

#[derive(Clone, Debug)]
pub struct Person {
    /// `objectGUID`: the identity.
    pub guid: Uuid,
    pub dn: Arc<str>,
    /// For reports: `displayName`, else `cn`, else the DN's first value.
    pub name: Arc<str>,
    pub standing: Standing,
    /// By [`Column`]; attributes behind the last one that this person has are left out.
    pub(super) values: Box<[Option<Value>]>,
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
    /// `accountExpires` is not after the cycle's clock
    Expired {
        at: Timestamp,
    },
}

/// A group, or what is known of one that was only named by a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub dn: Arc<str>,
    pub name: Arc<str>,
    pub sam_account_name: Option<Arc<str>>,
    pub sid: Option<Arc<str>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    pub dn: String,
    /// `None` when that is what is wrong. Whoever is rejected was read: that is not absence.
    pub guid: Option<Uuid>,
    pub why: String,
}

impl Person {
    /// The value of the attribute that stands in this column of the same facts; `None` when it is absent.
    #[must_use]
    pub fn value(&self, column: Column) -> Option<&Value> {
        self.values.get(column.0)?.as_ref()
    }
}

impl Facts {
    /// Where the values of the attribute with this lower-case name stand; `None` when nobody has one.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<Column> {
        self.columns.get(name).copied()
    }

    /// The person's value of the attribute with this lower-case name; `None` when it is absent.
    #[must_use]
    pub fn value<'a>(&self, person: &'a Person, name: &str) -> Option<&'a Value> {
        person.value(self.column(name)?)
    }

    /// What the person has, by lower-case attribute name.
    #[must_use]
    pub fn values<'a>(&'a self, person: &'a Person) -> BTreeMap<&'a str, &'a Value> {
        self.columns.iter().filter_map(|(name, column)| Some((&**name, person.value(*column)?))).collect()
    }

    #[must_use]
    pub fn person(&self, guid: &Uuid) -> Option<&Person> {
        self.people.get(self.index(guid)?)
    }

    /// When the next account expires (`accountExpires`) that has not by [`Facts::now`]; `None` when none will.
    #[must_use]
    pub fn next_expiry(&self) -> Option<Timestamp> {
        let column = self.column("accountexpires")?;
        let times = self.people.iter().filter_map(|person| match person.value(column) {
            Some(Value::Time(at)) if *at > self.now => Some(*at),
            _ => None,
        });
        times.min()
    }

    /// Where in [`Facts::people`] the person with this objectGUID stands.
    #[must_use]
    pub fn index(&self, guid: &Uuid) -> Option<usize> {
        self.by_guid.get(guid).copied()
    }

    /// Those that `who` names: a mail address, `sAMAccountName`, `userPrincipalName`, DN or objectGUID, case apart.
    #[must_use]
    pub fn find(&self, who: &str) -> Vec<&Person> {
        let who = who.trim();
        if let Ok(guid) = Uuid::parse_str(who) {
            return self.person(&guid).into_iter().collect();
        }
        let name = who.to_lowercase();
        let dn = who.contains('=').then(|| normalized_dn(who));
        let columns: Vec<_> = ["mail", "samaccountname", "userprincipalname"]
            .iter()
            .filter_map(|attribute| self.column(attribute))
            .collect();
        self.people
            .iter()
            .filter(|person| {
                let named = columns.iter().any(|column| {
                    matches!(person.value(*column), Some(Value::Text(text)) if text.to_lowercase() == name)
                });
                named || dn.as_ref().is_some_and(|dn| normalized_dn(&person.dn) == *dn)
            })
            .collect()
    }

    /// Whether the person is in the group that `group` names (`cn`, `sAMAccountName`, DN or SID, case apart), at any
    /// depth; `None` when no such group is known. Where several groups have that name, one of them is enough.
    #[must_use]
    pub fn in_group(&self, person: &Person, group: &str) -> Option<bool> {
        Self::any(&person.groups, self.groups_named(group))
    }

    /// The same without nesting: `memberOf` and the primary group alone.
    #[must_use]
    pub fn in_direct_group(&self, person: &Person, group: &str) -> Option<bool> {
        Self::any(&person.direct_groups, self.groups_named(group))
    }

    /// Indices of the groups that `group` names (`cn`, `sAMAccountName`, DN or SID, case apart), ascending; none when
    /// no such group is known.
    #[must_use]
    pub fn groups_named(&self, group: &str) -> &[usize] {
        self.group_names.find(group)
    }

    /// The names of groups given by index, in that order.
    #[must_use]
    pub fn group_names(&self, indices: &[usize]) -> Vec<Arc<str>> {
        indices
            .iter()
            .filter_map(|index| self.groups.get(*index))
            .map(|group| Arc::clone(&group.name))
            .collect()
    }

    fn any(held: &[usize], named: &[usize]) -> Option<bool> {
        (!named.is_empty()).then(|| named.iter().any(|group| held.binary_search(group).is_ok()))
    }
}
