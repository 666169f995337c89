use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::seen::Seen;

/// Texts that more than one value has, each once, by number.
#[derive(Clone, Default)]
pub(super) struct Repeated {
    hasher: DefaultHashBuilder,
    /// One behind the other.
    texts: String,
    places: Vec<Place>,
    /// By the hash of the text.
    numbers: HashTable<Known>,
    /// By number, the text that came after it in the same attribute the last time.
    after: Vec<u32>,
    seen: Seen,
}

/// Where a text begins, and how long it is, in octets.
#[derive(Clone, Copy)]
struct Place {
    start: u32,
    length: u32,
}

impl Place {
    fn text(self, texts: &str) -> Option<&str> {
        let start = usize::try_from(self.start).ok()?;
        texts.get(start..start + usize::try_from(self.length).ok()?)
    }
}

#[derive(Clone, Copy)]
struct Known {
    /// A part of the hash.
    mark: u32,
    number: u32,
    place: Place,
}

/// A text that was looked for.
#[derive(Clone, Copy)]
pub(super) enum Sought {
    /// By its number.
    Found(u32),
    /// By its hash, and what it probably is, which is still to be compared.
    Hashed(Hashed),
}

#[derive(Clone, Copy)]
pub(super) struct Hashed {
    hash: u64,
    probably: Option<Known>,
}

impl Repeated {
    /// Looks for a text: in vain, if it is no longer than its number would be. Memory takes long to answer, and answers
    /// several at once; so all texts of an object are looked for before the first is compared.
    pub(super) fn seek(&self, text: &str) -> Option<Sought> {
        if text.len() < 3 {
            return None;
        }
        let (hash, length) = (self.hasher.hash_one(text), u32::try_from(text.len()).ok()?);
        let mark = mark(hash);
        let probably = self.numbers.find(hash, |known| known.mark == mark && known.place.length == length);
        Some(Sought::Hashed(Hashed { hash, probably: probably.copied() }))
    }

    /// The number of a text that is the one that came after another the last time.
    pub(super) fn guess(&self, before: u32, text: &str) -> Option<u32> {
        let number = *self.after.get(usize::try_from(before).ok()?)?;
        let place = self.places.get(usize::try_from(number).ok()?)?;
        (place.text(&self.texts) == Some(text)).then_some(number)
    }

    /// Notes which text came after another.
    pub(super) fn follows(&mut self, before: u32, number: u32) {
        if let Some(after) = usize::try_from(before).ok().and_then(|before| self.after.get_mut(before)) {
            *after = number;
        }
    }

    /// The number of a text that was there before, `None` when this is the first time.
    pub(super) fn number(&mut self, text: &str, sought: Sought) -> Option<u32> {
        let Hashed { hash, probably } = match sought {
            Sought::Found(number) => return Some(number),
            Sought::Hashed(hashed) => hashed,
        };
        let is_it = |known: &Known| known.place.text(&self.texts) == Some(text);
        if let Some(known) = probably.filter(is_it) {
            return Some(known.number);
        }
        if !self.seen.note(hash) {
            return None;
        }
        // Since it was looked for, another value may have been the same.
        if let Some(known) = self.numbers.find(hash, is_it) {
            return Some(known.number);
        }
        let number = u32::try_from(self.places.len()).ok()?;
        // Of more than 4 GB, what comes later is not kept here.
        let place =
            Place { start: u32::try_from(self.texts.len()).ok()?, length: u32::try_from(text.len()).ok()? };
        self.texts.push_str(text);
        self.places.push(place);
        self.after.push(number);
        let known = Known { mark: mark(hash), number, place };
        let hash_of = |known: &Known| self.hasher.hash_one(known.place.text(&self.texts).unwrap_or_default());
        self.numbers.insert_unique(hash, known, hash_of);
        Some(number)
    }

    /// The text with this number; of none that was given, the empty one.
    pub(super) fn text(&self, number: usize) -> &str {
        self.places.get(number).and_then(|place| place.text(&self.texts)).unwrap_or_default()
    }
}

fn mark(hash: u64) -> u32 {
    u32::try_from(hash >> 32).unwrap_or_default()
}
