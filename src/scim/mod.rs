//! The target: a SCIM 2.0 service provider (RFC 7643, RFC 7644), Klaviyo's above all.
//!
//! In: what to read or write. Out: [`Account`](crate::desired::Account)s, or an [`Error`] that says whether the write
//! may have happened. Never: decides what should be; never a list that was cut short. The only user of `reqwest`.

mod client;
mod error;

pub use client::{Client, Written};
pub use error::Error;
