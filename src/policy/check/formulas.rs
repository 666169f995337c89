use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::Diagnostics;
use crate::policy::fault::diagnostic;
use crate::policy::formula::Formula;
use crate::policy::host::formula::WORD;
use crate::policy::parse::Parsed;
use crate::policy::position::offset;
use crate::policy::tables::Tables;

/// Formulas that cannot be read (`P0108`, and the codes that calls and attributes of scripts have), with carets inside
/// their texts.
pub(crate) fn formulas(
    scripts: &BTreeMap<String, Parsed>,
    extra: &[String],
    tables: &Tables,
    findings: &mut Diagnostics,
) {
    for script in scripts.values().filter(|script| !script.names.functions.contains_key(WORD)) {
        for (text, position) in &script.names.formulas {
            if findings.is_full() {
                return;
            }
            let Some(text) = text else {
                let message = "the text of a formula is put together while the script runs";
                let finding = diagnostic("P0108", message, &script.path, *position, Some(WORD), scripts);
                findings.push(finding.hint("write it out, so that it can be checked before"));
                continue;
            };
            let checked = Formula::parse(text)
                .and_then(|formula| formula.with_tables(tables))
                .and_then(|formula| formula.check_attributes(extra));
            if let Err(problem) = checked {
                let places = places(&script.text, offset(&script.text, *position), text);
                let place = |span: Range<usize>| {
                    let at = |index: usize| places.get(index).or(places.last()).copied().unwrap_or(0);
                    at(span.start)..at(span.end)
                };
                findings.push(problem.finding(&script.path, Arc::clone(&script.text), place));
            }
        }
    }
}

/// Where each byte of a text stands in the script that writes it out at `start`, and where it ends.
fn places(script: &str, start: usize, text: &str) -> Vec<usize> {
    let rest = script.get(start..).unwrap_or_default();
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    let quote = rest.get(hashes..).and_then(|rest| rest.chars().next()).unwrap_or('"');
    let mut at = start + hashes + 1;
    if quote == '`' {
        // A line's end right behind the backtick is not part of the text.
        let first = script.get(at..).unwrap_or_default();
        at += if first.starts_with("\r\n") { 2 } else { usize::from(first.starts_with('\n')) };
    }
    let mut places = Vec::with_capacity(text.len() + 1);
    for character in text.chars() {
        places.extend(std::iter::repeat_n(at, character.len_utf8()));
        let rest = script.get(at..).unwrap_or_default();
        at += if hashes == 0 && rest.starts_with(quote) {
            // Twice for once.
            2
        } else if hashes == 0 && quote == '"' && rest.starts_with('\\') {
            match rest.as_bytes().get(1) {
                Some(b'x') => 4,
                Some(b'u') => 6,
                Some(b'U') => 10,
                _ => 2,
            }
        } else {
            character.len_utf8()
        };
    }
    places.push(at);
    places
}

#[cfg(test)]
mod tests {
    use super::places;

    #[test]
    fn a_texts_bytes_are_found_in_the_script() {
        for (script, text) in [
            ("f(\"=ab\")", "=ab"),
            ("f(\"é\\\"x\\u00e9b\")", "é\"xéb"),
            ("f(`=\"a\"b`)", "=\"a\"b"),
            ("f(`\n=a``b`)", "=a`b"),
            ("f(#\"=\"a\"b\"#)", "=\"a\"b"),
        ] {
            let places = places(script, 2, text);
            let last = text.char_indices().last().unwrap().0;
            assert_eq!(script.get(places[last]..places[text.len()]), text.get(last..), "{script}");
        }
    }
}
