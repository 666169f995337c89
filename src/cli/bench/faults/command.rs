use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use fastrand::Rng;

use super::campaign::{self, Ended, Rules};
use super::kinds::{Plan, every, faults};
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::{Bar, data};

/// Campaigns wait for clocks more than for processors.
const SIDE_BY_SIDE: usize = 12;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Which campaigns, of all that there are; the same seed chooses the same
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    campaigns: usize,
}

pub(in crate::cli) fn run(args: &Args) -> Result<Exit, Failure> {
    let started = Instant::now();
    let mut plans = every();
    let of = plans.len();
    Rng::with_seed(args.seed).shuffle(&mut plans);
    plans.truncate(args.campaigns);
    let ended = all(&plans)?;

    let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let names = faults();
    let (mut met, mut failed, mut out) = (0, 0, String::new());
    for (plan, ended) in plans.iter().zip(&ended) {
        let name = names.get(plan.fault).map_or("", |(name, _)| *name);
        let count = kinds.entry(name).or_default();
        count.0 += usize::from(ended.met);
        count.1 += 1;
        met += usize::from(ended.met);
        if !ended.wrong.is_empty() {
            failed += 1;
            out.push_str(&format!("{name}, {}, {:?}, {:?}\n", plan.task.name(), plan.position, plan.method));
            ended.wrong.iter().for_each(|wrong| out.push_str(&format!("  {wrong}\n")));
        }
    }
    for (name, (met, count)) in kinds {
        out.push_str(&format!("{name:<28} {count:>5} campaigns, {met} met it\n"));
    }
    out.push_str(&format!(
        "{} of {of} campaigns in {:.0} s (seed {}), {met} met their fault, {failed} ended wrongly\n",
        plans.len(),
        started.elapsed().as_secs_f64(),
        args.seed,
    ));
    data(&out)?;
    Ok(if failed == 0 { Exit::Ok } else { Exit::Unexpected })
}

/// Each campaign has a thread and a clock of its own.
fn all(plans: &[Plan]) -> Result<Vec<Ended>, Failure> {
    let rules = Rules::compile()?;
    let bar = Bar::new();
    let (next, ended) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let work = || -> Result<(), Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(plan) = plans.get(number) else { return Ok(()) };
            let result = runtime.block_on(campaign::run(&rules, *plan))?;
            let mut ended = ended.lock().unwrap_or_else(PoisonError::into_inner);
            ended.insert(number, result);
            bar.say(format!("{} of {} campaigns", ended.len(), plans.len()));
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..SIDE_BY_SIDE.min(plans.len())).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| match worker.join() {
            Ok(result) => result,
            Err(_) => Err(Failure::new(Exit::Unexpected, "a campaign broke off")),
        })
    })?;
    Ok(ended.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect())
}
