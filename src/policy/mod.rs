//! The customer's rules: sources -> compiled policy -> decisions.
//!
//! In: [`Sources`](crate::config::Sources) and [`Facts`](crate::facts::Facts). Out: one [`Decision`] a person, each
//! with its reasons, or diagnostics. Pure: a script has no I/O, no clock but the cycle's, and no state between
//! people. With `testing`, the only user of `rhai`.

pub mod excel;

mod check;
mod closure;
mod compile;
mod decide;
mod decision;
mod engine;
mod explain;
mod fault;
mod host;
mod modules;
mod names;
mod parse;
mod position;
mod profile;
pub mod reference;
pub mod session;
mod stack;
mod switches;

pub(crate) use closure::Closure;
pub(crate) use compile::script_engine;
pub use compile::{Compiled, Policy};
pub use decide::Broken;
pub use decision::{Decision, Place, Reason, RoleAnswer, Verdict};
pub(crate) use engine::Limited;
pub use explain::{Explanation, MappingExplained, RoleExplained};
pub(crate) use fault::Fault;
pub use host::User;
pub(crate) use host::user::{shown, unknown_attribute};
pub(crate) use host::vocabulary::words;
pub use modules::stdlib_paths;
pub(crate) use parse::{Parsed, parse_one};
pub(crate) use position::{Nesting, offset as position_offset};
pub use profile::{Attribute, Profile, user_name_key};
pub(crate) use reference::shipped_modules;
pub(crate) use stack::with_room;
pub use switches::Switches;
