//! One model for everything that points into a customer's text, and its renderers.
//!
//! Beside it, the model of what was asked of a server, and answered.
//!
//! In: findings of the parser, the checks, the configuration and the script tests. Out: text for people, lines for
//! editors, JSON, SARIF, GitHub's commands, and the page of a code. Never: decides anything.

mod exchange;
mod model;
mod pages;
mod render;
mod suggest;
mod survey;

pub use exchange::{github, sarif};
pub use model::{Diagnostic, Diagnostics, Label, Severity};
pub use pages::{Example, Page, Part, page, pages, plain_page};
pub use render::{human, json, short};
pub use suggest::closest;
pub use survey::{Finding, Setting, Survey, Weight};
