//! Expressions tried out one line at a time, against a policy and a person: what `rolecall repl` talks to.
//!
//! In: lines of script. Out: what they come to, as text, or what is wrong with them. A line is held to the limits of
//! every script. Never: changes a rule, decides anything, or reads what the facts do not hold.

mod evaluate;
mod parts;
mod trace;

pub use evaluate::Session;
pub use parts::is_complete;
pub use trace::{Outcome, Part, Trace};
