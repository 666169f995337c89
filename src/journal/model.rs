use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::config::{Revision, Sources};
use crate::directory::Completeness;
use crate::plan::{Drifted, Plan};

/// A cycle's number, ascending from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CycleId(pub i64);

impl fmt::Display for CycleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which command it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CycleKind {
    /// Of the rules, or of a script that was run once: the cause tells.
    Apply,
    /// One of the daemon's.
    Run,
}

impl CycleKind {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Run => "run",
        }
    }
}

/// How a cycle ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It came to its end, whatever became of single operations.
    Done,
    /// By the guard.
    Refused,
    /// Before its end, by an error.
    Failed,
    /// By a person or a signal.
    Stopped,
    /// The process ended in the middle.
    BrokenOff,
}

impl Status {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
            Self::BrokenOff => "broken_off",
        }
    }
}

/// What is known when a cycle starts.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    pub kind: CycleKind,
    /// What set it off: a command, the interval, a changed policy.
    pub cause: &'a str,
    pub revision: Revision,
    /// Kept once a revision.
    pub sources: &'a Sources,
    pub at: Timestamp,
}

/// What is known when a cycle's plan was judged.
#[derive(Clone, Copy, Debug)]
pub struct Planned<'a> {
    /// The directory that was read.
    pub source: &'a str,
    /// How many people were read.
    pub people: usize,
    pub completeness: &'a Completeness,
    pub plan: &'a Plan,
    /// The one-off script, or the cycle to take back, whose orders the plan is in place of what the rules want.
    pub orders: Option<&'a str>,
    pub at: Timestamp,
}

/// What is known when a cycle ends.
#[derive(Clone, Copy, Debug)]
pub struct End<'a> {
    pub status: Status,
    pub error: Option<&'a str>,
    pub at: Timestamp,
}

/// A cycle as it stands in the journal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CycleSummary {
    pub id: CycleId,
    pub kind: String,
    pub cause: String,
    /// All 64 hexadecimal digits.
    pub revision: String,
    /// RFC 3339, as all times here.
    pub started: String,
    pub ended: Option<String>,
    /// Absent while it is at work, or when it was broken off and nobody has looked yet.
    pub status: Option<String>,
    pub error: Option<String>,
    /// Absent when it ended before there was a plan.
    pub plan: Option<PlanSummary>,
    /// Operations that were done, by kind.
    pub created: u32,
    pub updated: u32,
    pub reactivated: u32,
    pub deactivated: u32,
    /// Whether its operations are no longer kept.
    pub pruned: bool,
    /// Operations by their outcome.
    pub done: u32,
    pub failed: u32,
    /// Sent, or about to be, and never answered.
    pub unanswered: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlanSummary {
    pub source: String,
    pub people: u32,
    /// Why the directory was not read whole.
    pub partial: Option<String>,
    pub managed_active: u32,
    pub create: u32,
    pub update: u32,
    pub reactivate: u32,
    pub deactivate: u32,
    pub unchanged: u32,
    pub skipped: u32,
    pub faults: u32,
    pub unmanaged: u32,
    /// Operations that wait for a person.
    pub held: u32,
    /// Deactivations that wait for their time.
    pub leaving: u32,
    /// The guard's verdict, as [`Verdict`](crate::plan::Verdict) is serialized.
    pub guard: Value,
}

/// A cycle with all of its operations.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CycleRecord {
    #[serde(flatten)]
    pub summary: CycleSummary,
    /// What this cycle was the first to find changed at the target, and left so.
    pub drifted: Vec<Drifted>,
    pub operations: Vec<OperationRecord>,
    /// Whom the plan left alone although something would have had to be done, or might have: `{"user", "kind",
    /// "reason", "fault"}`. Empty where plans were not kept.
    pub skipped: Vec<Value>,
    /// What the plan held for a person to approve, as the plan told it.
    pub held: Vec<Value>,
}

/// An operation as it was about to be sent, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OperationRecord {
    pub cycle: CycleId,
    /// In the plan, from 0.
    pub place: u32,
    pub kind: String,
    #[serde(rename = "objectGUID")]
    pub guid: Uuid,
    pub name: String,
    pub dn: Option<String>,
    pub account: Option<String>,
    pub user_name: String,
    /// `[{"attribute", "from", "to"}]`
    pub changes: Value,
    /// Each with its rule's place.
    pub reasons: Vec<String>,
    pub intended: String,
    pub answer: Option<Answer>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    pub at: String,
    /// `done`, `failed`, `not_sent` or `lost` (the process ended before the answer came)
    pub outcome: String,
    /// The account afterwards and notes, or why it failed.
    pub detail: Value,
}
