//! People who are in no directory: what would be, if somebody had another value. For reasoning about rules.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::names::GroupNames;
use super::people::{Column, Facts, Group, Person, Standing};
use super::value::Value;
use crate::directory::Completeness;

/// How many managers up somebody is followed.
const HIGHEST: usize = 8;

impl Facts {
    /// People who each have one attribute at most, by its lower-case name, and are in no group.
    pub(crate) fn imagined<'v>(
        now: Timestamp,
        people: impl IntoIterator<Item = (&'v str, Option<Value>)>,
    ) -> Self {
        let mut facts = Self {
            now,
            people: Vec::new(),
            groups: Vec::new(),
            rejected: Vec::new(),
            completeness: Completeness::Whole,
            absent: std::collections::BTreeMap::new(),
            asked: None,
            by_guid: HashMap::new(),
            columns: HashMap::new(),
            group_names: GroupNames::default(),
        };
        let nobody: Arc<str> = Arc::from("");
        for (index, (attribute, value)) in people.into_iter().enumerate() {
            facts.people.push(Person {
                guid: Uuid::from_u128(index as u128),
                dn: Arc::clone(&nobody),
                name: Arc::clone(&nobody),
                standing: Standing::Enabled,
                values: Box::default(),
                direct_groups: Vec::new(),
                groups: Vec::new(),
                manager: None,
            });
            if value.is_some() {
                facts.set_value(index, attribute, value);
            }
        }
        facts
    }

    /// A copy of one person, who comes first, and of the managers above, with the same groups.
    pub(crate) fn alone(&self, index: usize) -> Option<Self> {
        let mut people: Vec<Person> = Vec::new();
        let mut next = Some(index);
        while let Some(person) = next.and_then(|index| self.people.get(index)) {
            if people.len() > HIGHEST || people.iter().any(|known| known.guid == person.guid) {
                break;
            }
            next = person.manager;
            people.push(person.clone());
        }
        let above = people.len();
        for (index, person) in people.iter_mut().enumerate() {
            person.manager = Some(index + 1).filter(|manager| person.manager.is_some() && *manager < above);
        }
        (!people.is_empty()).then(|| Self {
            now: self.now,
            by_guid: people.iter().enumerate().map(|(index, person)| (person.guid, index)).collect(),
            people,
            groups: self.groups.clone(),
            rejected: Vec::new(),
            completeness: self.completeness.clone(),
            absent: std::collections::BTreeMap::new(),
            asked: self.asked.clone(),
            columns: self.columns.clone(),
            group_names: GroupNames::of(&self.groups),
        })
    }

    /// Gives the person another value of an attribute, by its lower-case name, or none.
    pub(crate) fn set_value(&mut self, index: usize, attribute: &str, value: Option<Value>) {
        let next = Column(self.columns.len());
        let Column(at) = match self.columns.get(attribute) {
            Some(known) => *known,
            None => *self.columns.entry(Arc::from(attribute)).or_insert(next),
        };
        let Some(person) = self.people.get_mut(index) else { return };
        let mut values = std::mem::take(&mut person.values).into_vec();
        if values.len() <= at {
            values.resize(at + 1, None);
        }
        if let Some(cell) = values.get_mut(at) {
            *cell = value;
        }
        person.values = values.into();
    }

    /// Says whether the person is in the group that `group` names (`cn`, `sAMAccountName`, DN or SID, case apart), at
    /// any depth and directly. A group that is not known is made up.
    pub(crate) fn set_member(&mut self, index: usize, group: &str, nested: bool, direct: bool) {
        if nested && self.groups_named(group).is_empty() {
            let is_sid = group.to_ascii_lowercase().starts_with("s-1-");
            self.groups.push(Group {
                dn: if group.contains('=') { Arc::from(group) } else { Arc::from(format!("CN={group}")) },
                name: Arc::from(group),
                sam_account_name: None,
                sid: is_sid.then(|| Arc::from(group)),
                is_distribution: false,
            });
            self.group_names = GroupNames::of(&self.groups);
        }
        let named = self.groups_named(group).to_vec();
        let Some(person) = self.people.get_mut(index) else { return };
        for (held, is_member) in [(&mut person.groups, nested), (&mut person.direct_groups, direct)] {
            let before = held.len();
            held.retain(|group| !named.contains(group));
            if is_member && held.len() == before {
                held.extend(named.first());
            } else if is_member {
                held.extend(&named);
            }
            held.sort_unstable();
        }
    }

    pub(crate) fn set_standing(&mut self, index: usize, standing: Standing) {
        if let Some(person) = self.people.get_mut(index) {
            person.standing = standing;
        }
    }
}
