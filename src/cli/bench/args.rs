use clap::Subcommand;

use super::{agree, directory, excel, faults, policy, scim};
use crate::cli::exit::{Exit, Failure};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// 10 roles and 8 mappings, by plain Rust, by trees and by Rhai alone
    Policy(policy::Args),
    /// Trees against Rhai, on generated rules and people: do they give the same answers?
    Agree(agree::Args),
    /// Excel's functions against plain Rust, formulas for many people, lookups in large tables
    Excel(excel::Args),
    /// Reading a directory over LDAP and from a file: how fast, beside `ldapsearch`, and in how much memory
    Directory(directory::Args),
    /// Cycles at which something goes wrong, each followed by one at which nothing does: is all as it should be?
    Faults(faults::Args),
    /// The SCIM client beside a bare load generator, against the same simulator
    Scim(scim::Args),
}

pub(in crate::cli) fn run(args: &Args) -> Result<Exit, Failure> {
    match &args.what {
        What::Policy(args) => policy::run(args),
        What::Agree(args) => agree::run(args),
        What::Excel(args) => excel::run(args),
        What::Directory(args) => directory::run(args),
        What::Faults(args) => faults::run(args),
        What::Scim(args) => scim::run(args),
    }
}
