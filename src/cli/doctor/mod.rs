//! Looks at what rolecall works with, by reading alone, and says what to put in the configuration.

mod command;
mod lines;

pub(super) use command::{Args, run};
