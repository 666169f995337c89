//! The loop: cycles at an interval, and new rules taken over while it runs.
//!
//! In: a configuration, and a switch to stop by. Out: cycles in the journal, [`Event`]s, answers over HTTP. Never: two
//! cycles at once; never a cycle that changes its rules half-way; never rules that did not pass their own tests; never,
//! without a person's word, rules that touch more people than the guard lets pass.

mod board;
mod cycles;
mod event;
mod heart;
mod http;
mod last_good;
mod metrics;
mod reload;
mod reloads;
mod service;
mod settings;
mod systemd;
mod watch;

pub use event::{Event, Listener};
pub use http::{Http, ListenError};
pub use last_good::LastGood;
pub use reload::{Active, Rejection, load};
pub use service::{Ran, Service, StartError};
pub use settings::Unfit;
pub use systemd::{StatusLine, Systemd};
pub use watch::{Unwatchable, Watch};
