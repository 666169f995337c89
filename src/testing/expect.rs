//! `expect(value).to_be(..)`: what a test demands, and the sentence when it does not hold.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use rhai::{Array, Dynamic, Engine, EvalAltResult, ImmutableString};

use crate::policy::{User, shown};

/// A value under expectation.
#[derive(Clone)]
struct Expectation(Dynamic);

/// What a failed expectation throws; told apart from an error in the script itself.
#[derive(Clone, Debug)]
pub(super) struct Unmet {
    pub(super) expected: String,
    pub(super) actual: String,
}

impl std::fmt::Display for Unmet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "expected {}, got {}", self.expected, self.actual)
    }
}

/// What came of the expectations of one test. A test without any cannot fail, and one that catches what an unmet
/// expectation throws must not pass.
#[derive(Debug, Default)]
pub(super) struct Tally(Mutex<(usize, Option<Unmet>)>);

impl Tally {
    fn counts(&self) -> std::sync::MutexGuard<'_, (usize, Option<Unmet>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many expectations there were since the last call, and the last one that did not hold.
    pub(super) fn take(&self) -> (usize, Option<Unmet>) {
        std::mem::take(&mut *self.counts())
    }

    fn hold(&self, holds: bool, expected: String, actual: &Dynamic) -> Result<(), Box<EvalAltResult>> {
        let mut counts = self.counts();
        counts.0 += 1;
        if holds {
            return Ok(());
        }
        let unmet = Unmet { expected, actual: shown(actual) };
        counts.1 = Some(unmet.clone());
        Err(Box::new(EvalAltResult::ErrorRuntime(Dynamic::from(unmet), rhai::Position::NONE)))
    }
}

pub(super) fn register(engine: &mut Engine, tally: &Arc<Tally>) {
    engine.register_type_with_name::<Expectation>("expectation");
    engine.register_type_with_name::<Unmet>("unmet expectation");
    engine.register_fn("to_string", |unmet: &mut Unmet| unmet.to_string());
    engine.register_fn("expect", |value: Dynamic| Expectation(value));
    let t = Arc::clone(tally);
    engine.register_fn("to_be", move |e: &mut Expectation, wanted: Dynamic| {
        t.hold(equal(&e.0, &wanted), shown(&wanted), &e.0)
    });
    let t = Arc::clone(tally);
    engine.register_fn("not_to_be", move |e: &mut Expectation, other: Dynamic| {
        t.hold(!equal(&e.0, &other), format!("anything but {}", shown(&other)), &e.0)
    });
    let t = Arc::clone(tally);
    engine
        .register_fn("to_be_blank", move |e: &mut Expectation| t.hold(blank(&e.0), "blank".to_owned(), &e.0));
    for (name, wanted) in [("to_be_true", true), ("to_be_false", false)] {
        let t = Arc::clone(tally);
        engine.register_fn(name, move |e: &mut Expectation| {
            t.hold(e.0.as_bool() == Ok(wanted), wanted.to_string(), &e.0)
        });
    }
    let t = Arc::clone(tally);
    engine.register_fn("to_contain", move |e: &mut Expectation, part: Dynamic| {
        t.hold(contains(&e.0, &part), format!("something that contains {}", shown(&part)), &e.0)
    });
    let t = Arc::clone(tally);
    engine.register_fn("not_to_contain", move |e: &mut Expectation, part: Dynamic| {
        t.hold(!contains(&e.0, &part), format!("something without {}", shown(&part)), &e.0)
    });
}

/// Exact equality, list by list and member by member; 1 and 1.0 are equal.
fn equal(a: &Dynamic, b: &Dynamic) -> bool {
    if let (Some(a), Some(b)) = (a.read_lock::<Array>(), b.read_lock::<Array>()) {
        return a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| equal(a, b));
    }
    if let (Some(a), Some(b)) = (a.read_lock::<rhai::Map>(), b.read_lock::<rhai::Map>()) {
        return a.len() == b.len()
            && a.iter().all(|(name, value)| b.get(name).is_some_and(|other| equal(value, other)));
    }
    #[expect(clippy::cast_precision_loss, reason = "numbers in tests are far below 2^53")]
    let number =
        |value: &Dynamic| value.as_int().map(|number| number as f64).or_else(|_| value.as_float()).ok();
    if let (Some(a), Some(b)) = (number(a), number(b)) {
        return a == b;
    }
    // What is shown alike is alike; of fixtures, decisions and accounts that cannot be said.
    let comparable = a.is_unit()
        || a.is_string()
        || a.is_bool()
        || a.is_char()
        || a.is::<Timestamp>()
        || a.is::<User>()
        || shown(a).starts_with('#');
    comparable && a.type_id() == b.type_id() && shown(a) == shown(b)
}

fn blank(value: &Dynamic) -> bool {
    value.is_unit() || value.read_lock::<ImmutableString>().is_some_and(|text| text.is_empty())
}

fn contains(value: &Dynamic, part: &Dynamic) -> bool {
    if let Some(list) = value.read_lock::<Array>() {
        return list.iter().any(|element| equal(element, part));
    }
    match (value.read_lock::<ImmutableString>(), part.read_lock::<ImmutableString>()) {
        (Some(text), Some(part)) => text.contains(part.as_str()),
        _ => false,
    }
}
