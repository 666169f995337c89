use std::path::Path;

use super::args::count;
use super::exit::{Exit, Failure};
use super::project::{Project, runtime, tell_reading};
use super::terminal::{colour, data};
use crate::plan::{self, Allowance, Verdict};
use crate::sync::Drawn;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How the plan is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Exit with 5 when there is something to do
    #[arg(long)]
    detailed_exitcode: bool,
    /// Show at most N people of each kind; JSON is always whole
    #[arg(long, value_name = "N", value_parser = count)]
    limit: Option<usize>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    #[default]
    Human,
    Json,
}

pub(super) fn run(config: &Path, args: &Args) -> Result<Exit, Failure> {
    let project = Project::load(config)?;
    let drawn = {
        let parts = project.parts()?;
        let cycle = project.cycle(&parts, Allowance::default())?;
        runtime()?.block_on(cycle.draw_up()).map_err(|error| project.failed(error))?
    };
    tell(&drawn, args.format, args.limit)?;
    Ok(match drawn.plan.guard {
        Verdict::Refused { .. } => Exit::Refused,
        Verdict::Allowed if args.detailed_exitcode && !drawn.plan.is_empty() => Exit::Changes,
        Verdict::Allowed => Exit::Ok,
    })
}

/// Writes the plan.
pub(super) fn tell(drawn: &Drawn, format: Format, limit: Option<usize>) -> Result<(), Failure> {
    tell_reading(drawn);
    Ok(data(&match format {
        Format::Human => plan::human(&drawn.plan, colour(), limit),
        Format::Json => format!("{:#}\n", plan::json(&drawn.plan)),
    })?)
}
