//! Decisions -> accounts that should exist.
//!
//! In: every [`Decision`](crate::policy::Decision) of one revision and the policy's switches. Out: [`Desired`], one
//! wish a person, and the model of an [`Account`]. Pure data; never looks at the target.

mod account;
mod wish;

pub use account::Account;
pub use wish::{Desired, Person, Wish};
