//! The loop: cycles at an interval, and new rules taken over while it runs.
//!
//! In: a configuration, and a switch to stop by. Out: cycles in the journal, and [`Event`]s. Never: two cycles at
//! once; never a cycle that changes its rules half-way; never rules that did not pass their own tests.

mod event;
mod last_good;
mod reload;
mod service;
mod watch;

pub use event::{Event, Listener};
pub use last_good::LastGood;
pub use reload::{Active, Rejection, load};
pub use service::{Service, StartError};
pub use watch::{Unwatchable, Watch};
