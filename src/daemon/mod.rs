//! The loop: schedule, watch, reload, signals.

mod watch;

pub use watch::{Unwatchable, Watch};
