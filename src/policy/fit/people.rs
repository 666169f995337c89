use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::diagnostic::Diagnostics;
use crate::facts::{Facts, Value};
use crate::policy::stack::with_room;
use crate::policy::{Policy, casefold};

/// The texts of one attribute, with how many people have each.
#[derive(Default)]
pub(super) struct Values {
    /// By the text in lower case: as it is spelt first, and how many have it, whatever the case.
    pub(super) by_lower: BTreeMap<String, (Arc<str>, usize)>,
    /// Other spellings.
    others: BTreeSet<Arc<str>>,
    /// How many people have any value.
    pub(super) held: usize,
}

/// The people, and what they have.
pub(super) struct People<'a> {
    pub(super) facts: &'a Arc<Facts>,
    values: BTreeMap<String, Values>,
}

impl Policy {
    /// What in the policy does not fit these people: warnings and notes, each with counts.
    #[must_use]
    pub fn fit(&self, facts: &Arc<Facts>) -> Diagnostics {
        let mut findings = Diagnostics::default();
        if facts.people.is_empty() {
            return findings;
        }
        with_room(|| {
            let mut people = People { facts, values: BTreeMap::new() };
            let nodes = self.nodes();
            super::names::attributes(self, &nodes, &mut people, &mut findings);
            super::names::groups(self, &nodes, facts, &mut findings);
            let missing = super::literals::literals(self, &nodes, &mut people, &mut findings);
            super::outcomes::outcomes(self, &mut people, &missing, &mut findings);
        });
        findings
    }
}

impl People<'_> {
    /// What people have of an attribute, by its lower-case name.
    pub(super) fn values(&mut self, attribute: &str) -> &Values {
        let facts = self.facts;
        self.values.entry(attribute.to_owned()).or_insert_with(|| {
            let mut values = Values::default();
            let Some(column) = facts.column(attribute) else { return values };
            for value in facts.people.iter().filter_map(|person| person.value(column)) {
                values.held += 1;
                match value {
                    Value::List(list) => list.iter().for_each(|value| values.count(value)),
                    value => values.count(value),
                }
            }
            values
        })
    }
}

impl Values {
    fn count(&mut self, value: &Value) {
        if let Value::Text(text) = value {
            let entry = self.by_lower.entry(text.to_lowercase()).or_insert_with(|| (Arc::clone(text), 0));
            entry.1 += 1;
            if entry.0 != *text && !self.others.contains(text) {
                self.others.insert(Arc::clone(text));
            }
        }
    }

    /// Whether anybody has a value for which the test holds.
    pub(super) fn any(&self, holds: impl Fn(&str) -> bool) -> bool {
        self.by_lower.values().any(|(text, _)| holds(text))
    }

    /// Whether anybody has it in just this letter case.
    pub(super) fn is_spelt(&self, text: &str) -> bool {
        self.by_lower.get(&text.to_lowercase()).is_some_and(|(known, _)| **known == *text)
            || self.others.contains(text)
    }

    pub(super) fn has(&self, text: &str) -> bool {
        self.by_lower.get(&text.to_lowercase()).is_some_and(|(known, _)| casefold::equals(known, text))
    }
}

/// `1 user`, `2 users`.
pub(super) fn users(count: usize) -> String {
    format!("{count} user{}", if count == 1 { "" } else { "s" })
}

/// The first of some things, in backticks, and how many more there are.
pub(super) fn listed<'t>(things: impl IntoIterator<Item = &'t str>) -> String {
    const NAMED: usize = 3;
    let things: Vec<&str> = things.into_iter().collect();
    let named: Vec<_> = things.iter().take(NAMED).map(|thing| format!("`{thing}`")).collect();
    match (named.as_slice(), things.len().saturating_sub(NAMED)) {
        (named, 0) => match named.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, before)) => format!("{} and {last}", before.join(", ")),
            None => String::new(),
        },
        (named, more) => format!("{} and {more} more", named.join(", ")),
    }
}
