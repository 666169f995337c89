//! What tests notice: the policy with one small mistake after the other, and the tests that could see it.
//!
//! In: a policy, the tests and the [`Survey`](super::Survey) of a run in which all passed. Out: a [`Mutation`]. A test is
//! run again only when somebody whom it decides is decided otherwise with the mistake: tests see the policy by its
//! decisions alone. Never: a mistake that is left in.

mod human;
mod json;
mod run;
mod worker;

pub use human::human;
pub use json::json;
pub(super) use run::mutate;
pub use run::{Fate, Mutated, Mutation};
