//! A SCIM 2.0 service provider that behaves as Klaviyo's, embedded for demos and tests.
//!
//! In: SCIM requests over HTTP on loopback. Out: answers by RFC 7643 and RFC 7644, Klaviyo's rules, and the faults
//! that were asked for. Never: part of a real run; never shares code with `scim`, so that a mistake in one is seen by
//! the other.

mod answer;
mod discovery;
mod fault;
mod faulty;
mod filter;
mod list;
mod matching;
mod patch;
mod path;
mod plan;
mod rate;
mod request;
mod rules;
mod schema;
mod server;
mod show;
mod settings;
mod shape;
mod state;
mod store;
mod users;
mod wire;

pub use fault::{Fault, FaultKind, On};
pub use plan::{FaultPlan, PlanError};
pub use server::{Error, Request, Simulator};
pub use settings::{Elsewhere, Filters, Profile, Rate, RoleAnswer, Settings};
pub use show::show;
