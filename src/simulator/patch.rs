//! PATCH (RFC 7644 section 3.5.2), with what Entra makes of it: `Replace`, `"False"`, dotted names without a path, and
//! an `add` whose value filter fits nothing yet.

use serde_json::{Map, Value};

use super::answer::Refusal;
use super::filter::{Filter, Op};
use super::matching::fits;
use super::path::{self, Parsed, Path};
use super::schema::{Attribute, Schema, Type, USER};
use super::shape::{attribute_value, is_primary, single};

const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Add,
    Replace,
    Remove,
}

/// Carries out all operations of a request, or none: `user` is a copy.
pub(super) fn apply(schema: &Schema, user: &mut Map<String, Value>, body: &Value) -> Result<(), Refusal> {
    let syntax = |why: &str| Refusal::bad("invalidSyntax", why);
    let listed = member(body, "schemas").and_then(Value::as_array);
    if !listed.is_some_and(|schemas| schemas.iter().any(|schema| schema == PATCH_OP)) {
        return Err(syntax("`schemas` does not name the PatchOp message"));
    }
    let operations = member(body, "Operations").and_then(Value::as_array);
    let operations = operations.ok_or_else(|| syntax("`Operations` is missing"))?;
    for operation in operations {
        let op = member(operation, "op").and_then(Value::as_str).unwrap_or_default();
        let verb = match op.to_ascii_lowercase().as_str() {
            "add" => Verb::Add,
            "replace" => Verb::Replace,
            "remove" => Verb::Remove,
            _ => return Err(syntax(&format!("`{op}` is none of add, replace and remove"))),
        };
        if schema.strict && op.contains(|c: char| c.is_ascii_uppercase()) {
            return Err(syntax(&format!("`{op}` has to be written in lower case")));
        }
        let value = member(operation, "value");
        match member(operation, "path") {
            Some(Value::String(path)) => at(schema, user, verb, path, value)?,
            Some(Value::Null) | None if verb == Verb::Remove => {
                return Err(Refusal::bad("noTarget", "`remove` needs a path"));
            }
            Some(Value::Null) | None => {
                let Some(Value::Object(members)) = value else {
                    return Err(Refusal::bad("invalidValue", "without a path, `value` has to be an object"));
                };
                merge(schema, user, verb, members)?;
            }
            Some(_) => return Err(Refusal::bad("invalidPath", "`path` has to be a string")),
        }
    }
    Ok(())
}

fn merge(
    schema: &Schema,
    user: &mut Map<String, Value>,
    verb: Verb,
    members: &Map<String, Value>,
) -> Result<(), Refusal> {
    for (name, value) in members {
        match value {
            Value::Object(inner) if name.eq_ignore_ascii_case(USER) => merge(schema, user, verb, inner)?,
            _ if name.eq_ignore_ascii_case("schemas") => {}
            _ => at(schema, user, verb, name, Some(value))?,
        }
    }
    Ok(())
}

fn at(
    schema: &Schema,
    user: &mut Map<String, Value>,
    verb: Verb,
    text: &str,
    value: Option<&Value>,
) -> Result<(), Refusal> {
    let path = match path::parse(schema, text).map_err(|why| Refusal::bad("invalidPath", why))? {
        Parsed::Path(path) => path,
        Parsed::Dropped if schema.strict => {
            return Err(Refusal::bad("invalidPath", format!("`{text}` is not supported")));
        }
        Parsed::Dropped => return Ok(()),
    };
    if path.attribute.read_only || path.sub.is_some_and(|sub| sub.read_only) {
        return Err(Refusal::bad("mutability", format!("`{text}` cannot be changed")));
    }
    let value = match (verb, value) {
        (Verb::Remove, _) => return remove(user, &path, value),
        // RFC 7643 section 2.5: null means unassigned.
        (_, Some(Value::Null)) => return remove(user, &path, None),
        (_, None) => return Err(Refusal::bad("invalidValue", format!("`{text}` comes without a value"))),
        (_, Some(value)) => value,
    };
    if path.attribute.multi_valued {
        many(schema, user, verb, &path, value)
    } else {
        one(schema, user, &path, value)
    }
}

fn one(schema: &Schema, user: &mut Map<String, Value>, path: &Path, value: &Value) -> Result<(), Refusal> {
    let attribute = path.attribute;
    match path.sub {
        Some(sub) => {
            let value = single(schema, sub, value)?;
            if let Some(members) = object(user, attribute) {
                put(members, sub.name, value);
            }
        }
        // Sub-attributes that are not named stay (RFC 7644 section 3.5.2.3).
        None if attribute.kind == Type::Complex => {
            let Some(Value::Object(new)) = single(schema, attribute, value)? else { return Ok(()) };
            if let Some(members) = object(user, attribute) {
                members.extend(new);
            }
        }
        None => put(user, attribute.name, single(schema, attribute, value)?),
    }
    Ok(())
}

fn many(
    schema: &Schema,
    user: &mut Map<String, Value>,
    verb: Verb,
    path: &Path,
    value: &Value,
) -> Result<(), Refusal> {
    let attribute = path.attribute;
    let mut items = match user.get(attribute.name) {
        Some(Value::Array(items)) => items.clone(),
        _ => Vec::new(),
    };
    if path.filter.is_none() && path.sub.is_none() {
        let new = match attribute_value(schema, attribute, value)? {
            Some(Value::Array(new)) => new,
            _ => Vec::new(),
        };
        if verb == Verb::Replace {
            items = new;
        } else {
            // What is there already is not added again (RFC 7644 section 3.5.2.1).
            for item in new {
                if !items.contains(&item) {
                    if is_primary(&item) {
                        demote(&mut items);
                    }
                    items.push(item);
                }
            }
        }
    } else {
        let chosen: Vec<bool> =
            items.iter().map(|item| path.filter.as_ref().is_none_or(|filter| fits(filter, item))).collect();
        if !chosen.contains(&true) {
            if verb == Verb::Replace && path.filter.is_some() {
                return Err(Refusal::bad(
                    "noTarget",
                    format!("no value of `{}` fits the filter", attribute.name),
                ));
            }
            let mut item = Map::new();
            if let Some(filter) = &path.filter {
                assume(filter, &mut item)?;
            }
            set(schema, &mut item, path, value)?;
            if item.get("primary") == Some(&Value::Bool(true)) {
                demote(&mut items);
            }
            items.push(Value::Object(item));
        }
        for (index, _) in chosen.iter().enumerate().filter(|(_, chosen)| **chosen) {
            let Some(Value::Object(members)) = items.get_mut(index) else { continue };
            let was = members.get("primary") == Some(&Value::Bool(true));
            set(schema, members, path, value)?;
            if !was && members.get("primary") == Some(&Value::Bool(true)) {
                let promoted = Value::Object(members.clone());
                demote(&mut items);
                if let Some(item) = items.get_mut(index) {
                    *item = promoted;
                }
            }
        }
    }
    put(user, attribute.name, if items.is_empty() { None } else { Some(Value::Array(items)) });
    Ok(())
}

/// Writes into one value of a multi-valued attribute.
fn set(schema: &Schema, item: &mut Map<String, Value>, path: &Path, value: &Value) -> Result<(), Refusal> {
    if let Some(sub) = path.sub {
        put(item, sub.name, single(schema, sub, value)?);
    } else if let Some(Value::Object(members)) = single(schema, path.attribute, value)? {
        item.extend(members);
    }
    Ok(())
}

/// Makes a value that fits the filter, when that says plainly what it has to be.
fn assume(filter: &Filter, item: &mut Map<String, Value>) -> Result<(), Refusal> {
    match filter {
        Filter::And(a, b) => {
            assume(a, item)?;
            assume(b, item)
        }
        Filter::Compare(term, Op::Eq, wanted) => {
            let wanted = match (term.attribute.kind, wanted) {
                (Type::Boolean, Value::String(text)) => super::shape::boolean(text).map(Value::Bool),
                _ => Some(wanted.clone()),
            };
            put(item, term.attribute.name, wanted);
            Ok(())
        }
        _ => Err(Refusal::bad("noTarget", "no value fits the filter, and none can be made from it")),
    }
}

/// A new primary value takes the place of the old one (RFC 7644 section 3.5.2).
fn demote(items: &mut [Value]) {
    for item in items {
        if let Value::Object(members) = item
            && members.contains_key("primary")
        {
            members.insert("primary".into(), Value::Bool(false));
        }
    }
}

fn remove(user: &mut Map<String, Value>, path: &Path, value: Option<&Value>) -> Result<(), Refusal> {
    let attribute = path.attribute;
    if attribute.required {
        return Err(Refusal::bad("mutability", format!("`{}` is required", attribute.name)));
    }
    let emptied = match user.get_mut(attribute.name) {
        None => return Ok(()),
        Some(Value::Array(items)) if path.filter.is_some() || path.sub.is_some() || value.is_some() => {
            let unwanted = match value {
                Some(Value::Array(values)) => values.as_slice(),
                Some(one) => std::slice::from_ref(one),
                None => &[],
            };
            items.retain_mut(|item| {
                let chosen = path.filter.as_ref().is_none_or(|filter| fits(filter, item))
                    && (unwanted.is_empty() || unwanted.iter().any(|other| same_value(item, other)));
                match (chosen, path.sub, item) {
                    (false, ..) => true,
                    (true, Some(sub), Value::Object(members)) => {
                        members.remove(sub.name);
                        !members.is_empty()
                    }
                    (true, ..) => false,
                }
            });
            items.is_empty()
        }
        Some(Value::Object(members)) => match path.sub {
            Some(sub) => {
                members.remove(sub.name);
                members.is_empty()
            }
            None => true,
        },
        Some(_) => true,
    };
    if emptied {
        user.remove(attribute.name);
    }
    Ok(())
}

fn same_value(item: &Value, other: &Value) -> bool {
    let value = |of: &Value| of.get("value").unwrap_or(of).clone();
    value(item) == value(other)
}

fn object<'a>(user: &'a mut Map<String, Value>, attribute: &Attribute) -> Option<&'a mut Map<String, Value>> {
    user.entry(attribute.name).or_insert_with(|| Value::Object(Map::new())).as_object_mut()
}

fn put(members: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    match value {
        Some(value) => {
            members.insert(name.into(), value);
        }
        None => {
            members.remove(name);
        }
    }
}

/// A member of a message, its name compared without case (RFC 7643 section 2.1).
pub(super) fn member<'a>(message: &'a Value, name: &str) -> Option<&'a Value> {
    message.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}
