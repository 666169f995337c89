use std::time::Duration;

use super::reload::Rejection;
use crate::config::Revision;
use crate::sync::{Error, Finished};

/// What happens in the loop.
#[derive(Debug)]
pub enum Event<'a> {
    /// The loop begins, with the rules on disk.
    Started {
        revision: Revision,
        /// How many tests they passed.
        tests: usize,
        interval: Duration,
    },
    /// The scripts on disk do not compile or pass, and the last good ones of an earlier run are in force.
    StartedFromLastGood {
        revision: Revision,
        rejection: &'a Rejection,
    },
    CycleStarted {
        cause: &'a str,
        revision: Revision,
    },
    /// A cycle that takes long is at work still.
    Progress {
        done: usize,
        of: usize,
    },
    CycleFinished {
        cause: &'a str,
        finished: &'a Finished,
    },
    CycleFailed {
        cause: &'a str,
        error: &'a Error,
        retry_in: Duration,
    },
    /// New rules are in force from the next cycle on.
    Reloaded {
        from: Revision,
        to: Revision,
        tests: usize,
    },
    /// New rules are not taken over; the old ones stay in force.
    Rejected {
        active: Revision,
        rejection: &'a Rejection,
    },
    /// The files on disk are the rules in force again.
    Restored {
        active: Revision,
    },
    Stopped,
}

/// Is told what happens, as it happens.
pub trait Listener: Send + Sync {
    fn hear(&self, event: &Event<'_>);
}
