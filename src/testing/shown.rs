//! Values of a test as people read them: on one line, or a line a member.

use rhai::{Array, Dynamic, ImmutableString, Map};

use super::decided::{Decided, TestAccount};
use super::subject::Subject;
use crate::policy;

/// Longer values are cut on one line; a difference shows them whole.
const LONGEST: usize = 160;

/// A value on one line, cut where it is too long to be read.
pub(super) fn brief(value: &Dynamic) -> String {
    let text = shown(value);
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text,
    }
}

/// A value on one line.
pub(super) fn shown(value: &Dynamic) -> String {
    if let Some(subject) = value.read_lock::<Subject>() {
        return subject.name();
    }
    if let Some(decided) = value.read_lock::<Decided>() {
        return decided.shown();
    }
    if let Some(account) = value.read_lock::<TestAccount>() {
        return account.shown();
    }
    if let Some(list) = value.read_lock::<Array>() {
        return format!("[{}]", list.iter().map(shown).collect::<Vec<_>>().join(", "));
    }
    if let Some(map) = value.read_lock::<Map>() {
        let members: Vec<_> = map.iter().map(|(name, value)| format!("{name}: {}", shown(value))).collect();
        return format!("#{{{}}}", members.join(", "));
    }
    if value.is_fnptr() {
        return "a closure".to_owned();
    }
    policy::shown(value)
}

/// A value with each member on a line of its own, what it holds indented below it.
pub(super) fn lines(value: &Dynamic) -> Vec<String> {
    if let Some(decided) = value.read_lock::<Decided>() {
        return decided.lines();
    }
    if let Some(account) = value.read_lock::<TestAccount>() {
        return account.lines();
    }
    if let Some(map) = value.read_lock::<Map>().filter(|map| !map.is_empty()) {
        return map.iter().flat_map(|(name, value)| member(&format!("{}:", key(name)), value)).collect();
    }
    if let Some(list) = value.read_lock::<Array>().filter(|list| !list.is_empty()) {
        return list.iter().flat_map(|value| member("·", value)).collect();
    }
    if let Some(text) = value.read_lock::<ImmutableString>().filter(|text| text.contains('\n')) {
        return text.split('\n').map(text_line).collect();
    }
    vec![shown(value)]
}

/// Whether a value has members or lines that can differ one by one.
pub(super) fn has_lines(value: &Dynamic) -> bool {
    value.is_array()
        || value.is_map()
        || value.is::<Decided>()
        || value.is::<TestAccount>()
        || value.read_lock::<ImmutableString>().is_some_and(|text| text.contains('\n'))
}

/// A line of a text. White space at its end would not be seen, and editors take it away: it stands in quotes.
fn text_line(line: &str) -> String {
    match line {
        "" => "|".to_owned(),
        line if line.ends_with(char::is_whitespace) => format!("| {line:?}"),
        line => format!("| {}", line.escape_debug()),
    }
}

/// A member's name, in quotes where it would not be read as one.
fn key(name: &str) -> String {
    let is_plain = name.starts_with(|first: char| first.is_alphanumeric() || first == '_')
        && !name.contains(char::is_control);
    if is_plain { name.to_owned() } else { format!("{name:?}") }
}

fn member(name: &str, value: &Dynamic) -> Vec<String> {
    let inner = lines(value);
    match inner.as_slice() {
        [single] if !has_lines(value) || single.starts_with(['#', '[']) => vec![format!("{name} {single}")],
        inner => {
            std::iter::once(name.to_owned()).chain(inner.iter().map(|line| format!("  {line}"))).collect()
        }
    }
}
