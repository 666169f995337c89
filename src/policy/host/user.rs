//! A person as a script sees it: `user.ATTRIBUTE`, `user.in_group(..)`, `user.manager`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rhai::{Array, Dynamic, Engine, EvalAltResult, ImmutableString};

use super::excel::ExcelError;
use super::table::Table;
use crate::diagnostic::closest;
use crate::facts::{Facts, Person, Standing, Value, attribute_type, attribute_types, is_virtual};
use crate::policy::expr::Virtual;
use crate::policy::reference::{Documented, USER, VALUES};

/// A person of the facts. Cheap to clone; nothing in it can be changed.
#[derive(Clone)]
pub struct User {
    facts: Arc<Facts>,
    index: usize,
    /// Lower-case names of the customer's own attributes.
    extra: Arc<[String]>,
    reads: Option<Arc<Reads>>,
    /// How many managers up from the person whom a rule is asked about.
    above: usize,
}

/// What was read of a person while a rule was evaluated, and what it was: for explanations.
#[derive(Debug, Default)]
pub(crate) struct Reads(Mutex<BTreeMap<String, String>>);

impl Reads {
    fn note(&self, what: &str, value: impl FnOnce() -> String) {
        let mut reads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !reads.contains_key(what) {
            reads.insert(what.to_owned(), value());
        }
    }

    /// Everything that was read since the last call.
    pub(crate) fn take(&self) -> BTreeMap<String, String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("User").field(&self.person().map(|person| person.guid)).finish()
    }
}

impl User {
    pub(crate) fn new(facts: Arc<Facts>, index: usize, extra: Arc<[String]>) -> Self {
        Self { facts, index, extra, reads: None, above: 0 }
    }

    pub(crate) fn recorded(mut self, reads: Arc<Reads>) -> Self {
        self.reads = Some(reads);
        self
    }

    #[must_use]
    pub fn person(&self) -> Option<&Person> {
        self.facts.people.get(self.index)
    }

    #[must_use]
    pub fn facts(&self) -> &Arc<Facts> {
        &self.facts
    }

    /// The person's index in the facts, and how many managers up from the person whom a rule is asked about.
    pub(crate) fn position(&self) -> (usize, usize) {
        (self.index, self.above)
    }

    /// Somebody else of the same facts.
    pub(crate) fn other(&self, index: usize, above: usize) -> Self {
        Self { index, above, ..self.clone() }
    }

    pub(crate) fn get(&self, name: &str) -> Result<Dynamic, Box<EvalAltResult>> {
        let Some(person) = self.person() else { return Ok(Dynamic::UNIT) };
        // Attributes' names ignore case, and so do these: `Manager` must not be the DN that `manager` is not.
        let lower = name.to_ascii_lowercase();
        let value = if lower == "primary_smtp" && !self.facts.knows_proxies() {
            return Err(not_asked(name).into());
        } else if is_virtual(&lower) {
            self.virtual_value(person, &lower)
        } else {
            self.attribute(person, name, &lower)?
        };
        if let Some(reads) = &self.reads {
            reads.note(&self.said(name), || shown(&value));
        }
        Ok(value)
    }

    /// `department` of the person, `manager.department` of the manager.
    fn said(&self, what: &str) -> String {
        format!("{}{what}", "manager.".repeat(self.above))
    }

    fn virtual_value(&self, person: &Person, name: &str) -> Dynamic {
        let names = |indices: &[usize]| -> Dynamic {
            indices
                .iter()
                .filter_map(|index| self.facts.groups.get(*index))
                .map(|group| Dynamic::from(ImmutableString::from(&*group.name)))
                .collect::<Array>()
                .into()
        };
        match name {
            "enabled" => (person.standing == Standing::Enabled).into(),
            "expired" => matches!(person.standing, Standing::Expired { .. }).into(),
            "groups" => names(&person.groups),
            "direct_groups" => names(&person.direct_groups),
            "distribution_groups" => names(&self.facts.distribution_groups(person)),
            "account_flags" => self.facts.account_flags(person).map(Dynamic::from).collect::<Array>().into(),
            "primary_smtp" => self
                .facts
                .primary_smtp(person)
                .map_or(Dynamic::UNIT, |address| ImmutableString::from(address).into()),
            "manager" => {
                person.manager.map_or(Dynamic::UNIT, |index| Dynamic::from(self.other(index, self.above + 1)))
            }
            "guid" => ImmutableString::from(person.guid.to_string()).into(),
            _ => ImmutableString::from(&*person.dn).into(),
        }
    }

    fn attribute(&self, person: &Person, name: &str, key: &str) -> Result<Dynamic, Box<EvalAltResult>> {
        if let Some(value) = self.facts.value(person, key) {
            return Ok(dynamic(value));
        }
        // Blank must mean that the person has no such value, never that nobody looked.
        if attribute_type(name).is_none() && !self.extra.iter().any(|extra| extra == key) {
            return Err(unknown_attribute(name).into());
        }
        if self.facts.asked.as_ref().is_some_and(|asked| !asked.contains(key)) {
            return Err(not_asked(name).into());
        }
        Ok(Dynamic::UNIT)
    }

    pub(crate) fn in_group(&self, group: &str, direct: bool) -> bool {
        let Some(person) = self.person() else { return false };
        let member = if direct {
            self.facts.in_direct_group(person, group)
        } else {
            self.facts.in_group(person, group)
        };
        let member = member.unwrap_or(false);
        if let Some(reads) = &self.reads {
            let call = if direct { "in_direct_group" } else { "in_group" };
            reads.note(&self.said(&format!("{call}(\"{group}\")")), || member.to_string());
        }
        member
    }
}

fn not_asked(name: &str) -> String {
    format!("`{name}` was not asked of the directory, because no script names it: write `user.{name}`")
}

/// The sentence about an attribute that neither AD's schema nor the configuration knows.
pub(crate) fn unknown_attribute(name: &str) -> String {
    match closest_attribute(name) {
        Some(near) => format!("no attribute `{name}` is known; did you mean `{near}`?"),
        None => format!("no attribute `{name}` is known"),
    }
}

pub(crate) fn closest_attribute(name: &str) -> Option<&'static str> {
    let of_users = Virtual::ALL.iter().map(|(name, _)| *name);
    closest(name, attribute_types().iter().map(|(name, ..)| *name).chain(of_users))
}

pub(crate) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<User>("user");
    engine.register_indexer_get(|user: &mut User, name: &str| user.get(name));
    // Somebody without a manager: `user.manager.title` is blank, and `user.manager.in_group(..)` false.
    engine.register_indexer_get(|(): &mut (), _: &str| Dynamic::UNIT);
    let engine = &mut Documented::new(engine, &[USER, VALUES]);
    engine.register_fn("in_group", |user: &mut User, group: &str| user.in_group(group, false));
    engine.register_fn("in_direct_group", |user: &mut User, group: &str| user.in_group(group, true));
    engine.register_fn("primary_smtp", |user: &mut User| user.get("primary_smtp"));
    engine.register_fn("primary_smtp", |(): ()| Dynamic::UNIT);
    for name in ["in_group", "in_direct_group"] {
        engine.register_fn(name, |(): (), _: &str| false);
        engine.register_fn(name, |_: &mut User, (): ()| false);
        engine.register_fn(name, |(): (), (): ()| false);
    }
    engine.register_fn("==", |a: User, b: User| a.person().map(|p| p.guid) == b.person().map(|p| p.guid));
    engine.register_fn("!=", |a: User, b: User| a.person().map(|p| p.guid) != b.person().map(|p| p.guid));
    engine.register_fn("to_string", |user: &mut User| {
        user.person().map(|p| p.name.to_string()).unwrap_or_default()
    });
    engine.register_fn("to_debug", |user: &mut User| {
        user.person().map(|p| p.dn.to_string()).unwrap_or_default()
    });
}

fn dynamic(value: &Value) -> Dynamic {
    match value {
        Value::Text(text) => ImmutableString::from(&**text).into(),
        Value::Integer(number) => (*number).into(),
        Value::Boolean(boolean) => (*boolean).into(),
        Value::Time(time) => Dynamic::from(*time),
        Value::Binary(bytes) => Dynamic::from_blob(bytes.to_vec()),
        Value::List(values) => values.iter().map(dynamic).collect::<Array>().into(),
    }
}

/// A value as people read it in explanations and failures.
pub(crate) fn shown(value: &Dynamic) -> String {
    shown_within(value, Limit::NONE)
}

/// The same, but of what is long only the beginning.
pub(crate) fn in_short(value: &Dynamic) -> String {
    shown_within(value, Limit { characters: 1_000, elements: 100, levels: 6 })
}

/// How much of a value is shown.
#[derive(Clone, Copy)]
struct Limit {
    characters: usize,
    /// Of a list or a map.
    elements: usize,
    /// Of lists in lists.
    levels: usize,
}

impl Limit {
    const NONE: Self = Self { characters: usize::MAX, elements: usize::MAX, levels: usize::MAX };

    /// For what is one level down: fewer, so that lists of lists stay readable too.
    fn below(self) -> Self {
        let levels = self.levels.saturating_sub(1);
        let elements = if levels == 0 { 0 } else { self.elements.div_ceil(3) };
        Self { elements: if self.elements == usize::MAX { usize::MAX } else { elements }, levels, ..self }
    }
}

fn shown_within(value: &Dynamic, limit: Limit) -> String {
    if value.is_unit() {
        return "blank".to_owned();
    }
    if let Some(text) = value.read_lock::<ImmutableString>() {
        return format!("{:?}", shortened(&text, limit.characters));
    }
    if let Some(list) = value.read_lock::<Array>() {
        let elements = list.iter().map(|element| shown_within(element, limit.below()));
        return format!("[{}]", joined(elements, list.len(), limit));
    }
    if let Some(map) = value.read_lock::<rhai::Map>() {
        let members =
            map.iter().map(|(name, value)| format!("{name}: {}", shown_within(value, limit.below())));
        return format!("#{{{}}}", joined(members, map.len(), limit));
    }
    if let Some(user) = value.read_lock::<User>() {
        return user.person().map_or_else(String::new, |person| person.name.to_string());
    }
    if let Some(time) = value.read_lock::<jiff::Timestamp>() {
        return time.to_string();
    }
    if let Some(error) = value.read_lock::<ExcelError>() {
        return error.0.to_string();
    }
    if let Some(table) = value.read_lock::<Table>() {
        return table.named();
    }
    value.to_string()
}

fn joined(parts: impl Iterator<Item = String>, count: usize, limit: Limit) -> String {
    let mut shown: Vec<_> = parts.take(limit.elements).collect();
    if count > limit.elements {
        shown.push(format!("… {} more", count - limit.elements));
    }
    shown.join(", ")
}

/// The beginning of a text, and how long it is.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => {
            let beginning = text.get(..end).unwrap_or_default();
            format!("{beginning}… ({} characters)", text.chars().count())
        }
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_long_is_shortened() {
        let list =
            |count: usize, element: &str| Dynamic::from(vec![Dynamic::from(element.to_owned()); count]);
        assert_eq!(in_short(&list(2, "a")), r#"["a", "a"]"#);
        assert!(in_short(&list(103, "a")).ends_with(r#""a", … 3 more]"#));
        assert_eq!(shown(&list(103, "a")).matches('a').count(), 103);
        assert_eq!(shortened("äöü", 3), "äöü");
        assert_eq!(shortened("äöüß", 3), "äöü… (4 characters)");
        let deep = (0..50).fold(Dynamic::UNIT, |inner, _| vec![inner].into());
        assert_eq!(in_short(&deep), "[[[[[[[… 1 more]]]]]]]");
        let wide = (0..3).fold(Dynamic::from("x".repeat(2_000)), |inner, _| vec![inner; 9].into());
        assert!(in_short(&wide).len() < shown(&wide).len());
    }
}
