//! What a run of tests found, for people, programs and CI.

mod detail;
mod human;
mod json;
mod junit;
mod tap;

pub(super) use detail::painted;
pub use human::human;
pub use json::json;
pub use junit::junit;
pub use tap::tap;
