//! The customer's rules: sources -> compiled policy -> decisions.
//!
//! In: [`Sources`](crate::config::Sources) and [`Facts`](crate::facts::Facts). Out: one [`Decision`] a person, each
//! with its reasons, or diagnostics. Pure: a script has no I/O, no clock but the cycle's, and no state between
//! people. With `testing` and `script`, the only user of `rhai`.

pub mod excel;

mod agree;
mod bodies;
mod casefold;
mod before;
mod beside;
mod bounded;
mod check;
mod closure;
mod columns;
mod compile;
mod decide;
mod decision;
mod engine;
mod explain;
mod expr;
mod fault;
mod foreign;
mod fit;
pub mod formula;
mod grace;
mod host;
mod literals;
mod memory;
mod modules;
mod mutant;
mod names;
mod outline;
mod parse;
mod period;
mod position;
mod profile;
mod race;
mod recover;
pub mod reference;
mod review;
mod rules;
pub mod session;
mod space;
mod stack;
mod switches;
mod syntax;
mod tables;
mod timely;
mod tokens;
mod trace;

pub use agree::{Agreement, Disagreement, agree};
pub use before::{Ask, Proposed, Ruling, Values, Word};
pub(crate) use beside::Beside;
pub(crate) use check::functions as check_functions;
pub(crate) use closure::{Closure, call_at};
pub use columns::{Bits, Columns};
pub(crate) use compile::script_engine;
pub use compile::{Compiled, Policy};
pub use decide::Broken;
pub(crate) use decide::dynamic_text;
pub use decision::{Decision, Place, Reason, RoleAnswer, Verdict};
pub(crate) use engine::{Limited, busy};
pub use explain::{
    ByRhai, DateExplained, Explanation, MappingExplained, Miss, Need, Read, RoleExplained, Step, StepKind,
};
pub use expr::Reads;
pub(crate) use fault::Fault;
pub use grace::{Cause, Grace, Shown};
pub use host::User;
pub(crate) use host::time::now as clock_of;
pub(crate) use host::user::{shown, unknown_attribute};
pub(crate) use host::vocabulary::words;
pub use modules::stdlib_paths;
pub(crate) use mutant::{Finder, Mutant, Witness};
pub use outline::{Outline, Stays};
pub(crate) use parse::{Parsed, parse_one};
pub(crate) use position::{Nesting, offset as position_offset};
pub use profile::{Attribute, Profile, user_name_key};
pub use race::Evaluator;
pub(crate) use reference::shipped_modules;
pub use space::Change;
pub(crate) use stack::with_room;
pub use switches::Switches;
pub use tables::Tables;
pub(crate) use trace::{Point, RuleId, RulePoints, Sides, Traced, Tracer, is_shipped};
