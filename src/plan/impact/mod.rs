//! What other rules would do to the same people: who loses, changes or gains access, by which rule, and whether that is
//! more than the guard lets pass.
//!
//! In: facts, two policies, the guard's limits. Out: an [`Impact`], what of it is over a limit, and both as text. Pure;
//! never looks at the target, so that it can be asked before anything is in force.

mod compare;
mod document;
mod effect;
mod human;
mod limits;
mod markdown;
mod settings;

pub use compare::Impact;
pub use effect::{Effect, EffectKind, RoleTurn};
pub use settings::Setting;
