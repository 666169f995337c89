use std::collections::BTreeSet;
use std::time::Instant;

use jiff::Timestamp;
use tikv_jemalloc_ctl::{epoch, stats};

use super::company::ASKED;
use super::figures::Figures;
use crate::cli::exit::{Exit, Failure};
use crate::cli::project::runtime;
use crate::cli::terminal::data;
use crate::config::DirectorySource;
use crate::directory::{Completeness, Query, read};
use crate::facts::Facts;

/// Reads once and writes what that took, as JSON.
pub(super) fn measure(source: &DirectorySource) -> Result<(), Failure> {
    let query =
        Query { attributes: ASKED.iter().map(|name| (*name).to_owned()).collect(), known: BTreeSet::new() };
    let runtime = runtime()?;
    let started = Instant::now();
    let snapshot = runtime.block_on(read(source, &query, &|_| ()))?;
    let seconds = started.elapsed().as_secs_f64();
    let peak = peak();
    drop(runtime);
    let (people, groups) = (snapshot.people.len(), snapshot.groups.len());
    let before = allocated()?;
    let started = Instant::now();
    let facts = Facts::of(&snapshot, Timestamp::now());
    let facts_seconds = started.elapsed().as_secs_f64();
    let facts_bytes = allocated()?.saturating_sub(before);
    drop(facts);
    let before = allocated()?;
    drop(snapshot.people);
    let people_bytes = before.saturating_sub(allocated()?);
    let partial = match snapshot.completeness {
        Completeness::Whole => None,
        Completeness::Partial { why } => Some(why),
    };
    let figures =
        Figures { people, groups, seconds, peak, people_bytes, facts_seconds, facts_bytes, partial };
    data(&serde_json::to_string(&figures).map_err(anyhow::Error::from)?)?;
    Ok(())
}

/// Octets that the process holds of its allocator.
fn allocated() -> Result<usize, Failure> {
    epoch::advance()
        .and_then(|_| stats::allocated::read())
        .map_err(|error| Failure::new(Exit::Unexpected, format_args!("cannot ask the allocator: {error}")))
}

/// Octets of memory that the process had at most so far (proc(5), VmHWM).
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}
