//! A day in the life of a made-up company: the whole job, with nothing to set up.
//!
//! In: how many people. Out: a story on stdout, told by what really happens: a directory file, a simulated Klaviyo,
//! the shipped policy project, the loop that `rolecall run` runs. Never: a scene that claims what was not seen.

mod company;
mod day;
mod morning;
mod stage;
mod tell;

pub(super) use morning::{Args, run};
