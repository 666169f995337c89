use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::literals::Literals;
use crate::facts::{Syntax, Value, attribute_type};
use crate::policy::casefold;

/// A value that stands for others.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sample {
    pub(super) value: Option<Value>,
    /// It is equal to a text that is written out, letter case apart, or no text at all.
    pub(super) written: bool,
}

/// Characters of which one is in no literal, so that literals around it do not run together. ASCII is compared faster.
const GAPS: [char; 4] = ['\u{1}', '\u{2}', '\u{3}', '\u{e000}'];

/// Parts of which every selection is tried, and samples of one subject, at most.
const PARTS: usize = 7;
const SAMPLES: usize = 1_500;

/// Whether questions about the attribute are about a list of values; `None` when it can be either.
pub(super) fn is_list(attribute: &str) -> Option<bool> {
    attribute_type(attribute).map(|(_, _, several)| several)
}

/// The values of an attribute that stand for all others, for questions that are written with these literals; of an
/// attribute with several values those of one element. `None` when there would be too many.
pub(super) fn samples(attribute: &str, questions: &[&Literals]) -> Option<Vec<Sample>> {
    let mut all = Literals::default();
    questions.iter().for_each(|literals| all.append(literals));
    let written = |value| Sample { value: Some(value), written: true };
    let mut samples = vec![Sample { value: None, written: true }];
    match attribute_type(attribute).map_or(Syntax::Text, |(_, syntax, _)| syntax) {
        Syntax::Text | Syntax::DistinguishedName | Syntax::Guid | Syntax::Sid => {
            samples.extend(texts(questions, &all)?);
        }
        Syntax::Integer => {
            samples.extend(integers(&all.integers).into_iter().map(Value::Integer).map(written))
        }
        Syntax::Boolean => samples.extend([true, false].map(Value::Boolean).map(written)),
        Syntax::GeneralizedTime | Syntax::FileTime => {
            samples.extend(times(&all.times).into_iter().map(Value::Time).map(written));
        }
        Syntax::Binary => samples.push(written(Value::Binary(Arc::from([0_u8])))),
    }
    (samples.len() <= SAMPLES).then_some(samples)
}

/// Every number that is written out, those beside it, and the ends.
fn integers(literals: &[i64]) -> BTreeSet<i64> {
    let near = |number: &i64| [number.saturating_sub(1), *number, number.saturating_add(1)];
    literals.iter().flat_map(near).chain([0, i64::MIN, i64::MAX]).collect()
}

fn times(literals: &[Timestamp]) -> BTreeSet<Timestamp> {
    let second = SignedDuration::from_secs(1);
    literals
        .iter()
        .flat_map(|time| [time.checked_sub(second).ok(), Some(*time), time.checked_add(second).ok()])
        .flatten()
        .chain([Timestamp::UNIX_EPOCH])
        .collect()
}

/// Every text that is written out, in other letter case too where that counts; and for the texts that are none of
/// these: every start, every selection of parts and every end that can be had together, apart from each other. What a
/// text passes of such questions follows from its longest start and end among the literals and from the parts in it, so
/// one of these passes exactly the same.
fn texts(questions: &[&Literals], all: &Literals) -> Option<Vec<Sample>> {
    let mut written: BTreeSet<String> = all.texts().cloned().collect();
    written.insert(String::new());
    if all.cased {
        let variants: Vec<_> = all.exact.iter().flat_map(|text| cases(text)).collect();
        written.extend(variants);
    }
    let mut samples: Vec<Sample> = written.iter().map(|text| sample(text, true)).collect();
    let parts: Vec<&String> = telling(questions, all, |literals| &literals.parts);
    let starts: Vec<&String> = telling(questions, all, |literals| &literals.starts);
    let ends: Vec<&String> = telling(questions, all, |literals| &literals.ends);
    if parts.len() > PARTS || (1 << parts.len()) * (starts.len() + 1) * (ends.len() + 1) > SAMPLES {
        return None;
    }
    let gap = GAPS.into_iter().find(|gap| !all.texts().any(|text| text.contains(*gap)))?;
    for selection in 0..1_usize << parts.len() {
        let mut middle = String::from(gap);
        for (_, part) in parts.iter().enumerate().filter(|(bit, _)| selection & (1 << bit) != 0) {
            middle.push_str(part);
            middle.push(gap);
        }
        for start in starts.iter().map(|text| text.as_str()).chain([""]) {
            for end in ends.iter().map(|text| text.as_str()).chain([""]) {
                samples.push(sample(&format!("{start}{middle}{end}"), false));
            }
        }
    }
    Some(samples)
}

fn sample(text: &str, written: bool) -> Sample {
    Sample { value: Some(Value::Text(Arc::from(text))), written }
}

/// The literals of one kind. Of those of one question that have nothing to do with any other question one is enough.
fn telling<'l>(
    questions: &[&'l Literals],
    all: &Literals,
    kind: impl Fn(&'l Literals) -> &'l Vec<String>,
) -> Vec<&'l String> {
    let mut chosen: Vec<&String> = Vec::new();
    for question in questions {
        let mut alone = false;
        for literal in kind(question) {
            let is_own = |text: &String| question.texts().any(|own| own == text);
            let touches =
                |text: &String| casefold::contains(text, literal) || casefold::contains(literal, text);
            let elsewhere = questions.iter().filter(|other| !std::ptr::eq(**other, *question));
            let shared = elsewhere.flat_map(|other| other.texts()).any(touches)
                || all.texts().any(|text| !is_own(text) && touches(text));
            if (shared || !alone) && !chosen.iter().any(|known| casefold::equals(known, literal)) {
                chosen.push(literal);
            }
            alone |= !shared;
        }
    }
    chosen
}

/// A text in the letter cases that it is most likely not written in.
fn cases(text: &str) -> [String; 4] {
    let mut characters = text.chars();
    let first: String = characters.next().into_iter().collect();
    let rest = characters.as_str();
    [
        text.to_lowercase(),
        text.to_uppercase(),
        first.to_uppercase() + rest.to_lowercase().as_str(),
        first.to_lowercase() + rest.to_uppercase().as_str(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(attribute: &str, questions: &[Literals]) -> Vec<String> {
        let questions: Vec<_> = questions.iter().collect();
        let shown = |sample: &Sample| match &sample.value {
            Some(Value::Text(text)) => text.replace(GAPS[0], "·"),
            Some(Value::Integer(number)) => number.to_string(),
            other => format!("{other:?}"),
        };
        samples(attribute, &questions).unwrap().iter().map(shown).collect()
    }

    #[test]
    fn of_words_that_touch_no_other_one_is_enough() {
        let one = Literals {
            parts: vec!["manager".into(), "director".into(), "lead".into()],
            ..Literals::default()
        };
        let other = Literals { starts: vec!["head".into()], ..Literals::default() };
        assert_eq!(
            found("title", &[one, other]),
            ["None", "", "director", "head", "lead", "manager", "head·", "·", "head·manager·", "·manager·"]
        );
    }

    #[test]
    fn letter_case_counts_where_it_is_asked_for() {
        let cased = Literals { exact: vec!["It".into()], cased: true, ..Literals::default() };
        assert_eq!(found("title", &[cased]), ["None", "", "IT", "It", "iT", "it", "·"]);
    }

    #[test]
    fn numbers_have_neighbours() {
        let number = Literals { integers: vec![7], ..Literals::default() };
        let ends = [i64::MIN.to_string(), i64::MAX.to_string()];
        assert_eq!(found("logonCount", &[number]), ["None", &ends[0], "0", "6", "7", "8", &ends[1]]);
    }

    #[test]
    fn what_is_too_much_is_left() {
        let question = |word: &str| Literals { parts: vec![word.to_owned()], ..Literals::default() };
        let questions: Vec<_> = ["a", "b", "c", "d", "e", "f", "g", "h"].map(question).into();
        assert_eq!(samples("title", &questions.iter().collect::<Vec<_>>()), None);
    }
}
