use anstyle::AnsiColor;

use super::measure::{Coverage, CoveredRule, CoveredTerm};
use super::proposal::Proposal;
use crate::plan::escape;
use crate::policy::Place;
use crate::testing::few::few;
use crate::testing::report::painted;

/// Fixtures that are written out.
const PROPOSED: usize = 20;

/// A line a rule, what is not covered by place, fixtures that would cover it, and the share.
#[must_use]
pub fn human(coverage: &Coverage, colour: bool) -> String {
    let mut out = String::from("\ncoverage\n");
    let width = coverage.rules.iter().map(|rule| rule.name.chars().count()).max().unwrap_or(0);
    for rule in &coverage.rules {
        let share = rule.share();
        let style = if share.is_all() { AnsiColor::Green } else { AnsiColor::Yellow }.on_default();
        let terms = painted(style, &share.to_string(), colour);
        let name = escape(&rule.name);
        let by_rhai = if rule.by_rhai.is_some() { "  as a whole" } else { "" };
        out.push_str(&format!("  {:<7}  {name:<width$}  {terms}{by_rhai}\n", rule.kind));
    }
    whole(coverage, &mut out);
    let missing = missing(coverage);
    if !missing.is_empty() {
        out.push_str("\nnot covered\n");
    }
    for missing in &missing {
        let place = missing.at.to_string();
        out.push_str(&format!("  {place}  {}\n", escape(missing.text)));
        for (why, rules) in &missing.sides {
            out.push_str(&format!("    {why}: {}\n", few(rules.iter().copied())));
        }
    }
    proposed(&coverage.proposals, &mut out);
    out.push_str(&format!("\ncovered {} of the terms\n", coverage.share()));
    out
}

/// Why some rules count as one term.
fn whole(coverage: &Coverage, out: &mut String) {
    let whole: Vec<_> =
        coverage.rules.iter().filter_map(|rule| Some((rule, rule.by_rhai.as_deref()?))).collect();
    if !whole.is_empty() {
        out.push_str("\nrun as a whole, so that it counts as one term\n");
    }
    for (rule, why) in whole {
        out.push_str(&format!("  {}  {}: {why}\n", rule.at, escape(&rule.name)));
    }
}

/// What is not covered at one place, and of which rules.
struct Missing<'c> {
    at: &'c Place,
    text: &'c str,
    sides: Vec<(&'static str, Vec<&'c str>)>,
}

/// By place; a term of a function stands there once for all rules that call it.
fn missing(coverage: &Coverage) -> Vec<Missing<'_>> {
    let mut found: Vec<Missing<'_>> = Vec::new();
    let terms = coverage.rules.iter().flat_map(|rule| rule.terms.iter().map(move |term| (rule, term)));
    for (rule, term) in terms {
        let Some(why) = term.missing() else { continue };
        note(&mut found, rule, term, why);
    }
    found.sort_by(|a, b| a.at.cmp(b.at));
    found
}

fn note<'c>(found: &mut Vec<Missing<'c>>, rule: &'c CoveredRule, term: &'c CoveredTerm, why: &'static str) {
    match found.iter_mut().find(|known| *known.at == term.at && known.text == term.text) {
        Some(known) => match known.sides.iter_mut().find(|(side, _)| *side == why) {
            Some((_, rules)) => rules.push(&rule.name),
            None => known.sides.push((why, vec![&rule.name])),
        },
        None => {
            let sides = vec![(why, vec![rule.name.as_str()])];
            found.push(Missing { at: &term.at, text: &term.text, sides });
        }
    }
}

fn proposed(proposals: &[Proposal], out: &mut String) {
    if proposals.is_empty() {
        return;
    }
    out.push_str(
        "\nFixtures that would cover more, once a test decides on them. Look at what each test expects:\n",
    );
    out.push_str("it is what the policy says today.\n");
    for proposal in proposals.iter().take(PROPOSED) {
        out.push('\n');
        out.push_str(&commented(proposal));
    }
    if proposals.len() > PROPOSED {
        let more = proposals.len() - PROPOSED;
        out.push_str(&format!("\n{more} more are in the report of `--format json`\n"));
    }
}

/// The fixture, ready to be pasted, with what it is for and its test in comments.
fn commented(proposal: &Proposal) -> String {
    let difference = match proposal.changes.as_slice() {
        [] => String::new(),
        changes => format!(", if {}", changes.join(" and ")),
    };
    let comment = |text: String| format!("# {}\n", escape(&text));
    let mut out = comment(format!(
        "{}: {} decides {} for `{}`",
        proposal.at, proposal.term, proposal.decides, proposal.rule
    ));
    out.push_str(&comment(format!("like {}{difference}", proposal.like)));
    out.push_str(&comment(proposal.test.clone()));
    out.push_str(&proposal.toml);
    out
}
