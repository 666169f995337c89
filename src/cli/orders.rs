//! Plans that are made by hand, in place of what the rules want: shown, unless they are to be carried out.

use super::apply::{self, Showing};
use super::args::count;
use super::exit::{Exit, Failure};
use super::plan;
use super::project::{Project, runtime};
use super::terminal::talk;
use crate::plan::{Allowance, Verdict};
use crate::sync::{Cycle, Orders};

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Do it; without this the plan is shown, and nothing is changed
    #[arg(long)]
    apply: bool,
    /// Let this run deactivate up to N accounts, whatever the guard's limit is
    #[arg(long, value_name = "N", value_parser = count, requires = "apply")]
    allow_deactivations: Option<usize>,
    #[command(flatten)]
    showing: Showing,
}

fn cause(orders: Orders<'_>) -> String {
    match orders {
        Orders::Script(script) => format!("{} (sha256 {})", orders.origin(), script.hash()),
        Orders::Undo(_) => orders.origin(),
    }
}

/// Shows what would be done, or does it.
pub(super) fn run(project: &Project, orders: Orders<'_>, options: &Options) -> Result<Exit, Failure> {
    if options.apply {
        let (cause, allowed) = (cause(orders), options.allow_deactivations);
        return apply::carry_out(project, Some(orders), &cause, allowed, &options.showing);
    }
    let drawn = {
        let parts = project.parts()?;
        let cycle = Cycle { orders: Some(orders), ..project.cycle(&parts, Allowance::default())? };
        runtime()?.block_on(cycle.draw_up()).map_err(|error| project.failed(error))?
    };
    plan::tell(&drawn, options.showing.format, options.showing.limit)?;
    if matches!(orders, Orders::Undo(_)) && !drawn.plan.is_empty() {
        talk(
            "what the rules want otherwise, the next cycle does again: stop the service or change the rules first",
        );
    }
    Ok(match drawn.plan.guard {
        Verdict::Refused { .. } => Exit::Refused,
        Verdict::Allowed | Verdict::Approved { .. } => Exit::Ok,
    })
}
