use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::entries::{Entries, RawRef};

/// The flag of `userAccountControl` by which an account is disabled (MS-ADTS 2.2.16).
pub const ACCOUNTDISABLE: i64 = 0x0000_0002;

/// What was read, in one reading, and whether that is everything there is.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// For people: `ldaps://dc1.example.com` or a file's path.
    pub source: String,
    /// In the order in which they came.
    pub people: Entries,
    pub groups: Entries,
    /// The attributes that were asked for; `None` when all were (a file). Lower case.
    pub asked: Option<BTreeSet<String>>,
    pub completeness: Completeness,
    /// Of the known objectGUIDs those that `people` lacks, each with what one more look-up found.
    pub absent: BTreeMap<Uuid, Absence>,
}

/// Whether a snapshot may be used to say that somebody is *not* there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Completeness {
    Whole,
    /// Creates and updates may be planned from it; nothing may be deactivated for absence.
    Partial {
        why: String,
    },
}

/// What the look-up of one missing person by objectGUID found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Absence {
    /// Deleted: it is among the deleted objects.
    Deleted,
    /// No such object is to be seen: deleted, or hidden from the account that reads.
    Gone,
    /// Moved: the object is there, under this DN, outside the base of the read.
    OutOfScope { dn: String },
    /// The object is there, in the base, disabled, and the filter of the read does not find it.
    Disabled { dn: String },
    /// The same, but not disabled.
    OutOfFilter { dn: String },
    /// The object is there, but the account that reads may not see any more what the filter asks about.
    Unreadable { dn: String },
    /// The look-up failed, so nothing is known.
    Unknown { why: String },
}

/// One object of the directory (RFC 4511 section 4.1.4 and 4.1.7), undecoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    pub dn: String,
    attributes: BTreeMap<String, Attribute>,
}

/// An attribute under the name that the directory spelled, options (`;range=..`) removed, never without a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    pub name: String,
    pub values: Vec<Raw>,
}

/// An attribute value as it came: an octet string (RFC 4511 section 4.1.5).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Raw {
    Text(String),
    /// What is not UTF-8, or was written as binary.
    Bytes(Vec<u8>),
}

impl Raw {
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        String::from_utf8(bytes).map_or_else(|e| Self::Bytes(e.into_bytes()), Self::Text)
    }

    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.by_ref().as_bytes()
    }

    #[must_use]
    pub fn by_ref(&self) -> RawRef<'_> {
        match self {
            Self::Text(text) => RawRef::Text(text),
            Self::Bytes(bytes) => RawRef::Bytes(bytes),
        }
    }
}

impl Entry {
    #[must_use]
    pub fn new(dn: impl Into<String>) -> Self {
        Self { dn: dn.into(), attributes: BTreeMap::new() }
    }

    /// Adds a value behind those that are there; names are compared without case (RFC 4512 section 2.5).
    pub fn push(&mut self, name: &str, value: Raw) {
        self.attributes
            .entry(name.to_ascii_lowercase())
            .or_insert_with(|| Attribute { name: name.to_owned(), values: Vec::new() })
            .values
            .push(value);
    }

    /// Sets the only value of an attribute.
    pub fn set(&mut self, name: &str, value: Raw) {
        self.attributes
            .insert(name.to_ascii_lowercase(), Attribute { name: name.to_owned(), values: vec![value] });
    }

    pub fn remove(&mut self, name: &str) {
        self.attributes.remove(&name.to_ascii_lowercase());
    }

    /// The values of an attribute; none when it is absent.
    #[must_use]
    pub fn values(&self, name: &str) -> &[Raw] {
        self.attributes.get(&name.to_ascii_lowercase()).map_or(&[], |a| a.values.as_slice())
    }

    /// The first value as text, when it is text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values(name).iter().find_map(|raw| match raw {
            Raw::Text(text) => Some(text.as_str()),
            Raw::Bytes(_) => None,
        })
    }

    /// All attributes, ordered by lower-case name.
    pub fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.attributes.values()
    }

    /// The `objectGUID`: 16 octets in Microsoft's order (MS-DTYP 2.3.4.2), or its text form, as files have it.
    #[must_use]
    pub fn object_guid(&self) -> Option<Uuid> {
        guid_of(self.values("objectGUID").first()?.by_ref())
    }
}

/// The GUID that a value of `objectGUID` is.
pub(super) fn guid_of(value: RawRef<'_>) -> Option<Uuid> {
    match <[u8; 16]>::try_from(value.as_bytes()) {
        Ok(octets) => Some(Uuid::from_bytes_le(octets)),
        Err(_) => Uuid::parse_str(value.text()?.trim()).ok(),
    }
}
