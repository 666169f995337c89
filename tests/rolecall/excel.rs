//! The Excel-style functions against what other spreadsheets answer, against their own examples, and against
//! anything that one could give them.

mod cases;
mod examples;
mod lazy;
mod properties;
mod tables;
