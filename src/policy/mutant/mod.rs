//! Small mistakes, made in a policy on purpose: tests that are worth something notice them.
//!
//! In: a policy. Out: [`Mutant`]s, each one slip of a hand at one place, and for each the policy with it. They are made
//! from trees, never from text; what Rhai evaluates is left as it is. A slip in a function is made wherever the function
//! is called, as it would be. Never: the answer of the right rule where the wrong one has none.

mod edit;
mod equal;
mod find;
mod literals;
mod witness;

pub(crate) use edit::Mutant;
pub(crate) use find::Finder;
pub(crate) use witness::Witness;
