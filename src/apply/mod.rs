//! Runs a plan: each operation recorded, sent, recorded.
//!
//! In: a [`Plan`](crate::plan::Plan) that the guard allowed. Out: an [`Outcome`] for every operation. Never: an
//! operation that is not in the plan; never one that was not recorded before it was sent.

mod outcome;
mod run;

pub use outcome::{Outcome, Record};
pub use run::{Progress, run};
