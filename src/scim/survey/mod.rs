//! Questions to a target that only read, and what its answers mean for the configuration.
//!
//! In: the target's settings. Out: a [`Survey`]. Never: a write; never an answer that was guessed.

mod ask;
mod discovery;
mod filters;
mod finding;
mod listing;
mod user;

pub use ask::survey;
pub use finding::{Finding, Setting, Survey, Weight};
