//! Attribute paths (RFC 7644 section 3.5.2 and 3.10).

use super::filter::{self, Filter};
use super::schema::{Attribute, Known, Schema, USER};

/// `attribute`, `attribute.sub`, `attribute[filter]` or `attribute[filter].sub`.
#[derive(Clone, Debug)]
pub(super) struct Path {
    pub(super) attribute: &'static Attribute,
    pub(super) filter: Option<Filter>,
    pub(super) sub: Option<&'static Attribute>,
}

#[derive(Clone, Debug)]
pub(super) enum Parsed {
    Path(Path),
    /// A well-formed path to something that the simulator does not keep.
    Dropped,
}

/// The path that a PATCH operation names.
pub(super) fn parse(schema: &Schema, text: &str) -> Result<Parsed, String> {
    let text = without_urn(text.trim());
    let (head, rest) = match text.split_once('[') {
        Some((name, rest)) => (name, Some(rest)),
        None => (text, None),
    };
    let (name, mut sub) = match head.split_once('.') {
        Some((name, sub)) => (name, Some(sub)),
        None => (head, None),
    };
    let attribute = match schema.look_up(name) {
        Known::Taken(attribute) => attribute,
        Known::Dropped => return Ok(Parsed::Dropped),
        Known::Unknown => return Err(format!("no attribute is called `{name}`")),
    };
    let mut filter = None;
    if let Some(rest) = rest {
        let Some((inner, behind)) = rest.rsplit_once(']') else {
            return Err(format!("`{text}` lacks a `]`"));
        };
        if !attribute.multi_valued || sub.is_some() {
            return Err(format!("`{head}` has no values to choose from"));
        }
        filter = Some(filter::parse_within(inner, attribute)?);
        sub = match behind.strip_prefix('.') {
            Some(sub) => Some(sub),
            None if behind.is_empty() => None,
            None => return Err(format!("`{behind}` cannot stand behind `]`")),
        };
    }
    let sub = match sub {
        None => None,
        Some(name) => match attribute.sub(name) {
            Some(sub) if schema.takes_sub(sub) => Some(sub),
            Some(_) => return Ok(Parsed::Dropped),
            None => return Err(format!("`{}` has no `{name}`", attribute.name)),
        },
    };
    Ok(Parsed::Path(Path { attribute, filter, sub }))
}

/// A path may begin with the schema's URN (RFC 7644 section 3.10).
pub(super) fn without_urn(path: &str) -> &str {
    match path.get(..USER.len()) {
        Some(urn) if urn.eq_ignore_ascii_case(USER) => {
            path.get(USER.len()..).and_then(|rest| rest.strip_prefix(':')).unwrap_or(path)
        }
        _ => path,
    }
}
