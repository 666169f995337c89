//! One model for everything that points into a customer's text, and its renderers.
//!
//! In: findings of the parser, the checks, the configuration and the script tests. Out: text for people, lines for
//! editors, JSON. Never: decides anything.

mod model;
mod render;
mod suggest;

pub use model::{Diagnostic, Diagnostics, Label, Severity};
pub use render::{human, json, short};
pub use suggest::closest;
