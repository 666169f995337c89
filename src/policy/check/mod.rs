//! What can be said of a policy before it runs; one file a check.

mod arguments;
mod attributes;
mod changes;
mod comparisons;
mod formulas;
mod functions;
mod imports;
mod modules;
mod rules;
mod schema;
mod tables;
mod unused;

pub(crate) use arguments::arguments;
pub(crate) use attributes::{attributes, read_set};
pub(crate) use changes::changes;
pub(crate) use comparisons::{comparisons, letter_case};
pub(crate) use formulas::formulas;
pub(crate) use functions::functions;
pub(crate) use imports::imports;
pub(crate) use modules::modules;
pub(crate) use rules::rules;
pub(crate) use schema::schema;
pub(crate) use tables::tables;
pub(crate) use unused::unused;
