use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use super::command::{number, recorded};
use crate::cli::exit::{Exit, Failure};
use crate::cli::explain::revision;
use crate::cli::plan::Format;
use crate::cli::project::{configuration, counted, tell_findings};
use crate::cli::terminal::{data, talk};
use crate::config::{Config, PolicyPaths, Sources, short};
use crate::diagnostic::Diagnostics;
use crate::journal::{Comparison, CycleId, CycleRecord, Journal, Knowledge, compare};
use crate::plan::{self, escape};
use crate::policy::Policy;
use crate::script::Script;
use crate::sync::{self, Orders, Rules, Unwatched};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The cycle, as `journal list` shows it
    #[arg(value_parser = number::<i64>)]
    cycle: i64,
    /// Other rules: a policy folder, or the first digits of a revision that the journal keeps
    #[arg(long, value_name = "FOLDER|REVISION")]
    with: Option<String>,
    /// How the result is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(config: &Path, args: &Args) -> Result<Exit, Failure> {
    let config = configuration(config)?;
    let (journal, record) = recorded(&config, args.cycle)?;
    let remembered = journal.remember(CycleId(args.cycle))?.map_err(|why| {
        Failure::new(Exit::Usage, format_args!("cycle {} cannot be drawn up again: {why}", args.cycle))
    })?;
    let again = Again { journal: &journal, record: &record, knowledge: &remembered.knowledge };
    let (plan, by) = match &args.with {
        None => (again.by_its_rules(&remembered.revision)?, None),
        Some(with) => {
            let (policy, name) = others(&config, with)?;
            tell_unread(&policy, again.knowledge);
            (again.by(&policy)?, Some(name))
        }
    };
    let comparison = compare(&remembered.plan, &plan);
    data(&match args.format {
        Format::Human => told(&record, &plan, &comparison, by.as_deref()),
        Format::Json => {
            let document = json!({
                "cycle": args.cycle,
                "revision": remembered.revision,
                "with": by,
                "same": comparison.is_same(),
                "differences": comparison,
                "plan": plan,
            });
            format!("{document:#}\n")
        }
    })?;
    Ok(if by.is_none() && !comparison.is_same() { Exit::Unexpected } else { Exit::Ok })
}

/// A cycle that is to be drawn up again.
struct Again<'a> {
    journal: &'a Journal,
    record: &'a CycleRecord,
    knowledge: &'a Knowledge,
}

impl Again<'_> {
    fn by_its_rules(&self, recorded: &str) -> Result<Value, Failure> {
        let kept = self.journal.revisions(recorded)?;
        let sources = kept.into_iter().next().map(|kept| kept.sources).ok_or_else(|| {
            Failure::new(Exit::Unexpected, format_args!("the rules of revision {recorded} are not kept"))
        })?;
        let policy = compiled(&sources, "the rules of that time")?;
        if policy.revision().full() != recorded {
            talk("the cycle was of another version of rolecall");
        }
        let settings = &self.knowledge.settings;
        let script = settings
            .script
            .as_ref()
            .map(|script| Script::parse(&policy, &script.path, &Arc::from(script.text.as_str())))
            .transpose()
            .map_err(|findings| told_findings(&findings, "the script of that time"))?;
        let undone = settings.undo.map(|cycle| self.journal.cycle(cycle)).transpose()?.flatten();
        if let Some(cycle) = settings.undo
            && undone.as_ref().is_none_or(|undone| undone.summary.pruned)
        {
            let message = format!("cycle {cycle}, which it took back, was pruned");
            return Err(Failure::new(Exit::Usage, message));
        }
        let orders = script.as_ref().map(Orders::Script).or(undone.as_ref().map(Orders::Undo));
        self.draw(Rules { policy: &policy, orders })
    }

    fn by(&self, policy: &Policy) -> Result<Value, Failure> {
        self.draw(Rules { policy, orders: None })
    }

    fn draw(&self, rules: Rules<'_>) -> Result<Value, Failure> {
        let drawn = rules.draw(self.knowledge, &Unwatched).map_err(|error| match error {
            sync::Error::Script { findings, .. } => told_findings(&findings, "the script of that time"),
            error => Failure::from(error).about(format!("cycle {}", self.record.summary.id)),
        })?;
        Ok(plan::json(&drawn.plan))
    }
}

/// Tells what other rules would have to know, and nobody read then.
fn tell_unread(policy: &Policy, knowledge: &Knowledge) {
    let unread: Vec<String> = policy
        .reads()
        .iter()
        .filter(|name| !knowledge.attributes.contains(&name.to_ascii_lowercase()))
        .map(|name| format!("`{name}`"))
        .collect();
    if !unread.is_empty() {
        talk(format_args!("warning: these rules read {}, which was not read then", unread.join(", ")));
    }
}

/// Other rules, and how they are called: a folder, where there is one of that name, else a revision.
fn others(config: &Config, with: &str) -> Result<(Policy, String), Failure> {
    let folder = Path::new(with);
    if folder.is_dir() {
        let folder = std::path::absolute(folder)?;
        let sources = Sources::read(&PolicyPaths { folder, ..config.policy.clone() })?;
        let policy = compiled(&sources, &format!("the policy in `{with}`"))?;
        return Ok((policy, format!("the policy in `{}`", escape(with))));
    }
    let prefix = revision::prefix(with).map_err(|why| {
        Failure::new(Exit::Usage, format_args!("`{}` is no folder, and no revision: {why}", escape(with)))
    })?;
    let earlier = revision::find(config, &prefix)?;
    let name = format!("policy {}", short(&earlier.revision));
    Ok((earlier.policy, name))
}

fn compiled(sources: &Sources, what: &str) -> Result<Policy, Failure> {
    let compiled = Policy::compile(sources);
    compiled.policy.ok_or_else(|| told_findings(&compiled.findings, what))
}

fn told_findings(findings: &Diagnostics, what: &str) -> Failure {
    let errors = tell_findings(findings);
    Failure::new(Exit::Policy, format_args!("by this version of rolecall, {what}: {errors}"))
}

fn told(record: &CycleRecord, plan: &Value, comparison: &Comparison, by: Option<&str>) -> String {
    let cycle = record.summary.id;
    let operations =
        counted(plan.get("operations").and_then(Value::as_array).map_or(0, Vec::len), "operation");
    match by {
        None if comparison.is_same() => {
            format!("Cycle {cycle} gives the same plan again, to the last reason: {operations}.\n")
        }
        None => format!("Cycle {cycle} gives another plan now (- as it was, + now)\n{}", comparison.human()),
        Some(by) if comparison.is_same() => {
            format!("Cycle {cycle} by {by}: the same plan: {operations}.\n")
        }
        Some(by) => format!("Cycle {cycle} by {by} (- as it was, + by these rules)\n{}", comparison.human()),
    }
}
