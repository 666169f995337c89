//! Conditions and mappings as typed trees: what is known of a rule, beside that Rhai can run it.
//!
//! In: the syntax trees of the policy's scripts and the closures that they registered. Out: one [`Tree`] a rule, which
//! evaluates without Rhai, says what it reads, and shows each of its terms to a [`Recorder`]. Rhai is the language and
//! the reference: what does not fit is an opaque node that Rhai evaluates, and where a tree meets anything that Rhai
//! would call an error, the whole rule is asked of Rhai instead. Never: an answer that Rhai would not give.

mod binding;
mod calls;
mod chain;
mod eval;
mod lazy;
mod lower;
mod names;
mod node;
mod opaque;
mod operators;
mod quick;
mod reads;
mod render;
mod seen;
mod switch;
mod terms;
mod value;

pub(crate) use binding::Binding;
pub(crate) use eval::{Outcome, Recorder, Run, Silent};
pub(crate) use lower::{Lowering, Parameter, Unfit};
pub(crate) use names::{AttributeId, GroupId, Names};
pub(crate) use node::{Comparison, Kind, Method, Node, Subject, Test, Tree, Virtual};
pub use reads::Reads;
pub(crate) use reads::path;
pub(crate) use render::literal;
pub(crate) use seen::{Seen, Worn};
pub(crate) use terms::{Part, Terms};
pub(crate) use value::{List, People, Val};
