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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::{Completeness, Entry, Raw, Snapshot};

    fn person(number: u8, attributes: &[(&str, &str)]) -> Entry {
        let mut entry = Entry::new(format!("CN={number},DC=x"));
        entry.set("objectGUID", Raw::Text(format!("00000000-0000-0000-0000-0000000000{number:02x}")));
        entry.set("userAccountControl", Raw::Text("514".into()));
        attributes.iter().for_each(|(name, value)| entry.push(name, Raw::Text((*value).into())));
        entry
    }

    #[test]
    fn what_is_supposed_of_one_changes_nobody_else() {
        let mut group = Entry::new("CN=Staff,DC=x".to_owned());
        group.set("cn", Raw::Text("Staff".into()));
        let people = vec![
            person(1, &[("manager", "CN=3,DC=x"), ("title", "A")]),
            person(2, &[("title", "B")]),
            person(3, &[("manager", "CN=1,DC=x"), ("title", "C")]),
        ];
        let snapshot = Snapshot {
            source: "test".into(),
            people: people.into(),
            groups: vec![group].into(),
            asked: None,
            completeness: Completeness::Whole,
            absent: BTreeMap::new(),
        };
        let facts = Facts::of(&snapshot, "2026-01-01T00:00:00Z".parse().unwrap());
        let mut supposed = facts.suppose(0).unwrap();
        let boss = supposed.index(1).unwrap();
        assert_eq!((supposed.index(2), supposed.index(3)), (Some(0), Some(1)));
        supposed.set(boss, "Title", None);
        supposed.set(0, "l", Some(Value::Text("Kraków".into())));
        supposed.enable();
        assert!(supposed.join(0, "staff") && !supposed.join(0, "nobody"));
        let then = supposed.facts();
        let title = |facts: &Facts, index: usize| facts.value(&facts.people[index], "title").cloned();
        assert_eq!(then.people.len(), 2);
        assert_eq!((title(&then, 0), title(&then, 1)), (Some(Value::Text("A".into())), None));
        assert_eq!(then.value(&then.people[0], "l"), Some(&Value::Text("Kraków".into())));
        assert_eq!(then.in_group(&then.people[0], "Staff"), Some(true));
        assert_eq!(then.people[0].standing, Standing::Enabled);
        assert_eq!(
            (title(&facts, 2), facts.in_group(&facts.people[0], "Staff")),
            (Some(Value::Text("C".into())), Some(false))
        );
        let mut left = then.suppose(0).unwrap();
        left.leave(0, "Staff");
        assert!(left.facts().people[0].groups.is_empty());
        assert!(facts.suppose(3).is_none());
    }
}
