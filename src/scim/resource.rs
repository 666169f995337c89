//! A SCIM `User` as it is on the wire (RFC 7643 section 4.1), and how our attributes are found in it. Everything that
//! was read stays in it, known or not, so that a PUT can carry it back.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::slice;
use std::sync::LazyLock;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::config::RoleShape;
use crate::desired::Account;
use crate::policy::Attribute;

pub(super) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// A user as it was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct User<'a>(&'a Map<String, Value>);

/// A user that is to be written.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub(super) struct Resource(Map<String, Value>);

/// Where an attribute stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    UserName,
    Active,
    Role,
    Simple(&'static str),
    /// `name.givenName`
    Sub(&'static str, &'static str),
    /// `emails[type eq "work"].value`
    Typed(&'static str, &'static str),
}

impl Place {
    pub(super) fn of(attribute: Attribute) -> Self {
        match attribute {
            Attribute::USER_NAME => return Self::UserName,
            Attribute::ACTIVE => return Self::Active,
            Attribute::ROLE => return Self::Role,
            _ => {}
        }
        let path = attribute.path();
        if let Some((list, rest)) = path.split_once("[type eq \"")
            && let Some((kind, _)) = rest.split_once('"')
        {
            return Self::Typed(list, kind);
        }
        match path.split_once('.') {
            Some((parent, sub)) => Self::Sub(parent, sub),
            None => Self::Simple(path),
        }
    }
}

/// Where the attributes of an account stand that have no field of their own in it.
static PLACES: LazyLock<Vec<(Attribute, Place)>> = LazyLock::new(|| {
    Attribute::all()
        .map(|attribute| (attribute, Place::of(attribute)))
        .filter(|(_, place)| !matches!(place, Place::UserName | Place::Active | Place::Role))
        .collect()
});

impl<'a> User<'a> {
    pub(super) fn of(json: &'a Value) -> Option<Self> {
        json.as_object().map(Self)
    }

    pub(super) fn id(self) -> Option<String> {
        text(self.member("id")?)
    }

    /// What `If-Match` takes (RFC 7644 section 3.14).
    pub(super) fn version(self) -> Option<String> {
        text(member(self.member("meta")?, "version")?).filter(|version| !version.is_empty())
    }

    /// `None` without an `id`.
    pub(super) fn account(self, shape: RoleShape) -> Option<Account> {
        let id = self.id()?;
        let attributes: BTreeMap<Attribute, String> = PLACES
            .iter()
            .filter_map(|(attribute, place)| Some((*attribute, self.get(*place, shape)?)))
            .collect();
        Some(Account {
            id,
            user_name: self.get(Place::UserName, shape).unwrap_or_default(),
            // Providers leave out `active` for users who are.
            active: self.get(Place::Active, shape).is_none_or(|active| active == "true"),
            role: self.get(Place::Role, shape),
            attributes,
        })
    }

    fn get(self, place: Place, shape: RoleShape) -> Option<String> {
        let value = match place {
            Place::UserName => self.member("userName").and_then(text),
            Place::Active => self.member("active").and_then(boolean).map(|active| active.to_string()),
            Place::Role => self.role(shape),
            Place::Simple(name) => self.member(name).and_then(text),
            Place::Sub(parent, sub) => {
                self.member(parent).and_then(|parent| member(parent, sub)).and_then(text)
            }
            Place::Typed(list, kind) => {
                let items = items(self.member(list)?);
                items.get(find(items, kind)?).and_then(|item| text(member(item, "value")?))
            }
        };
        value.filter(|value| !value.is_empty())
    }

    /// In whichever shape it is; where it is in both, the target's own.
    fn role(self, shape: RoleShape) -> Option<String> {
        let (first, second) = if shape == RoleShape::Role { ("role", "roles") } else { ("roles", "role") };
        self.member(first).and_then(role).or_else(|| self.member(second).and_then(role))
    }

    fn member(self, name: &str) -> Option<&'a Value> {
        find_member(self.0, name)
    }
}

impl Resource {
    /// A new active user.
    pub(super) fn new(user_name: &str) -> Self {
        Self(Map::from_iter([
            ("schemas".to_owned(), json!([USER])),
            ("userName".to_owned(), user_name.into()),
            ("active".to_owned(), true.into()),
        ]))
    }

    pub(super) fn of(user: User<'_>) -> Self {
        Self(user.0.clone())
    }

    pub(super) fn user(&self) -> User<'_> {
        User(&self.0)
    }

    pub(super) fn set(&mut self, attribute: Attribute, value: Option<&str>, shape: RoleShape) {
        match Place::of(attribute) {
            Place::UserName => self.put("userName", value.map(Value::from)),
            Place::Active => self.put("active", value.map(|value| Value::Bool(value == "true"))),
            Place::Role => {
                if shape != RoleShape::Role {
                    self.put("roles", value.map(roles));
                }
                if shape != RoleShape::Roles {
                    self.put("role", value.map(Value::from));
                }
            }
            Place::Simple(name) => self.put(name, value.map(Value::from)),
            Place::Sub(parent, sub) => {
                let mut members = match self.user().member(parent) {
                    Some(Value::Object(members)) => members.clone(),
                    _ => Map::new(),
                };
                match value {
                    Some(value) => members.insert(sub.to_owned(), value.into()),
                    None => members.remove(sub),
                };
                self.put(parent, if members.is_empty() { None } else { Some(Value::Object(members)) });
            }
            Place::Typed(list, kind) => {
                let items = self.with_typed(list, kind, value);
                self.put(list, if items.is_empty() { None } else { Some(Value::Array(items)) });
            }
        }
    }

    /// The whole list with one typed value changed, added or taken away.
    fn with_typed(&self, list: &str, kind: &str, value: Option<&str>) -> Vec<Value> {
        let mut items = self.user().member(list).map(items).unwrap_or_default().to_vec();
        let at = find(&items, kind);
        match (at, value) {
            (Some(at), Some(value)) => {
                if let Some(item) = items.get_mut(at) {
                    match item {
                        Value::Object(members) => {
                            members.insert("value".into(), value.into());
                            // It repeats the old value at providers that fill it in themselves.
                            members.remove("display");
                        }
                        bare => *bare = value.into(),
                    }
                }
            }
            (Some(at), None) => {
                items.remove(at);
            }
            (None, Some(value)) => items.push(typed(list, kind, value)),
            (None, None) => {}
        }
        items
    }

    pub(super) fn list(&self, list: &str) -> Value {
        Value::Array(self.user().member(list).map(items).unwrap_or_default().to_vec())
    }

    /// Without what only the provider may write (RFC 7643 section 3.1 and 4.1.2): the body of a PUT.
    pub(super) fn writable(mut self) -> Self {
        self.0.remove("meta");
        self.0.remove("groups");
        self
    }

    fn put(&mut self, name: &str, value: Option<Value>) {
        let name = match self.0.contains_key(name) {
            true => name.to_owned(),
            false => self
                .0
                .keys()
                .find(|key| key.eq_ignore_ascii_case(name))
                .cloned()
                .unwrap_or_else(|| name.to_owned()),
        };
        match value {
            Some(value) => self.0.insert(name, value),
            // Keeps the order of the others.
            None => self.0.shift_remove(&name),
        };
    }
}

/// The role in the shape of RFC 7643 section 4.1.2.
pub(super) fn roles(role: &str) -> Value {
    json!([{ "value": role, "primary": true }])
}

/// A new value of a list; the work address is the one that the target writes to.
pub(super) fn typed(list: &str, kind: &str, value: &str) -> Value {
    if list == "emails" && kind == "work" {
        json!({ "type": kind, "value": value, "primary": true })
    } else {
        json!({ "type": kind, "value": value })
    }
}

/// The value of this type; for `work` also one that has no type and is primary, or alone.
fn find(items: &[Value], kind: &str) -> Option<usize> {
    fn type_of(item: &Value) -> Option<Cow<'_, str>> {
        member(item, "type").and_then(word)
    }
    let same = |item: &Value| type_of(item).is_some_and(|found| found.eq_ignore_ascii_case(kind));
    let primary = |item: &Value| member(item, "primary").and_then(boolean) == Some(true);
    items.iter().position(|item| same(item) && primary(item)).or_else(|| items.iter().position(same)).or_else(
        || {
            let alone = items.len() == 1;
            items
                .iter()
                .position(|item| kind == "work" && type_of(item).is_none() && (alone || primary(item)))
        },
    )
}

fn role(value: &Value) -> Option<String> {
    let found = match value {
        Value::Array(items) => {
            let primary = |item: &&Value| member(item, "primary").and_then(boolean) == Some(true);
            return role(items.iter().find(primary).or(items.first())?);
        }
        Value::Object(_) => member(value, "value").and_then(text),
        other => text(other),
    };
    found.filter(|role| !role.is_empty())
}

fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        Value::Null => &[],
        one => slice::from_ref(one),
    }
}

/// The member of an object; a bare string is its own `value`.
fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    match value {
        Value::Object(members) => find_member(members, name),
        Value::String(_) if name == "value" => Some(value),
        _ => None,
    }
}

/// Attribute names are compared without case (RFC 7643 section 2.1); one that is the same to the letter comes first.
fn find_member<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let mut found = None;
    for (key, value) in members {
        if key == name {
            return Some(value);
        }
        if found.is_none() && key.eq_ignore_ascii_case(name) {
            found = Some(value);
        }
    }
    found
}

fn text(value: &Value) -> Option<String> {
    word(value).map(Cow::into_owned)
}

fn word(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(text.into()),
        Value::Number(number) => Some(number.to_string().into()),
        _ => None,
    }
}

fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, proptest};
    use serde_json::{Value, json};

    use super::{Place, Resource, User};
    use crate::config::RoleShape;
    use crate::policy::Attribute;

    fn read(json: &Value) -> crate::desired::Account {
        User::of(json).unwrap().account(RoleShape::Roles).unwrap()
    }

    #[test]
    fn every_attribute_has_a_place_of_its_own() {
        let places: Vec<String> =
            Attribute::all().map(|attribute| format!("{:?}", Place::of(attribute))).collect();
        insta::assert_snapshot!(places.join("\n"), @r#"
        UserName
        Active
        Role
        Sub("name", "givenName")
        Sub("name", "familyName")
        Sub("name", "middleName")
        Sub("name", "honorificPrefix")
        Sub("name", "honorificSuffix")
        Sub("name", "formatted")
        Simple("displayName")
        Simple("nickName")
        Simple("title")
        Simple("userType")
        Simple("preferredLanguage")
        Simple("locale")
        Simple("timezone")
        Simple("profileUrl")
        Simple("externalId")
        Typed("emails", "work")
        Typed("emails", "home")
        Typed("phoneNumbers", "work")
        Typed("phoneNumbers", "mobile")
        "#);
    }

    #[test]
    fn the_role_comes_back_in_any_shape() {
        let shapes = [
            json!([{ "value": "analyst" }, { "value": "admin", "primary": true }]),
            json!([{ "value": "admin", "primary": "True" }, { "value": "analyst", "primary": "False" }]),
            json!(["admin"]),
            json!({ "value": "admin" }),
            json!("admin"),
        ];
        for shape in shapes {
            assert_eq!(read(&json!({ "id": "1", "roles": shape })).role.as_deref(), Some("admin"), "{shape}");
            assert_eq!(read(&json!({ "id": "1", "role": shape })).role.as_deref(), Some("admin"), "{shape}");
        }
        for nothing in [json!([]), json!(null), json!(""), json!({}), json!([{ "primary": true }])] {
            assert_eq!(read(&json!({ "id": "1", "roles": nothing })).role, None);
        }
        let both = json!({ "id": "1", "roles": ["a"], "role": "b" });
        let both = User::of(&both).unwrap();
        assert_eq!(both.account(RoleShape::Roles).unwrap().role.as_deref(), Some("a"));
        assert_eq!(both.account(RoleShape::Role).unwrap().role.as_deref(), Some("b"));
    }

    #[test]
    fn active_is_a_boolean_a_string_or_left_out() {
        for (active, expected) in
            [(json!(true), true), (json!(false), false), (json!("True"), true), (json!("False"), false)]
        {
            assert_eq!(read(&json!({ "id": "1", "active": active })).active, expected);
        }
        assert!(read(&json!({ "id": 7 })).active);
        assert_eq!(read(&json!({ "id": 7 })).id, "7");
    }

    #[test]
    fn the_only_or_primary_address_without_a_type_is_the_one_at_work() {
        let work = Attribute::parse("emails[type eq \"work\"].value").unwrap();
        let of = |emails: Value| read(&json!({ "id": "1", "emails": emails })).attributes.get(&work).cloned();
        assert_eq!(of(json!([{ "value": "a@x" }])).as_deref(), Some("a@x"));
        assert_eq!(
            of(json!([{ "value": "a@x" }, { "value": "b@x", "primary": true }])).as_deref(),
            Some("b@x")
        );
        assert_eq!(of(json!([{ "value": "a@x" }, { "value": "b@x" }])), None);
        assert_eq!(of(json!([{ "value": "a@x", "type": "home" }])), None);
        assert_eq!(of(json!("a@x")).as_deref(), Some("a@x"));
    }

    #[test]
    fn a_change_leaves_everything_else_as_it_was() {
        let read = json!({
            "id": "1",
            "urn:example:extension": { "kept": [1, 2] },
            "name": { "givenName": "Ann", "middleName": "B" },
            "emails": [{ "type": "home", "value": "h@x" }, { "type": "work", "value": "w@x", "$ref": "r" }],
            "meta": { "version": "1" },
        });
        let mut resource = Resource::of(User::of(&read).unwrap());
        let attribute = |path: &str| Attribute::parse(path).unwrap();
        resource.set(attribute("name.givenName"), Some("Anna"), RoleShape::Both);
        resource.set(attribute("emails[type eq \"work\"].value"), Some("new@x"), RoleShape::Both);
        resource.set(attribute("emails[type eq \"home\"].value"), None, RoleShape::Both);
        resource.set(Attribute::ROLE, Some("admin"), RoleShape::Both);
        assert_eq!(
            json!(resource.writable()),
            json!({
                "id": "1",
                "urn:example:extension": { "kept": [1, 2] },
                "name": { "givenName": "Anna", "middleName": "B" },
                "emails": [{ "type": "work", "value": "new@x", "$ref": "r" }],
                "roles": [{ "value": "admin", "primary": true }],
                "role": "admin",
            })
        );
    }

    proptest! {
        #[test]
        fn what_is_set_is_read_back(values in prop::collection::vec(prop::option::of("\\PC{1,12}"), 22), shape in 0..3_usize) {
            let shape = [RoleShape::Roles, RoleShape::Role, RoleShape::Both][shape];
            let mut resource = Resource::default();
            let attributes: Vec<Attribute> = Attribute::all().filter(|a| *a != Attribute::ACTIVE).collect();
            for (attribute, value) in attributes.iter().zip(&values) {
                resource.set(*attribute, value.as_deref(), shape);
            }
            for (attribute, value) in attributes.iter().zip(&values) {
                assert_eq!(&resource.user().get(Place::of(*attribute), shape), value, "{attribute}");
            }
        }

        #[test]
        fn nothing_that_is_json_is_too_strange_to_read(key in "(id|userName|active|name|emails|roles|role|title)", number in any::<i64>()) {
            for value in [json!(null), json!(number), json!([number]), json!([[number]]), json!({ "value": { "a": number } }), json!({ "type": 1, "value": number })] {
                let user = json!({ "id": "1", key.as_str(): value });
                let _ = User::of(&user).unwrap().account(RoleShape::Both);
            }
        }
    }
}
