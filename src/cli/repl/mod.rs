//! Rules tried out by hand: expressions about a person, line by line.
//!
//! In: lines, from a terminal or a pipe. Out: what they come to on stdout, what is wrong with them on stderr. Never:
//! writes anything but the history of a terminal's lines, or sends anything.

mod complete;
mod console;
mod people;
mod prompt;
mod show;
mod start;

pub(super) use console::fixtures;
pub(super) use people::People;
pub(super) use start::{Args, run};
