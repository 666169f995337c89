//! The customer's rules: sources -> compiled policy -> decisions.
//!
//! In: [`Sources`](crate::config::Sources) and [`Facts`](crate::facts::Facts). Out: one [`Decision`] a person, each
//! with its reasons, or diagnostics. Pure: a script has no I/O, no clock but the cycle's, and no state between
//! people. With `testing`, the only user of `rhai`.

pub mod excel;

mod bodies;
mod casefold;
mod check;
mod closure;
mod compile;
mod decide;
mod decision;
mod engine;
mod explain;
mod expr;
mod fault;
mod fit;
mod host;
mod modules;
mod names;
mod outline;
mod parse;
mod position;
mod profile;
mod review;
mod rules;
mod space;
mod stack;
mod switches;

pub(crate) use closure::Closure;
pub(crate) use compile::script_engine;
pub use compile::{Compiled, Policy};
pub use decide::Broken;
pub use decision::{Decision, Place, Reason, RoleAnswer, Verdict};
pub(crate) use engine::Limited;
pub use explain::{Explanation, MappingExplained, RoleExplained};
pub use expr::Reads;
pub(crate) use fault::Fault;
pub use host::User;
pub(crate) use host::user::{shown, unknown_attribute};
pub(crate) use host::vocabulary::words;
pub use modules::stdlib_paths;
pub use outline::{Outline, Stays};
pub(crate) use parse::{Parsed, parse_one};
pub(crate) use position::{Nesting, offset as position_offset};
pub use profile::{Attribute, Profile, user_name_key};
pub use space::Change;
pub(crate) use stack::with_room;
pub use switches::Switches;
