use ldap3::ResultEntry;
use ldap3::asn1::{PL, StructureTag};
use uuid::Uuid;

use crate::directory::entries::RawRef;
use crate::directory::scope::{Range, range};
use crate::directory::snapshot::{Entry, guid_of};

/// An entry as it lies in the message that brought it.
pub(super) struct Received<'m> {
    pub(super) dn: &'m str,
    /// In the server's order, names without options, none without a value.
    pub(super) attributes: Vec<(&'m str, Octets<'m>)>,
    pub(super) more: More,
}

/// The attributes of which the server keeps back values: the name, and the number of the first value that is still to
/// be asked for (MS-ADTS 3.1.1.3.1.3.3).
pub(super) type More = Vec<(String, u64)>;

impl Received<'_> {
    pub(super) fn object_guid(&self) -> Option<Uuid> {
        let found = self.attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case("objectGUID"));
        guid_of(found?.1.clone().next()?)
    }

    pub(super) fn to_entry(&self) -> Entry {
        let mut entry = Entry::new(self.dn);
        for (name, values) in &self.attributes {
            values.clone().for_each(|value| entry.push(name, value.to_raw()));
        }
        entry
    }
}

/// The values of an attribute.
#[derive(Clone)]
pub(super) struct Octets<'m>(std::slice::Iter<'m, StructureTag>);

impl<'m> Iterator for Octets<'m> {
    type Item = RawRef<'m>;

    fn next(&mut self) -> Option<RawRef<'m>> {
        self.0.next().and_then(primitive).map(RawRef::from_bytes)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for Octets<'_> {}

/// Decodes a SearchResultEntry (RFC 4511 section 4.5.2); `None` when it is none. ldap3's own decoder panics at that,
/// and forgets which values of an attribute were binary.
pub(super) fn received(message: &ResultEntry) -> Option<Received<'_>> {
    let [dn, attributes, ..] = constructed(&message.0).filter(|_| message.0.id == 4)? else { return None };
    let (dn, tags) = (text(dn)?, constructed(attributes)?);
    let (mut attributes, mut more) = (Vec::with_capacity(tags.len()), Vec::new());
    for attribute in tags {
        let [name, values, ..] = constructed(attribute)? else { return None };
        let (mut name, values) = (text(name)?, constructed(values)?);
        if name.contains(';') {
            let (base, range) = range(name);
            if let Some(Range { to: Some(last), .. }) = range {
                more.push((base.to_owned(), last + 1));
            }
            name = base;
        }
        if values.iter().any(|value| primitive(value).is_none()) {
            return None;
        }
        if !values.is_empty() {
            attributes.push((name, Octets(values.iter())));
        }
    }
    Some(Received { dn, attributes, more })
}

/// The URLs of a SearchResultReference (RFC 4511 section 4.5.3).
pub(super) fn references(message: &ResultEntry) -> impl Iterator<Item = String> {
    constructed(&message.0).unwrap_or_default().iter().filter_map(text).map(str::to_owned)
}

fn constructed(tag: &StructureTag) -> Option<&[StructureTag]> {
    match &tag.payload {
        PL::C(parts) => Some(parts),
        PL::P(_) => None,
    }
}

fn primitive(tag: &StructureTag) -> Option<&[u8]> {
    match &tag.payload {
        PL::P(octets) => Some(octets),
        PL::C(_) => None,
    }
}

fn text(tag: &StructureTag) -> Option<&str> {
    std::str::from_utf8(primitive(tag)?).ok()
}

#[cfg(test)]
mod tests {
    use ldap3::asn1::TagClass;

    use super::*;
    use crate::directory::snapshot::Raw;

    fn octets(text: &[u8]) -> StructureTag {
        StructureTag { class: TagClass::Universal, id: 4, payload: PL::P(text.to_vec()) }
    }

    fn group(id: u64, parts: Vec<StructureTag>) -> StructureTag {
        StructureTag { class: TagClass::Universal, id, payload: PL::C(parts) }
    }

    fn attribute(name: &[u8], values: &[&[u8]]) -> StructureTag {
        group(16, vec![octets(name), group(17, values.iter().map(|value| octets(value)).collect())])
    }

    fn entry(attributes: Vec<StructureTag>) -> StructureTag {
        StructureTag {
            class: TagClass::Application,
            ..group(4, vec![octets(b"CN=Mia"), group(16, attributes)])
        }
    }

    #[test]
    fn values_keep_their_octets_and_ranges_say_what_is_missing() {
        let message = entry(vec![
            attribute(b"cn", &["Mi\u{e1}".as_bytes()]),
            attribute(b"objectGUID", &[&[0xff; 16]]),
            attribute(b"member;range=0-1", &[b"CN=A", b"CN=B"]),
            attribute(b"memberOf;range=1500-*", &[b"CN=C"]),
            attribute(b"mail", &[]),
        ]);
        let message = ResultEntry::new(message);
        let received = received(&message).unwrap();
        let entry = received.to_entry();
        assert_eq!(entry.text("cn"), Some("Mi\u{e1}"));
        assert_eq!(entry.values("objectguid"), [Raw::Bytes(vec![0xff; 16])]);
        assert_eq!((entry.values("member").len(), entry.values("memberOf").len()), (2, 1));
        assert_eq!(entry.attributes().count(), 4);
        assert_eq!(received.more, [("member".to_owned(), 2)]);
    }

    #[test]
    fn what_is_no_entry_is_not_taken_for_one() {
        let wrong = [
            octets(b"CN=Mia"),
            group(4, vec![]),
            group(4, vec![octets(&[0xff]), group(16, vec![])]),
            group(4, vec![octets(b"CN=Mia"), octets(b"")]),
            entry(vec![group(16, vec![octets(b"cn")])]),
            entry(vec![group(16, vec![octets(b"cn"), octets(b"Mia")])]),
            StructureTag { id: 5, ..entry(vec![]) },
        ];
        for message in wrong {
            assert!(received(&ResultEntry::new(message.clone())).is_none(), "{message:?}");
        }
    }
}
