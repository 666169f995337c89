use smallvec::SmallVec;

use super::names::Names;
use super::reference::RawRef;
use super::repeated::{Repeated, Sought};
use super::varint::{self, Cursor};

/// What the objects of one store share.
#[derive(Clone, Default)]
pub(super) struct Texts {
    pub(super) names: Names,
    pub(super) repeated: Repeated,
    /// By the numbers of names.
    tallies: Vec<Tally>,
}

/// How often values of an attribute were there before: looking for each in vain is what takes the longest.
#[derive(Clone, Copy, Default)]
struct Tally {
    sought: u32,
    found: u32,
    passed: u32,
    /// The last text by its number, and how often in a row it was not the one that was expected.
    last: u32,
    surprises: u32,
}

impl Tally {
    /// So many are looked for before it is judged, and the judgement is about the last few times as many.
    const ENOUGH: u32 = 1 << 9;
    /// Worth it is what is found once in so many times; of the others, one in so many is still looked for.
    const RARELY: u32 = 1 << 4;
    /// After so many in a row that were not expected none is, but for one in [`Self::RARELY`].
    const SURPRISES: u32 = 1 << 6;

    fn is_worth(&mut self) -> bool {
        if self.sought < Self::ENOUGH || self.found * Self::RARELY >= self.sought {
            return true;
        }
        self.passed += 1;
        self.passed.is_multiple_of(Self::RARELY)
    }

    /// Where one text often comes after another, as the classes of a person do, it is compared before it is looked for.
    fn is_predictable(&self) -> bool {
        self.surprises < Self::SURPRISES || self.sought.is_multiple_of(Self::RARELY)
    }

    fn note(&mut self, found: bool) {
        if self.sought == Self::ENOUGH * 4 {
            (self.sought, self.found) = (self.sought / 2, self.found / 2);
        }
        self.sought += 1;
        self.found += u32::from(found);
    }
}

impl Texts {
    /// Looks for a text, if that is worth it.
    fn seek(&mut self, name: usize, text: &str) -> Option<Sought> {
        if self.tallies.len() <= name {
            self.tallies.resize(name + 1, Tally::default());
        }
        let tally = self.tallies.get_mut(name)?;
        if !tally.is_worth() {
            return None;
        }
        if tally.is_predictable() {
            if let Some(number) = self.repeated.guess(tally.last, text) {
                (tally.last, tally.surprises) = (number, 0);
                return Some(Sought::Found(number));
            }
            tally.surprises = tally.surprises.saturating_add(1);
        }
        self.repeated.seek(text)
    }

    /// The number of a text that several values are.
    fn number(&mut self, name: usize, text: &str, sought: Sought) -> Option<usize> {
        let number = self.repeated.number(text, sought);
        let tally = self.tallies.get_mut(name)?;
        tally.note(number.is_some());
        let number = number?;
        if tally.is_predictable() {
            self.repeated.follows(tally.last, number);
        }
        tally.last = number;
        usize::try_from(number).ok()
    }
}

/// A packed value begins with a number: these two bits, and above them a length or the number of a text.
const KIND: usize = 0b11;
const TEXT: usize = 0;
const OCTETS: usize = 1;
/// A text that the store keeps.
const REPEATED: usize = 2;
/// The object's DN, which every object has once more as an attribute (MS-ADTS 3.1.1.4.5.3, distinguishedName).
const DN: usize = 3;

/// Packs an object: its DN, then each attribute, as its name's number, whether it has several values, how many if so,
/// and the values. The attributes, a name's number and values each, come in the order of their lower-case names, each
/// once.
pub(super) fn pack<'v>(
    out: &mut Vec<u8>,
    dn: &str,
    attributes: impl Iterator<Item = (usize, impl ExactSizeIterator<Item = RawRef<'v>>)>,
    texts: &mut Texts,
) {
    let mut values: SmallVec<[(RawRef<'v>, Option<Sought>); 64]> = SmallVec::new();
    let mut names: SmallVec<[(usize, usize); 32]> = SmallVec::new();
    for (name, its) in attributes {
        names.push((name, its.len()));
        for value in its {
            let sought = value.text().filter(|text| *text != dn).and_then(|text| texts.seek(name, text));
            values.push((value, sought));
        }
    }
    varint::put(out, dn.len());
    out.extend_from_slice(dn.as_bytes());
    let mut values = values.into_iter();
    for (name, count) in names {
        let several = count != 1;
        varint::put(out, name << 1 | usize::from(several));
        if several {
            varint::put(out, count);
        }
        for (value, sought) in values.by_ref().take(count) {
            pack_value(out, value, dn, name, sought, texts);
        }
    }
}

fn pack_value(
    out: &mut Vec<u8>,
    value: RawRef<'_>,
    dn: &str,
    name: usize,
    sought: Option<Sought>,
    texts: &mut Texts,
) {
    let (kind, octets) = match value {
        RawRef::Text(text) if text == dn => return varint::put(out, DN),
        RawRef::Text(text) => match sought.and_then(|sought| texts.number(name, text, sought)) {
            Some(number) => return varint::put(out, number << 2 | REPEATED),
            None => (TEXT, text.as_bytes()),
        },
        RawRef::Bytes(octets) => (OCTETS, octets),
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
