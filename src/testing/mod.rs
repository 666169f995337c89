//! The customer's script tests: the same engine, the same host functions, the same plan as in production.
//!
//! In: a compiled [`Policy`](crate::policy::Policy), test scripts, fixtures, snapshots. Out: a [`Report`]. Never:
//! touches a directory or a target; never passes a test that did not run; never lets one test see what another did.
//! Only [`Material`] reads and writes files.

mod coverage;
mod decided;
mod definitions;
mod difference;
mod equality;
mod expect;
mod few;
mod file;
mod finding;
mod fixtures;
mod kept;
mod lookup;
mod matcher;
mod material;
mod mutate;
mod outcome;
mod parts;
mod people;
mod reference;
mod report;
mod runner;
mod share;
mod shown;
mod shuffle;
mod snapshots;
mod subject;
mod survey;
mod tally;
mod words;
mod world;

pub use coverage::{
    Coverage, CoveredRule, CoveredTerm, Proposal, human as coverage_human, json as coverage_json, lcov,
};
pub use definitions::definitions;
pub use difference::{Line, Side};
pub use fixtures::Fixtures;
pub use material::{Material, NotWritten, Unreadable};
pub use mutate::{Fate, Mutated, Mutation, human as mutation_human, json as mutation_json};
pub use outcome::{Counts, Failure, Outcome, Part, Report, Suite, TestResult};
pub use reference::WORDS;
pub use report::{human, json, junit, tap};
pub use runner::Options;
pub use share::{Share, Threshold};
pub use snapshots::Snapshots;
pub use survey::Survey;
