/// Seven bits an octet, the lowest first; the highest bit says that more follow.
pub(super) fn put(out: &mut Vec<u8>, mut number: usize) {
    while let Some(more) = number.checked_shr(7).filter(|more| *more > 0) {
        out.push(0x80 | low(number));
        number = more;
    }
    out.push(low(number));
}

fn low(number: usize) -> u8 {
    u8::try_from(number & 0x7f).unwrap_or_default()
}

/// Reads from the front of octets that were written by this module; what is not there reads as nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a>(pub(super) &'a [u8]);

impl<'a> Cursor<'a> {
    pub(super) fn number(&mut self) -> usize {
        let (mut number, mut shift) = (0, 0);
        while let Some((octet, rest)) = self.0.split_first() {
            self.0 = rest;
            number |= usize::from(octet & 0x7f) << shift;
            if octet & 0x80 == 0 {
                break;
            }
            shift += 7;
        }
        number
    }

    pub(super) fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at_checked(length).unwrap_or((self.0, &[]));
        self.0 = rest;
        taken
    }

    /// What stands behind its length.
    pub(super) fn piece(&mut self) -> &'a [u8] {
        let length = self.number();
        self.take(length)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn small_numbers_are_short() {
        for (number, length) in [(0, 1), (127, 1), (128, 2), (16_383, 2), (16_384, 3), (usize::MAX, 10)] {
            let mut out = Vec::new();
            put(&mut out, number);
            assert_eq!(out.len(), length, "{number}");
        }
    }

    proptest! {
        #[test]
        fn numbers_are_read_as_they_were_written(numbers in prop::collection::vec(any::<usize>(), 0..9)) {
            let mut out = Vec::new();
            numbers.iter().for_each(|number| put(&mut out, number >> (number % 60)));
            let mut cursor = Cursor(&out);
            for number in &numbers {
                prop_assert_eq!(cursor.number(), number >> (number % 60));
            }
            prop_assert!(cursor.is_empty());
        }
    }
}
