//! Positions in text. Excel counts UTF-16 code units: most characters are one, emoji and rare ideographs two.
//!
//! A cut through the middle of such a pair would leave half a character, which no text can hold: the character is
//! then dropped from both sides.

/// The length in UTF-16 code units.
pub(super) fn length(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.encode_utf16().count() }
}

/// What lies wholly before a position.
pub(super) fn before(text: &str, position: usize) -> &str {
    let end = offset(text, position).unwrap_or_else(|inside| inside);
    text.get(..end).unwrap_or(text)
}

/// What lies wholly behind a position.
pub(super) fn behind(text: &str, position: usize) -> &str {
    let start = offset(text, position).unwrap_or_else(|inside| {
        let rest = text.get(inside..).unwrap_or_default();
        inside + rest.chars().next().map_or(0, char::len_utf8)
    });
    text.get(start..).unwrap_or_default()
}

/// The position, in UTF-16 code units, of a byte offset.
pub(super) fn position(text: &str, byte: usize) -> usize {
    text.get(..byte).map_or(0, length)
}

/// The byte offset of a position; `Err` has that of the character which the position would split.
fn offset(text: &str, position: usize) -> Result<usize, usize> {
    if text.is_ascii() {
        return Ok(position.min(text.len()));
    }
    let mut units = 0;
    for (byte, c) in text.char_indices() {
        if units == position {
            return Ok(byte);
        }
        units += c.len_utf16();
        if units > position {
            return Err(byte);
        }
    }
    Ok(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_never_split() {
        let text = "a😀b";
        assert_eq!(length(text), 4);
        let cuts: Vec<_> = (0..=5).map(|at| (before(text, at), behind(text, at))).collect();
        insta::assert_compact_debug_snapshot!(cuts, @r#"[("", "a😀b"), ("a", "😀b"), ("a", "b"), ("a😀", "b"), ("a😀b", ""), ("a😀b", "")]"#);
    }
}
