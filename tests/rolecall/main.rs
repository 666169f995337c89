//! Everything that is tested from outside, in one binary. `servers::` needs Samba and third-party SCIM servers, which
//! it installs and starts; the rest needs nothing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod apply;
mod architecture;
mod bad_input;
mod bench;
mod codes;
mod commands;
mod config;
mod demo;
mod diff;
mod directory;
mod directory_doctor;
mod docs;
mod excel;
mod existing;
mod explain;
mod formula;
mod guard;
mod job;
mod journal;
mod lifecycle;
mod plan;
mod policy;
mod readme;
mod repl;
mod run;
mod scim;
mod scim_doctor;
mod scim_resilience;
mod script;
mod script_tests;
mod servers;
mod simulator;
mod simulator_profiles;
mod snapshot;
mod support;
