//! The body of a PATCH (RFC 7644 section 3.5.2), in the style that the target understands.

use std::borrow::Cow;

use serde::Serialize;
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
) -> Patch {
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
                match &change.to {
                    Some(to) if shape != RoleShape::Role && style == PatchStyle::Entra && lists.is_none() => {
                        let op = if change.from.is_some() { Op::Replace } else { Op::Add };
                        operations.push(op, "roles[primary eq \"True\"].value", Some(to.as_str().into()));
                    }
                    _ if shape != RoleShape::Role => operations.put("roles", to.map(roles), &mut members),
                    _ => {}
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
                _ => operations.put(format!("{parent}.{sub}"), to.map(Value::from), &mut members),
            },
        }
    }
    operations.finish(members)
}

/// Whether such a PATCH chooses values by a filter, which needs one that fits.
pub(super) fn chooses(style: PatchStyle, changes: &[Change]) -> bool {
    changes.iter().any(|change| match Place::of(change.attribute) {
        Place::Typed(..) => true,
        Place::Role => style == PatchStyle::Entra,
        _ => false,
    })
}

/// The message (RFC 7644 section 3.5.2).
#[derive(Debug, Serialize)]
pub(super) struct Patch {
    schemas: [&'static str; 1],
    #[serde(rename = "Operations")]
    operations: Vec<Operation>,
}

#[derive(Debug, Serialize)]
struct Operation {
    op: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<Cow<'static, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
}

#[derive(Clone, Copy)]
enum Op {
    Add,
    Remove,
    Replace,
}

struct Operations {
    style: PatchStyle,
    list: Vec<Operation>,
}

impl Operations {
    fn put(
        &mut self,
        path: impl Into<Cow<'static, str>>,
        value: Option<Value>,
        members: &mut Map<String, Value>,
    ) {
        let path = path.into();
        match value {
            // `remove` is not possible without a path (RFC 7644 section 3.5.2.2).
            None => self.push(Op::Remove, path, None),
            Some(value) if self.style == PatchStyle::NoPath => {
                members.insert(path.into_owned(), value);
            }
            Some(value) => self.push(Op::Replace, path, Some(value)),
        }
    }

    fn typed(&mut self, list: &'static str, kind: &str, change: &Change) {
        let path = format!("{list}[type eq \"{kind}\"]");
        match (&change.from, &change.to) {
            (Some(_), Some(to)) => self.push(Op::Replace, format!("{path}.value"), Some(to.as_str().into())),
            (None, Some(to)) if self.style == PatchStyle::Entra => {
                self.push(Op::Add, format!("{path}.value"), Some(to.as_str().into()));
            }
            // A value filter that fits nothing has no target (RFC 7644 section 3.5.2.3).
            (None, Some(to)) => self.push(Op::Add, list, Some(json!([typed(list, kind, to)]))),
            (_, None) => self.push(Op::Remove, path, None),
        }
    }

    fn boolean(&self, value: bool) -> Value {
        match (self.style, value) {
            (PatchStyle::Entra, true) => "True".into(),
            (PatchStyle::Entra, false) => "False".into(),
            _ => value.into(),
        }
    }

    fn push(&mut self, op: Op, path: impl Into<Cow<'static, str>>, value: Option<Value>) {
        self.list.push(Operation { op: self.verb(op), path: Some(path.into()), value });
    }

    fn verb(&self, op: Op) -> &'static str {
        match (self.style, op) {
            (PatchStyle::Entra, Op::Add) => "Add",
            (PatchStyle::Entra, Op::Remove) => "Remove",
            (PatchStyle::Entra, Op::Replace) => "Replace",
            (_, Op::Add) => "add",
            (_, Op::Remove) => "remove",
            (_, Op::Replace) => "replace",
        }
    }

    /// `members` go without a path, or, where the style has paths, one by one.
    fn finish(mut self, members: Map<String, Value>) -> Patch {
        if self.style == PatchStyle::NoPath {
            if !members.is_empty() {
                let whole = Operation { op: self.verb(Op::Replace), path: None, value: Some(members.into()) };
                self.list.insert(0, whole);
            }
        } else {
            for (path, value) in members {
                self.push(Op::Replace, path, Some(value));
            }
        }
        Patch { schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], operations: self.list }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::body;
    use crate::config::{PatchStyle, RoleShape};
    use crate::plan::Change;
    use crate::policy::Attribute;
    use crate::scim::resource::{Resource, User};

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
        insta::assert_json_snapshot!(body(PatchStyle::Path, RoleShape::Both, &changes(), None), @r#"
        {
          "schemas": [
            "urn:ietf:params:scim:api:messages:2.0:PatchOp"
          ],
          "Operations": [
            {
              "op": "replace",
              "path": "active",
              "value": false
            },
            {
              "op": "replace",
              "path": "roles",
              "value": [
                {
                  "value": "admin",
                  "primary": true
                }
              ]
            },
            {
              "op": "replace",
              "path": "role",
              "value": "admin"
            },
            {
              "op": "replace",
              "path": "name.givenName",
              "value": "Anna"
            },
            {
              "op": "replace",
              "path": "name.familyName",
              "value": "Berg"
            },
            {
              "op": "remove",
              "path": "title"
            },
            {
              "op": "replace",
              "path": "emails[type eq \"work\"].value",
              "value": "anna@x"
            },
            {
              "op": "add",
              "path": "emails",
              "value": [
                {
                  "type": "home",
                  "value": "home@x"
                }
              ]
            },
            {
              "op": "remove",
              "path": "phoneNumbers[type eq \"mobile\"]"
            }
          ]
        }
        "#);
    }

    #[test]
    fn one_object_without_a_path() {
        let account = json!({
            "id": "1",
            "emails": [{ "type": "other", "value": "o@x" }, { "type": "work", "value": "ann@x" }],
            "phoneNumbers": [{ "type": "mobile", "value": "1" }],
        });
        let account = User::of(&account).map(Resource::of);
        insta::assert_json_snapshot!(body(PatchStyle::NoPath, RoleShape::Roles, &changes(), account.as_ref()), @r#"
        {
          "schemas": [
            "urn:ietf:params:scim:api:messages:2.0:PatchOp"
          ],
          "Operations": [
            {
              "op": "replace",
              "value": {
                "active": false,
                "roles": [
                  {
                    "value": "admin",
                    "primary": true
                  }
                ],
                "name": {
                  "givenName": "Anna",
                  "familyName": "Berg"
                },
                "emails": [
                  {
                    "type": "other",
                    "value": "o@x"
                  },
                  {
                    "type": "work",
                    "value": "anna@x"
                  },
                  {
                    "type": "home",
                    "value": "home@x"
                  }
                ],
                "phoneNumbers": []
              }
            },
            {
              "op": "remove",
              "path": "title"
            }
          ]
        }
        "#);
    }

    #[test]
    fn as_entra_writes_it() {
        insta::assert_json_snapshot!(body(PatchStyle::Entra, RoleShape::Roles, &changes(), None), @r#"
        {
          "schemas": [
            "urn:ietf:params:scim:api:messages:2.0:PatchOp"
          ],
          "Operations": [
            {
              "op": "Replace",
              "path": "active",
              "value": "False"
            },
            {
              "op": "Replace",
              "path": "roles[primary eq \"True\"].value",
              "value": "admin"
            },
            {
              "op": "Replace",
              "path": "name.givenName",
              "value": "Anna"
            },
            {
              "op": "Replace",
              "path": "name.familyName",
              "value": "Berg"
            },
            {
              "op": "Remove",
              "path": "title"
            },
            {
              "op": "Replace",
              "path": "emails[type eq \"work\"].value",
              "value": "anna@x"
            },
            {
              "op": "Add",
              "path": "emails[type eq \"home\"].value",
              "value": "home@x"
            },
            {
              "op": "Remove",
              "path": "phoneNumbers[type eq \"mobile\"]"
            }
          ]
        }
        "#);
    }
}
