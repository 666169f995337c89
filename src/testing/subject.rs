//! A person of a test: a fixture, or one made on the spot, among all the others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use rhai::{Array, Dynamic, EvalAltResult, ImmutableString, Map};
use uuid::Uuid;

use super::fixtures::{complete, is_settable, set_texts};
use crate::directory::{Completeness, Entry, Snapshot, normalized_dn};
use crate::facts::Facts;
use crate::policy::{Policy, User, unknown_attribute};

/// A person and the directory around them. Changing one makes another.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    entries: Arc<Entries>,
    facts: Arc<Facts>,
    entry: usize,
}

/// The people of a directory. Most tests change one of many, so that each is shared.
pub(super) type Entries = Vec<Arc<Entry>>;

impl Subject {
    /// # Errors
    /// When the entry is no usable person, with the reason.
    pub(super) fn among(
        entries: Arc<Entries>,
        facts: Arc<Facts>,
        entry: usize,
    ) -> Result<Self, Box<EvalAltResult>> {
        let subject = Self { entries, facts, entry };
        subject.index()?;
        Ok(subject)
    }

    /// The same person as the directory stands at another time.
    pub(super) fn at(&self, now: Timestamp) -> Result<Self, Box<EvalAltResult>> {
        Self::alone(self.entries.to_vec(), self.entry, now)
    }

    /// The same person with the facts of the whole directory.
    pub(super) fn with_facts(&self, facts: Arc<Facts>) -> Result<Self, Box<EvalAltResult>> {
        Self::among(Arc::clone(&self.entries), facts, self.entry)
    }

    /// A person with the facts that rules can see of them: their own, and those of the managers above.
    fn alone(entries: Entries, entry: usize, now: Timestamp) -> Result<Self, Box<EvalAltResult>> {
        let mut seen = BTreeSet::new();
        let mut people = Vec::new();
        let mut next = Some(entry);
        while let Some(person) = next.filter(|index| seen.insert(*index)).and_then(|index| entries.get(index))
        {
            people.push(Arc::clone(person));
            next = person.text("manager").and_then(|dn| by_dn(&entries, dn));
        }
        let facts = Self::facts_of(&people, now);
        Self::among(Arc::new(entries), facts, entry)
    }

    pub(super) fn entries(&self) -> &Arc<Entries> {
        &self.entries
    }

    /// What the directory calls the person.
    pub(super) fn name(&self) -> String {
        let person = self.index().ok().and_then(|index| self.facts.people.get(index));
        person.map(|person| person.name.to_string()).unwrap_or_default()
    }

    pub(super) fn facts_of(entries: &[Arc<Entry>], now: Timestamp) -> Arc<Facts> {
        let snapshot = Snapshot {
            source: "fixtures".to_owned(),
            people: entries.iter().map(Arc::as_ref).collect(),
            groups: Default::default(),
            asked: None,
            completeness: Completeness::Whole,
            absent: BTreeMap::new(),
        };
        Arc::new(Facts::of(&snapshot, now))
    }

    /// The same person with some attributes replaced; `()` takes one away.
    pub(super) fn with(&self, policy: &Policy, changes: &Map) -> Result<Self, Box<EvalAltResult>> {
        let mut entries = self.entries.to_vec();
        if let Some(mut person) = entries.get(self.entry).map(|person| Entry::clone(person)) {
            change(&mut person, policy, changes, &mut entries)?;
            if let Some(entry) = entries.get_mut(self.entry) {
                *entry = Arc::new(person);
            }
        }
        Self::alone(entries, self.entry, self.facts.now)
    }

    /// Somebody who is in no fixture file.
    pub(super) fn made(
        policy: &Policy,
        around: &Entries,
        attributes: &Map,
        now: Timestamp,
    ) -> Result<Self, Box<EvalAltResult>> {
        let mut person = Entry::default();
        let mut entries = around.clone();
        change(&mut person, policy, attributes, &mut entries)?;
        // Two people made by one test are two people, though neither may have a name.
        let name = person.text("displayName").or(person.text("cn")).unwrap_or("somebody");
        let mark = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{person:?}").as_bytes());
        let name = format!("{name} {:08x}", mark.as_fields().0);
        Self::added(&name, person, &entries, now)
    }

    /// Somebody who joins these people.
    pub(super) fn added(
        name: &str,
        person: Entry,
        around: &Entries,
        now: Timestamp,
    ) -> Result<Self, Box<EvalAltResult>> {
        let mut entries = around.clone();
        entries.push(Arc::new(complete(name, person)));
        let entry = entries.len() - 1;
        Self::alone(entries, entry, now)
    }

    pub(super) fn facts(&self) -> &Arc<Facts> {
        &self.facts
    }

    /// Where the person stands among the facts.
    pub(super) fn index(&self) -> Result<usize, Box<EvalAltResult>> {
        let entry = self.entries.get(self.entry);
        entry.and_then(|entry| entry.object_guid()).and_then(|guid| self.facts.index(&guid)).ok_or_else(
            || {
                let dn = entry.map_or("", |entry| &entry.dn);
                let why = self
                    .facts
                    .rejected
                    .iter()
                    .find(|rejected| rejected.dn == dn)
                    .map_or("it is not usable", |r| &r.why);
                format!("the fixture `{dn}` is no person: {why}").into()
            },
        )
    }

    /// The person as rules see them.
    pub(super) fn user(&self, policy: &Policy) -> Result<User, Box<EvalAltResult>> {
        Ok(policy.user(&self.facts, self.index()?))
    }
}

/// Sets attributes. A person among the values is somebody in the same directory.
fn change(
    person: &mut Entry,
    policy: &Policy,
    changes: &Map,
    entries: &mut Entries,
) -> Result<(), Box<EvalAltResult>> {
    for (attribute, value) in changes {
        if !is_settable(attribute, policy) {
            return Err(unknown_attribute(attribute).into());
        }
        if let Some(other) = value.read_lock::<Subject>() {
            for (index, entry) in other.entries.iter().enumerate() {
                match entries.iter_mut().find(|known| known.dn == entry.dn) {
                    Some(known) if index == other.entry => known.clone_from(entry),
                    Some(_) => {}
                    None => entries.push(Arc::clone(entry)),
                }
            }
        }
        set_texts(person, attribute, texts(attribute, value)?);
    }
    Ok(())
}

fn by_dn(entries: &Entries, dn: &str) -> Option<usize> {
    entries.iter().position(|entry| entry.dn == dn).or_else(|| {
        let dn = normalized_dn(dn);
        entries.iter().position(|entry| normalized_dn(&entry.dn) == dn)
    })
}

fn texts(attribute: &str, value: &Dynamic) -> Result<Vec<String>, Box<EvalAltResult>> {
    if value.is_unit() {
        return Ok(Vec::new());
    }
    if let Some(list) = value.read_lock::<Array>() {
        return list.iter().map(|value| text(attribute, value)).collect();
    }
    Ok(vec![text(attribute, value)?])
}

fn text(attribute: &str, value: &Dynamic) -> Result<String, Box<EvalAltResult>> {
    if let Some(text) = value.read_lock::<ImmutableString>() {
        return Ok(text.to_string());
    }
    if let Ok(number) = value.as_int() {
        return Ok(number.to_string());
    }
    if let Ok(boolean) = value.as_bool() {
        return Ok(if boolean { "TRUE" } else { "FALSE" }.to_owned());
    }
    if let Some(subject) = value.read_lock::<Subject>() {
        // A manager is named by DN.
        return Ok(subject.entries.get(subject.entry).map(|entry| entry.dn.clone()).unwrap_or_default());
    }
    Err(format!("`{attribute}` cannot be a value of type `{}`: write text", value.type_name()).into())
}
