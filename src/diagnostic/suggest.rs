/// The candidate that a person most likely meant by `word`: near by edits, case apart; the first of several that are
/// equally near. `None` when nothing is near.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = word.to_lowercase();
    let length = folded.chars().count();
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let other = candidate.chars().count();
            let nearest = 1 + length.min(other) / 4;
            // Lengths that differ by more need no comparing, which takes long for long texts.
            let distance = (length.abs_diff(other) <= nearest)
                .then(|| strsim::osa_distance(&folded, &candidate.to_lowercase()))?;
            (distance <= nearest).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn near_is_a_slip_of_the_hand() {
        let names = ["department", "displayName", "sn", "title", "telephoneNumber"];
        for (word, meant) in [
            ("departmnet", Some("department")),
            ("DEPARTMENT", Some("department")),
            ("displayname", Some("displayName")),
            ("phoneNumber", None),
            ("tilte", Some("title")),
            ("cn", Some("sn")),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(closest(word, names), meant, "{word}");
        }
        assert_eq!(closest("a", []), None);
        assert_eq!(closest(&"x".repeat(1 << 20), names), None);
    }

    #[test]
    fn of_equally_near_ones_the_first() {
        assert_eq!(closest("bat", ["cat", "hat"]), Some("cat"));
    }
}
