use std::path::Path;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::args::count;
use super::exit::{Exit, Failure};
use super::plan::Format;
use super::project::{Project, counted, runtime, stop_signal, tell_reading};
use super::terminal::{colour, data, talk};
use crate::apply::Outcome;
use crate::config::short;
use crate::journal::{CycleKind, Lock, Status};
use crate::plan::{self, Allowance};
use crate::sync::{Cycle, Finished, Orders};

/// How a plan and what became of it are written.
#[derive(Debug, clap::Args)]
pub(super) struct Showing {
    /// How the plan and its outcomes are written
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
    /// Show at most N people of each kind; JSON is always whole
    #[arg(long, value_name = "N", value_parser = count)]
    pub(super) limit: Option<usize>,
}

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Let this run deactivate up to N accounts, whatever the guard's limit is
    #[arg(long, value_name = "N", value_parser = count)]
    allow_deactivations: Option<usize>,
    #[command(flatten)]
    showing: Showing,
}

pub(super) fn run(config: &Path, args: &Args) -> Result<Exit, Failure> {
    carry_out(&Project::load(config)?, None, "apply", args.allow_deactivations, &args.showing)
}

/// Runs a whole cycle, of the rules unless somebody orders in their place, and tells what became of it. `allowed`:
/// deactivations, whatever the guard's limit is.
pub(super) fn carry_out(
    project: &Project,
    orders: Option<Orders<'_>>,
    cause: &str,
    allowed: Option<usize>,
    showing: &Showing,
) -> Result<Exit, Failure> {
    let lock = Lock::take(&project.config.state)?;
    let finished = {
        let parts = project.parts()?;
        let lost = parts.journal.settle(&lock, Timestamp::now())?;
        if !lost.is_empty() {
            talk(broken_off(lost.len()));
        }
        let cycle = Cycle { orders, ..project.cycle(&parts, Allowance { deactivations: allowed })? };
        let allowed = allowed.map(|n| format!(" --allow-deactivations {n}")).unwrap_or_default();
        runtime()?.block_on(async {
            let stop = stop_signal()?;
            let cause = format!("{cause}{allowed}");
            let finished = cycle.carry_out(&lock, CycleKind::Apply, &cause, &stop).await;
            finished.map_err(|error| project.failed(error))
        })?
    };
    tell(&finished, showing)?;
    Ok(exit(&finished))
}

/// Writes the plan and what became of it.
fn tell(finished: &Finished, showing: &Showing) -> Result<(), Failure> {
    let Showing { format, limit } = *showing;
    tell_reading(&finished.drawn);
    for text in overtaken(finished) {
        talk(format_args!("warning: {text}"));
    }
    data(&match format {
        Format::Human => plan::human(&finished.drawn.plan, colour(), limit),
        Format::Json => format!("{:#}\n", outcomes_json(finished)),
    })?;
    if format == Format::Human {
        data(&format!("\n{}", outcomes_human(finished)))?;
    }
    Ok(())
}

/// Refused, stopped, failures, or all done.
pub(super) fn exit(finished: &Finished) -> Exit {
    match finished.status {
        Status::Refused => Exit::Refused,
        Status::Stopped => Exit::Unexpected,
        _ if finished.has_failures() => Exit::Failures,
        _ => Exit::Ok,
    }
}

/// Approvals that are void, because the plan is another by now.
pub(super) fn overtaken(finished: &Finished) -> impl Iterator<Item = String> {
    finished.overtaken.iter().filter_map(|one| {
        let approval = one.waiting.approval.as_ref()?;
        let differs = one.differs.as_deref().unwrap_or("it is another plan");
        Some(format!(
            "plan {}, which {} approved, is no longer what would be done, so the approval is void: {differs}",
            one.waiting.short(),
            approval.who
        ))
    })
}

/// How a plan that was refused could pass, where it could.
pub(super) fn way_past(finished: &Finished) -> Option<String> {
    finished.waits.then(|| {
        let short = short(&finished.drawn.hash);
        format!("it waits for approval: `rolecall plan show {short}`, then `rolecall approve {short}`")
    })
}

/// What is told of operations that an earlier run sent without living to see the answer.
pub(super) fn broken_off(lost: usize) -> String {
    format!(
        "the last run was broken off with {} sent and not answered; the accounts are read again to see what came of it",
        counted(lost, "operation"),
    )
}

/// What is worth telling of the outcomes: everything that failed or has a note, and the count.
pub(super) fn outcomes_human(finished: &Finished) -> String {
    let mut out = String::new();
    let (mut done, mut failed, mut not_sent, mut held_back) = (0, 0, 0, None);
    for (operation, outcome) in finished.drawn.plan.operations.iter().zip(&finished.outcomes) {
        let who = plan::escape(&operation.user.name);
        match outcome {
            Outcome::Done { notes, .. } => {
                done += 1;
                for note in notes {
                    out.push_str(&format!("note: {} {who}: {note}\n", operation.kind));
                }
            }
            Outcome::Failed { why } | Outcome::Ignored { why, .. } => {
                failed += 1;
                out.push_str(&format!("failed: {} {who}: {why}\n", operation.kind));
            }
            Outcome::NotSent { why } => {
                not_sent += 1;
                held_back = held_back.or(why.as_deref());
            }
        }
    }
    if let Some(why) = held_back {
        out.push_str(&format!("not sent: {why}\n"));
    }
    match finished.status {
        Status::Refused => {
            let past = way_past(finished).map(|way| format!("; {way}")).unwrap_or_default();
            out.push_str(&format!("Nothing was sent (cycle {}){past}.\n", finished.id));
        }
        _ => {
            out.push_str(&format!("Applied {done}, failed {failed}"));
            if not_sent > 0 {
                out.push_str(&format!(", not sent {not_sent}"));
            }
            out.push_str(&format!(" (cycle {}; `rolecall journal show {}`).\n", finished.id, finished.id));
        }
    }
    out
}

/// The plan's JSON, each operation with its outcome.
fn outcomes_json(finished: &Finished) -> Value {
    let mut value = plan::json(&finished.drawn.plan);
    if let Some(operations) = value.get_mut("operations").and_then(Value::as_array_mut) {
        for (operation, outcome) in operations.iter_mut().zip(&finished.outcomes) {
            if let (Some(operation), Value::Object(outcome)) = (operation.as_object_mut(), json!(outcome)) {
                let mut outcome = outcome;
                // The account afterwards says the same as the changes, with everything else that it has.
                outcome.remove("account");
                operation.extend(outcome);
            }
        }
    }
    if let Some(object) = value.as_object_mut() {
        object.insert("cycle".to_owned(), json!(finished.id));
        object.insert("status".to_owned(), json!(finished.status.name()));
        object.insert("hash".to_owned(), json!(finished.drawn.hash));
    }
    value
}
