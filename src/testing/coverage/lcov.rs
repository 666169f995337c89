use std::collections::BTreeMap;
use std::path::Path;

use super::measure::{Coverage, CoveredTerm};
use crate::policy::is_shipped;

/// What is known of one file.
#[derive(Default)]
struct Lines<'c> {
    /// Line, function and how often it was asked.
    functions: Vec<(usize, String, usize)>,
    /// Line, term, and whether its rule was asked at all.
    branches: Vec<(usize, &'c CoveredTerm, bool)>,
    hits: BTreeMap<usize, usize>,
}

/// A tracefile as lcov 2 reads it (geninfo(1)): rules are functions, terms are branches. `folder`: that of the policy, as
/// the reader finds it.
#[must_use]
pub fn lcov(coverage: &Coverage, folder: &Path) -> String {
    let mut files: BTreeMap<&str, Lines<'_>> = BTreeMap::new();
    for rule in &coverage.rules {
        let lines = files.entry(&rule.at.file).or_default();
        // A comma would end the name.
        let name = format!("{} {}", rule.kind, rule.name).replace([',', '\n', '\r'], " ");
        lines.functions.push((rule.at.line, name, rule.asked));
        *lines.hits.entry(rule.at.line).or_default() += rule.asked;
        for term in &rule.terms {
            let lines = files.entry(&term.at.file).or_default();
            lines.branches.push((term.at.line, term, rule.asked > 0));
            if term.at.line != rule.at.line || term.at.file != rule.at.file {
                *lines.hits.entry(term.at.line).or_default() += term.yes + term.no;
            }
        }
    }
    let mut out = String::new();
    for (file, lines) in files.into_iter().filter(|(file, _)| !is_shipped(file)) {
        out.push_str(&format!("TN:\nSF:{}\n", folder.join(file).display()));
        record(lines, &mut out);
        out.push_str("end_of_record\n");
    }
    out
}

fn record(lines: Lines<'_>, out: &mut String) {
    let Lines { mut functions, mut branches, hits } = lines;
    functions.sort();
    for (line, name, _) in &functions {
        out.push_str(&format!("FN:{line},{name}\n"));
    }
    for (_, name, asked) in &functions {
        out.push_str(&format!("FNDA:{asked},{name}\n"));
    }
    let called = functions.iter().filter(|(.., asked)| *asked > 0).count();
    out.push_str(&format!("FNF:{}\nFNH:{called}\n", functions.len()));

    branches.sort_by_key(|(line, ..)| *line);
    let (mut found, mut hit) = (0, 0);
    let mut last = (0, 0);
    for (line, term, is_asked) in branches {
        let block = if last.0 == line { last.1 + 1 } else { 0 };
        last = (line, block);
        let sides: &[usize] = if term.both { &[term.yes, term.no] } else { &[term.yes] };
        for (branch, times) in sides.iter().enumerate() {
            let taken = if is_asked { times.to_string() } else { "-".to_owned() };
            out.push_str(&format!("BRDA:{line},{block},{branch},{taken}\n"));
            found += 1;
            hit += usize::from(*times > 0);
        }
    }
    out.push_str(&format!("BRF:{found}\nBRH:{hit}\n"));
    for (line, times) in &hits {
        out.push_str(&format!("DA:{line},{times}\n"));
    }
    let reached = hits.values().filter(|times| **times > 0).count();
    out.push_str(&format!("LF:{}\nLH:{reached}\n", hits.len()));
}
