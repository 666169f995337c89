//! Questions to a target that only read, and what its answers mean for the configuration.
//!
//! In: the target's settings. Out: a [`Survey`](crate::diagnostic::Survey). Never: a write; never an answer that was guessed.

mod ask;
mod discovery;
mod filters;
mod listing;
mod user;

pub use ask::survey;
