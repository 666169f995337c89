//! How much of a policy its tests show: each term of each condition, decided once each way.
//!
//! In: a policy and the [`Survey`](super::Survey) of a run. Out: a [`Coverage`], and for what is not covered fixtures
//! that would cover it, each tried. Never: a share that is rounded up.

mod human;
mod json;
mod lcov;
mod measure;
mod proposal;
mod table;

pub use human::human;
pub use json::json;
pub use lcov::lcov;
pub use measure::{Coverage, CoveredRule, CoveredTerm};
pub use proposal::Proposal;
