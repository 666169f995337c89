//! Plans that are made by hand, in place of what the rules want: shown, unless they are to be carried out.

use super::apply::{self, Showing};
use super::args::count;
use super::exit::{Exit, Failure};
use super::plan;
use super::project::{Project, runtime};
use super::terminal::talk;
use crate::journal::CycleRecord;
use crate::plan::{Allowance, Verdict};
use crate::script::Script;
use crate::sync::Cycle;

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

/// Who orders.
#[derive(Clone, Copy, Debug)]
pub(super) enum Orders<'a> {
    Script(&'a Script),
    /// Take that cycle back.
    Undo(&'a CycleRecord),
}

impl<'a> Orders<'a> {
    /// The cycle, with these orders in the place of what the rules would do.
    pub(super) fn given(self, cycle: Cycle<'a>) -> Cycle<'a> {
        match self {
            Self::Script(script) => Cycle { script: Some(script), ..cycle },
            Self::Undo(record) => Cycle { undo: Some(record), ..cycle },
        }
    }

    fn cause(self) -> String {
        match self {
            Self::Script(script) => format!("script {} (sha256 {})", script.path(), script.hash()),
            Self::Undo(record) => format!("undo of cycle {}", record.summary.id),
        }
    }
}

/// Shows what would be done, or does it.
pub(super) fn run(project: &Project, orders: Orders<'_>, options: &Options) -> Result<Exit, Failure> {
    if options.apply {
        let (cause, allowed) = (orders.cause(), options.allow_deactivations);
        return apply::carry_out(project, Some(orders), &cause, allowed, &options.showing);
    }
    let drawn = {
        let parts = project.parts()?;
        let cycle = orders.given(project.cycle(&parts, Allowance::default())?);
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
