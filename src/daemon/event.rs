use std::net::SocketAddr;
use std::time::Duration;

use super::reload::Rejection;
use super::settings::Unfit;
use crate::config::Revision;
use crate::directory;
use crate::journal::CycleId;
use crate::plan::{Breach, Impact};
use crate::sync::{Error, Finished};

/// What happens in the loop.
#[derive(Debug)]
pub enum Event<'a> {
    /// The loop begins, with the rules on disk, or with those of the last run where those on disk are others.
    Started {
        revision: Revision,
        /// How many tests they passed.
        tests: usize,
        interval: Duration,
        /// The rules on disk, which are judged before the first cycle.
        on_disk: Option<Revision>,
    },
    /// The scripts on disk do not compile or pass, and the last good ones of an earlier run are in force.
    StartedFromLastGood {
        revision: Revision,
        rejection: &'a Rejection,
    },
    /// People and programs are answered here.
    Listening {
        at: SocketAddr,
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
        took: Duration,
        finished: &'a Finished,
    },
    /// The directory has not changed since the last cycle, which left everything as it should be.
    CycleUnchanged {
        cause: &'a str,
        took: Duration,
        id: CycleId,
    },
    CycleFailed {
        cause: &'a str,
        took: Duration,
        error: &'a Error,
        retry_in: Duration,
    },
    /// New rules are in force from the next cycle on.
    Reloaded {
        from: Revision,
        to: Revision,
        tests: usize,
        /// Whom they touch; absent where it was not asked.
        impact: Option<&'a Impact>,
        /// Who let them pass, where the impact was over a limit.
        approved_by: Option<&'a str>,
    },
    /// New rules are not taken over; the old ones stay in force.
    Rejected {
        active: Revision,
        rejection: &'a Rejection,
    },
    /// New rules touch more people than the limits let pass, and wait for approval.
    Pending {
        active: Revision,
        revision: Revision,
        impact: &'a Impact,
        breaches: &'a [Breach],
    },
    /// They did so before a restart, and do still.
    StillPending {
        active: Revision,
        revision: Revision,
    },
    /// Rules that waited are on disk no longer.
    Withdrawn {
        revision: Revision,
    },
    /// A person does not want the rules that waited.
    Refused {
        active: Revision,
        revision: Revision,
    },
    /// Nobody can say whom new rules touch, because the directory cannot be read.
    Unjudged {
        active: Revision,
        revision: Revision,
        error: &'a directory::Error,
        retry_in: Duration,
    },
    /// The files on disk are the rules in force again.
    Restored {
        active: Revision,
    },
    /// Another configuration is in force from the next cycle on.
    Reconfigured,
    /// The configuration on disk is wrong, or cannot come into force while the loop runs; the old one stays.
    Misconfigured {
        why: &'a Unfit,
    },
    /// The configuration on disk is the one in force again.
    ConfigurationRestored,
    Stopped,
}

/// Is told what happens, as it happens.
pub trait Listener: Send + Sync {
    fn hear(&self, event: &Event<'_>);
}
