use std::path::Path;

use serde_json::json;

use super::exit::{Exit, Failure};
use super::plan::Format;
use super::project::configuration;
use super::terminal::data;
use crate::journal::{self, CycleId, Journal};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
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
}

pub(super) fn run(config: &Path, args: &Args) -> Result<Exit, Failure> {
    let config = configuration(config)?;
    // Who only reads makes no state folder.
    let journal = if config.state.exists() { Some(Journal::open(&config.state)?) } else { None };
    let text = match args.what {
        What::List { limit, format } => {
            let cycles = journal.map_or(Ok(Vec::new()), |journal| journal.cycles(limit))?;
            match format {
                Format::Human => journal::list(&cycles),
                Format::Json => format!("{:#}\n", json!(cycles)),
            }
        }
        What::Show { cycle, format } => {
            let record =
                journal.map_or(Ok(None), |journal| journal.cycle(CycleId(cycle)))?.ok_or_else(|| {
                    Failure::new(Exit::Usage, format_args!("there is no cycle {cycle}"))
                        .hint("`rolecall journal list` shows them")
                })?;
            match format {
                Format::Human => journal::show(&record),
                Format::Json => format!("{:#}\n", json!(record)),
            }
        }
    };
    data(&text)?;
    Ok(Exit::Ok)
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| "a whole number is wanted".to_owned())
}
