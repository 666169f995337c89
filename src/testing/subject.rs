//! A person of a test: a fixture, or one made on the spot, among all the others.

use std::sync::Arc;

use jiff::Timestamp;
use rhai::{Array, Dynamic, EvalAltResult, ImmutableString, Map};

use super::fixtures::{complete, set_texts};
use crate::directory::{Completeness, Entry, Snapshot};
use crate::facts::Facts;
use crate::policy::{Policy, User};

/// A person and the directory around them. Changing one makes another.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    entries: Arc<Vec<Entry>>,
    facts: Arc<Facts>,
    entry: usize,
}

impl Subject {
    /// # Errors
    /// When the entry is no usable person, with the reason.
    pub(super) fn new(
        entries: Arc<Vec<Entry>>,
        entry: usize,
        now: Timestamp,
    ) -> Result<Self, Box<EvalAltResult>> {
        let snapshot = Snapshot {
            source: "fixtures".to_owned(),
            people: entries.to_vec(),
            groups: Vec::new(),
            asked: None,
            completeness: Completeness::Whole,
            absent: std::collections::BTreeMap::new(),
        };
        let facts = Arc::new(Facts::of(&snapshot, now));
        let subject = Self { entries, facts, entry };
        subject.index()?;
        Ok(subject)
    }

    /// The same person with some attributes replaced; `()` takes one away.
    pub(super) fn with(&self, changes: &Map) -> Result<Self, Box<EvalAltResult>> {
        let mut entries = self.entries.to_vec();
        if let Some(entry) = entries.get_mut(self.entry) {
            for (attribute, value) in changes {
                set_texts(entry, attribute, texts(attribute, value)?);
            }
        }
        Self::new(Arc::new(entries), self.entry, self.facts.now)
    }

    /// Somebody who is in no fixture file.
    pub(super) fn made(
        around: &[Entry],
        attributes: &Map,
        now: Timestamp,
    ) -> Result<Self, Box<EvalAltResult>> {
        let mut person = Entry::default();
        for (attribute, value) in attributes {
            set_texts(&mut person, attribute, texts(attribute, value)?);
        }
        let mut entries = around.to_vec();
        entries.push(complete("somebody", person));
        let entry = entries.len() - 1;
        Self::new(Arc::new(entries), entry, now)
    }

    pub(super) fn facts(&self) -> &Arc<Facts> {
        &self.facts
    }

    /// Where the person stands among the facts.
    pub(super) fn index(&self) -> Result<usize, Box<EvalAltResult>> {
        let entry = self.entries.get(self.entry);
        entry.and_then(Entry::object_guid).and_then(|guid| self.facts.index(&guid)).ok_or_else(|| {
            let dn = entry.map_or("", |entry| &entry.dn);
            let why = self
                .facts
                .rejected
                .iter()
                .find(|rejected| rejected.dn == dn)
                .map_or("it is not usable", |r| &r.why);
            format!("the fixture `{dn}` is no person: {why}").into()
        })
    }

    /// The person as rules see them.
    pub(super) fn user(&self, policy: &Policy) -> Result<User, Box<EvalAltResult>> {
        Ok(policy.user(&self.facts, self.index()?))
    }
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
