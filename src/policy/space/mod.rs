//! What conditions come to over all people that there could be: never, always, or for somebody of this kind.
//!
//! In: typed trees. Out: answers of [`World::solve`], and with [`Policy::nearest`](super::Policy::nearest) the smallest
//! change of one person that a condition takes. A condition is a boolean formula over atoms; an atom is a question about
//! one subject: one attribute, one group, the person's standing, the decision. For each subject there is a finite list
//! of values that stand for all others, made from what the questions are written with, and the questions are put to these
//! values by the evaluator itself.
//!
//! Never: a claim that somebody who can exist refutes. What is not understood is taken to be free, so that conditions
//! pass for possible that are not: questions about two attributes at once, or about what a function makes of one;
//! regular expressions with more than words in them; the length of a text; that two names mean one group; that a person
//! without a manager has no manager's department. A term that fails on somebody fails the rule for them, which no claim
//! here excludes. Letters of which case folding and regular expressions think differently (`ſ`) do not count.

mod atom;
mod candidates;
mod evaluate;
mod formula;
mod literals;
mod nearest;
mod search;
mod world;

pub(crate) use atom::{Space, Subject, is_blank_guard};
pub(crate) use formula::{Formula, Term};
pub use nearest::Change;
pub(crate) use search::{Answer, Goal};
pub(crate) use world::{Asked, Candidate, World};
