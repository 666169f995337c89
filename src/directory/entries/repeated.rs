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
    /// By the hash of the text. Each place is here once more: one look at memory less.
    numbers: HashTable<(u32, Place)>,
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

impl Repeated {
    /// The number of a text that was there before, `None` when this is the first time. A short text is no longer than
    /// its number.
    pub(super) fn number(&mut self, text: &str) -> Option<u32> {
        if text.len() < 3 {
            return None;
        }
        let hash = self.hasher.hash_one(text);
        let known = self.numbers.find(hash, |(_, place)| {
            usize::try_from(place.length) == Ok(text.len()) && place.text(&self.texts) == Some(text)
        });
        if let Some((number, _)) = known {
            return Some(*number);
        }
        if !self.seen.note(hash) {
            return None;
        }
        let number = u32::try_from(self.places.len()).ok()?;
        // Of more than 4 GB, what comes later is not kept here.
        let place =
            Place { start: u32::try_from(self.texts.len()).ok()?, length: u32::try_from(text.len()).ok()? };
        self.texts.push_str(text);
        self.places.push(place);
        let (hasher, texts) = (&self.hasher, &self.texts);
        self.numbers.insert_unique(hash, (number, place), |(_, place)| {
            hasher.hash_one(place.text(texts).unwrap_or_default())
        });
        Some(number)
    }

    /// The text with this number; of none that was given, the empty one.
    pub(super) fn text(&self, number: usize) -> &str {
        self.places.get(number).and_then(|place| place.text(&self.texts)).unwrap_or_default()
    }
}
