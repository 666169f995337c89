//! A person as they could be: facts of their own, in which something is otherwise.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::people::{Column, Facts, Person, Standing};
use super::value::Value;

/// One person and those above, of some facts, changed at will; the person is the first, the manager the second.
#[derive(Debug)]
pub struct Supposed(Facts);

/// How many managers up is gone.
const ABOVE: usize = 16;

impl Facts {
    /// The person at this index, to suppose something of; `None` when there is none.
    #[must_use]
    pub fn suppose(&self, index: usize) -> Option<Supposed> {
        let mut chain = vec![index];
        while chain.len() <= ABOVE {
            let last = self.people.get(*chain.last()?)?;
            match last.manager {
                Some(manager) if !chain.contains(&manager) => chain.push(manager),
                _ => break,
            }
        }
        let people: Vec<Person> = chain
            .iter()
            .filter_map(|at| {
                let mut person = self.people.get(*at)?.clone();
                person.manager = person.manager.and_then(|above| chain.iter().position(|at| *at == above));
                Some(person)
            })
            .collect();
        Some(Supposed(Self {
            now: self.now,
            by_guid: people.iter().enumerate().map(|(index, person)| (person.guid, index)).collect(),
            people,
            groups: self.groups.clone(),
            rejected: Vec::new(),
            completeness: self.completeness.clone(),
            absent: BTreeMap::new(),
            asked: self.asked.clone(),
            columns: HashMap::clone(&self.columns),
            group_names: self.group_names.clone(),
        }))
    }
}

impl Supposed {
    /// Where the person stands in these facts, or the one so many managers up.
    #[must_use]
    pub fn index(&self, above: usize) -> Option<usize> {
        (0..above).try_fold(0, |index, _| self.0.people.get(index)?.manager)
    }

    #[must_use]
    pub fn value(&self, index: usize, attribute: &str) -> Option<&Value> {
        self.0.value(self.0.people.get(index)?, &attribute.to_ascii_lowercase())
    }

    /// Gives the person another value of an attribute, or none.
    pub fn set(&mut self, index: usize, attribute: &str, value: Option<Value>) {
        let next = Column(self.0.columns.len());
        let Column(at) = *self.0.columns.entry(Arc::from(attribute.to_ascii_lowercase())).or_insert(next);
        let Some(person) = self.0.people.get_mut(index) else { return };
        let mut values = std::mem::take(&mut person.values).into_vec();
        if values.len() <= at {
            values.resize(at + 1, None);
        }
        if let Some(cell) = values.get_mut(at) {
            *cell = value;
        }
        person.values = values.into();
    }

    /// Puts the person into a group that is known by this name; whether there is one.
    pub fn join(&mut self, index: usize, group: &str) -> bool {
        let Some(joined) = self.0.groups_named(group).first().copied() else { return false };
        let Some(person) = self.0.people.get_mut(index) else { return false };
        for held in [&mut person.groups, &mut person.direct_groups] {
            if let Err(at) = held.binary_search(&joined) {
                held.insert(at, joined);
            }
        }
        true
    }

    /// Takes the person out of every group of this name.
    pub fn leave(&mut self, index: usize, group: &str) {
        let left = self.0.groups_named(group).to_vec();
        if let Some(person) = self.0.people.get_mut(index) {
            person.groups.retain(|held| !left.contains(held));
            person.direct_groups.retain(|held| !left.contains(held));
        }
    }

    /// Lets the account of the person be neither disabled nor expired.
    pub fn enable(&mut self) {
        if let Some(person) = self.0.people.first_mut() {
            person.standing = Standing::Enabled;
        }
    }

    #[must_use]
    pub fn facts(self) -> Arc<Facts> {
        Arc::new(self.0)
    }
}
