//! When two values of a test are the same, and which of two comes first.

use std::cmp::Ordering;

use jiff::Timestamp;
use rhai::{Array, Dynamic, ImmutableString, Map};

use super::decided::{Decided, TestAccount};
use super::shown::lines;
use crate::policy::{User, shown};

/// Exact equality, list by list and member by member; 1 and 1.0 are equal. Decisions are equal when the same comes of
/// them, whoever they are about.
pub(super) fn equal(a: &Dynamic, b: &Dynamic) -> bool {
    if let (Some(a), Some(b)) = (a.read_lock::<Array>(), b.read_lock::<Array>()) {
        return a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| equal(a, b));
    }
    if let (Some(a), Some(b)) = (a.read_lock::<Map>(), b.read_lock::<Map>()) {
        return a.len() == b.len()
            && a.iter().all(|(name, value)| b.get(name).is_some_and(|other| equal(value, other)));
    }
    if let (Some(a), Some(b)) = (number(a), number(b)) {
        return a == b;
    }
    if a.type_id() != b.type_id() {
        return false;
    }
    if a.is::<Decided>() || a.is::<TestAccount>() {
        return lines(a) == lines(b);
    }
    // What is shown alike is alike; of fixtures that cannot be said.
    let comparable = a.is_unit()
        || a.is_string()
        || a.is_bool()
        || a.is_char()
        || a.is::<Timestamp>()
        || a.is::<User>()
        || shown(a).starts_with('#');
    comparable && shown(a) == shown(b)
}

/// Which comes first, of two numbers or two times; `None` for anything else.
pub(super) fn order(a: &Dynamic, b: &Dynamic) -> Option<Ordering> {
    if let (Ok(a), Ok(b)) = (a.as_int(), b.as_int()) {
        return Some(a.cmp(&b));
    }
    if let (Some(a), Some(b)) = (number(a), number(b)) {
        return a.partial_cmp(&b);
    }
    let (a, b) = (a.read_lock::<Timestamp>()?, b.read_lock::<Timestamp>()?);
    Some(a.cmp(&b))
}

#[expect(clippy::cast_precision_loss, reason = "numbers in tests are far below 2^53")]
fn number(value: &Dynamic) -> Option<f64> {
    value.as_int().map(|number| number as f64).or_else(|_| value.as_float()).ok()
}

pub(super) fn blank(value: &Dynamic) -> bool {
    value.is_unit() || value.read_lock::<ImmutableString>().is_some_and(|text| text.is_empty())
}

pub(super) fn contains(value: &Dynamic, part: &Dynamic) -> bool {
    if let Some(list) = value.read_lock::<Array>() {
        return list.iter().any(|element| equal(element, part));
    }
    match (value.read_lock::<ImmutableString>(), part.read_lock::<ImmutableString>()) {
        (Some(text), Some(part)) => text.contains(part.as_str()),
        _ => false,
    }
}
