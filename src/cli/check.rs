use std::path::Path;

use super::exit::{Exit, Failure};
use super::project::{configuration, counted};
use super::terminal::{colour, data, talk};
use crate::config::Sources;
use crate::diagnostic::{self, Severity};
use crate::policy::Policy;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How findings are written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Let warnings fail the check, too
    #[arg(long)]
    deny_warnings: bool,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Format {
    #[default]
    Human,
    /// One line a finding
    Short,
    Json,
}

pub(super) fn run(config: &Path, args: &Args) -> Result<Exit, Failure> {
    let config = configuration(config)?;
    let mut compiled = Policy::compile(&Sources::read(&config.policy)?);
    if let Some(policy) = &compiled.policy {
        let review = policy.review(&compiled.findings);
        compiled.findings.0.extend(review.0);
    }
    let findings = &compiled.findings;
    data(&match args.format {
        Format::Human => diagnostic::human(findings, colour()),
        Format::Short => diagnostic::short(findings),
        Format::Json => format!("{:#}\n", diagnostic::json(findings)),
    })?;
    let (errors, warnings) = (findings.count(Severity::Error), findings.count(Severity::Warning));
    match &compiled.policy {
        Some(policy) => {
            let (roles, mappings, invariants) = policy.size();
            talk(format_args!(
                "ok: {}, {}, {}, {}; revision {}",
                counted(roles, "role"),
                counted(mappings, "mapping"),
                counted(invariants, "invariant"),
                counted(warnings, "warning"),
                policy.revision(),
            ));
            Ok(if args.deny_warnings && warnings > 0 { Exit::Policy } else { Exit::Ok })
        }
        None => {
            talk(format_args!("{}, {}", counted(errors, "error"), counted(warnings, "warning")));
            Ok(Exit::Policy)
        }
    }
}
