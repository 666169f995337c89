//! `check --directory` and `check --verbose`: how the policy fits the people, and what is known of each rule.

use std::sync::Arc;

use jiff::Timestamp;

use super::exit::Failure;
use super::project::{counted, runtime, tell_facts};
use super::terminal::{Bar, talk};
use crate::config::Config;
use crate::diagnostic::Diagnostics;
use crate::directory::{self, Query};
use crate::facts::Facts;
use crate::plan::escape;
use crate::policy::{Outline, Policy};
use crate::sync::{Step, Watcher as _};

/// Reads the directory, and holds the policy against the people in it.
pub(super) fn with_people(config: &Config, policy: &Policy) -> Result<Diagnostics, Failure> {
    let query = Query { attributes: policy.reads().clone(), ..Query::default() };
    let snapshot = {
        let bar = Bar::new();
        let progress = |read| bar.at(Step::Reading(read));
        runtime()?.block_on(directory::read(config.directory()?, &query, &progress))?
    };
    let facts = Arc::new(Facts::of(&snapshot, Timestamp::now()));
    tell_facts(&facts);
    let (people, groups) = (counted(facts.people.len(), "user"), counted(facts.groups.len(), "group"));
    talk(format_args!("held against {people} and {groups} of `{}`", escape(&snapshot.source)));
    Ok(policy.fit(&facts))
}

/// What is known of each rule: written out in full, what it reads, what Rhai runs of it and why.
pub(super) fn outline(rules: &[Outline]) -> String {
    let mut out = String::new();
    for rule in rules {
        out.push_str(&format!("{} ({})\n", escape(&rule.rule), rule.at));
        if let Some(tree) = &rule.tree {
            out.push_str(&format!("  {}\n", escape(tree)));
        }
        let reads = &rule.reads;
        let groups: Vec<_> = reads.groups.iter().map(|group| format!("`{}`", escape(group))).collect();
        let all: Vec<String> = [
            (!reads.attributes.is_empty())
                .then(|| reads.attributes.iter().map(String::as_str).collect::<Vec<_>>().join(", ")),
            match groups.as_slice() {
                [] => None,
                [group] => Some(format!("the group {group}")),
                groups => Some(format!("the groups {}", groups.join(", "))),
            },
            (reads.clock && !reads.anything).then(|| "the clock".to_owned()),
        ]
        .into_iter()
        .flatten()
        .collect();
        out.push_str(&match (all.as_slice(), reads.anything) {
            ([], false) => "  reads nothing\n".to_owned(),
            ([], true) => "  reads whatever Rhai reads\n".to_owned(),
            (all, false) => format!("  reads {}\n", all.join("; ")),
            (all, true) => format!("  reads {}; and whatever Rhai reads\n", all.join("; ")),
        });
        let part = if rule.tree.is_some() { "part of it" } else { "all of it" };
        for stays in &rule.with_rhai {
            out.push_str(&format!("  Rhai runs {part}, slower: {} ({})\n", escape(&stays.why), stays.at));
        }
    }
    let by_rhai = rules.iter().filter(|rule| rule.tree.is_none()).count();
    let partly = rules.iter().filter(|rule| rule.tree.is_some() && !rule.with_rhai.is_empty()).count();
    let trees = rules.len() - by_rhai - partly;
    out.push_str(&format!(
        "{trees} of {} run without Rhai, {partly} in part, {by_rhai} not\n",
        counted(rules.len(), "rule")
    ));
    out
}
