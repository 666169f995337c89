use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Deserialize, Serialize, Serializer};
use uuid::Uuid;

use super::dn::normalized_dn;
use super::entries::{AttributeRef, EntryRef, RawRef};
use super::mark::Mark;
use super::query::OF_GROUPS;
use super::snapshot::{Absence, Completeness, Entry, Raw, Snapshot};

/// What kind of object a record tells of, and what it is known by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Recorded {
    /// By objectGUID.
    Person(Uuid),
    /// By DN, normalized.
    Group(String),
}

/// What a snapshot says beside its objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    pub source: String,
    pub completeness: Completeness,
    pub absent: BTreeMap<Uuid, Absence>,
    /// Lower-case names of the attributes that the records have.
    pub attributes: BTreeSet<String>,
    /// Absent where the next reading has to read everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marked: Option<Marked>,
}

/// How far a reading went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marked {
    pub mark: Mark,
    /// When everything was last read.
    pub full: Timestamp,
}

impl Snapshot {
    /// Tells each object as one text (JSON), of which [`Snapshot::of_records`] makes an equal one. Of people only the
    /// attributes that are named, in lower case; of groups what groups are read for. Who is in a group stands at the
    /// member, so that a change of membership changes little. People whose objectGUID is not theirs alone are left
    /// out: nothing is ever made of them.
    ///
    /// # Errors
    /// What `tell` returns.
    pub fn records<E>(
        &self,
        attributes: &BTreeSet<String>,
        mut tell: impl FnMut(Recorded, String) -> Result<(), E>,
    ) -> Result<(), E> {
        let of_groups: BTreeSet<String> = OF_GROUPS.iter().map(|name| name.to_ascii_lowercase()).collect();
        let mut listed: HashMap<String, Vec<&str>> = HashMap::new();
        let mut known: HashSet<String> = HashSet::new();
        let mut groups = Vec::new();
        for entry in self.groups.iter() {
            let key = normalized_dn(entry.dn());
            for member in entry.values("member") {
                if let RawRef::Text(dn) = member {
                    listed.entry(normalized_dn(dn)).or_default().push(entry.dn());
                }
            }
            if known.insert(key.clone()) {
                groups.push((key, entry));
            }
        }
        let within = |key: &str| listed.get(key).map(Vec::as_slice).unwrap_or_default();
        for (key, entry) in groups {
            let text = text(entry, &of_groups, within(&key));
            tell(Recorded::Group(key), text)?;
        }
        let (mut seen, mut twice) = (HashSet::new(), HashSet::new());
        for guid in self.people.iter().filter_map(|entry| entry.object_guid()) {
            if !seen.insert(guid) {
                twice.insert(guid);
            }
        }
        for entry in self.people.iter() {
            let Some(guid) = entry.object_guid().filter(|guid| !twice.contains(guid)) else { continue };
            // Normalizing a DN takes longer than all the rest.
            let groups = if listed.is_empty() { &[][..] } else { within(&normalized_dn(entry.dn())) };
            tell(Recorded::Person(guid), text(entry, attributes, groups))?;
        }
        Ok(())
    }

    /// The snapshot that was recorded.
    ///
    /// # Errors
    /// When a text is no record.
    pub fn of_records<'t>(
        reading: Reading,
        people: impl IntoIterator<Item = &'t str>,
        groups: impl IntoIterator<Item = &'t str>,
    ) -> Result<Self, serde_json::Error> {
        let mut members: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut read = |text: &str| -> Result<Entry, serde_json::Error> {
            let record: Record = serde_json::from_str(text)?;
            for group in record.within {
                members.entry(normalized_dn(&group)).or_default().push(record.dn.clone());
            }
            let mut entry = Entry::new(record.dn);
            for (name, values) in record.attributes {
                for value in values {
                    entry.push(&name, value.raw()?);
                }
            }
            Ok(entry)
        };
        let people = people.into_iter().map(&mut read).collect::<Result<_, _>>()?;
        let mut groups = groups.into_iter().map(&mut read).collect::<Result<Vec<_>, _>>()?;
        for group in &mut groups {
            for member in members.remove(&normalized_dn(&group.dn)).unwrap_or_default() {
                group.push("member", Raw::Text(member));
            }
        }
        let Reading { source, completeness, absent, attributes, .. } = reading;
        Ok(Self { source, people, groups: groups.into(), asked: Some(attributes), completeness, absent })
    }
}

fn text(entry: EntryRef<'_>, attributes: &BTreeSet<String>, within: &[&str]) -> String {
    // Maps with texts for keys, texts and lists: nothing that JSON could refuse.
    serde_json::to_string(&Written { entry, attributes, within }).unwrap_or_default()
}

struct Written<'a> {
    entry: EntryRef<'a>,
    attributes: &'a BTreeSet<String>,
    within: &'a [&'a str],
}

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("dn", self.entry.dn())?;
        map.serialize_entry("attributes", &Attributes(self))?;
        if !self.within.is_empty() {
            map.serialize_entry("in", self.within)?;
        }
        map.end()
    }
}

struct Attributes<'a>(&'a Written<'a>);

impl Serialize for Attributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for attribute in self.0.entry.attributes() {
            if self.0.attributes.contains(attribute.lower) {
                map.serialize_entry(attribute.name, &Values(attribute))?;
            }
        }
        map.end()
    }
}

struct Values<'a>(AttributeRef<'a>);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.values().len()))?;
        for raw in self.0.values() {
            match raw {
                RawRef::Text(text) => list.serialize_element(text)?,
                RawRef::Bytes(bytes) => {
                    list.serialize_element(&BTreeMap::from([("base64", STANDARD.encode(bytes))]))?;
                }
            }
        }
        list.end()
    }
}

#[derive(Deserialize)]
struct Record {
    dn: String,
    attributes: BTreeMap<String, Vec<Value>>,
    #[serde(rename = "in", default)]
    within: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    Text(String),
    Bytes { base64: String },
}

impl Value {
    fn raw(self) -> Result<Raw, serde_json::Error> {
        match self {
            Self::Text(text) => Ok(Raw::Text(text)),
            Self::Bytes { base64 } => {
                STANDARD.decode(base64).map(Raw::Bytes).map_err(serde::de::Error::custom)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::Entries;

    fn entry(dn: &str, attributes: &[(&str, Raw)]) -> Entry {
        let mut entry = Entry::new(dn);
        attributes.iter().for_each(|(name, value)| entry.push(name, value.clone()));
        entry
    }

    fn text(text: &str) -> Raw {
        Raw::Text(text.to_owned())
    }

    fn guid(n: u8) -> Raw {
        text(&format!("00000000-0000-0000-0000-0000000000{n:02x}"))
    }

    #[test]
    fn what_was_recorded_is_read_again_as_it_was() {
        let snapshot = Snapshot {
            source: "ldaps://dc1".into(),
            people: Entries::from(vec![
                entry(
                    "CN=Zoë \"Z\",DC=x",
                    &[
                        (
                            "objectGUID",
                            Raw::Bytes(vec![0, 255, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]),
                        ),
                        ("mail", text("Zoë@x")),
                        ("otherTelephone", text("1")),
                        ("otherTelephone", text("2")),
                        ("thumbnailPhoto", Raw::Bytes(vec![1; 9])),
                    ],
                ),
                entry("CN=B,DC=x", &[("objectGUID", guid(2)), ("memberOf", text("CN=Staff,DC=x"))]),
                entry("CN=C,DC=x", &[("objectGUID", guid(3))]),
                entry("CN=C again,DC=x", &[("objectGUID", guid(3))]),
                entry("CN=nobody,DC=x", &[]),
            ]),
            groups: Entries::from(vec![
                entry("CN=Staff,DC=x", &[("cn", text("Staff")), ("description", text("all"))]),
                entry("CN=Few,DC=x", &[("member", text("cn=b, dc=x")), ("member", text("CN=Staff,DC=x"))]),
                entry("cn=staff, dc=x", &[("cn", text("Second"))]),
            ]),
            asked: None,
            completeness: Completeness::Partial { why: "cut".into() },
            absent: BTreeMap::from([(Uuid::nil(), Absence::OutOfScope { dn: "CN=D".into() })]),
        };
        let names = ["objectguid", "mail", "othertelephone", "memberof"];
        let attributes: BTreeSet<String> = names.map(str::to_owned).into();
        let record = |snapshot: &Snapshot| {
            let mut records = BTreeMap::new();
            let done: Result<(), ()> = snapshot.records(&attributes, |key, text| {
                assert_eq!(records.insert(key, text), None);
                Ok(())
            });
            done.unwrap();
            records
        };
        let records = record(&snapshot);
        insta::assert_snapshot!(records.values().cloned().collect::<Vec<_>>().join("\n"), @r#"
        {"dn":"CN=B,DC=x","attributes":{"memberOf":["CN=Staff,DC=x"],"objectGUID":["00000000-0000-0000-0000-000000000002"]},"in":["CN=Few,DC=x"]}
        {"dn":"CN=Zoë \"Z\",DC=x","attributes":{"mail":["Zoë@x"],"objectGUID":[{"base64":"AP8DBAUGBwgJCgsMDQ4PEA=="}],"otherTelephone":["1","2"]}}
        {"dn":"CN=Few,DC=x","attributes":{}}
        {"dn":"CN=Staff,DC=x","attributes":{"cn":["Staff"]},"in":["CN=Few,DC=x"]}
        "#);
        let reading = Reading {
            source: snapshot.source.clone(),
            completeness: snapshot.completeness.clone(),
            absent: snapshot.absent.clone(),
            attributes: attributes.clone(),
            marked: None,
        };
        let told = serde_json::to_string(&reading).unwrap();
        assert_eq!(serde_json::from_str::<Reading>(&told).unwrap(), reading);
        let of = |person: bool| {
            let records = records.iter().filter(move |(key, _)| matches!(key, Recorded::Person(_)) == person);
            records.map(|(_, text)| text.as_str())
        };
        let again = Snapshot::of_records(reading, of(true), of(false)).unwrap();
        assert_eq!(record(&again), records);
        assert_eq!(again.groups.iter().map(|group| group.values("member").len()).sum::<usize>(), 2);
        assert!(
            Snapshot::of_records(Reading { attributes, ..serde_json::from_str(&told).unwrap() }, ["{}"], [])
                .is_err()
        );
    }
}
