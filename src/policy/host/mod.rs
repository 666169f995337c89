//! What scripts may call: the text methods, time, people, the Excel-style functions, and the words that register
//! rules. The only place where Rhai's values meet ours.

pub(crate) mod blank;
pub(crate) mod decision;
pub(crate) mod excel;
pub(crate) mod formula;
pub(crate) mod lazy;
pub(crate) mod lifecycle;
pub(crate) mod operation;
pub(crate) mod table;
pub(crate) mod text;
pub(crate) mod time;
pub(crate) mod user;
pub(crate) mod vocabulary;

mod registration;

pub(crate) use registration::register;
pub use user::User;
