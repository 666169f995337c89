//! What scripts may say, told to people: one table that functions are registered with, and everything beside it that
//! has a name.
//!
//! In: the [`Doc`]s of the host, Excel's table, the attributes of the directory and of the account, the shipped
//! modules, what Rhai brings itself. Out: a [`Reference`], as Markdown and as data. Never: documents what the engine
//! does not have; tests hold both against each other.

mod attributes;
mod builtin;
mod doc;
mod documented;
mod entry;
mod lookup;
mod markdown;
mod people;
mod shipped;
mod tables;

pub use doc::{Doc, Example};
pub(crate) use documented::{Documented, comments};
pub use entry::{Entry, Reference, Section, Shown};
pub use lookup::Unknown;
pub use people::{NOW, PEOPLE};
pub(crate) use shipped::shipped_modules;
pub(crate) use tables::{BLANK, LIFECYCLE, OPERATION, TABLES, TEXT, TIME, USER, VALUES, WORDS};
