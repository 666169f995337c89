use std::path::Path;

use super::exit::{Exit, Failure};
use super::fit;
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
    /// Read the directory, and hold the policy against the people in it
    #[arg(long)]
    directory: bool,
    /// Show what is known of each rule: what it reads, and what Rhai has to run
    #[arg(long)]
    verbose: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
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
        if args.directory {
            compiled.findings.0.extend(fit::with_people(&config, policy)?.0);
        }
        compiled.findings.0.sort_by_key(|finding| finding.severity);
    }
    let findings = &compiled.findings;
    data(&match args.format {
        Format::Human => diagnostic::human(findings, colour()),
        Format::Short => diagnostic::short(findings),
        Format::Json => format!("{:#}\n", diagnostic::json(findings)),
    })?;
    if let Some(policy) = compiled.policy.as_ref().filter(|_| args.verbose) {
        let rules = fit::outline(&policy.outline());
        // Programs that read findings get nothing else.
        if args.format == Format::Human { data(&rules)? } else { talk(rules.trim_end()) }
    }
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
