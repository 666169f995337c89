//! Reading a directory: how fast beside `ldapsearch`, and in how much memory.
//!
//! In: how many people to make up and play over LDAP, or a real server. Out: times, ratios, bytes. Never: anything but
//! reading, on a server that it did not start itself.

mod ber;
mod command;
mod company;
mod export;
mod figures;
mod ldapsearch;
mod place;
mod played;
mod reading;
mod server;

pub(super) use command::{Args, run};
