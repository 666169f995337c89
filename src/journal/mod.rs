//! The append-only record of cycles, decisions, operations and outcomes, and the links that follow from them.
//!
//! In: what a cycle did, while it does it. Out: the same, later, to people and to the next cycle. Never: a secret;
//! never a change of what was recorded, only of the links.

mod accounts;
mod knowledge;
mod chain;
mod column;
mod error;
mod export;
mod lifecycle;
mod lock;
mod model;
mod prune;
mod read;
mod recorder;
mod refused;
mod compare;
mod render;
mod render_why;
mod revisions;
mod schema;
mod store;
mod undo;
mod verify;
mod waits;
mod why;

pub use compare::{Comparison, compare};
pub use error::Error;
pub use export::{ExportError, Format};
pub use knowledge::{ApprovedPlan, Forgotten, KeptScript, Knowledge, Remembered, Settings};
pub use lifecycle::Later;
pub use lock::Lock;
pub use model::{
    Answer, CycleId, CycleKind, CycleRecord, CycleSummary, End, OperationRecord, Planned, Start, Status,
};
pub use prune::Pruning;
pub use recorder::Recorder;
pub use refused::{Closing, Overtaken, RefusedPlan};
pub use render::{list, seconds, show, waiting};
pub use render_why::why;
pub use revisions::KeptRevision;
pub use store::Journal;
pub use undo::{Undo, undo};
pub use verify::{How, Pruned, Verified, Wrong};
pub use waits::{Approval, Closed, Waiting, Waits};
pub use why::{KnownPerson, Moment, Why};
