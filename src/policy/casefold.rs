//! Text compared as Active Directory compares it, letter case apart, without a copy of either text.
//!
//! Characters are held against each other in lower case, one by one: `ς` is `σ` wherever it stands, `ß` is not `ss`.

fn folded(text: &str) -> impl DoubleEndedIterator<Item = char> + Clone {
    text.chars().flat_map(char::to_lowercase).map(|c| if c == 'ς' { 'σ' } else { c })
}

/// The text that equals the same texts as this one does.
pub(crate) fn fold(text: &str) -> String {
    folded(text).collect()
}

fn ascii<'t>(text: &'t str, other: &'t str) -> Option<(&'t [u8], &'t [u8])> {
    (text.is_ascii() && other.is_ascii()).then_some((text.as_bytes(), other.as_bytes()))
}

pub(crate) fn equals(text: &str, other: &str) -> bool {
    match ascii(text, other) {
        Some((text, other)) => text.eq_ignore_ascii_case(other),
        None => folded(text).eq(folded(other)),
    }
}

pub(crate) fn starts_with(text: &str, other: &str) -> bool {
    match ascii(text, other) {
        Some((text, other)) => text.get(..other.len()).is_some_and(|start| start.eq_ignore_ascii_case(other)),
        None => begins(folded(text), folded(other)),
    }
}

pub(crate) fn ends_with(text: &str, other: &str) -> bool {
    match ascii(text, other) {
        Some((text, other)) => text
            .len()
            .checked_sub(other.len())
            .and_then(|start| text.get(start..))
            .is_some_and(|end| end.eq_ignore_ascii_case(other)),
        None => begins(folded(text).rev(), folded(other).rev()),
    }
}

pub(crate) fn contains(text: &str, other: &str) -> bool {
    match ascii(text, other) {
        Some((_, [])) => true,
        Some((text, other @ [first, ..])) => text.windows(other.len()).any(|part| {
            part.first().is_some_and(|start| start.eq_ignore_ascii_case(first))
                && part.eq_ignore_ascii_case(other)
        }),
        None => {
            let mut rest = folded(text);
            loop {
                if begins(rest.clone(), folded(other)) {
                    return true;
                }
                if rest.next().is_none() {
                    return false;
                }
            }
        }
    }
}

fn begins(mut text: impl Iterator<Item = char>, other: impl Iterator<Item = char>) -> bool {
    let mut other = other;
    other.all(|character| text.next() == Some(character))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_is_no_difference() {
        assert!(equals("ÄPFEL", "äpfel") && equals("ΟΔΟΣ", "οδος") && equals("ΟΔΟΣ", "οδοσ"));
        assert!(equals("", "") && !equals("straße", "STRASSE") && equals("\u{212a}", "k"));
        assert!(contains("Große Straße", "STRAßE") && contains("abc", "") && !contains("", "a"));
        assert!(starts_with("Ärzte", "äRZ") && !starts_with("Är", "ärz") && starts_with("x", ""));
        assert!(ends_with("CAFÉ", "fé") && !ends_with("é", "fé") && ends_with("x", ""));
    }

    proptest! {
        #[test]
        fn parts_are_found_whatever_their_case(before in "\\PC{0,8}", part in "\\PC{0,8}", behind in "\\PC{0,8}") {
            let text = format!("{before}{part}{behind}");
            let other: String = folded(&part).collect();
            prop_assert!(contains(&text, &other) && equals(&part, &other));
            prop_assert!(starts_with(&[&*part, &*behind].concat(), &other));
            prop_assert!(ends_with(&[&*before, &*part].concat(), &other));
        }
    }
}
