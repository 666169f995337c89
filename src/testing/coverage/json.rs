use serde_json::{Value, json as object};

use super::measure::{Coverage, CoveredRule};
use super::proposal::Proposal;

/// `{"covered", "total", "percent", "rules": [{"kind", "name", "at", "by_rhai", "asked", "covered", "total", "percent",
/// "terms": [{"text", "at", "both", "true", "false", "missing"}]}], "proposals": [{"rule", "term", "at", "decides",
/// "covers", "name", "like", "changes", "toml", "test"}]}`. `percent` is text and never rounded up.
#[must_use]
pub fn json(coverage: &Coverage) -> Value {
    let share = coverage.share();
    object!({
        "covered": share.part,
        "total": share.whole,
        "percent": share.percent(),
        "rules": coverage.rules.iter().map(rule).collect::<Vec<_>>(),
        "proposals": coverage.proposals.iter().map(proposal).collect::<Vec<_>>(),
    })
}

fn rule(rule: &CoveredRule) -> Value {
    let share = rule.share();
    let terms = rule.terms.iter().map(|term| {
        object!({
            "text": term.text,
            "at": term.at,
            "both": term.both,
            "true": term.yes,
            "false": term.no,
            "missing": term.missing(),
        })
    });
    object!({
        "kind": rule.kind,
        "name": rule.name,
        "at": rule.at,
        "by_rhai": rule.by_rhai,
        "asked": rule.asked,
        "covered": share.part,
        "total": share.whole,
        "percent": share.percent(),
        "terms": terms.collect::<Vec<_>>(),
    })
}

fn proposal(proposal: &Proposal) -> Value {
    object!({
        "rule": proposal.rule,
        "term": proposal.term,
        "at": proposal.at,
        "decides": proposal.decides,
        "covers": proposal.covers,
        "name": proposal.name,
        "like": proposal.like,
        "changes": proposal.changes,
        "toml": proposal.toml,
        "test": proposal.test,
    })
}
