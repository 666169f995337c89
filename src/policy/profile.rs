use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An attribute of the account, by its SCIM path (RFC 7644 section 3.10), in the core User schema (RFC 7643
/// section 4.1). `role` and `active` stand for the account's one role and its state, however the target shapes them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Attribute(usize);

struct Kind {
    path: &'static str,
    /// Klaviyo lists it as supported.
    supported: bool,
    mappable: bool,
    /// RFC 7643 `caseExact: false` where a difference of case alone is no difference.
    case_exact: bool,
}

const fn kind(path: &'static str, supported: bool, mappable: bool, case_exact: bool) -> Kind {
    Kind { path, supported, mappable, case_exact }
}

/// The order is the order in which changes are shown.
const KINDS: &[Kind] = &[
    kind("userName", true, true, false),
    kind("active", true, false, true),
    kind("role", true, false, true),
    kind("name.givenName", true, true, true),
    kind("name.familyName", true, true, true),
    kind("name.middleName", false, true, true),
    kind("name.honorificPrefix", false, true, true),
    kind("name.honorificSuffix", false, true, true),
    kind("name.formatted", false, true, true),
    kind("displayName", false, true, true),
    kind("nickName", false, true, true),
    kind("title", false, true, true),
    kind("userType", false, true, true),
    kind("preferredLanguage", false, true, true),
    kind("locale", false, true, true),
    kind("timezone", false, true, true),
    kind("profileUrl", false, true, true),
    kind("externalId", false, true, true),
    kind("emails[type eq \"work\"].value", true, true, false),
    kind("emails[type eq \"home\"].value", false, true, false),
    kind("phoneNumbers[type eq \"work\"].value", false, true, true),
    kind("phoneNumbers[type eq \"mobile\"].value", false, true, true),
];

impl Attribute {
    pub const USER_NAME: Self = Self(0);
    pub const ACTIVE: Self = Self(1);
    pub const ROLE: Self = Self(2);

    /// The attribute with this SCIM path, case apart (RFC 7643 section 2.1); `"` and `'` are the same.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let path = path.replace('\'', "\"");
        KINDS.iter().position(|kind| kind.path.eq_ignore_ascii_case(&path)).map(Self)
    }

    /// Every attribute, in the order of [`Ord`].
    pub fn all() -> impl Iterator<Item = Self> {
        (0..KINDS.len()).map(Self)
    }

    fn kind(self) -> &'static Kind {
        // The only ways to make an Attribute are the constants, `parse` and `all`, which stay below the length.
        KINDS.get(self.0).unwrap_or(&const { kind("", false, false, true) })
    }

    #[must_use]
    pub fn path(self) -> &'static str {
        self.kind().path
    }

    /// Whether `map` may fill it: `role` and `active` follow from rules.
    #[must_use]
    pub fn is_mappable(self) -> bool {
        self.kind().mappable
    }

    /// Whether Klaviyo's own instructions name it.
    #[must_use]
    pub fn is_supported_by_klaviyo(self) -> bool {
        self.kind().supported
    }

    /// Whether two values are the same to the target.
    #[must_use]
    pub fn same(self, a: &str, b: &str) -> bool {
        if self.kind().case_exact { a == b } else { a.to_lowercase() == b.to_lowercase() }
    }
}

impl PartialOrd for Attribute {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Attribute {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.path())
    }
}

impl fmt::Debug for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.path())
    }
}

impl Serialize for Attribute {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.path())
    }
}

impl<'de> Deserialize<'de> for Attribute {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let path = String::deserialize(deserializer)?;
        Self::parse(&path).ok_or_else(|| serde::de::Error::custom(format!("no attribute is called `{path}`")))
    }
}

/// What two `userName`s have in common when they are one to the target (RFC 7643 section 4.1.1: `caseExact` false).
#[must_use]
pub fn user_name_key(user_name: &str) -> String {
    user_name.to_lowercase()
}

/// How the account should look. A mapped attribute whose value is `None` should have no value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Profile {
    pub role: Option<String>,
    /// Kept in step in every cycle; `userName` is always among them.
    pub attributes: BTreeMap<Attribute, Option<String>>,
    /// Set when the account is created, then left to it (`map_on_create`).
    pub on_create: BTreeMap<Attribute, Option<String>>,
}

impl Profile {
    #[must_use]
    pub fn user_name(&self) -> Option<&str> {
        self.attributes.get(&Attribute::USER_NAME)?.as_deref()
    }
}
