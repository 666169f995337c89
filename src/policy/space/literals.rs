use jiff::Timestamp;

use crate::policy::expr::{Comparison, Kind, List, Node, Test, Val};

/// What the questions about one subject are written with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Literals {
    /// Texts that a value is equal to.
    pub(super) exact: Vec<String>,
    pub(super) starts: Vec<String>,
    pub(super) ends: Vec<String>,
    pub(super) parts: Vec<String>,
    pub(super) integers: Vec<i64>,
    pub(super) times: Vec<Timestamp>,
    /// Whether the case of letters counts.
    pub(super) cased: bool,
}

/// On which values the answer to a question may be trusted to stand for that of all values like them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trust {
    /// On all.
    #[default]
    All,
    /// On those that are written out.
    Written,
    /// On none.
    Nothing,
}

impl Literals {
    /// What a comparison is written with; `None` when nothing is known of such a value.
    pub(super) fn compared(comparison: Comparison, value: &Val<'_>) -> Option<(Self, Trust)> {
        let mut literals = Self::default();
        let mut trust = Trust::All;
        match value {
            Val::Text(text) => {
                literals.exact.push(text.to_string());
                literals.cased = true;
                if !matches!(comparison, Comparison::Equal | Comparison::NotEqual) {
                    trust = Trust::Nothing;
                }
            }
            Val::Int(number) => literals.integers.push(*number),
            #[expect(clippy::cast_possible_truncation, reason = "a whole number near it, if there is one")]
            Val::Float(number) => literals.integers.extend([number.floor() as i64, number.ceil() as i64]),
            Val::Time(time) => literals.times.push(*time),
            Val::Unit | Val::Bool(_) => {}
            _ => return None,
        }
        Some((literals, trust))
    }

    pub(super) fn tested(test: Test, value: &Val<'_>) -> Option<Self> {
        let mut literals = Self::default();
        match value {
            Val::Text(text) => match test {
                Test::Equals => literals.exact.push(text.to_string()),
                Test::StartsWith => literals.starts.push(text.to_string()),
                Test::EndsWith => literals.ends.push(text.to_string()),
            },
            Val::Unit => {}
            _ => return None,
        }
        Some(literals)
    }

    pub(super) fn contained(value: &Val<'_>) -> Option<Self> {
        match value {
            Val::Text(text) => Some(Self { parts: vec![text.to_string()], ..Self::default() }),
            Val::Unit => Some(Self::default()),
            _ => None,
        }
    }

    pub(super) fn listed(value: &Val<'_>) -> Option<Self> {
        let values: &[Val<'_>] = match value {
            Val::List(List::Made(values)) => values,
            Val::List(List::Written(values)) => values,
            Val::Unit => &[],
            _ => return None,
        };
        let mut literals = Self::default();
        for value in values {
            match value {
                Val::Text(text) => literals.exact.push(text.to_string()),
                Val::Int(number) => literals.integers.push(*number),
                _ => {}
            }
        }
        Some(literals)
    }

    /// A regular expression that is words, each perhaps at the start or the end: `manager|director|^head of`.
    pub(super) fn pattern(pattern: &str) -> (Self, Trust) {
        let mut literals = Self::default();
        let is_plain = |c: char| c.is_alphanumeric() || " -_@,&/':#".contains(c);
        if pattern.contains("(?") {
            return (literals, Trust::Nothing);
        }
        for word in pattern.split('|') {
            let (word, starts) = word.strip_prefix('^').map_or((word, false), |word| (word, true));
            let (word, ends) = word.strip_suffix('$').map_or((word, false), |word| (word, true));
            if !word.chars().all(is_plain) {
                return (Self::default(), Trust::Written);
            }
            let side = match (starts, ends) {
                (true, true) => &mut literals.exact,
                (true, false) => &mut literals.starts,
                (false, true) => &mut literals.ends,
                (false, false) => &mut literals.parts,
            };
            side.push(word.to_owned());
        }
        (literals, Trust::All)
    }

    /// Whatever is written in an expression of which no more is known.
    pub(super) fn within(node: &Node) -> Self {
        let mut literals = Self::default();
        node.visit(&mut |node| match &node.kind {
            Kind::Const(Val::Text(text)) => literals.exact.push(text.to_string()),
            Kind::Const(Val::Int(number)) => literals.integers.push(*number),
            Kind::Const(value) => literals.append(&Self::listed(value).unwrap_or_default()),
            _ => {}
        });
        literals
    }

    /// Every text, however it is asked for.
    pub(super) fn texts(&self) -> impl Iterator<Item = &String> {
        self.exact.iter().chain(&self.starts).chain(&self.ends).chain(&self.parts)
    }

    pub(super) fn append(&mut self, other: &Self) {
        self.exact.extend_from_slice(&other.exact);
        self.starts.extend_from_slice(&other.starts);
        self.ends.extend_from_slice(&other.ends);
        self.parts.extend_from_slice(&other.parts);
        self.integers.extend_from_slice(&other.integers);
        self.times.extend_from_slice(&other.times);
        self.cased |= other.cased;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_of_words_is_understood() {
        let (literals, trust) = Literals::pattern("manager|^head of|lead$|^CEO$");
        assert_eq!(trust, Trust::All);
        assert_eq!(
            (literals.parts, literals.starts, literals.ends, literals.exact),
            (vec!["manager".into()], vec!["head of".into()], vec!["lead".into()], vec!["CEO".into()])
        );
        assert_eq!(Literals::pattern("a.*b").1, Trust::Written);
        assert_eq!(Literals::pattern("(?-i)a").1, Trust::Nothing);
    }
}
