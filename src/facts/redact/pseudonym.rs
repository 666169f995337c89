use sha2::{Digest as _, Sha256};
use uuid::{Builder, Uuid};

/// Letters and digits of which no word can be made, and no digit that looks like a letter.
const LETTERS: &[u8; 27] = b"bcdfghjkmnpqrstvwxz23456789";
/// Some 57 bits: of a million names no two are likely to meet.
const LENGTH: usize = 12;

/// A secret from which pseudonyms are made.
pub(super) struct Key(pub(super) [u8; 32]);

impl Key {
    /// `kind` keeps apart what is hidden in different ways. Half of it at most is ever shown, so that it cannot be
    /// reckoned on to a longer text's.
    fn hash(&self, kind: &str, value: &[u8]) -> [u8; 16] {
        let mut hash = Sha256::new();
        for part in [&self.0[..], kind.as_bytes(), value] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let all: [u8; 32] = hash.finalize().into();
        let mut half = [0; 16];
        half.iter_mut().zip(all).for_each(|(to, from)| *to = from);
        half
    }

    /// A word in place of a text, letter case apart.
    pub(super) fn word(&self, text: &str) -> String {
        let mut left = u128::from_be_bytes(self.hash("word", text.to_lowercase().as_bytes()));
        let mut out = String::with_capacity(LENGTH);
        while out.len() < LENGTH {
            // It begins with a letter: 19 of them come first.
            let of = if out.is_empty() { 19 } else { LETTERS.len() as u128 };
            let at = usize::try_from(left % of).unwrap_or_default();
            out.push(char::from(LETTERS.get(at).copied().unwrap_or(b'x')));
            left /= of;
        }
        out
    }

    /// Other digits in the same places.
    pub(super) fn digits(&self, text: &str) -> String {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let mut round = 0_u32;
        loop {
            let mut left = u128::from_be_bytes(self.hash("digits", format!("{round} {digits}").as_bytes()));
            let mut next = || {
                let digit = u32::try_from(left % 10).unwrap_or_default();
                // 38 digits are in it; a number that is longer repeats.
                left = (left / 10) | (left % 10) << 120;
                char::from_digit(digit, 10).unwrap_or('0')
            };
            let out: String = text.chars().map(|c| if c.is_ascii_digit() { next() } else { c }).collect();
            if out != text || digits.is_empty() {
                return out;
            }
            round += 1;
        }
    }

    pub(super) fn uuid(&self, uuid: Uuid) -> Uuid {
        Builder::from_random_bytes(self.hash("guid", uuid.as_bytes())).into_uuid()
    }

    pub(super) fn octets(&self, bytes: &[u8]) -> [u8; 16] {
        self.hash("octets", bytes)
    }

    /// Another number of 32 bits; no two come to the same one.
    pub(super) fn number(&self, kind: &str, number: u32) -> u32 {
        // Four rounds of a Feistel network are a permutation that tells nothing of its key (Luby and Rackoff).
        let [a, b, c, d] = number.to_be_bytes();
        let (mut left, mut right) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        for round in 0..4_u8 {
            let [high, low, ..] = self.hash(kind, &[[round, 0], right.to_be_bytes()].concat());
            (left, right) = (right, left ^ u16::from_be_bytes([high, low]));
        }
        u32::from(left) << 16 | u32::from(right)
    }

    /// The same of numbers from 1000 on, which stay so: those below are the same in every domain (MS-DTYP 2.4.2.4).
    pub(super) fn relative_identifier(&self, number: u32) -> u32 {
        const FIRST: u32 = 1000;
        if number < FIRST {
            return number;
        }
        let mut other = self.number("rid", number);
        while other < FIRST {
            other = self.number("rid", other);
        }
        other
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn one_key_makes_one_pseudonym_and_another_key_another() {
        let (one, other) = (Key([1; 32]), Key([2; 32]));
        assert_eq!(one.word("Mia"), one.word("MIA"));
        assert_ne!(one.word("Mia"), one.word("Mya"));
        assert_ne!(one.word("Mia"), other.word("Mia"));
        assert_eq!(one.word("").len(), LENGTH);
        assert_ne!(one.uuid(Uuid::nil()), other.uuid(Uuid::nil()));
    }

    #[test]
    fn phones_keep_their_form_and_nothing_else() {
        let key = Key([1; 32]);
        let phone = key.digits("+49 (30) 12-34");
        assert_eq!(phone.replace(|c: char| c.is_ascii_digit(), "0"), "+00 (00) 00-00");
        assert_ne!(phone, "+49 (30) 12-34");
        for digit in 0..10 {
            assert_ne!(key.digits(&digit.to_string()), digit.to_string());
        }
        assert_eq!(key.digits("none"), "none");
    }

    #[test]
    fn numbers_never_meet() {
        let key = Key([7; 32]);
        let numbers: HashSet<u32> = (900..60_000).map(|number| key.relative_identifier(number)).collect();
        assert_eq!(numbers.len(), 59_100);
        assert_eq!(key.relative_identifier(513), 513);
        assert!((1000..5000).all(|number| key.relative_identifier(number) >= 1000));
    }
}
