//! Excel-style functions as plain Rust on values; nothing here knows Rhai or people.
//!
//! In: [`Value`]s and the cycle's [`Clock`]. Out: a [`Value`]; a failure is an [`ErrorCode`] that travels as a value,
//! as in a sheet. Never: panics, reads a clock, or builds more than [`MAX_TEXT`] characters or [`MAX_CELLS`] cells,
//! whatever it is given. Answers are those of Excel in en-US with the 1900 date system; where its makers leave a
//! question open, those on which other spreadsheets agree (`tests/excel`).

mod arithmetic;
mod arrange;
mod array;
mod calendar;
mod cashflow;
mod combinatorics;
mod compare;
mod complex;
mod conditional;
mod continuous;
mod convert;
mod criteria;
mod currency;
mod database;
mod date;
mod datetext;
mod daycount;
mod depreciation;
mod discrete;
mod engineering;
mod format;
mod function;
mod hypothesis;
mod imaginary;
mod incomplete;
mod index;
mod information;
mod lazy;
mod leastsquares;
mod loan;
mod logical;
mod lookup;
mod math;
mod matrix;
mod moments;
mod normal;
mod number;
mod numberformat;
mod numbers;
mod numeral;
mod operators;
mod order;
mod products;
mod radix;
mod regression;
mod reshape;
mod round;
mod sampling;
mod search;
mod securities;
mod split;
mod statistics;
mod subtotal;
mod table;
mod text;
mod trigonometry;
mod units;
mod value;
mod wildcard;
mod workday;

pub use array::{Array, MAX_CELLS};
pub use calendar::serial_of;
pub(crate) use calendar::{LAST as LAST_SERIAL, UNIX_EPOCH as EPOCH_SERIAL};
pub use compare::compare;
pub(crate) use datetext::day_in_words;
pub use function::{Clock, Function};
pub use operators::{Operator, Sign};
pub use table::{function, functions};
pub use value::{ErrorCode, MAX_TEXT, Value};
