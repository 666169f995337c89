use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::policy::expr::{Kind, Names, Node, Tree};
use crate::policy::parse::Parsed;
use crate::policy::position::{Nesting, offset};

/// How much of a term is quoted.
const QUOTED: usize = 70;

/// The terms of one rule as they are written.
pub(crate) struct Written<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) names: &'a Names,
    pub(crate) scripts: &'a BTreeMap<String, Parsed>,
}

impl<'a> Written<'a> {
    pub(crate) fn node(&self, id: u32) -> Option<&'a Node> {
        let mut found = None;
        self.tree.root.visit(&mut |node| {
            if node.id == id {
                found = Some(node);
            }
        });
        found
    }

    /// A term in backticks, on one line.
    pub(crate) fn quoted(&self, id: u32) -> String {
        let Some(node) = self.node(id) else { return "this".to_owned() };
        let text = match self.place(node) {
            Some((script, span)) => {
                script.text.get(span).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
            }
            None => self.tree.render(node, self.names),
        };
        if text.chars().count() <= QUOTED {
            return format!("`{text}`");
        }
        let start: String = text.chars().take(QUOTED).collect();
        format!("`{} ..`", start.trim_end())
    }

    /// Puts the carets of a finding from the first of some terms to the last.
    pub(crate) fn under(&self, finding: Diagnostic, ids: &[u32]) -> Diagnostic {
        let places: Vec<_> = ids.iter().filter_map(|id| self.place(self.node(*id)?)).collect();
        let Some((script, _)) = places.first() else { return finding };
        let same = || places.iter().filter(|(other, _)| other.path == script.path);
        let start = same().map(|(_, span)| span.start).min().unwrap_or_default();
        let end = same().map(|(_, span)| span.end).max().unwrap_or_default();
        finding.at(&*script.path, Arc::clone(&script.text), start..end)
    }

    /// Puts the carets of a finding under a word in a term, or under the whole term.
    pub(crate) fn word(&self, finding: Diagnostic, node: &Node, word: &str) -> Diagnostic {
        let Some((script, place)) = self.place(node) else { return finding };
        let within =
            script.text.get(place.clone()).and_then(|text| text.find(word)).map(|at| place.start + at);
        let span = within.map_or(place, |at| at..at + word.len());
        finding.at(&*script.path, Arc::clone(&script.text), span)
    }

    /// The script that a term stands in, and where.
    pub(crate) fn place(&self, node: &Node) -> Option<(&'a Parsed, Range<usize>)> {
        let script = self.scripts.values().find(|script| *script.path == *node.at.file)?;
        let mut offsets = Vec::new();
        collect(node, &node.at.file, &mut |node| {
            if !node.at.position.is_none() {
                offsets.push(starts(&script.text, node));
            }
        });
        let (start, last) = (*offsets.iter().min()?, *offsets.iter().max()?);
        Some((script, extent(&script.text, start, last)))
    }
}

/// Where a node starts; the call of a module's function with the module's name.
fn starts(text: &str, node: &Node) -> usize {
    let at = offset(text, node.at.position);
    let Kind::Call { name, .. } = &node.kind else { return at };
    let module = name.rfind("::").and_then(|end| name.get(..end + 2)).unwrap_or_default();
    let is_before = text.get(..at).is_some_and(|before| before.ends_with(module));
    if is_before { at - module.len() } else { at }
}

/// A node and its parts that are written where it is written.
fn collect<'n>(node: &'n Node, file: &Arc<str>, each: &mut impl FnMut(&'n Node)) {
    if node.at.file != *file {
        return;
    }
    each(node);
    match &node.kind {
        // What these are read of may be written where a variable was named.
        Kind::Attribute { .. } | Kind::Virtual { .. } | Kind::InGroup { .. } | Kind::Opaque(_) => {}
        Kind::Call { arguments, .. } => arguments.iter().for_each(|argument| collect(argument, file, each)),
        Kind::Let { .. } => {}
        kind => kind.children().into_iter().for_each(|child| collect(child, file, each)),
    }
}

/// From where the first part of a term starts to the end of its last part, which starts at `last`; brackets that are
/// opened before the first part belong to it when they are closed before the last.
fn extent(text: &str, start: usize, last: usize) -> Range<usize> {
    let mut start = start;
    let mut nesting = Nesting::default();
    let rest = text.get(start..).unwrap_or_default();
    let from = start;
    let mut characters = rest.char_indices();
    while let Some((at, character)) = characters.next() {
        let here = from + at;
        if here > last && nesting.depth == 0 && !nesting.is_quoted() {
            let follows = rest.get(at..).unwrap_or_default();
            let ends = [",", ";", ")", "]", "}", "{", "&&", "||", "=>", "??", "//", "/*", "!=", "=="];
            if ends.iter().any(|end| follows.starts_with(end)) {
                return trimmed(text, start..here);
            }
        }
        if nesting.step(character) {
            characters.next();
        }
        if nesting.depth < 0 {
            let before = text.get(..start).unwrap_or_default().trim_end();
            if !before.ends_with(['(', '[', '{']) {
                return trimmed(text, start..here);
            }
            start = before.len() - 1;
            nesting.depth = 0;
        }
    }
    trimmed(text, start..text.len())
}

fn trimmed(text: &str, span: Range<usize>) -> Range<usize> {
    let length = text.get(span.clone()).map_or(0, |text| text.trim_end().len());
    span.start..span.start + length
}

#[cfg(test)]
mod tests {
    use super::extent;

    #[test]
    fn a_term_ends_where_the_next_begins() {
        let of = |text: &str, start: &str, last: &str| {
            let (start, last) = (text.find(start).unwrap(), text.rfind(last).unwrap());
            text[extent(text, start, last)].to_owned()
        };
        let text = "role(\"a\", |u| (u.x == 1 || u.y.contains(\"a && b\")) && !u.z);";
        assert_eq!(of(text, "u.x", "1"), "u.x == 1");
        assert_eq!(of(text, "u.y", "\"a &&"), "u.y.contains(\"a && b\")");
        assert_eq!(of(text, "u.x", "\"a &&"), "u.x == 1 || u.y.contains(\"a && b\")");
        assert_eq!(of(text, "u.x", "!u.z"), "(u.x == 1 || u.y.contains(\"a && b\")) && !u.z");
        assert_eq!(of("if u.x == () { 1 }", "u.x", "()"), "u.x == ()");
        assert_eq!(of("u.x", "u.x", "u.x"), "u.x");
    }
}
