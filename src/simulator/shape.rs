//! Values as a client sent them -> values as they are kept: names spelled as in the schema, types checked.

use serde_json::{Map, Value};

use super::answer::Refusal;
use super::schema::{Attribute, Known, Schema, Type};

/// A user as it was sent, without what a client may not say: `id`, `meta`, and attributes that are not kept.
pub(super) fn resource(schema: &Schema, sent: &Map<String, Value>) -> Result<Map<String, Value>, Refusal> {
    let mut kept = Map::new();
    for (name, value) in sent {
        let attribute = match schema.look_up(name) {
            Known::Taken(attribute) => attribute,
            Known::Dropped | Known::Unknown if schema.strict => {
                return Err(Refusal::bad("invalidSyntax", format!("`{name}` is not supported")));
            }
            Known::Dropped | Known::Unknown => continue,
        };
        if attribute.read_only || attribute.name == "schemas" {
            continue;
        }
        if let Some(value) = attribute_value(schema, attribute, value)? {
            kept.insert(attribute.name.into(), value);
        }
    }
    Ok(kept)
}

/// The value of a whole attribute; `None` for what is unassigned: `null` and empty lists (RFC 7643 section 2.5).
pub(super) fn attribute_value(
    schema: &Schema,
    attribute: &Attribute,
    sent: &Value,
) -> Result<Option<Value>, Refusal> {
    if !attribute.multi_valued {
        return single(schema, attribute, sent);
    }
    let items = match sent {
        Value::Array(items) => items.as_slice(),
        Value::Null => &[],
        one => std::slice::from_ref(one),
    };
    let mut kept: Vec<Value> = Vec::with_capacity(items.len());
    for item in items {
        if let Some(item) = single(schema, attribute, item)?
            && !kept.contains(&item)
        {
            kept.push(item);
        }
    }
    if kept.iter().filter(|item| is_primary(item)).count() > 1 {
        return Err(Refusal::bad(
            "invalidValue",
            format!("`{}` has more than one primary value", attribute.name),
        ));
    }
    Ok(if kept.is_empty() { None } else { Some(Value::Array(kept)) })
}

/// One value of an attribute, whether or not it can have several.
pub(super) fn single(schema: &Schema, attribute: &Attribute, sent: &Value) -> Result<Option<Value>, Refusal> {
    let wrong = |what: &str| {
        Refusal::bad("invalidValue", format!("`{}` has to be {what}, and is {sent}", attribute.name))
    };
    Ok(Some(match (attribute.kind, sent) {
        (_, Value::Null) => return Ok(None),
        (Type::Boolean, Value::Bool(_))
        | (Type::Text | Type::Reference | Type::DateTime, Value::String(_)) => sent.clone(),
        // Entra sends booleans as strings.
        (Type::Boolean, Value::String(text)) if !schema.strict => {
            Value::Bool(boolean(text).ok_or_else(|| wrong("a boolean"))?)
        }
        (Type::Boolean, _) => return Err(wrong("a boolean")),
        (Type::Text | Type::Reference | Type::DateTime, _) => return Err(wrong("a string")),
        (Type::Complex, Value::Object(members)) => {
            let mut kept = Map::new();
            for (name, value) in members {
                if let Some(sub) = attribute.sub(name).filter(|sub| schema.takes_sub(sub) && !sub.read_only)
                    && let Some(value) = single(schema, sub, value)?
                {
                    kept.insert(sub.name.into(), value);
                }
            }
            if kept.is_empty() {
                return Ok(None);
            }
            Value::Object(kept)
        }
        // Okta sends a list of bare values.
        (Type::Complex, Value::String(_)) if attribute.multi_valued => {
            Value::Object(Map::from_iter([("value".to_owned(), sent.clone())]))
        }
        (Type::Complex, _) => return Err(wrong("an object")),
    }))
}

pub(super) fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

pub(super) fn is_primary(item: &Value) -> bool {
    item.get("primary") == Some(&Value::Bool(true))
}
