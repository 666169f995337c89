use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

use crate::cli::exit::{Exit, Failure};

/// What one reading took.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Figures {
    pub(super) people: usize,
    pub(super) groups: usize,
    /// Of the reading alone.
    pub(super) seconds: f64,
    /// Memory of the process at most, up to the reading's end; `None` where the system does not tell it.
    pub(super) peak: Option<u64>,
    /// Memory that is free again without the people.
    pub(super) people_bytes: usize,
    pub(super) facts_seconds: f64,
    pub(super) facts_bytes: usize,
    /// Why it is not whole.
    pub(super) partial: Option<String>,
}

/// Reads in a process of its own, so that nothing else is in its memory.
pub(super) fn of(mut command: Command) -> Result<Figures, Failure> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(Failure::told(Exit::Unexpected));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| Failure::new(Exit::Unexpected, error))
}

#[expect(clippy::cast_precision_loss, reason = "what is told has few digits")]
pub(super) fn per(sum: usize, count: usize) -> f64 {
    sum as f64 / count.max(1) as f64
}

/// In MB.
#[expect(clippy::cast_precision_loss, reason = "what is told has few digits")]
pub(super) fn megabytes(octets: u64) -> f64 {
    octets as f64 / 1e6
}
