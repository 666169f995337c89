//! Text with `?` for any character, `*` for any number of them, and `~` before one that is meant literally.

use super::compare::fold;

/// Longer patterns are `#VALUE!` in Excel, which also bounds how long a search takes.
pub(super) const LONGEST: usize = 255;

/// A pattern, compared without regard to case.
pub(super) struct Pattern {
    /// What stands between the `*`s.
    pieces: Vec<Vec<Piece>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    Any,
    One(char),
}

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        let mut pieces = vec![Vec::new()];
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let piece = match c {
                '*' => {
                    pieces.push(Vec::new());
                    continue;
                }
                '?' => Piece::Any,
                '~' => match chars.next_if(|next| matches!(next, '*' | '?' | '~')) {
                    Some(literal) => Piece::One(literal),
                    None => Piece::One('~'),
                },
                c => Piece::One(fold(c)),
            };
            if let Some(last) = pieces.last_mut() {
                last.push(piece);
            }
        }
        Self { pieces }
    }

    /// Whether it is the whole text.
    pub(super) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().map(fold).collect();
        match self.pieces.as_slice() {
            [] => text.is_empty(),
            [only] => only.len() == text.len() && fits(only, &text, 0),
            [first, middle @ .., last] => {
                if !fits(first, &text, 0) {
                    return false;
                }
                let Some(end) = leftmost(middle, &text, first.len()) else { return false };
                text.len()
                    .checked_sub(last.len())
                    .is_some_and(|start| start >= end && fits(last, &text, start))
            }
        }
    }

    /// The first character from which on the text has it.
    pub(super) fn find(&self, text: &[char]) -> Option<usize> {
        let text: Vec<char> = text.iter().copied().map(fold).collect();
        let (first, rest) = self.pieces.split_first()?;
        let start = (0..=text.len()).find(|start| fits(first, &text, *start))?;
        // When the rest is not behind the first place of the beginning, it is not behind a later one either.
        leftmost(rest, &text, start + first.len()).map(|_| start)
    }
}

/// Where the pieces end when each stands as early as it can behind the one before.
fn leftmost(pieces: &[Vec<Piece>], text: &[char], from: usize) -> Option<usize> {
    pieces.iter().try_fold(from, |from, piece| {
        (from..=text.len()).find(|start| fits(piece, text, *start)).map(|start| start + piece.len())
    })
}

fn fits(piece: &[Piece], text: &[char], start: usize) -> bool {
    text.get(start..).is_some_and(|rest| {
        rest.len() >= piece.len()
            && piece.iter().zip(rest).all(|(p, c)| matches!(p, Piece::Any) || *p == Piece::One(*c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_texts() {
        for (pattern, text) in [
            ("B*", "banana"),
            ("?anana", "Banana"),
            ("*rry", "cherry"),
            ("a~*", "a*"),
            ("*", ""),
            ("a*b*c", "aXbXbc"),
            ("~~", "~"),
            ("~a", "~a"),
        ] {
            assert!(Pattern::new(pattern).matches(text), "{pattern} {text}");
        }
        for (pattern, text) in
            [("a~*", "ab"), ("?", ""), ("ab*ba", "aba"), ("a*b", "abc"), ("", "x"), ("a?", "a")]
        {
            assert!(!Pattern::new(pattern).matches(text), "{pattern} {text}");
        }
    }
}
