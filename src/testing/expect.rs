//! `expect(value).to_be(..)`: what a test demands, and the sentence when it does not hold.

use rhai::{Array, Dynamic, Engine, EvalAltResult, ImmutableString};

use crate::policy::shown;

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

type Met = Result<(), Box<EvalAltResult>>;

fn hold(holds: bool, expected: String, actual: &Dynamic) -> Met {
    if holds {
        return Ok(());
    }
    let unmet = Unmet { expected, actual: shown(actual) };
    Err(Box::new(EvalAltResult::ErrorRuntime(Dynamic::from(unmet), rhai::Position::NONE)))
}

pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Expectation>("expectation");
    engine.register_type_with_name::<Unmet>("unmet expectation");
    engine.register_fn("to_string", |unmet: &mut Unmet| unmet.to_string());
    engine.register_fn("expect", |value: Dynamic| Expectation(value));
    engine.register_fn("to_be", |e: &mut Expectation, wanted: Dynamic| {
        hold(equal(&e.0, &wanted), shown(&wanted), &e.0)
    });
    engine.register_fn("not_to_be", |e: &mut Expectation, other: Dynamic| {
        hold(!equal(&e.0, &other), format!("anything but {}", shown(&other)), &e.0)
    });
    engine.register_fn("to_be_blank", |e: &mut Expectation| hold(blank(&e.0), "blank".to_owned(), &e.0));
    engine.register_fn("to_be_true", |e: &mut Expectation| {
        hold(e.0.as_bool() == Ok(true), "true".to_owned(), &e.0)
    });
    engine.register_fn("to_be_false", |e: &mut Expectation| {
        hold(e.0.as_bool() == Ok(false), "false".to_owned(), &e.0)
    });
    engine.register_fn("to_contain", |e: &mut Expectation, part: Dynamic| {
        hold(contains(&e.0, &part), format!("something that contains {}", shown(&part)), &e.0)
    });
    engine.register_fn("not_to_contain", |e: &mut Expectation, part: Dynamic| {
        hold(!contains(&e.0, &part), format!("something without {}", shown(&part)), &e.0)
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
    a.type_id() == b.type_id() && shown(a) == shown(b)
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
