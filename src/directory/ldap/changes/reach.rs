//! Whom a change reaches that is not their own: those who name the object that changed.

use std::collections::{BTreeSet, HashSet};

use uuid::Uuid;

use crate::directory::entries::{Entries, EntryRef};
use crate::directory::snapshot::Snapshot;

/// DNs that are not right any more, in lower case: a server always spells one object in one way.
#[derive(Debug, Default)]
pub(super) struct Stale {
    dns: HashSet<String>,
    /// How the DNs begin of objects of which nothing else is known.
    starts: Vec<String>,
}

impl Stale {
    pub(super) fn is_empty(&self) -> bool {
        self.dns.is_empty() && self.starts.is_empty()
    }

    pub(super) fn dn(&mut self, dn: &str) {
        self.dns.insert(dn.to_lowercase());
    }

    /// By the DN of its tombstone, which has the old name and a mark (MS-ADTS 3.1.1.5.5).
    pub(super) fn deleted(&mut self, tombstone: &str) {
        if let Some((name, _)) = tombstone.split_once("\\0ADEL:") {
            self.starts.push(name.to_lowercase());
        }
    }

    fn has(&self, dn: &str) -> bool {
        let dn = dn.to_lowercase();
        self.dns.contains(&dn) || self.starts.iter().any(|start| dn.starts_with(start.as_str()))
    }
}

/// The objectGUIDs of the people and groups that name such a DN in one of the attributes.
pub(super) fn naming(snapshot: &Snapshot, references: &BTreeSet<String>, stale: &Stale) -> BTreeSet<Uuid> {
    if stale.is_empty() {
        return BTreeSet::new();
    }
    let both = snapshot.people.iter().chain(snapshot.groups.iter());
    both.filter(|entry| names(entry, references, stale)).filter_map(|entry| entry.object_guid()).collect()
}

fn names(entry: &EntryRef<'_>, references: &BTreeSet<String>, stale: &Stale) -> bool {
    references.iter().any(|name| entry.values(name).filter_map(|raw| raw.text()).any(|dn| stale.has(dn)))
}

/// The people who are, directly or not, in one of the groups.
pub(super) fn in_any(snapshot: &Snapshot, groups: &BTreeSet<Uuid>) -> BTreeSet<Uuid> {
    let member_of: BTreeSet<String> = ["memberOf".to_owned()].into();
    let mut inside: BTreeSet<Uuid> = groups.clone();
    let mut above = Stale::default();
    let mut primary = HashSet::new();
    let mut newest: Vec<Uuid> = groups.iter().copied().collect();
    while !newest.is_empty() {
        let mut outer = Stale::default();
        for group in newest.iter().filter_map(|guid| snapshot.groups.get(guid)) {
            outer.dn(group.dn());
            above.dn(group.dn());
            primary.extend(relative_id(&group));
        }
        let nested = guids(&snapshot.groups, |entry| names(entry, &member_of, &outer));
        newest = nested.into_iter().filter(|guid| inside.insert(*guid)).collect();
    }
    guids(&snapshot.people, |entry| {
        let by_primary = || entry.text("primaryGroupID").and_then(|id| id.parse().ok());
        names(entry, &member_of, &above) || by_primary().is_some_and(|id: u32| primary.contains(&id))
    })
}

fn guids(entries: &Entries, wanted: impl Fn(&EntryRef<'_>) -> bool) -> BTreeSet<Uuid> {
    entries.iter().filter(|entry| wanted(entry)).filter_map(|entry| entry.object_guid()).collect()
}

/// The last part of a group's SID (MS-DTYP 2.4.2.2), which `primaryGroupID` names.
fn relative_id(group: &EntryRef<'_>) -> Option<u32> {
    let sid = group.values("objectSid").next()?;
    if let Some(text) = sid.text().filter(|text| text.starts_with("S-1-")) {
        return text.rsplit('-').next()?.parse().ok();
    }
    let octets = sid.as_bytes().last_chunk::<4>()?;
    Some(u32::from_le_bytes(*octets))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::snapshot::{Completeness, Entry, Raw};

    fn entry(number: u128, name: &str, values: &[(&str, &str)]) -> Entry {
        let mut entry = Entry::new(format!("CN={name},DC=x"));
        entry.set("objectGUID", Raw::Text(Uuid::from_u128(number).to_string()));
        values.iter().for_each(|(name, value)| entry.push(name, Raw::Text((*value).to_owned())));
        entry
    }

    fn snapshot() -> Snapshot {
        let people = [
            entry(1, "Mia", &[("memberOf", "CN=A,DC=x"), ("primaryGroupID", "513")]),
            entry(2, "Ben", &[("manager", "CN=Mia,DC=x"), ("primaryGroupID", "514")]),
            entry(
                3,
                "Zoë",
                &[("memberOf", "cn=ü,dc=X"), ("manager", "CN=Miao,DC=x"), ("primaryGroupID", "513")],
            ),
            entry(4, "Tom", &[("primaryGroupID", "514")]),
        ];
        let groups = [
            entry(11, "A", &[("memberOf", "CN=B,DC=x"), ("objectSid", "S-1-5-21-1-1-1-1001")]),
            entry(12, "B", &[("memberOf", "CN=A,DC=x"), ("objectSid", "S-1-5-21-1-1-1-514")]),
            entry(13, "Ü", &[("objectSid", "S-1-5-21-1-1-1-1003")]),
        ];
        Snapshot {
            source: "x".into(),
            people: people.into_iter().collect(),
            groups: groups.into_iter().collect(),
            asked: None,
            completeness: Completeness::Whole,
            absent: Default::default(),
        }
    }

    fn numbers(guids: BTreeSet<Uuid>) -> Vec<u128> {
        guids.into_iter().map(|guid| guid.as_u128()).collect()
    }

    #[test]
    fn who_names_an_object_is_found() {
        let references = ["manager".to_owned(), "memberof".to_owned()].into();
        let found = |tell: fn(&mut Stale)| {
            let mut stale = Stale::default();
            tell(&mut stale);
            numbers(naming(&snapshot(), &references, &stale))
        };
        assert_eq!(found(|_| ()), [0; 0]);
        assert_eq!(found(|stale| stale.dn("CN=Mia,DC=x")), [2]);
        assert_eq!(found(|stale| stale.dn("CN=Ü,DC=x")), [3]);
        assert_eq!(found(|stale| stale.dn("CN=A,DC=x")), [1, 12]);
        // A name that was cut is known by its beginning.
        assert_eq!(found(|stale| stale.deleted(r"CN=Mia\0ADEL:7,CN=Deleted Objects,DC=x")), [2, 3]);
        assert_eq!(found(|stale| stale.deleted("CN=Mia,DC=x")), [0; 0]);
    }

    #[test]
    fn groups_reach_down_to_the_members_of_groups_within_and_around_circles() {
        let found = |groups: &[u128]| {
            numbers(in_any(&snapshot(), &groups.iter().map(|number| Uuid::from_u128(*number)).collect()))
        };
        assert_eq!(found(&[]), [0; 0]);
        assert_eq!(found(&[13]), [3]);
        assert_eq!(found(&[11]), [1, 2, 4]);
        assert_eq!(found(&[12]), [1, 2, 4]);
        assert_eq!(found(&[99]), [0; 0]);
    }

    #[test]
    fn a_sid_s_last_part_is_read_in_both_forms() {
        let octets = [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 33, 2, 0, 0];
        let mut group = Entry::new("CN=B");
        group.set("objectSid", Raw::from_bytes(octets.to_vec()));
        let entries: Entries = [group].into_iter().collect();
        assert_eq!(entries.iter().next().and_then(|group| relative_id(&group)), Some(545));
    }
}
