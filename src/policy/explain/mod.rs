//! Why somebody has what they have, and what is missing for what they have not.
//!
//! In: a policy, facts, a person. Out: an [`Explanation`]: each condition as a tree with what every term came to, what
//! went into each mapping, and for a role that was not given the fewest changes that would give it. Never: another
//! answer than the decision's; never a change that was not tried, unless it says so.

mod change;
mod explanation;
mod miss;
mod need;
mod steps;
mod view;

pub use explanation::{
    ByRhai, DateExplained, Explanation, MappingExplained, Miss, Need, Read, RoleExplained, Step, StepKind,
};
