use std::collections::BTreeSet;

use super::anchored::Found;
use super::people::{People, Values, listed, users};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity, closest};
use crate::policy::expr::{Comparison, Kind, List, Node, Test, Val};
use crate::policy::{Policy, casefold};

/// Values that are shown in place of one that nobody has.
const SHOWN: usize = 3;

/// How a literal is held against a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Exact,
    Equal,
    Part,
    Start,
    End,
}

/// Texts that nobody has (`P0401`). Gives them, in lower case.
pub(super) fn literals(
    policy: &Policy,
    nodes: &[Found<'_>],
    people: &mut People<'_>,
    findings: &mut Diagnostics,
) -> BTreeSet<String> {
    let mut reported = BTreeSet::new();
    let mut said = BTreeSet::new();
    for found in nodes {
        let Some((read, other, how)) = asked(found.node) else { continue };
        let Kind::Attribute { attribute, .. } = &read.kind else { continue };
        let name = policy.rules.names.attribute_name(*attribute);
        let texts = texts(other);
        if texts.is_empty() || !said.insert((name, texts.clone(), how as u8)) {
            continue;
        }
        let values = people.values(&name.to_ascii_lowercase());
        // That nobody has the attribute at all is said already.
        if values.held == 0 {
            continue;
        }
        let missing: Vec<&str> = texts.iter().copied().filter(|text| !occurs(values, text, how)).collect();
        let Some(first) = missing.first() else { continue };
        if found.ships() && missing.len() < texts.len() {
            continue;
        }
        let verb = match (how, missing.len()) {
            (How::Exact | How::Equal, 1) => format!("never occurs in `{name}`"),
            (How::Exact | How::Equal, _) => format!("never occur in `{name}`"),
            (How::Part, _) => format!("is in no value of `{name}`"),
            (How::Start, _) => format!("is at the start of no value of `{name}`"),
            (How::End, _) => format!("is at the end of no value of `{name}`"),
        };
        let severity = if missing.len() == texts.len() { Severity::Warning } else { Severity::Note };
        let message = format!("{} {verb}", listed(missing.iter().copied()));
        let mut finding = Diagnostic { severity, ..Diagnostic::warning("P0401", message) };
        finding.hint = missing
            .iter()
            .find_map(|text| near(values, text, how))
            .or_else(|| (how == How::Exact || how == How::Equal).then(|| most(values)).flatten());
        let finding = if missing.len() == 1 {
            found.word(finding, other, &format!("{first:?}"))
        } else {
            found.at(finding, other)
        };
        findings.push(finding);
        reported.extend(missing.iter().map(|text| text.to_lowercase()));
    }
    reported
}

/// The attribute that a node tests, and the text or list that it is held against.
fn asked(node: &Node) -> Option<(&Node, &Node, How)> {
    let read = |node: &Node| matches!(node.kind, Kind::Attribute { .. });
    let (pair, how) = match &node.kind {
        Kind::Compare(Comparison::Equal | Comparison::NotEqual, pair) => (pair, How::Exact),
        Kind::Test(Test::Equals, pair) => (pair, How::Equal),
        Kind::Test(Test::StartsWith, pair) => (pair, How::Start),
        Kind::Test(Test::EndsWith, pair) => (pair, How::End),
        Kind::AnyOf(pair) => (pair, How::Equal),
        Kind::Contains(pair) => {
            let [container, item] = &**pair;
            if read(item) {
                return Some((item, container, How::Equal));
            }
            (pair, How::Part)
        }
        _ => return None,
    };
    let [left, right] = &**pair;
    match (read(left), read(right)) {
        (true, false) => Some((left, right, how)),
        (false, true) if how == How::Exact => Some((right, left, how)),
        _ => None,
    }
}

fn texts(node: &Node) -> Vec<&str> {
    let values: &[Val<'_>] = match &node.kind {
        Kind::Const(Val::List(List::Made(values))) => values,
        Kind::Const(value) => std::slice::from_ref(value),
        _ => &[],
    };
    values
        .iter()
        .filter_map(|value| if let Val::Text(text) = value { Some(&**text) } else { None })
        .filter(|text| !text.is_empty())
        .collect()
}

fn occurs(values: &Values, text: &str, how: How) -> bool {
    match how {
        How::Exact => values.is_spelt(text),
        How::Equal => values.has(text),
        How::Part => values.has(text) || values.any(|value| casefold::contains(value, text)),
        How::Start => values.any(|value| casefold::starts_with(value, text)),
        How::End => values.any(|value| casefold::ends_with(value, text)),
    }
}

/// A value that was meant, maybe.
fn near(values: &Values, text: &str, how: How) -> Option<String> {
    if !matches!(how, How::Exact | How::Equal | How::Part) {
        return None;
    }
    if let Some((spelling, count)) = values.by_lower.get(&text.to_lowercase()) {
        let have = if *count == 1 { "has" } else { "have" };
        return Some(format!(
            "{} {have} `{spelling}`; `equals` does not mind the case of letters",
            users(*count)
        ));
    }
    let near = closest(text, values.by_lower.values().map(|(spelling, _)| &**spelling))?;
    let (_, count) = values.by_lower.get(&near.to_lowercase())?;
    Some(format!("did you mean `{near}`? {} {} it", users(*count), if *count == 1 { "has" } else { "have" }))
}

fn most(values: &Values) -> Option<String> {
    let mut all: Vec<_> = values.by_lower.values().collect();
    all.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let shown: Vec<_> = all.iter().take(SHOWN).map(|(text, count)| format!("`{text}` ({count})")).collect();
    (!shown.is_empty()).then(|| format!("most have {}", shown.join(", ")))
}
