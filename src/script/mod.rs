//! Scripts for one-off work: operations that no rule asks for, ordered by hand.
//!
//! In: the policy, the facts, the accounts, to whom they belong, what the rules decide. Out: [`Order`]s, which become
//! a plan as any other. Pure: a script sends nothing and changes nothing. With `policy` and `testing`, the only user of
//! `rhai`.
//!
//! [`Order`]: crate::plan::Order

mod account;
mod orders;
mod once;
mod reference;
mod words;

pub use once::{Ground, Script};
pub use reference::WORDS;
