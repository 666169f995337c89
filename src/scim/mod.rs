//! The target: a SCIM 2.0 service provider (RFC 7643, RFC 7644), Klaviyo's above all.
//!
//! In: what to read or write. Out: [`Account`](crate::desired::Account)s, or an [`Error`] that says whether the write
//! may have happened. Never: decides what should be; never a list that was cut short; never sends a POST again
//! without having looked whether the first one was carried out. The only user of `hyper` as a client.

mod answer;
mod circuit;
mod client;
mod error;
mod filter;
mod flight;
mod http;
mod limits;
mod list;
mod pace;
mod patch;
mod resource;
mod retry;
mod survey;
mod window;
mod wire;
mod write;

pub use client::{Client, Written};
pub use error::Error;
pub use survey::survey;
