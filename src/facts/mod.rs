//! What scripts can see of the directory: people with typed attributes, groups resolved, managers linked.
//!
//! In: a [`Snapshot`](crate::directory::Snapshot) and the cycle's clock. Out: [`Facts`]. Pure: no I/O, no clock of
//! its own, and nothing that a reader could change.

mod attributes;
mod build;
mod compare;
mod decode;
mod groups;
mod imagined;
mod names;
mod people;
mod redact;
mod schema;
mod suppose;
mod value;

pub(crate) use decode::{file_time, generalized_time};
pub use people::{Column, Facts, Group, Person, Rejected, Standing};
pub use redact::{Kept, Redactor};
pub use schema::{Syntax, attribute_type, attribute_types, is_virtual};
pub use suppose::Supposed;
pub use value::Value;
