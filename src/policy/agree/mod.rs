//! Trees held against Rhai: generated rules, asked of generated people, answered by both.
//!
//! In: a seed and how many cases. Out: how often the tree answered, how often it left the rule to Rhai, and every case
//! in which the two did not say the same. The same seed makes the same cases.

mod compare;
mod people;
mod rules;

pub use compare::{Agreement, Disagreement, agree};
