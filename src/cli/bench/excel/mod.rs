//! Excel's functions against plain Rust, and against a spreadsheet engine where the build has one; formulas for many
//! people; lookups in small and large tables; calls with whatever one could give them.

mod args;
mod calls;
mod hostile;
#[cfg(feature = "oracle")]
mod oracle;
mod people;
mod plain;
mod tables;

pub(super) use args::{Args, run};
