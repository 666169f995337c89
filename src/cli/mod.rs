//! The commands: one file each, with its arguments and what it does.
//!
//! In: arguments. Out: data on stdout, talk on stderr, an exit code. Never: logic that a test could not reach through
//! the stages.

mod apply;
mod args;
mod check;
mod demo;
mod exit;
mod explain;
mod fit;
mod init;
mod journal;
mod plan;
mod project;
mod run;
mod simulator;
mod terminal;
mod test;

pub use args::{Cli, main};
pub use exit::Exit;
