//! The append-only record of cycles, decisions, operations and outcomes, and the links that follow from them.
//!
//! In: what a cycle did, while it does it. Out: the same, later, to people and to the next cycle. Never: a secret;
//! never a change of what was recorded, only of the links.

mod basis;
mod chain;
mod error;
mod lifecycle;
mod lock;
mod model;
mod read;
mod recorder;
mod render;
mod revisions;
mod schema;
mod store;
mod undo;
mod verify;
mod waits;

pub use basis::{Basis, Forgotten, KeptScript, Remembered, Settings};
pub use error::Error;
pub use lifecycle::Later;
pub use lock::Lock;
pub use model::{
    Answer, CycleId, CycleKind, CycleRecord, CycleSummary, End, OperationRecord, Planned, Start, Status,
};
pub use recorder::Recorder;
pub use render::{list, show, waiting};
pub use revisions::KeptRevision;
pub use store::Journal;
pub use undo::{Undo, undo};
pub use verify::{How, Pruned, Verified, Wrong};
pub use waits::{Approval, Closed, Waiting, Waits};
