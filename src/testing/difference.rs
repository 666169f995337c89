//! Two values, line by line: what is only in one, only in the other, and in both.

/// Where a line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Both,
    Expected,
    Actual,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub side: Side,
    pub text: String,
}

/// Above this many pairs of lines the common ones in the middle are not looked for.
const MOST_PAIRS: usize = 1_000_000;

/// The shortest way from the one to the other, by lines; what was expected comes before what is there instead.
pub(super) fn difference(expected: &[String], actual: &[String]) -> Vec<Line> {
    let start = expected.iter().zip(actual).take_while(|(a, b)| a == b).count();
    let (head, expected) = expected.split_at(start);
    let actual = actual.get(start..).unwrap_or_default();
    let end = expected.iter().rev().zip(actual.iter().rev()).take_while(|(a, b)| a == b).count();
    let (expected, tail) = expected.split_at(expected.len() - end);
    let actual = actual.get(..actual.len() - end).unwrap_or_default();

    let line = |side| move |text: &String| Line { side, text: text.clone() };
    let mut lines: Vec<Line> = head.iter().map(line(Side::Both)).collect();
    lines.extend(middle(expected, actual));
    lines.extend(tail.iter().map(line(Side::Both)));
    lines
}

fn middle(expected: &[String], actual: &[String]) -> Vec<Line> {
    let width = actual.len() + 1;
    if expected.len().saturating_mul(actual.len()) > MOST_PAIRS {
        let all = |side, texts: &[String]| {
            texts.iter().map(|text| Line { side, text: text.clone() }).collect::<Vec<_>>()
        };
        return [all(Side::Expected, expected), all(Side::Actual, actual)].concat();
    }
    // How many lines the rests from here on have in common.
    let mut common = vec![0_usize; (expected.len() + 1) * width];
    let at = |common: &[usize], i: usize, j: usize| common.get(i * width + j).copied().unwrap_or(0);
    for (i, wanted) in expected.iter().enumerate().rev() {
        for (j, got) in actual.iter().enumerate().rev() {
            let best = if wanted == got {
                at(&common, i + 1, j + 1) + 1
            } else {
                at(&common, i + 1, j).max(at(&common, i, j + 1))
            };
            if let Some(cell) = common.get_mut(i * width + j) {
                *cell = best;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut lines = Vec::new();
    loop {
        let (side, text) = match (expected.get(i), actual.get(j)) {
            (None, None) => return lines,
            (Some(wanted), Some(got)) if wanted == got => (Side::Both, wanted),
            (Some(wanted), None) => (Side::Expected, wanted),
            (Some(wanted), Some(_)) if at(&common, i + 1, j) >= at(&common, i, j + 1) => {
                (Side::Expected, wanted)
            }
            (_, Some(got)) => (Side::Actual, got),
        };
        i += usize::from(side != Side::Actual);
        j += usize::from(side != Side::Expected);
        lines.push(Line { side, text: text.clone() });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert_eq, proptest};

    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.chars().map(String::from).collect()
    }

    fn shown(expected: &str, actual: &str) -> String {
        let mark = |line: &Line| match line.side {
            Side::Both => line.text.clone(),
            Side::Expected => format!("-{}", line.text),
            Side::Actual => format!("+{}", line.text),
        };
        difference(&lines(expected), &lines(actual)).iter().map(mark).collect()
    }

    #[test]
    fn what_is_common_is_kept() {
        assert_eq!(shown("abc", "abc"), "abc");
        assert_eq!(shown("abcd", "axcd"), "a-b+xcd");
        assert_eq!(shown("abc", ""), "-a-b-c");
        assert_eq!(shown("", "ab"), "+a+b");
        assert_eq!(shown("abcde", "bxdy"), "-ab-c+xd-e+y");
        assert_eq!(shown("", ""), "");
    }

    proptest! {
        #[test]
        fn both_can_be_read_from_it(expected in "[abc]{0,12}", actual in "[abc]{0,12}") {
            let found = difference(&lines(&expected), &lines(&actual));
            let without = |side| found.iter().filter(|l| l.side != side).map(|l| l.text.as_str()).collect::<String>();
            prop_assert_eq!(without(Side::Actual), expected);
            prop_assert_eq!(without(Side::Expected), actual);
        }
    }
}
