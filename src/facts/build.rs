use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::decode::{Interner, decode};
use super::groups::Graph;
use super::names::GroupNames;
use super::people::{Column, Facts, Person, Rejected, Standing};
use super::value::Value;
use crate::directory::{ACCOUNTDISABLE, Entries, EntryRef, Snapshot, first_rdn, normalized_dn};

impl Facts {
    /// Reads a snapshot at the given time. What cannot be used lands in `rejected`; nothing fails as a whole.
    #[must_use]
    pub fn of(snapshot: &Snapshot, now: Timestamp) -> Self {
        let mut interner = Interner::default();
        let mut columns = Columns::default();
        let mut graph = Graph::of(snapshot);
        let (mut people, mut rejected) = (Vec::with_capacity(snapshot.people.len()), Vec::new());
        let twice = read_twice(&snapshot.people);
        for entry in snapshot.people.iter() {
            let guid = entry.object_guid();
            let read = match guid {
                None => Err("it has no valid `objectGUID`".to_owned()),
                Some(guid) if twice.contains(&guid) => {
                    Err(format!("several people were read with its `objectGUID` {guid}"))
                }
                Some(guid) => person(entry, guid, now, &mut interner, &mut columns),
            };
            match read {
                Ok(mut person) => {
                    (person.direct_groups, person.groups) = graph.of_person(entry);
                    people.push(person);
                }
                Err(why) => rejected.push(Rejected { dn: entry.dn().to_owned(), guid, why }),
            }
        }
        people.sort_unstable_by_key(|person| person.guid);
        link_managers(&mut people, columns.by_lower.get("manager").copied());
        Self {
            now,
            by_guid: people.iter().enumerate().map(|(index, person)| (person.guid, index)).collect(),
            group_names: GroupNames::of(&graph.groups),
            columns: columns.by_lower,
            people,
            groups: graph.groups,
            rejected,
            completeness: snapshot.completeness.clone(),
            absent: snapshot.absent.clone(),
            asked: snapshot.asked.clone(),
        }
    }
}

/// objectGUIDs, in order, that more than one entry has: which of them tells the truth is unknown.
fn read_twice(people: &Entries) -> BTreeSet<Uuid> {
    let mut seen = HashSet::with_capacity(people.len());
    people.iter().filter_map(|entry| entry.object_guid()).filter(|guid| !seen.insert(*guid)).collect()
}

/// Which column holds which attribute: the next free one where a name is seen for the first time.
#[derive(Default)]
struct Columns {
    by_lower: HashMap<Arc<str>, Column>,
    /// By the name as entries spell it, so that few are folded.
    by_spelling: HashMap<String, Column>,
}

impl Columns {
    fn of(&mut self, name: &str) -> Column {
        if let Some(column) = self.by_spelling.get(name) {
            return *column;
        }
        let next = Column(self.by_lower.len());
        let column = *self.by_lower.entry(Arc::from(name.to_ascii_lowercase())).or_insert(next);
        self.by_spelling.insert(name.to_owned(), column);
        column
    }
}

/// The person without groups and manager.
fn person(
    entry: EntryRef<'_>,
    guid: Uuid,
    now: Timestamp,
    interner: &mut Interner,
    columns: &mut Columns,
) -> Result<Person, String> {
    let mut values = Vec::new();
    for attribute in entry.attributes() {
        if let Some(value) = decode(attribute.name, attribute.values(), interner)? {
            let Column(at) = columns.of(attribute.name);
            if values.len() <= at {
                values.resize(at + 1, None);
            }
            if let Some(cell) = values.get_mut(at) {
                *cell = Some(value);
            }
        }
    }
    let value = |name: &str| values.get(columns.by_lower.get(name)?.0)?.as_ref();
    let text = |name: &str| match value(name) {
        Some(Value::Text(text)) => Some(Arc::clone(text)),
        _ => None,
    };
    let name = text("displayname").or_else(|| text("cn")).unwrap_or_else(|| Arc::from(first_rdn(entry.dn())));
    Ok(Person {
        guid,
        dn: text("distinguishedname")
            .filter(|dn| **dn == *entry.dn())
            .unwrap_or_else(|| Arc::from(entry.dn())),
        name,
        standing: standing(value("useraccountcontrol"), value("accountexpires"), now)?,
        values: values.into(),
        direct_groups: Vec::new(),
        groups: Vec::new(),
        manager: None,
    })
}

/// Without `userAccountControl` nobody can say whether the account is disabled, so nothing is assumed.
fn standing(flags: Option<&Value>, expires: Option<&Value>, now: Timestamp) -> Result<Standing, String> {
    let Some(Value::Integer(flags)) = flags else {
        return Err("it has no `userAccountControl`, so whether it is disabled is unknown".to_owned());
    };
    Ok(match expires {
        _ if flags & ACCOUNTDISABLE != 0 => Standing::Disabled,
        Some(Value::Time(at)) if *at <= now => Standing::Expired { at: *at },
        _ => Standing::Enabled,
    })
}

fn link_managers(people: &mut [Person], managers: Option<Column>) {
    let Some(managers) = managers else { return };
    let by_dn: HashMap<String, usize> =
        people.iter().enumerate().map(|(index, person)| (normalized_dn(&person.dn), index)).collect();
    // Managers are few and named again and again in one spelling.
    let mut seen: HashMap<Arc<str>, Option<usize>> = HashMap::new();
    for person in people.iter_mut() {
        if let Some(Value::Text(dn)) = person.value(managers) {
            let dn = Arc::clone(dn);
            person.manager = *seen.entry(dn).or_insert_with_key(|dn| by_dn.get(&normalized_dn(dn)).copied());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::directory::{Completeness, Entry, Raw};

    fn entry(number: u8, attributes: &[(&str, &str)]) -> Entry {
        let mut entry = Entry::new(format!("CN=Person {number},DC=x"));
        entry.set("objectGUID", Raw::Text(format!("00000000-0000-0000-0000-0000000000{number:02x}")));
        entry.set("userAccountControl", Raw::Text("512".into()));
        for (name, value) in attributes {
            entry.remove(name);
            if !value.is_empty() {
                entry.push(name, Raw::Text((*value).to_owned()));
            }
        }
        entry
    }

    fn facts(people: Vec<Entry>) -> Facts {
        let snapshot = Snapshot {
            source: "test".into(),
            people: people.into(),
            groups: Entries::default(),
            asked: None,
            completeness: Completeness::Whole,
            absent: BTreeMap::new(),
        };
        Facts::of(&snapshot, "2026-01-01T00:00:00Z".parse().unwrap())
    }

    #[test]
    fn standing_is_the_directory_s_word_and_the_clock_s() {
        let facts = facts(vec![
            entry(1, &[("userAccountControl", "66048")]),
            entry(2, &[("userAccountControl", "514"), ("accountExpires", "1")]),
            entry(3, &[("accountExpires", "132223104000000000")]),
            entry(4, &[("accountExpires", "9223372036854775807")]),
            // 2026-01-01T00:00:00Z: from that moment on it is expired.
            entry(5, &[("accountExpires", "134116992000000000")]),
            entry(6, &[("accountExpires", "134116992000000001")]),
        ]);
        let standing: Vec<_> = facts.people.iter().map(|person| person.standing).collect();
        let expired = |at: &str| Standing::Expired { at: at.parse().unwrap() };
        assert_eq!(
            standing,
            [
                Standing::Enabled,
                Standing::Disabled,
                expired("2020-01-01T00:00:00Z"),
                Standing::Enabled,
                expired("2026-01-01T00:00:00Z"),
                Standing::Enabled,
            ]
        );
    }

    #[test]
    fn what_cannot_be_used_is_rejected_with_the_reason() {
        let facts = facts(vec![
            entry(1, &[("objectGUID", "")]),
            entry(2, &[("userAccountControl", "")]),
            entry(3, &[("userAccountControl", "abc")]),
            entry(4, &[]),
            entry(5, &[]),
            entry(4, &[("objectGUID", "00000000-0000-0000-0000-000000000005")]),
        ]);
        let rejected: Vec<_> = facts.rejected.iter().map(|r| format!("{}: {}", r.dn, r.why)).collect();
        insta::assert_snapshot!(rejected.join("\n"), @r"
        CN=Person 1,DC=x: it has no valid `objectGUID`
        CN=Person 2,DC=x: it has no `userAccountControl`, so whether it is disabled is unknown
        CN=Person 3,DC=x: `userAccountControl` is `abc`, which is not a whole number
        CN=Person 5,DC=x: several people were read with its `objectGUID` 00000000-0000-0000-0000-000000000005
        CN=Person 4,DC=x: several people were read with its `objectGUID` 00000000-0000-0000-0000-000000000005
        ");
        assert_eq!(facts.people.len(), 1);
        assert_eq!(facts.rejected[1].guid, Some(Uuid::from_u128(2)));
    }

    #[test]
    fn managers_are_linked_in_circles_too() {
        let facts = facts(vec![
            entry(3, &[("manager", "cn=person 1, dc=x")]),
            entry(2, &[("manager", "CN=Person 2,DC=x")]),
            entry(1, &[("manager", "CN=Person 3,DC=x")]),
            entry(4, &[("manager", "CN=Nobody,DC=x")]),
        ]);
        let managers: Vec<_> = facts.people.iter().map(|person| person.manager).collect();
        assert_eq!(managers, [Some(2), Some(1), Some(0), None]);
    }

    #[test]
    fn people_are_found_by_whatever_names_them() {
        let facts = facts(vec![
            entry(1, &[("mail", "Zoë@example.com"), ("sAMAccountName", "zoe"), ("displayName", "Zoë Ł")]),
            entry(2, &[("mail", "ZOË@EXAMPLE.COM"), ("userPrincipalName", "ben@x.test")]),
        ]);
        let found =
            |who: &str| facts.find(who).iter().map(|person| person.guid.as_u128()).collect::<Vec<_>>();
        assert_eq!(found("zoë@example.com"), [1, 2]);
        assert_eq!(found("ZOE"), [1]);
        assert_eq!(found("BEN@x.test"), [2]);
        assert_eq!(found("cn=PERSON 2 , dc=x"), [2]);
        assert_eq!(found("00000000-0000-0000-0000-000000000001"), [1]);
        assert!(found("nobody").is_empty());
        assert_eq!(facts.people[0].name.as_ref(), "Zoë Ł");
        assert_eq!(facts.people[1].name.as_ref(), "Person 2");
    }

    #[test]
    fn nobody_at_all_is_no_error() {
        let facts = facts(Vec::new());
        assert!(facts.people.is_empty() && facts.rejected.is_empty() && facts.find("x").is_empty());
    }
}
