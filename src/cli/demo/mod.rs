//! A day in the life of a made-up company.

mod company;
mod story;

pub(super) use story::{Args, run};
