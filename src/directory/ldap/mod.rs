//! Active Directory over LDAP (RFC 4511).
//!
//! In: where to read and what. Out: a snapshot, and of everyone who is missing what a second look found. Never: sends
//! a password unencrypted unless told to, trusts a server by another name than the one in the URL, or takes an answer
//! that breaks off for a whole one.

mod absent;
mod bind;
mod changes;
mod connect;
mod entry;
mod explain;
mod failover;
mod filter;
mod read;
mod root;
mod schema;
mod search;
mod session;
mod srv;
mod survey;
mod tls;
mod unread;

pub(super) use changes::read_since;
pub(super) use read::read;
pub use session::Session;
pub(super) use survey::survey;
