//! The append-only record of cycles, decisions, operations and outcomes, and the links that follow from them.
//!
//! In: what a cycle did, while it does it. Out: the same, later, to people and to the next cycle. Never: a secret;
//! never a change of what was recorded, only of the links.

mod error;
mod lock;
mod model;
mod read;
mod recorder;
mod render;
mod revisions;
mod schema;
mod store;
mod waits;

pub use error::Error;
pub use lock::Lock;
pub use model::{
    Answer, CycleId, CycleKind, CycleRecord, CycleSummary, End, OperationRecord, Planned, Start, Status,
};
pub use recorder::Recorder;
pub use render::{list, show, waiting};
pub use revisions::KeptRevision;
pub use store::Journal;
pub use waits::{Approval, Closed, Waiting, Waits};
