//! Excel-style functions as plain Rust on values; nothing here knows Rhai or people.
//!
//! In: [`Value`]s and the cycle's [`Clock`]. Out: a [`Value`]; a failure is an [`ErrorCode`] that travels as a value,
//! as in a sheet. Never: panics, reads a clock, or builds more than [`MAX_TEXT`] characters or [`MAX_CELLS`] cells,
//! whatever it is given. Answers are those of Excel in en-US with the 1900 date system; where its makers leave a
//! question open, those on which other spreadsheets agree (`tests/excel`).

mod array;
mod calendar;
mod compare;
mod date;
mod datetext;
mod format;
mod function;
mod information;
mod logical;
mod lookup;
mod math;
mod number;
mod search;
mod split;
mod statistics;
mod table;
mod text;
mod units;
mod value;
mod wildcard;
mod workday;

pub use array::{Array, MAX_CELLS};
pub use calendar::serial_of;
pub use compare::compare;
pub use function::{Clock, Function};
pub use table::{function, functions};
pub use value::{ErrorCode, MAX_TEXT, Value};
