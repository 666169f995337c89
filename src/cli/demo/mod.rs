//! A directory to try rolecall on, made up.

pub mod company;
