//! The tables, a file for each part. What is not named insert-only follows from the records; triggers hold the rest.

mod accounts;
mod chain;
mod cycles;
mod facts;
mod lifecycle;
mod refused;
mod version;
mod waits;

pub(super) use chain::CHAIN;
pub(super) use version::{Found, VERSION, append_only, bring_up, found, freely};
