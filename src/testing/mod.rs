//! The customer's script tests: the same engine, the same host functions, the same plan as in production.
//!
//! In: a compiled [`Policy`](crate::policy::Policy), test scripts, fixtures. Out: a [`Report`]. Never: touches a
//! directory or a target; never passes a test that did not run.

mod definitions;
mod expect;
mod fixtures;
mod material;
mod people;
mod reference;
mod report;
mod runner;
mod subject;
mod vocabulary;

pub use definitions::definitions;
pub use fixtures::Fixtures;
pub use material::{Material, Unreadable};
pub use reference::WORDS;
pub use report::{human, json, junit};
pub use runner::{Outcome, Report, Suite, TestResult};
