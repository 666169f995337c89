//! What is wrong with rules that are each in order: conditions that nobody or everybody passes, roles that are never
//! reached, terms that change nothing, invariants that cannot be broken.
//!
//! In: a compiled policy. Out: findings `P0301` to `P0307`, warnings and notes. Never: a claim that some person refutes;
//! where [`space`](super::space) does not know, nothing is said.

mod invariants;
mod lists;
mod reasons;
mod rules;
mod shadow;
mod terms;
mod written;

pub(super) use written::Written;
