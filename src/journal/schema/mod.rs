//! The tables, a file for each part. What is not named insert-only follows from the records; triggers hold the rest.

mod cycles;
mod version;
mod waits;

pub(super) use version::{Found, VERSION, bring_up, found};
