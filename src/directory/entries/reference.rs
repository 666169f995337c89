use std::fmt;

use uuid::Uuid;

use super::names::Name;
use super::packed::{Packed, Texts, unpack};
use super::varint::Cursor;
use crate::directory::snapshot::{Entry, Raw, guid_of};

/// One object of [`Entries`](super::Entries), to be read as an [`Entry`] is.
#[derive(Clone, Copy)]
pub struct EntryRef<'a> {
    dn: &'a str,
    attributes: Cursor<'a>,
    texts: &'a Texts,
}

/// An attribute value by reference: an octet string (RFC 4511 section 4.1.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RawRef<'a> {
    Text(&'a str),
    /// What is not UTF-8, or was written as binary.
    Bytes(&'a [u8]),
}

impl<'a> RawRef<'a> {
    #[must_use]
    pub fn from_bytes(bytes: &'a [u8]) -> Self {
        std::str::from_utf8(bytes).map_or(Self::Bytes(bytes), Self::Text)
    }

    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }

    /// The value when it is text.
    #[must_use]
    pub fn text(self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Bytes(_) => None,
        }
    }

    #[must_use]
    pub fn to_raw(self) -> Raw {
        match self {
            Self::Text(text) => Raw::Text(text.to_owned()),
            Self::Bytes(bytes) => Raw::Bytes(bytes.to_vec()),
        }
    }
}

impl<'a> EntryRef<'a> {
    pub(super) fn new(object: &'a [u8], texts: &'a Texts) -> Self {
        let mut attributes = Cursor(object);
        Self { dn: utf8(attributes.piece()), attributes, texts }
    }

    #[must_use]
    pub fn dn(&self) -> &'a str {
        self.dn
    }

    /// The values of an attribute, whose name may be in any case; none when it is absent.
    pub fn values(&self, name: &str) -> Values<'a> {
        let found = self.attributes().find(|attribute| attribute.name.eq_ignore_ascii_case(name));
        found.map_or(Values { left: 0, cursor: Cursor(&[]), entry: *self }, |attribute| attribute.values)
    }

    /// The first value that is text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.values(name).find_map(RawRef::text)
    }

    /// All attributes, ordered by lower-case name.
    pub fn attributes(&self) -> impl Iterator<Item = AttributeRef<'a>> + use<'a> {
        let entry = *self;
        let mut cursor = self.attributes;
        std::iter::from_fn(move || {
            if cursor.is_empty() {
                return None;
            }
            let number = cursor.number();
            let left = if number & 1 == 0 { 1 } else { cursor.number() };
            let values = Values { left, cursor, entry };
            for _ in 0..left {
                unpack(&mut cursor);
            }
            let Name { spelling, lower } = entry.texts.names.name(number >> 1)?;
            Some(AttributeRef { name: spelling, lower, values })
        })
    }

    /// The `objectGUID`: 16 octets in Microsoft's order (MS-DTYP 2.3.4.2), or its text form, as files have it.
    #[must_use]
    pub fn object_guid(&self) -> Option<Uuid> {
        guid_of(self.values("objectGUID").next()?)
    }

    /// The entry itself, to be changed.
    #[must_use]
    pub fn to_entry(&self) -> Entry {
        let mut entry = Entry::new(self.dn);
        for attribute in self.attributes() {
            attribute.values().for_each(|value| entry.push(attribute.name, value.to_raw()));
        }
        entry
    }
}

impl fmt::Debug for EntryRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_entry().fmt(f)
    }
}

/// An attribute of an [`EntryRef`], never without a value.
#[derive(Clone)]
pub struct AttributeRef<'a> {
    /// As the directory spelled it, options (`;range=..`) removed.
    pub name: &'a str,
    pub(in crate::directory) lower: &'a str,
    values: Values<'a>,
}

impl<'a> AttributeRef<'a> {
    #[must_use]
    pub fn values(&self) -> Values<'a> {
        self.values.clone()
    }
}

/// The values of an attribute, in the order in which they came.
#[derive(Clone)]
pub struct Values<'a> {
    left: usize,
    cursor: Cursor<'a>,
    entry: EntryRef<'a>,
}

impl<'a> Values<'a> {
    /// Each with the number of its text, if it is one that the store keeps once for many objects: values of one store
    /// with one number are equal, though equal ones need not have any.
    pub fn numbered(mut self) -> impl Iterator<Item = (RawRef<'a>, Option<usize>)> {
        std::iter::from_fn(move || self.step())
    }

    fn step(&mut self) -> Option<(RawRef<'a>, Option<usize>)> {
        self.left = self.left.checked_sub(1)?;
        Some(match unpack(&mut self.cursor) {
            Packed::Text(text) => (RawRef::Text(utf8(text)), None),
            Packed::Octets(octets) => (RawRef::Bytes(octets), None),
            Packed::Repeated(number) => (RawRef::Text(self.entry.texts.repeated.text(number)), Some(number)),
            Packed::Dn => (RawRef::Text(self.entry.dn), None),
        })
    }
}

impl<'a> Iterator for Values<'a> {
    type Item = RawRef<'a>;

    fn next(&mut self) -> Option<RawRef<'a>> {
        self.step().map(|(value, _)| value)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Values<'_> {}

/// What was packed as text is text.
fn utf8(octets: &[u8]) -> &str {
    std::str::from_utf8(octets).unwrap_or_default()
}
