//! Measurements side by side in one run: ratios, since the same machine is never the same twice.

mod agree;
mod args;
mod company;
mod directory;
mod excel;
mod faults;
mod plain;
mod policy;
mod scim;

pub(super) use args::{Args, run};
