//! Formulas as a spreadsheet has them: `=PROPER([givenName]) & " " & UPPER([sn])`.
//!
//! In: a formula's text, and what `[attribute]` stands for. Out: an Excel [`Value`](super::excel::Value), or what is
//! wrong with the text and where in it. Never: anything that outlives one evaluation, or knows Rhai.

mod attributes;
mod evaluate;
mod lexer;
mod parser;
mod problem;
mod tables;
mod term;
mod written;

pub use problem::{Mistake, Problem};
pub use term::{Attribute, Formula};
pub use written::line;
