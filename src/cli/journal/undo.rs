use std::path::Path;

use jiff::Timestamp;

use super::command::{number, recorded};
use crate::cli::apply::{exit, tell, tell_lost};
use crate::cli::args::count;
use crate::cli::exit::{Exit, Failure};
use crate::cli::plan::{self, Format};
use crate::cli::project::{Project, runtime, stop_signal};
use crate::cli::terminal::talk;
use crate::journal::{CycleKind, CycleRecord, Lock};
use crate::plan::{Allowance, Verdict};
use crate::sync::Cycle;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The cycle to be taken back, as `journal list` shows it
    #[arg(value_parser = number::<i64>)]
    cycle: i64,
    /// Do it; without this the plan is shown, and nothing is changed
    #[arg(long)]
    apply: bool,
    /// Let this run deactivate up to N accounts, whatever the guard's limit is
    #[arg(long, value_name = "N", value_parser = count, requires = "apply")]
    allow_deactivations: Option<usize>,
    /// How the plan and its outcomes are written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Show at most N people of each kind; JSON is always whole
    #[arg(long, value_name = "N", value_parser = count)]
    limit: Option<usize>,
}

pub(super) fn run(config: &Path, args: &Args) -> Result<Exit, Failure> {
    let project = Project::load(config)?;
    let (_, record) = recorded(&project.config, args.cycle)?;
    if record.summary.pruned {
        return Err(Failure::new(
            Exit::Usage,
            format_args!("the operations of cycle {} were pruned", args.cycle),
        ));
    }
    if args.apply { apply(&project, &record, args) } else { show(&project, &record, args) }
}

fn show(project: &Project, record: &CycleRecord, args: &Args) -> Result<Exit, Failure> {
    let drawn = {
        let parts = project.parts()?;
        let cycle = Cycle { undo: Some(record), ..project.cycle(&parts, Allowance::default())? };
        runtime()?.block_on(cycle.draw_up()).map_err(|error| project.failed(error))?
    };
    plan::tell(&drawn, args.format, args.limit)?;
    if !drawn.plan.is_empty() {
        talk(
            "what the rules want otherwise, the next cycle does again: stop the service or change the rules first",
        );
    }
    Ok(match drawn.plan.guard {
        Verdict::Refused { .. } => Exit::Refused,
        Verdict::Allowed | Verdict::Approved { .. } => Exit::Ok,
    })
}

fn apply(project: &Project, record: &CycleRecord, args: &Args) -> Result<Exit, Failure> {
    let lock = Lock::take(&project.config.state)?;
    let allowance = Allowance { deactivations: args.allow_deactivations };
    let finished = {
        let parts = project.parts()?;
        tell_lost(&parts.journal.settle(&lock, Timestamp::now())?);
        let cycle = Cycle { undo: Some(record), ..project.cycle(&parts, allowance)? };
        let allowed = args.allow_deactivations.map(|n| format!(" --allow-deactivations {n}"));
        let cause = format!("undo of cycle {}{}", args.cycle, allowed.unwrap_or_default());
        runtime()?.block_on(async {
            let stop = stop_signal()?;
            let finished = cycle.carry_out(&lock, CycleKind::Apply, &cause, &stop).await;
            finished.map_err(|error| project.failed(error))
        })?
    };
    tell(&finished, args.format, args.limit)?;
    Ok(exit(&finished))
}
