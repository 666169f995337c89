//! The client's speed beside that of a bare load generator, both against the same simulator in the same run.

mod command;
mod generator;
mod load;
mod server;

pub(super) use command::{Args, run};
