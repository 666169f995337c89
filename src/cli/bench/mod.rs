//! Measurements side by side in one run: ratios, since the same machine is never the same twice.

mod agree;
mod args;
mod company;
mod excel;
mod plain;
mod policy;

pub(super) use args::{Args, run};
