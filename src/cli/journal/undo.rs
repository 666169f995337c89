use std::path::Path;

use super::command::{number, recorded};
use crate::cli::exit::{Exit, Failure};
use crate::cli::orders::{self, Options};
use crate::cli::project::Project;
use crate::sync::Orders;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The cycle to be taken back, as `journal list` shows it
    #[arg(value_parser = number::<i64>)]
    cycle: i64,
    #[command(flatten)]
    options: Options,
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
    orders::run(&project, Orders::Undo(&record), &args.options)
}
