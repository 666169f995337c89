use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;

use super::exit::{Exit, Failure};
use super::plan::Format;
use super::project::{Project, runtime, tell_facts};
use super::terminal::{Bar, data};
use crate::directory::{self, Query};
use crate::facts::Facts;
use crate::plan::escape;
use crate::policy::{Explanation, MappingExplained, RoleExplained, Verdict};
use crate::sync::{Step, Watcher as _};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A mail address, sAMAccountName, userPrincipalName, DN or objectGUID
    user: String,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(config: &Path, args: &Args) -> Result<Exit, Failure> {
    let project = Project::load(config)?;
    let source = project.config.directory()?;
    let query = Query { attributes: project.policy.reads().clone(), ..Query::default() };
    let snapshot = {
        let bar = Bar::new();
        runtime()?.block_on(directory::read(source, &query, &|read| bar.at(Step::Reading(read))))?
    };
    let facts = Arc::new(Facts::of(&snapshot, Timestamp::now()));
    let found: Vec<_> = facts.find(&args.user).iter().map(|person| person.guid).collect();
    if found.is_empty() {
        tell_facts(&facts);
        let message = format!("nobody in `{}` is called `{}`", snapshot.source, args.user);
        return Err(Failure::new(Exit::Usage, message)
            .hint("name a mail address, sAMAccountName, userPrincipalName, DN or objectGUID"));
    }
    for guid in found {
        let Some(explanation) = facts.index(&guid).and_then(|index| project.policy.explain(&facts, index))
        else {
            continue;
        };
        data(&match args.format {
            Format::Human => human(&explanation),
            Format::Json => format!("{:#}\n", json!(explanation)),
        })?;
    }
    Ok(Exit::Ok)
}

fn human(explanation: &Explanation) -> String {
    let decision = &explanation.decision;
    let mut out = format!("{} ({})\n", escape(&decision.name), escape(&decision.dn));
    let because: Vec<_> = decision.reasons.iter().map(ToString::to_string).collect();
    out.push_str(&match &decision.verdict {
        Verdict::Provision { profile } => {
            let role =
                profile.role.as_deref().map_or("no role".to_owned(), |role| format!("the role `{role}`"));
            format!("has an account with {role}: {}\n", because.join("; "))
        }
        Verdict::NotEntitled => format!("has no account: {}\n", because.join("; ")),
        Verdict::Barred => format!("has no account, whatever the rules say: {}\n", because.join("; ")),
        Verdict::Failed { why } => format!("is left as it is, because the policy failed: {why}\n"),
    });
    out.push_str("\nroles, in the order in which they are tried\n");
    let deciding = explanation.roles.iter().position(|role| role.answer == Ok(true));
    for (index, role) in explanation.roles.iter().enumerate() {
        out.push_str(&role_human(role, deciding == Some(index)));
    }
    out.push_str("\naccount\n");
    for mapping in &explanation.mappings {
        out.push_str(&mapping_human(mapping));
    }
    out
}

fn role_human(role: &RoleExplained, decides: bool) -> String {
    let (mark, answer) = match &role.answer {
        Ok(true) if decides => ("+", "passes, and decides".to_owned()),
        Ok(true) => ("+", "passes, behind the one that decides".to_owned()),
        Ok(false) => ("-", "does not pass".to_owned()),
        Err(why) => ("!", why.clone()),
    };
    let mut out = format!("  {mark} {}  {answer}  ({})\n      {}\n", role.name, role.at, role.condition);
    out.push_str(&reads(&role.reads));
    out
}

fn mapping_human(mapping: &MappingExplained) -> String {
    let value = match &mapping.value {
        Ok(Some(value)) => escape(value),
        Ok(None) => "(blank)".to_owned(),
        Err(why) => format!("! {why}"),
    };
    let once = if mapping.on_create { ", set once" } else { "" };
    format!("  {} = {value}  ({}{once})\n{}", mapping.attribute, mapping.at, reads(&mapping.reads))
}

fn reads(reads: &BTreeMap<String, String>) -> String {
    reads.iter().map(|(what, value)| format!("      {what} is {}\n", escape(value))).collect()
}
