use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::data;

use super::{calls, hostile, people, tables};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Built with `--features oracle`, every call is held against a spreadsheet engine as well."
)]
pub(in crate::cli::bench) struct Args {
    /// How many times each function is called in a round
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    calls: u32,
    /// How often everything is measured, in turn; the median counts
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// How many people the formulas are about
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    people: u32,
    /// How many rows the large table has
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1_000..=1_000_000))]
    rows: u32,
    /// Nothing but so many calls with arguments of every kind and size: none may panic, hang or answer without bounds
    #[arg(long, value_name = "CALLS")]
    hostile: Option<u64>,
    /// What arguments are made from
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(in crate::cli::bench) fn run(args: &Args) -> Result<Exit, Failure> {
    if let Some(calls) = args.hostile {
        data(&hostile::run(calls, args.seed)?)?;
        return Ok(Exit::Ok);
    }
    data(&calls::run(args.calls, args.rounds, args.seed)?)?;
    data(&tables::run(args.rows, args.rounds, args.seed)?)?;
    data(&people::run(args.people)?)?;
    Ok(Exit::Ok)
}

/// The one in the middle.
pub(super) fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}
