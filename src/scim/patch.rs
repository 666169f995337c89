//! The body of a PATCH (RFC 7644 section 3.5.2), in the style that the target understands.

use serde_json::{Map, Value, json};

use super::resource::{Place, Resource, roles, typed};
use crate::config::{PatchStyle, RoleShape};
use crate::plan::Change;

/// `lists` is the account as it is, where lists such as `emails` have to be sent as a whole.
pub(super) fn body(
    style: PatchStyle,
    shape: RoleShape,
    changes: &[Change],
    lists: Option<&Resource>,
) -> Value {
    let mut operations = Operations { style, list: Vec::new() };
    let mut whole = lists.cloned().unwrap_or_default();
    let mut members = Map::new();
    for change in changes {
        let to = change.to.as_deref();
        match Place::of(change.attribute) {
            Place::Typed(list, _) if lists.is_some() => {
                whole.set(change.attribute, to, shape);
                members.insert(list.to_owned(), whole.list(list));
            }
            Place::Typed(list, kind) => operations.typed(list, kind, change),
            Place::Role => {
                if shape != RoleShape::Role {
                    operations.roles(change, &mut members);
                }
                if shape != RoleShape::Roles {
                    operations.put("role", to.map(Value::from), &mut members);
                }
            }
            Place::Active => {
                operations.put("active", to.map(|to| operations.boolean(to == "true")), &mut members)
            }
            Place::UserName => operations.put("userName", to.map(Value::from), &mut members),
            Place::Simple(name) => operations.put(name, to.map(Value::from), &mut members),
            Place::Sub(parent, sub) => match (style, to) {
                (PatchStyle::NoPath, Some(to)) => {
                    let parent = members.entry(parent).or_insert_with(|| json!({}));
                    if let Value::Object(parent) = parent {
                        parent.insert(sub.to_owned(), to.into());
                    }
                }
                _ => operations.put(&format!("{parent}.{sub}"), to.map(Value::from), &mut members),
            },
        }
    }
    operations.finish(members)
}

struct Operations {
    style: PatchStyle,
    list: Vec<Value>,
}

impl Operations {
    fn put(&mut self, path: &str, value: Option<Value>, members: &mut Map<String, Value>) {
        match value {
            // `remove` is not possible without a path (RFC 7644 section 3.5.2.2).
            None => self.push("remove", path, None),
            Some(value) if self.style == PatchStyle::NoPath => {
                members.insert(path.to_owned(), value);
            }
            Some(value) => self.push("replace", path, Some(value)),
        }
    }

    fn roles(&mut self, change: &Change, members: &mut Map<String, Value>) {
        const PRIMARY: &str = "roles[primary eq \"True\"].value";
        match (self.style, &change.to) {
            (PatchStyle::Entra, Some(to)) => {
                let op = if change.from.is_some() { "replace" } else { "add" };
                self.push(op, PRIMARY, Some(to.as_str().into()));
            }
            _ => self.put("roles", change.to.as_deref().map(roles), members),
        }
    }

    fn typed(&mut self, list: &str, kind: &str, change: &Change) {
        let path = format!("{list}[type eq \"{kind}\"]");
        match (&change.from, &change.to) {
            (Some(_), Some(to)) => self.push("replace", &format!("{path}.value"), Some(to.as_str().into())),
            (None, Some(to)) if self.style == PatchStyle::Entra => {
                self.push("add", &format!("{path}.value"), Some(to.as_str().into()));
            }
            // A value filter that fits nothing has no target (RFC 7644 section 3.5.2.3).
            (None, Some(to)) => self.push("add", list, Some(json!([typed(list, kind, to)]))),
            (_, None) => self.push("remove", &path, None),
        }
    }

    fn boolean(&self, value: bool) -> Value {
        match (self.style, value) {
            (PatchStyle::Entra, true) => "True".into(),
            (PatchStyle::Entra, false) => "False".into(),
            _ => value.into(),
        }
    }

    fn push(&mut self, op: &str, path: &str, value: Option<Value>) {
        let mut operation = json!({ "op": self.verb(op), "path": path });
        if let (Some(value), Value::Object(members)) = (value, &mut operation) {
            members.insert("value".to_owned(), value);
        }
        self.list.push(operation);
    }

    fn verb(&self, op: &str) -> String {
        match self.style {
            PatchStyle::Path | PatchStyle::NoPath => op.to_owned(),
            PatchStyle::Entra => {
                let mut letters = op.chars();
                letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
            }
        }
    }

    /// `members` go without a path, or, where the style has paths, one by one.
    fn finish(mut self, members: Map<String, Value>) -> Value {
        if self.style == PatchStyle::NoPath {
            if !members.is_empty() {
                self.list.insert(0, json!({ "op": "replace", "value": members }));
            }
        } else {
            for (path, value) in members {
                self.push("replace", &path, Some(value));
            }
        }
        json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": self.list })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::body;
    use crate::config::{PatchStyle, RoleShape};
    use crate::plan::Change;
    use crate::policy::Attribute;
    use crate::scim::resource::Resource;

    fn change(path: &str, from: Option<&str>, to: Option<&str>) -> Change {
        Change {
            attribute: Attribute::parse(path).unwrap(),
            from: from.map(Into::into),
            to: to.map(Into::into),
        }
    }

    fn changes() -> Vec<Change> {
        vec![
            change("active", Some("true"), Some("false")),
            change("role", Some("analyst"), Some("admin")),
            change("name.givenName", Some("Ann"), Some("Anna")),
            change("name.familyName", None, Some("Berg")),
            change("title", Some("Analyst"), None),
            change("emails[type eq \"work\"].value", Some("ann@x"), Some("anna@x")),
            change("emails[type eq \"home\"].value", None, Some("home@x")),
            change("phoneNumbers[type eq \"mobile\"].value", Some("1"), None),
        ]
    }

    #[test]
    fn one_operation_an_attribute() {
        insta::assert_json_snapshot!(body(PatchStyle::Path, RoleShape::Both, &changes(), None), @"");
    }

    #[test]
    fn one_object_without_a_path() {
        let account = Resource::read(&json!({
            "id": "1",
            "emails": [{ "type": "other", "value": "o@x" }, { "type": "work", "value": "ann@x" }],
            "phoneNumbers": [{ "type": "mobile", "value": "1" }],
        }));
        insta::assert_json_snapshot!(body(PatchStyle::NoPath, RoleShape::Roles, &changes(), account.as_ref()), @"");
    }

    #[test]
    fn as_entra_writes_it() {
        insta::assert_json_snapshot!(body(PatchStyle::Entra, RoleShape::Roles, &changes(), None), @"");
    }
}
