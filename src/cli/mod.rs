//! The commands: one file each, with its arguments and what it does.
//!
//! In: arguments. Out: data on stdout, talk on stderr, an exit code. Never: logic that a test could not reach through
//! the stages.

mod apply;
mod approve;
mod args;
mod bench;
mod check;
mod completions;
mod definitions;
mod demo;
mod diff;
mod docs;
mod doctor;
mod exit;
mod explain;
mod explain_code;
mod fit;
mod formula;
mod init;
mod journal;
mod man;
mod orders;
mod place;
mod plan;
mod project;
mod repl;
mod run;
mod script;
mod simulator;
mod snapshot;
mod terminal;
mod test;
mod unit;
mod write;

pub use args::{Cli, main};
pub use exit::Exit;
