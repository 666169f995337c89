//! Putting what was read again into the place of what was known.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::again::Again;
use crate::directory::entries::{Entries, EntryRef};
use crate::directory::snapshot::{Entry, Raw, Snapshot};

/// Who is not as before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Differing {
    pub(super) people: BTreeSet<Uuid>,
    pub(super) groups: BTreeSet<Uuid>,
}

impl Differing {
    pub(super) fn extend(&mut self, other: Self) {
        self.people.extend(other.people);
        self.groups.extend(other.groups);
    }
}

/// Of the objects that were sought, those that were found take the place of what was known, and the others go.
pub(super) fn put(snapshot: &mut Snapshot, sought: &BTreeSet<Uuid>, again: &Again) -> Differing {
    Differing {
        people: put_into(&mut snapshot.people, sought, &again.people),
        groups: put_into(&mut snapshot.groups, sought, &again.groups),
    }
}

fn put_into(entries: &mut Entries, sought: &BTreeSet<Uuid>, found: &BTreeMap<Uuid, Entry>) -> BTreeSet<Uuid> {
    let mut differing = BTreeSet::new();
    for guid in sought {
        let differs = match (entries.get(guid), found.get(guid)) {
            (None, None) => false,
            (Some(_), None) => entries.remove(guid),
            (Some(known), Some(now)) if same(&known, now) => false,
            (_, Some(now)) => {
                entries.replace(guid, now);
                true
            }
        };
        if differs {
            differing.insert(*guid);
        }
    }
    differing
}

/// The order of values means nothing (RFC 4512 section 2.2).
fn same(known: &EntryRef<'_>, now: &Entry) -> bool {
    known.dn() == now.dn && values(&known.to_entry()) == values(now)
}

fn values(entry: &Entry) -> Vec<(String, Vec<&Raw>)> {
    entry
        .attributes()
        .map(|attribute| {
            let mut values: Vec<&Raw> = attribute.values.iter().collect();
            values.sort_unstable();
            (attribute.name.to_ascii_lowercase(), values)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::directory::snapshot::Completeness;

    fn entry(number: u8, version: u8, values: &[u8]) -> Entry {
        let mut entry = Entry::new(format!("CN={number} {version},DC=x"));
        entry.set("objectGUID", Raw::Text(Uuid::from_u128(number.into()).to_string()));
        values.iter().for_each(|value| entry.push("mail", Raw::Text(value.to_string())));
        entry
    }

    fn snapshot(people: &BTreeMap<u8, Entry>) -> Snapshot {
        Snapshot {
            source: "x".into(),
            people: people.values().cloned().collect(),
            groups: Entries::default(),
            asked: None,
            completeness: Completeness::Whole,
            absent: BTreeMap::new(),
        }
    }

    fn company() -> impl Strategy<Value = BTreeMap<u8, Entry>> {
        let person = (0..2_u8, prop::collection::vec(0..3_u8, 0..3));
        prop::collection::btree_map(0..8_u8, person, 0..8).prop_map(|people| {
            people
                .into_iter()
                .map(|(number, (version, mail))| (number, entry(number, version, &mail)))
                .collect()
        })
    }

    proptest! {
        #[test]
        fn what_was_sought_is_as_it_is_now_and_the_rest_as_it_was(
            before in company(), now in company(), sought in prop::collection::btree_set(0..8_u8, 0..8),
        ) {
            let mut merged = snapshot(&before);
            let guids: BTreeSet<Uuid> = sought.iter().map(|number| Uuid::from_u128((*number).into())).collect();
            let people = now.values().map(|entry| (entry.object_guid().unwrap(), entry.clone()));
            let again =
                Again { people: people.filter(|(guid, _)| guids.contains(guid)).collect(), ..Again::default() };
            let differing = put(&mut merged, &guids, &again);
            let mut expected = before.clone();
            let mut changed = BTreeSet::new();
            for number in &sought {
                let sorted = |entry: Option<&Entry>| entry.map(|entry| {
                    (entry.dn.clone(), values(entry).into_iter().map(|(name, values)| {
                        (name, values.into_iter().cloned().collect::<Vec<_>>())
                    }).collect::<Vec<_>>())
                });
                if sorted(before.get(number)) != sorted(now.get(number)) {
                    changed.insert(Uuid::from_u128((*number).into()));
                    match now.get(number) {
                        Some(entry) => expected.insert(*number, entry.clone()),
                        None => expected.remove(number),
                    };
                }
            }
            prop_assert_eq!(differing.people, changed);
            let mut left: Vec<Entry> = merged.people.iter().map(|entry| entry.to_entry()).collect();
            left.sort_by_key(Entry::object_guid);
            prop_assert_eq!(left, expected.into_values().collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_order_of_values_is_no_change() {
        let mut one = snapshot(&[(1, entry(1, 0, &[1, 2]))].into());
        let sought = BTreeSet::from([Uuid::from_u128(1)]);
        let people = BTreeMap::from([(Uuid::from_u128(1), entry(1, 0, &[2, 1]))]);
        assert_eq!(put(&mut one, &sought, &Again { people, ..Again::default() }), Differing::default());
    }
}
