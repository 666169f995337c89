//! `rolecall explain`: why somebody has, or has not, an account and a role.
//!
//! In: a name, a moment, a revision of the rules. Out: the explanation, for people or for programs.

mod command;
mod document;
mod human;
mod later;
mod lines;
pub(super) mod revision;

pub(super) use command::{Args, moment, read, run, suggestion};
pub(super) use human::gist;
pub(super) use revision::{find, prefix};
