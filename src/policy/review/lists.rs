use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::policy::Policy;
use crate::policy::casefold;
use crate::policy::expr::{Kind, List, Val};
use crate::policy::parse::Parsed;
use crate::policy::position::{Nesting, offset};

/// A text that stands twice in the list of an `any_of` or an `in`, letter case apart (`P0307`).
pub(super) fn repeated(policy: &Policy, findings: &mut Diagnostics) {
    let rules = &policy.rules;
    let mut said: BTreeSet<(String, usize)> = BTreeSet::new();
    for tree in rules.all().filter_map(|rule| rule.tree.as_ref().ok()) {
        tree.root.visit(&mut |node| {
            let list = match &node.kind {
                Kind::AnyOf(pair) => {
                    let [_, list] = &**pair;
                    list
                }
                Kind::Contains(pair) => {
                    let [list, _] = &**pair;
                    list
                }
                _ => return,
            };
            let Kind::Const(Val::List(List::Made(values))) = &list.kind else { return };
            if first_repeated(values).is_none() {
                return;
            }
            let Some(script) = policy.scripts.values().find(|script| *script.path == *list.at.file) else {
                return;
            };
            let at = offset(&script.text, list.at.position);
            let Some((script, elements)) = written(policy, script, at) else { return };
            for (index, element) in elements.iter().enumerate() {
                let text = |span: &Range<usize>| script.text.get(span.clone()).unwrap_or_default();
                let is_again =
                    elements.iter().take(index).any(|before| casefold::equals(text(before), text(element)));
                if is_again && said.insert((script.path.clone(), element.start)) {
                    let message = format!("{} stands twice in this list", quoted(text(element)));
                    findings.push(
                        Diagnostic::warning("P0307", message)
                            .at(&*script.path, Arc::clone(&script.text), element.clone())
                            .under("again, letter case apart"),
                    );
                }
            }
        });
    }
}

fn quoted(literal: &str) -> String {
    format!("`{}`", literal.trim_matches('"'))
}

fn first_repeated<'v>(values: &'v [Val<'v>]) -> Option<&'v str> {
    let texts: Vec<&str> = values
        .iter()
        .filter_map(|value| if let Val::Text(text) = value { Some(&**text) } else { None })
        .collect();
    let is_again = |(index, text): &(usize, &&str)| {
        texts.iter().take(*index).any(|before| casefold::equals(before, text))
    };
    texts.iter().enumerate().find(is_again).map(|(_, text)| *text)
}

/// Where the elements of a list stand: in the list at the offset, or in the one that the name at the offset was given.
fn written<'a>(policy: &'a Policy, script: &'a Parsed, at: usize) -> Option<(&'a Parsed, Vec<Range<usize>>)> {
    let rest = script.text.get(at..)?;
    if rest.starts_with('[') {
        return Some((script, elements(&script.text, at)));
    }
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let name: String = rest.chars().take_while(|c| is_word(*c) || *c == ':').collect();
    let name = name.rsplit("::").next().filter(|name| !name.is_empty())?;
    policy.scripts.values().find_map(|script| {
        let defined = format!("const {name} = [");
        let start = script.text.find(&defined)? + defined.len() - 1;
        Some((script, elements(&script.text, start)))
    })
}

/// The texts of the list whose bracket opens at the offset.
fn elements(text: &str, at: usize) -> Vec<Range<usize>> {
    let mut elements = Vec::new();
    let mut nesting = Nesting::default();
    let mut start = None;
    let mut characters = text.get(at..).unwrap_or_default().char_indices();
    while let Some((index, character)) = characters.next() {
        let was_quoted = nesting.is_quoted();
        if nesting.step(character) {
            characters.next();
        }
        match (was_quoted, nesting.is_quoted(), start) {
            (false, true, _) => start = Some(at + index),
            (true, false, Some(from)) => elements.push(from..at + index + character.len_utf8()),
            _ => {}
        }
        if nesting.depth == 0 && !nesting.is_quoted() {
            break;
        }
    }
    elements
}
