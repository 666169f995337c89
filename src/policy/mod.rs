//! The customer's rules: sources -> compiled policy -> decisions.
//!
//! In: [`Sources`](crate::config::Sources) and [`Facts`](crate::facts::Facts). Out: one [`Decision`] a person, each
//! with its reasons, or diagnostics. Pure: a script has no I/O, no clock but the cycle's, and no state between
//! people. With `testing`, the only user of `rhai`.

pub mod excel;

mod decision;
mod profile;

pub use decision::{Decision, Place, Reason, RoleAnswer, Verdict};
pub use profile::{Attribute, Profile};
