use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::seen::Seen;

/// Texts that more than one value has, each once, by number.
#[derive(Clone, Default)]
pub(super) struct Repeated {
    hasher: DefaultHashBuilder,
    /// One behind the other.
    texts: String,
    /// Where each ends.
    ends: Vec<usize>,
    numbers: HashTable<u32>,
    seen: Seen,
}

impl Repeated {
    /// The number of a text that was there before, `None` when this is the first time. A short text is no longer than
    /// its number.
    pub(super) fn number(&mut self, text: &str) -> Option<u32> {
        if text.len() < 3 {
            return None;
        }
        let hash = self.hasher.hash_one(text);
        let (texts, ends) = (&self.texts, &self.ends);
        let known = self.numbers.find(hash, |number| text_of(texts, ends, *number) == text);
        if let Some(number) = known {
            return Some(*number);
        }
        if !self.seen.note(hash) {
            return None;
        }
        let number = u32::try_from(self.ends.len()).ok()?;
        self.texts.push_str(text);
        self.ends.push(self.texts.len());
        let (hasher, texts, ends) = (&self.hasher, &self.texts, &self.ends);
        self.numbers.insert_unique(hash, number, |number| hasher.hash_one(text_of(texts, ends, *number)));
        Some(number)
    }

    /// The text with this number; of none that was given, the empty one.
    pub(super) fn text(&self, number: usize) -> &str {
        u32::try_from(number).map_or("", |number| text_of(&self.texts, &self.ends, number))
    }
}

fn text_of<'t>(texts: &'t str, ends: &[usize], number: u32) -> &'t str {
    let Ok(at) = usize::try_from(number) else { return "" };
    let from = at.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or_default();
    ends.get(at).and_then(|to| texts.get(from..*to)).unwrap_or_default()
}
