//! What deciding a person shows of a policy's rules: which were asked, and what their terms came to.
//!
//! In: a policy and people. Out: the [`Point`]s of each rule, which are all that tests can show of it, and for each
//! person the points that deciding them showed. A term counts as shown where it decided. What a module of the standard
//! library is made of is its own tests' business: a call of it is one term. Never: a decision of its own; the rules are
//! asked as [`Policy::decide`](super::Policy::decide) asks them. Invariants are no part of deciding one person.

mod points;
mod tracer;

pub(crate) use points::{Point, RuleId, RulePoints, Sides, is_shipped};
pub(crate) use tracer::{Traced, Tracer};
