use std::borrow::Cow;

use super::edit::Edit;
use crate::policy::expr::{GroupId, Kind, List, Names, Node, Val, literal};
use crate::policy::host::text::regex;

/// Elements of a list, or words of a pattern, that are left out one by one.
const ELEMENTS: usize = 12;

/// Every slip in what is written out at this node, with what became of it.
pub(super) fn slips(node: &Node, names: &Names) -> Vec<(Edit, String)> {
    match &node.kind {
        Kind::Const(Val::List(List::Made(values))) => lists(values),
        Kind::Const(value) => values(value)
            .into_iter()
            .map(|other| {
                let what = became(&literal(value), &literal(&other));
                (Edit::Replace(Kind::Const(other)), what)
            })
            .collect(),
        Kind::Matches { of, pattern } => patterns(pattern.as_str())
            .into_iter()
            .filter_map(|(other, what)| {
                let pattern = regex(&other).ok()?;
                Some((Edit::Replace(Kind::Matches { of: of.clone(), pattern }), what))
            })
            .collect(),
        Kind::InGroup { of, group, direct } => other_group(*group, names)
            .map(|other| {
                let (before, after) = (names.group_name(*group), names.group_name(other));
                let kind = Kind::InGroup { of: of.clone(), group: other, direct: *direct };
                (Edit::Replace(kind), became(&format!("{before:?}"), &format!("{after:?}")))
            })
            .into_iter()
            .collect(),
        _ => Vec::new(),
    }
}

fn became(before: &str, after: &str) -> String {
    format!("{before} became {after}")
}

fn values(value: &Val<'static>) -> Vec<Val<'static>> {
    match value {
        Val::Bool(boolean) => vec![Val::Bool(!boolean)],
        Val::Int(number) => {
            [number.checked_add(1), number.checked_sub(1)].into_iter().flatten().map(Val::Int).collect()
        }
        Val::Float(number) => vec![Val::Float(number + 1.0), Val::Float(number - 1.0)],
        Val::Text(text) => vec![Val::Text(Cow::Owned(format!("{text}x")))],
        _ => Vec::new(),
    }
}

fn lists(values: &[Val<'static>]) -> Vec<(Edit, String)> {
    if values.len() < 2 {
        return Vec::new();
    }
    let without = |(index, left_out): (usize, &Val<'static>)| {
        let rest = values.iter().enumerate().filter(|(other, _)| *other != index);
        let rest = rest.map(|(_, value)| value.clone()).collect();
        let kind = Kind::Const(Val::List(List::Made(rest)));
        (Edit::Replace(kind), format!("{} left out", literal(left_out)))
    };
    values.iter().enumerate().take(ELEMENTS).map(without).collect()
}

/// Of `a|b` each word is left out; to any other pattern a letter is added.
fn patterns(pattern: &str) -> Vec<(String, String)> {
    let words: Vec<&str> = pattern.split('|').collect();
    let is_plain =
        |text: &str| text.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '|' | '-' | '_'));
    if words.len() < 2 || !is_plain(pattern) {
        let other = format!("{pattern}x");
        let what = became(&format!("{pattern:?}"), &format!("{other:?}"));
        return vec![(other, what)];
    }
    let without = |(index, left_out): (usize, &&str)| {
        let rest = words.iter().enumerate().filter(|(other, _)| *other != index);
        let rest: Vec<&str> = rest.map(|(_, word)| *word).collect();
        (rest.join("|"), format!("{left_out:?} left out"))
    };
    words.iter().enumerate().take(ELEMENTS).map(without).collect()
}

/// The group that is named next, or first after the last.
fn other_group(group: GroupId, names: &Names) -> Option<GroupId> {
    let mut ids = names.group_ids();
    let first = ids.next()?;
    let mut ids = std::iter::once(first).chain(ids).skip_while(|id| *id != group).skip(1);
    ids.next().or(Some(first)).filter(|other| *other != group)
}
