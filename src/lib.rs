//! Provisioning policy as code: Active Directory in, Klaviyo out, Rhai scripts in between.
//!
//! ```text
//! directory ──► facts ──► policy ──► desired ──► plan ──► apply ──► journal
//! AD (LDAP)     what      Rhai       accounts    diff +    SCIM      what was done
//! or a file     scripts   scripts    that should guard     2.0       and why
//!               can see              exist
//! ```
//!
//! One cycle ([`sync`]) runs left to right with one policy revision and ends in the journal. Everything between
//! the directory's snapshot and the plan is pure: time comes in by parameter, and nothing there reads or writes.
//!
//! The modules are declared in the order of the flow. A module may use those above it, never those below; only
//! `cli`, which wires the commands, sees everything. `tests/rolecall/architecture.rs` holds this.

pub mod diagnostic;

pub mod config;

pub mod directory;
pub mod facts;
pub mod policy;
pub mod desired;
pub mod plan;
pub mod script;
pub mod scim;
pub mod simulator;
pub mod apply;
pub mod journal;

pub mod sync;
pub mod testing;
pub mod daemon;

pub mod cli;
