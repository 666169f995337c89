use ldap3::ResultEntry;
use ldap3::asn1::StructureTag;
use uuid::Uuid;

use crate::directory::scope::{Range, range};
use crate::directory::snapshot::{Entry, Raw, guid_of};

/// An entry as it came.
#[derive(Clone)]
pub(super) struct Received {
    pub(super) dn: String,
    /// In the server's order, names without options, none without a value.
    pub(super) attributes: Vec<(String, Vec<Raw>)>,
    /// The attributes of which the server keeps back values: the name, and the number of the first value that is still
    /// to be asked for (MS-ADTS 3.1.1.3.1.3.3).
    pub(super) more: Vec<(String, u64)>,
}

impl Received {
    pub(super) fn object_guid(&self) -> Option<Uuid> {
        let found = self.attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case("objectGUID"));
        guid_of(found?.1.first()?.by_ref())
    }

    pub(super) fn into_entry(self) -> Entry {
        let mut entry = Entry::new(self.dn);
        for (name, values) in self.attributes {
            values.into_iter().for_each(|value| entry.push(&name, value));
        }
        entry
    }
}

/// Decodes a SearchResultEntry (RFC 4511 section 4.5.2); `None` when it is none. ldap3's own decoder panics at that,
/// and forgets which values of an attribute were binary.
pub(super) fn received(message: ResultEntry) -> Option<Received> {
    let mut parts = message.0.match_id(4)?.expect_constructed()?.into_iter();
    let dn = text(parts.next()?)?;
    let tags = parts.next()?.expect_constructed()?;
    let (mut attributes, mut more) = (Vec::with_capacity(tags.len()), Vec::new());
    for attribute in tags {
        let mut parts = attribute.expect_constructed()?.into_iter();
        let mut name = text(parts.next()?)?;
        let tags = parts.next()?.expect_constructed()?;
        let mut values = Vec::with_capacity(tags.len());
        for value in tags {
            values.push(Raw::from_bytes(value.expect_primitive()?));
        }
        if name.contains(';') {
            let (base, range) = range(&name);
            if let Some(Range { to: Some(last), .. }) = range {
                more.push((base.to_owned(), last + 1));
            }
            name = base.to_owned();
        }
        if !values.is_empty() {
            attributes.push((name, values));
        }
    }
    Some(Received { dn, attributes, more })
}

/// The URLs of a SearchResultReference (RFC 4511 section 4.5.3).
pub(super) fn references(message: ResultEntry) -> Vec<String> {
    let urls = message.0.expect_constructed().unwrap_or_default();
    urls.into_iter().filter_map(text).collect()
}

fn text(tag: StructureTag) -> Option<String> {
    String::from_utf8(tag.expect_primitive()?).ok()
}

#[cfg(test)]
mod tests {
    use ldap3::asn1::{PL, TagClass};

    use super::*;

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
        let received = received(ResultEntry::new(message)).unwrap();
        let more = received.more.clone();
        let entry = received.into_entry();
        assert_eq!(entry.text("cn"), Some("Mi\u{e1}"));
        assert_eq!(entry.values("objectguid"), [Raw::Bytes(vec![0xff; 16])]);
        assert_eq!((entry.values("member").len(), entry.values("memberOf").len()), (2, 1));
        assert_eq!(entry.attributes().count(), 4);
        assert_eq!(more, [("member".to_owned(), 2)]);
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
            assert!(received(ResultEntry::new(message.clone())).is_none(), "{message:?}");
        }
    }
}
