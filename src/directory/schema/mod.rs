//! Which attributes a directory has, as its server says (RFC 4512 section 4.2).
//!
//! In: the descriptions in a server's `subschemaSubentry`, or what was kept of them in the state folder. Out: a
//! [`Schema`]. Never: asks a server when it is asked what was kept.

mod description;
mod kept;
mod model;

pub use model::{AttributeType, Schema};
