use std::path::Path;

use serde_json::json;

use super::{export, prune, replay, undo, verify, why};
use crate::cli::exit::{Exit, Failure};
use crate::cli::plan::Format;
use crate::cli::project::configuration;
use crate::cli::terminal::data;
use crate::config::Config;
use crate::journal::{self, CycleId, CycleRecord, Journal};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// The last cycles
    List {
        /// How many, the latest first
        #[arg(long, value_name = "N", default_value_t = 20, value_parser = number::<u32>)]
        limit: u32,
        /// How they are written
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// One cycle, with every operation, its reasons and its outcome
    Show {
        /// Its number, as `journal list` and `apply` show it
        #[arg(value_parser = number::<i64>)]
        cycle: i64,
        /// How it is written
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// What was decided of somebody at a time, why, and what came of it
    Why(why::Args),
    /// Draw up a cycle's plan again, from what it read: by its rules, or by others
    Replay(replay::Args),
    /// Show, or do, what takes a cycle back
    Undo(undo::Args),
    /// Hold every record against the chain of hashes
    Verify(verify::Args),
    /// Write every record to stdout
    Export(export::Args),
    /// Remove what is old and not needed any more
    Prune(prune::Args),
}

pub(in crate::cli) fn run(config: &Path, args: &Args) -> Result<Exit, Failure> {
    let text = match &args.what {
        What::Why(args) => return why::run(config, args),
        What::Replay(args) => return replay::run(config, args),
        What::Undo(args) => return undo::run(config, args),
        What::Verify(args) => return verify::run(config, args),
        What::Export(args) => return export::run(config, args),
        What::Prune(args) => return prune::run(config, args),
        What::List { limit, format } => {
            let journal = Journal::existing(&configuration(config)?.state)?;
            let cycles = journal.map_or(Ok(Vec::new()), |journal| journal.cycles(*limit))?;
            match format {
                Format::Human => journal::list(&cycles),
                Format::Json => format!("{:#}\n", json!(cycles)),
            }
        }
        What::Show { cycle, format } => {
            let (_, record) = recorded(&configuration(config)?, *cycle)?;
            match format {
                Format::Human => journal::show(&record),
                Format::Json => format!("{:#}\n", json!(record)),
            }
        }
    };
    data(&text)?;
    Ok(Exit::Ok)
}

/// The journal, and a cycle that must be in it.
pub(super) fn recorded(config: &Config, cycle: i64) -> Result<(Journal, CycleRecord), Failure> {
    let journal = Journal::existing(&config.state)?;
    let record = match &journal {
        Some(journal) => journal.cycle(CycleId(cycle))?,
        None => None,
    };
    journal.zip(record).ok_or_else(|| {
        Failure::new(Exit::Usage, format_args!("there is no cycle {cycle}"))
            .hint("`rolecall journal list` shows them")
    })
}

pub(super) fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| "a whole number is wanted".to_owned())
}
