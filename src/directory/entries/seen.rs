/// Marks of one store at most: 4 MB, enough to tell what repeats within some 80,000 people.
const MOST: usize = 1 << 20;
const LEAST: usize = 1 << 6;

/// Remembers, in bounded memory, which values were there not long ago.
#[derive(Clone, Default)]
pub(super) struct Seen {
    /// Each a part of a value's hash at the place that it gives; 0: none. As many as a power of two.
    marks: Vec<u32>,
    noted: usize,
}

impl Seen {
    /// Whether a value with this hash was there before, as far as is remembered; from now on it was. Rarely says so
    /// of one that was not.
    pub(super) fn note(&mut self, hash: u64) -> bool {
        if self.noted * 2 >= self.marks.len() && self.marks.len() < MOST {
            self.grow();
        }
        let mark = u32::try_from(hash >> 32).unwrap_or_default().max(1);
        let before = self.place(mark).map(|place| std::mem::replace(place, mark));
        self.noted += usize::from(before == Some(0));
        before == Some(mark)
    }

    fn place(&mut self, mark: u32) -> Option<&mut u32> {
        let mask = self.marks.len().checked_sub(1)?;
        self.marks.get_mut(usize::try_from(mark).ok()? & mask)
    }

    fn grow(&mut self) {
        let larger = vec![0; (self.marks.len() * 2).max(LEAST)];
        self.noted = 0;
        for mark in std::mem::replace(&mut self.marks, larger) {
            if mark != 0
                && let Some(place) = self.place(mark)
            {
                *place = mark;
                self.noted += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

    use super::*;

    /// The same in every run.
    fn hash(number: u64) -> u64 {
        BuildHasherDefault::<DefaultHasher>::default().hash_one(number)
    }

    #[test]
    fn what_repeats_soon_is_noticed_whatever_comes_between() {
        let mut seen = Seen::default();
        let again = (0..30_000).filter(|number| seen.note(hash(*number))).count();
        assert_eq!(again, 0);
        let again = (20_000..30_000).filter(|number| seen.note(hash(*number))).count();
        assert!(again > 8_000, "{again}");
        assert!(seen.marks.len() <= 1 << 17, "{}", seen.marks.len());
    }

    #[test]
    fn memory_is_bounded() {
        let mut seen = Seen::default();
        (0..3_000_000).for_each(|number| {
            seen.note(hash(number));
        });
        assert_eq!(seen.marks.len(), MOST);
    }
}
