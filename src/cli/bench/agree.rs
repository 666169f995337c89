use std::time::Instant;

use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::{Bar, data};
use crate::policy::agree;

/// Disagreements that are shown before the run gives up.
const MOST: usize = 5;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How many cases: a rule asked of a person
    #[arg(long, default_value_t = 100_000)]
    cases: u64,
    /// The first seed; the same seed makes the same cases
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    let started = Instant::now();
    let agreement = {
        let bar = Bar::new();
        agree(args.seed, args.cases, MOST, &|done| bar.say(format!("{done} of {} cases", args.cases)))
    };
    let mut out = String::new();
    for found in &agreement.disagreements {
        out.push_str(&format!(
            "seed {}\n  rule    {}\n  tree    {}\n  person  {}\n  by tree {}\n  by Rhai {}\n",
            found.seed, found.rule, found.tree, found.person, found.by_tree, found.by_rhai
        ));
    }
    out.push_str(&format!(
        "{} cases in {:.0} s: {} answered by trees as by Rhai, {} left to Rhai ({} of them errors), {} differ\n",
        agreement.cases,
        started.elapsed().as_secs_f64(),
        agreement.by_tree,
        agreement.left + agreement.errors,
        agreement.errors,
        agreement.disagreements.len(),
    ));
    data(&out)?;
    Ok(if agreement.disagreements.is_empty() { Exit::Ok } else { Exit::Unexpected })
}
