//! Text tests that ignore case, as Active Directory does, and take an absent attribute as blank.
//!
//! Each is false for an absent attribute, and for a multi-valued attribute true when any value passes; `contains` on
//! a list asks whether an element equals, so that Rhai's `in` means what it says.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use regex::{Regex, RegexBuilder};
use rhai::{Array, Dynamic, Engine, EvalAltResult, ImmutableString};

use crate::policy::casefold;
use crate::policy::fault::grouped;
use crate::policy::reference::{Documented, TEXT};

/// A test of one text against one argument.
type Test = fn(&str, &str) -> bool;

const TESTS: [(&str, Test); 4] = [
    ("equals", casefold::equals),
    ("contains", casefold::contains),
    ("starts_with", casefold::starts_with),
    ("ends_with", casefold::ends_with),
];

pub(crate) fn register(engine: &mut Engine) {
    let engine = &mut Documented::new(engine, &[TEXT]);
    for (name, test) in TESTS {
        engine.register_fn(name, move |text: &str, other: &str| test(text, other));
        engine.register_fn(name, |_: (), _: &str| false);
        engine.register_fn(name, |_: &str, (): ()| false);
        engine.register_fn(name, |_: (), (): ()| false);
        if name != "contains" {
            engine.register_fn(name, move |texts: Array, other: &str| {
                any_text(&texts, |text| test(text, other))
            });
            engine.register_fn(name, |_: Array, (): ()| false);
        }
    }
    engine.register_fn("contains", |list: Array, value: Dynamic| {
        let folded = value.read_lock::<ImmutableString>().map(|text| casefold::fold(&text));
        list.iter().any(|element| match &folded {
            Some(folded) => {
                element.read_lock::<ImmutableString>().is_some_and(|text| casefold::fold(&text) == *folded)
            }
            None => same(element, &value),
        })
    });

    engine.register_fn("any_of", |text: &str, list: Array| {
        any_text(&list, |other| casefold::equals(text, other))
    });
    engine.register_fn("any_of", |_: (), _: Array| false);
    engine.register_fn("any_of", |_: &str, (): ()| false);
    engine.register_fn("any_of", |_: Array, (): ()| false);
    engine.register_fn("any_of", |(): (), (): ()| false);
    engine.register_fn("any_of", |texts: Array, list: Array| {
        // One call cannot be interrupted: what both lists have in common must not take the product of their sizes.
        let wanted: HashSet<String> = list
            .iter()
            .filter_map(|value| value.read_lock::<ImmutableString>().map(|text| casefold::fold(&text)))
            .collect();
        any_text(&texts, |text| wanted.contains(&casefold::fold(text)))
    });

    let patterns = Arc::new(Patterns::default());
    let (one, many) = (Arc::clone(&patterns), patterns);
    engine.register_fn("matches", move |text: &str, pattern: &str| {
        matchable(text.len())?;
        Ok::<_, Box<EvalAltResult>>(one.get(pattern)?.is_match(text))
    });
    engine.register_fn("matches", |_: (), _: &str| false);
    engine.register_fn("matches", |_: &str, (): ()| false);
    engine.register_fn("matches", |_: Array, (): ()| false);
    engine.register_fn("matches", |(): (), (): ()| false);
    engine.register_fn("matches", move |texts: Array, pattern: &str| {
        let texts_length =
            |value: &Dynamic| value.read_lock::<ImmutableString>().map_or(0, |text| text.len());
        matchable(texts.iter().map(texts_length).sum())?;
        let pattern = many.get(pattern)?;
        Ok::<_, Box<EvalAltResult>>(any_text(&texts, |text| pattern.is_match(text)))
    });
}

fn any_text(list: &Array, test: impl Fn(&str) -> bool) -> bool {
    list.iter().any(|element| element.read_lock::<ImmutableString>().is_some_and(|text| test(&text)))
}

/// Equality as `in` and `contains` have it, but for texts: whole numbers equal decimal ones.
fn same(a: &Dynamic, b: &Dynamic) -> bool {
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
const PATTERNS: usize = 250;
/// What one may take compiled, and again as much for what matching learns of it.
const PATTERN_BYTES: usize = 1 << 17;
/// What the compiler takes for a moment is many times the text of the pattern.
const PATTERN_TEXT: usize = 8_192;
/// The time of one match, which cannot be interrupted, is that of the text times that of the pattern.
pub(crate) const MATCHED_TEXT: usize = 131_072;

fn matchable(bytes: usize) -> Result<(), Box<EvalAltResult>> {
    if bytes > MATCHED_TEXT {
        let (bytes, limit) = (grouped(bytes), grouped(MATCHED_TEXT));
        return Err(format!("`matches` is asked about {bytes} bytes of text: the limit is {limit}").into());
    }
    Ok(())
}

/// The regular expression of a `matches`.
///
/// # Errors
/// What is wrong with the pattern.
pub(crate) fn regex(pattern: &str) -> Result<Regex, String> {
    if pattern.len() > PATTERN_TEXT {
        let (length, limit) = (grouped(pattern.len()), grouped(PATTERN_TEXT));
        return Err(format!("the regular expression is {length} bytes long: the limit is {limit}"));
    }
    RegexBuilder::new(pattern)
        .case_insensitive(true)
        .size_limit(PATTERN_BYTES)
        .dfa_size_limit(PATTERN_BYTES)
        .build()
        .map_err(|error| format!("`{pattern}` is no regular expression: {}", last_line(&error.to_string())))
}

impl Patterns {
    fn get(&self, pattern: &str) -> Result<Regex, Box<EvalAltResult>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(regex) = known.get(pattern) {
            return Ok(regex.clone());
        }
        let regex = regex(pattern)?;
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
