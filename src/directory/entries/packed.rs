use super::names::Names;
use super::repeated::Repeated;
use super::varint::{self, Cursor};
use crate::directory::snapshot::Raw;

/// What the objects of one store share.
#[derive(Clone, Default)]
pub(super) struct Texts {
    pub(super) names: Names,
    pub(super) repeated: Repeated,
}

/// A packed value begins with a number: these two bits, and above them a length or the number of a text.
const KIND: usize = 0b11;
const TEXT: usize = 0;
const OCTETS: usize = 1;
/// A text that the store keeps.
const REPEATED: usize = 2;
/// The object's DN, which every object has once more as an attribute (MS-ADTS 3.1.1.4.5.3, distinguishedName).
const DN: usize = 3;

/// An attribute's name, by its number, and its values.
pub(super) type Numbered<'a> = (usize, &'a [Raw]);

/// Packs an object: its DN, then each attribute, as its name's number, whether it has several values, how many if so,
/// and the values. The attributes come in the order of their lower-case names, each once.
pub(super) fn pack(out: &mut Vec<u8>, dn: &str, attributes: &[Numbered<'_>], texts: &mut Texts) {
    varint::put(out, dn.len());
    out.extend_from_slice(dn.as_bytes());
    for (name, values) in attributes {
        let several = values.len() != 1;
        varint::put(out, name << 1 | usize::from(several));
        if several {
            varint::put(out, values.len());
        }
        for value in *values {
            pack_value(out, value, dn, &mut texts.repeated);
        }
    }
}

fn pack_value(out: &mut Vec<u8>, value: &Raw, dn: &str, repeated: &mut Repeated) {
    let (kind, octets) = match value {
        Raw::Text(text) if text == dn => return varint::put(out, DN),
        Raw::Text(text) => match repeated.number(text).and_then(|number| usize::try_from(number).ok()) {
            Some(number) => return varint::put(out, number << 2 | REPEATED),
            None => (TEXT, text.as_bytes()),
        },
        Raw::Bytes(octets) => (OCTETS, octets.as_slice()),
    };
    varint::put(out, octets.len() << 2 | kind);
    out.extend_from_slice(octets);
}

/// A value as it lies in an object.
pub(super) enum Packed<'a> {
    Text(&'a [u8]),
    Octets(&'a [u8]),
    Repeated(usize),
    Dn,
}

pub(super) fn unpack<'a>(cursor: &mut Cursor<'a>) -> Packed<'a> {
    let number = cursor.number();
    match number & KIND {
        TEXT => Packed::Text(cursor.take(number >> 2)),
        OCTETS => Packed::Octets(cursor.take(number >> 2)),
        REPEATED => Packed::Repeated(number >> 2),
        _ => Packed::Dn,
    }
}
