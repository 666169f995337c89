//! Cycles at which something goes wrong, each followed by one at which nothing does.
//!
//! In: a seed. Out: how many ended as they should, and what became of the others. Never: anything but the embedded
//! simulator.

mod campaign;
mod command;
mod company;
mod kinds;

pub(super) use command::{Args, run};
