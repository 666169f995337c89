//! What may follow `expect(value)`: the table, and when each holds.

use std::cmp::Ordering;
use std::ops::RangeInclusive;

use regex::RegexBuilder;
use rhai::{Array, Dynamic, ImmutableString};

use super::equality::{blank, contains, equal, order};
use super::shown::brief;
use super::world::Fallible;

/// How many bytes a pattern may compile to.
const PATTERN_BYTES: usize = 1 << 20;

/// The word that compares with what is kept in a file.
pub(super) const SNAPSHOT: &str = "to_match_snapshot";

pub(super) struct Matcher {
    pub(super) name: &'static str,
    pub(super) arguments: RangeInclusive<usize>,
}

const fn matcher(name: &'static str, arguments: usize) -> Matcher {
    Matcher { name, arguments: arguments..=arguments }
}

pub(super) const MATCHERS: [Matcher; 12] = [
    matcher("to_be", 1),
    matcher("not_to_be", 1),
    matcher("to_be_blank", 0),
    matcher("to_be_true", 0),
    matcher("to_be_false", 0),
    matcher("to_be_one_of", 1),
    matcher("to_be_greater_than", 1),
    matcher("to_be_less_than", 1),
    matcher("to_contain", 1),
    matcher("not_to_contain", 1),
    matcher("to_match", 1),
    Matcher { name: SNAPSHOT, arguments: 0..=1 },
];

/// Whether the value is as demanded; if not, what was.
///
/// # Errors
/// When it cannot be asked of such a value.
pub(super) fn unmet(name: &str, actual: &Dynamic, wanted: &Dynamic) -> Fallible<Option<String>> {
    let (holds, demand) = match name {
        "to_be" => (equal(actual, wanted), brief(wanted)),
        "not_to_be" => (!equal(actual, wanted), format!("anything but {}", brief(wanted))),
        "to_be_blank" => (blank(actual), "blank".to_owned()),
        "to_be_true" => (actual.as_bool() == Ok(true), "true".to_owned()),
        "to_be_false" => (actual.as_bool() == Ok(false), "false".to_owned()),
        "to_be_one_of" => {
            let Some(list) = wanted.read_lock::<Array>() else {
                return Err(format!("`to_be_one_of` takes a list, not {}", brief(wanted)).into());
            };
            (list.iter().any(|one| equal(actual, one)), format!("one of {}", brief(wanted)))
        }
        "to_be_greater_than" => {
            (ordered(name, actual, wanted)? == Ordering::Greater, format!("more than {}", brief(wanted)))
        }
        "to_be_less_than" => {
            (ordered(name, actual, wanted)? == Ordering::Less, format!("less than {}", brief(wanted)))
        }
        "to_contain" => (contains(actual, wanted), format!("something that contains {}", brief(wanted))),
        "not_to_contain" => (!contains(actual, wanted), format!("something without {}", brief(wanted))),
        _ => (is_match(actual, wanted)?, format!("text that matches {}", brief(wanted))),
    };
    Ok((!holds).then_some(demand))
}

fn ordered(name: &str, actual: &Dynamic, wanted: &Dynamic) -> Fallible<Ordering> {
    order(actual, wanted).ok_or_else(|| {
        let (actual, wanted) = (brief(actual), brief(wanted));
        format!("`{name}` compares two numbers or two times, not {actual} with {wanted}").into()
    })
}

/// The pattern anywhere in the text; case counts, unless the pattern begins with `(?i)`.
fn is_match(actual: &Dynamic, pattern: &Dynamic) -> Fallible<bool> {
    let Some(pattern) = pattern.read_lock::<ImmutableString>() else {
        return Err(format!("`to_match` takes a pattern, not {}", brief(pattern)).into());
    };
    let regex = RegexBuilder::new(&pattern).size_limit(PATTERN_BYTES).build().map_err(|error| {
        let error = error.to_string();
        let why = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
        format!("`{}` is no pattern: {why}", pattern.as_str())
    })?;
    Ok(actual.read_lock::<ImmutableString>().is_some_and(|text| regex.is_match(&text)))
}
