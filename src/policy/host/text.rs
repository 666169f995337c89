//! Text tests that ignore case, as Active Directory does, and take an absent attribute as blank.
//!
//! Each is false for an absent attribute, and for a multi-valued attribute true when any value passes; `contains` on
//! a list asks whether an element equals, so that Rhai's `in` means what it says.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use regex::{Regex, RegexBuilder};
use rhai::{Array, Dynamic, Engine, EvalAltResult, ImmutableString};

use crate::policy::reference::{Documented, TEXT};

/// A test of one text against one argument, both case-folded.
type Test = fn(&str, &str) -> bool;

const TESTS: [(&str, Test); 4] = [
    ("equals", |text, other| text == other),
    ("contains", |text, other| text.contains(other)),
    ("starts_with", |text, other| text.starts_with(other)),
    ("ends_with", |text, other| text.ends_with(other)),
];

pub(crate) fn fold(text: &str) -> String {
    text.to_lowercase()
}

pub(crate) fn register(engine: &mut Engine) {
    let engine = &mut Documented::new(engine, &[TEXT]);
    for (name, test) in TESTS {
        engine.register_fn(name, move |text: &str, other: &str| test(&fold(text), &fold(other)));
        engine.register_fn(name, |_: (), _: &str| false);
        engine.register_fn(name, |_: &str, (): ()| false);
        engine.register_fn(name, |_: (), (): ()| false);
        if name != "contains" {
            engine.register_fn(name, move |texts: Array, other: &str| {
                any_text(&texts, |text| test(&fold(text), &fold(other)))
            });
            engine.register_fn(name, |_: Array, (): ()| false);
        }
    }
    engine.register_fn("contains", |list: Array, value: Dynamic| {
        list.iter().any(|element| same(element, &value))
    });

    engine
        .register_fn("any_of", |text: &str, list: Array| any_text(&list, |other| fold(text) == fold(other)));
    engine.register_fn("any_of", |_: (), _: Array| false);
    engine.register_fn("any_of", |_: &str, (): ()| false);
    engine.register_fn("any_of", |_: Array, (): ()| false);
    engine.register_fn("any_of", |(): (), (): ()| false);
    engine.register_fn("any_of", |texts: Array, list: Array| {
        any_text(&texts, |text| any_text(&list, |other| fold(text) == fold(other)))
    });

    let patterns = Arc::new(Patterns::default());
    let (one, many) = (Arc::clone(&patterns), patterns);
    engine.register_fn("matches", move |text: &str, pattern: &str| {
        Ok::<_, Box<EvalAltResult>>(one.get(pattern)?.is_match(text))
    });
    engine.register_fn("matches", |_: (), _: &str| false);
    engine.register_fn("matches", |_: &str, (): ()| false);
    engine.register_fn("matches", |_: Array, (): ()| false);
    engine.register_fn("matches", |(): (), (): ()| false);
    engine.register_fn("matches", move |texts: Array, pattern: &str| {
        let pattern = many.get(pattern)?;
        Ok::<_, Box<EvalAltResult>>(any_text(&texts, |text| pattern.is_match(text)))
    });
}

fn any_text(list: &Array, test: impl Fn(&str) -> bool) -> bool {
    list.iter().any(|element| element.read_lock::<ImmutableString>().is_some_and(|text| test(&text)))
}

/// Equality as `in` and `contains` have it: text ignores case, whole numbers equal decimal ones.
fn same(a: &Dynamic, b: &Dynamic) -> bool {
    if let (Some(a), Some(b)) = (a.read_lock::<ImmutableString>(), b.read_lock::<ImmutableString>()) {
        return fold(&a) == fold(&b);
    }
    let number = |value: &Dynamic| {
        #[expect(clippy::cast_precision_loss, reason = "numbers in policies are far below 2^53")]
        value.as_int().map(|number| number as f64).or_else(|_| value.as_float()).ok()
    };
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a == b,
        _ => matches!((a.as_bool(), b.as_bool()), (Ok(a), Ok(b)) if a == b) || (a.is_unit() && b.is_unit()),
    }
}

/// Compiled patterns; a policy has few, and they are the same for every person.
#[derive(Default)]
struct Patterns(Mutex<HashMap<String, Regex>>);

/// Patterns kept at most: a pattern built from a person's attributes must not fill the memory.
const PATTERNS: usize = 100;
const PATTERN_BYTES: usize = 1 << 18;

impl Patterns {
    fn get(&self, pattern: &str) -> Result<Regex, Box<EvalAltResult>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(regex) = known.get(pattern) {
            return Ok(regex.clone());
        }
        let regex =
            RegexBuilder::new(pattern).case_insensitive(true).size_limit(PATTERN_BYTES).build().map_err(
                |error| format!("`{pattern}` is no regular expression: {}", last_line(&error.to_string())),
            )?;
        if known.len() >= PATTERNS {
            known.clear();
        }
        known.insert(pattern.to_owned(), regex.clone());
        Ok(regex)
    }
}

/// The regex crate draws the pattern over several lines and puts the cause last.
fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or(text).trim_start_matches("error: ")
}
