//! Rhai's own functions that could take any amount of memory or time in one call, which nothing can interrupt: here
//! again, with what they build bounded before they build it, or refused.
//!
//! In: the values of a script. Out: the same answers as Rhai's, or an error that says the limit. A function of the
//! global namespace goes before a package's of the same name and types, by whatever way it is called.

use rhai::{Array, Dynamic, Engine, EvalAltResult, FLOAT, INT, ImmutableString, Position};

use super::engine::{ELEMENTS, STRING_BYTES};
use super::fault::grouped;

type Answer<T> = Result<T, Box<EvalAltResult>>;

/// The text of a JSON value grows to many times its size.
const JSON_BYTES: usize = 32_767;

pub(crate) fn register(engine: &mut Engine) {
    refuse_what_waits_or_looks_inside(engine);
    register_replace(engine);
    register_split(engine);
    engine.register_fn("pad", |text: &mut ImmutableString, length: INT, padding: &str| {
        pad(text, length, padding)
    });
    engine.register_fn("pad", |text: &mut ImmutableString, length: INT, padding: char| {
        pad(text, length, padding.encode_utf8(&mut [0; 4]))
    });
    engine.register_fn("to_chars", |text: &mut ImmutableString| {
        let characters: Vec<_> = text.chars().take(ELEMENTS + 1).map(Dynamic::from).collect();
        list(characters)
    });
    engine.register_fn("parse_json", |text: &str| -> Answer<Dynamic> {
        if text.len() > JSON_BYTES {
            let (length, limit) = (grouped(text.len()), grouped(JSON_BYTES));
            return Err(format!("`parse_json` is given {length} bytes: the limit is {limit}").into());
        }
        serde_json::from_str(text).map_err(|error| format!("this is no JSON: {error}").into())
    });
}

/// `sleep` sits in CorePackage, and a disabled symbol still answers through `Fn("sleep")`.
fn refuse_what_waits_or_looks_inside(engine: &mut Engine) {
    let refuse =
        |name: &str, why: &str| -> Answer<()> { Err(format!("`{name}` is not available: {why}").into()) };
    engine.register_fn("sleep", move |_: INT| refuse("sleep", "a script may not wait"));
    engine.register_fn("sleep", move |_: FLOAT| refuse("sleep", "a script may not wait"));
    // It ends the whole evaluation without an answer.
    engine.register_fn("exit", move || refuse("exit", "say `return`"));
    engine.register_fn("exit", move |_: Dynamic| refuse("exit", "say `return`"));
    let inside = move || refuse("get_fn_metadata_list", "a rule does not depend on how scripts are written");
    engine.register_fn("get_fn_metadata_list", inside);
    engine.register_fn("get_fn_metadata_list", move |_: &str| inside());
    engine.register_fn("get_fn_metadata_list", move |_: &str, _: INT| inside());
}

fn register_replace(engine: &mut Engine) {
    engine.register_fn("replace", |text: &mut ImmutableString, find: &str, by: &str| replace(text, find, by));
    engine.register_fn("replace", |text: &mut ImmutableString, find: char, by: &str| {
        replace(text, find.encode_utf8(&mut [0; 4]), by)
    });
    engine.register_fn("replace", |text: &mut ImmutableString, find: &str, by: char| {
        replace(text, find, by.encode_utf8(&mut [0; 4]))
    });
    engine.register_fn("replace", |text: &mut ImmutableString, find: char, by: char| {
        replace(text, find.encode_utf8(&mut [0; 4]), by.encode_utf8(&mut [0; 4]))
    });
}

fn replace(text: &mut ImmutableString, find: &str, by: &str) -> Answer<()> {
    if text.is_empty() {
        return Ok(());
    }
    let found = text.matches(find).count();
    let length = text.len().saturating_sub(found * find.len()).saturating_add(found.saturating_mul(by.len()));
    if length > STRING_BYTES {
        return too_long();
    }
    *text = text.replace(find, by).into();
    Ok(())
}

fn pad(text: &mut ImmutableString, length: INT, padding: &str) -> Answer<()> {
    let wanted = usize::try_from(length).unwrap_or(0);
    let missing = wanted.saturating_sub(text.chars().count());
    // With nothing to pad with, Rhai's own would go on for ever.
    if missing == 0 || padding.is_empty() {
        return Ok(());
    }
    if wanted > STRING_BYTES {
        return too_long();
    }
    let padded = format!("{text}{}", padding.chars().cycle().take(missing).collect::<String>());
    if padded.len() > STRING_BYTES {
        return too_long();
    }
    *text = padded.into();
    Ok(())
}

fn register_split(engine: &mut Engine) {
    engine.register_fn("split", |text: &mut ImmutableString| parts(text.split_whitespace()));
    engine.register_fn("split", |text: &mut ImmutableString, by: &str| parts(text.split(by)));
    engine.register_fn("split", |text: &mut ImmutableString, by: char| parts(text.split(by)));
    engine.register_fn("split_rev", |text: &mut ImmutableString, by: &str| parts(text.rsplit(by)));
    engine.register_fn("split_rev", |text: &mut ImmutableString, by: char| parts(text.rsplit(by)));
    let most = |segments: INT| usize::try_from(segments).unwrap_or(1).max(1);
    engine.register_fn("split", move |text: &mut ImmutableString, by: &str, segments: INT| {
        parts(text.splitn(most(segments), by))
    });
    engine.register_fn("split", move |text: &mut ImmutableString, by: char, segments: INT| {
        parts(text.splitn(most(segments), by))
    });
    engine.register_fn("split_rev", move |text: &mut ImmutableString, by: &str, segments: INT| {
        parts(text.rsplitn(most(segments), by))
    });
    engine.register_fn("split_rev", move |text: &mut ImmutableString, by: char, segments: INT| {
        parts(text.rsplitn(most(segments), by))
    });
}

fn parts<'a>(parts: impl Iterator<Item = &'a str>) -> Answer<Array> {
    list(parts.take(ELEMENTS + 1).map(|part| ImmutableString::from(part).into()).collect())
}

fn list(elements: Array) -> Answer<Array> {
    if elements.len() > ELEMENTS {
        return Err(EvalAltResult::ErrorDataTooLarge("Size of array".into(), Position::NONE).into());
    }
    Ok(elements)
}

fn too_long() -> Answer<()> {
    Err(EvalAltResult::ErrorDataTooLarge("Length of string".into(), Position::NONE).into())
}
