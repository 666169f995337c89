//! What has to change: the difference between desired and actual, held against the guard.
//!
//! In: [`Desired`](crate::desired::Desired), the accounts as read, the links. Out: a [`Plan`] with a reason for
//! everyone, and the guard's [`Verdict`]. Pure; sends nothing.

mod change;
mod diff;
mod digest;
mod drift;
mod existing;
mod guard;
mod impact;
mod links;
mod matching;
mod operation;
mod order;
mod orders;
mod pending;
mod render;
mod standing;

pub use diff::{Current, diff};
pub use digest::{Basis, digest};
pub use drift::Drifted;
pub use existing::{Existing, Settled};
pub use guard::{Allowance, Breach, Sizes, Verdict, judge};
pub use impact::{Effect, EffectKind, Impact, RoleTurn, Setting};
pub use links::{Link, Links};
pub use operation::{Adoptable, Change, Kind, Operation, Plan, Skipped, Unmanaged};
pub use orders::{Order, ordered};
pub use render::{changes, escape, human, json, value};
pub use standing::{Answer, Departures, Held, Hold, Holds, Hooks, Leaving, Standing, until};
