//! `rolecall journal`: the record of what was done and why, looked at, checked, made again, taken back.
//!
//! In: a cycle, a person, a time. Out: records, a verdict on them, a plan. Never: makes a state folder.

mod command;
mod export;
mod prune;
mod replay;
mod undo;
mod verify;
mod why;

pub(super) use command::{Args, run};
