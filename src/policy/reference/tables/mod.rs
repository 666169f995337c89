//! The table itself: what the host registers and what people read of it, one file a kind.

mod decision;
mod lifecycle;
mod operation;
mod lookup;
mod operators;
mod text;
mod time;
mod user;
mod words;

pub(super) use decision::DECISION;
pub(crate) use lifecycle::LIFECYCLE;
pub(crate) use lookup::TABLES;
pub(crate) use operation::OPERATION;
pub(crate) use operators::VALUES;
pub(super) use operators::{KEYWORDS, OPERATORS};
pub(crate) use text::{BLANK, TEXT};
pub(crate) use time::TIME;
pub(super) use user::ATTRIBUTES;
pub(crate) use user::USER;
pub(crate) use words::WORDS;
