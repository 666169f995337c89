use std::collections::BTreeMap;
use std::path::Path;

use super::exit::{Exit, Failure};
use super::fit;
use super::place::Place;
use super::project::{configuration, counted, locate, near};
use super::terminal::{colour, data, talk};
use crate::config::{Config, Error, Sources};
use crate::diagnostic::{self, Diagnostics, Severity};
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
    #[arg(long, conflicts_with = "snapshot")]
    directory: bool,
    #[command(flatten)]
    place: Place,
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
    /// SARIF 2.1.0, as code scanning reads it
    Sarif,
    /// Commands of GitHub's workflows, which show findings beside the lines of a change
    Github,
}

impl Format {
    /// `main`: the file that findings without a place are about.
    fn write(self, findings: &Diagnostics, main: &Path) -> String {
        match self {
            Self::Human => diagnostic::human(findings, colour()),
            Self::Short => diagnostic::short(findings),
            Self::Json => format!("{:#}\n", diagnostic::json(findings)),
            Self::Sarif => format!("{:#}\n", diagnostic::sarif(findings, &main.display().to_string())),
            Self::Github => diagnostic::github(findings),
        }
    }
}

pub(super) fn run(config: &Path, args: &Args) -> Result<Exit, Failure> {
    let mut config = match Config::load(config) {
        // A program that asked for findings gets these, too.
        Err(Error::Invalid(findings)) if args.format != Format::Human => {
            data(&args.format.write(&findings, config))?;
            return Ok(Exit::Usage);
        }
        _ => configuration(config)?,
    };
    args.place.settle(&mut config);
    let tests = &config.policy.tests;
    let tests = if tests.exists() { Sources::read_folder(tests, &[".rhai"])? } else { BTreeMap::new() };
    let mut compiled = Policy::check(&Sources::read(&config.policy)?, &tests);
    if let Some(policy) = &compiled.policy {
        let review = policy.review(&compiled.findings);
        compiled.findings.0.extend(review.0);
        if args.directory || args.place.snapshot.is_some() {
            compiled.findings.0.extend(fit::with_people(&config, policy)?.0);
        }
        compiled.findings.sort();
    }
    locate(&mut compiled.findings, &config.policy.folder);
    let findings = &compiled.findings;
    data(&args.format.write(findings, &near(&config.policy.folder).join(&config.policy.entry)))?;
    if let Some(policy) = compiled.policy.as_ref().filter(|_| args.verbose) {
        let rules = fit::outline(&policy.outline());
        // Programs that read findings get nothing else.
        if args.format == Format::Human { data(&rules)? } else { talk(rules.trim_end()) }
    }
    let (errors, warnings) = (findings.count(Severity::Error), findings.count(Severity::Warning));
    let notes = findings.count(Severity::Note);
    let notes = if notes > 0 { format!(", {}", counted(notes, "note")) } else { String::new() };
    if findings.is_full() || findings.is_full_of_warnings() {
        talk("there may be more: mend these, and look again");
    }
    let worst = findings.0.iter().min_by_key(|finding| finding.severity);
    if let Some(worst) = worst.filter(|_| args.format == Format::Human) {
        talk(format_args!("`rolecall explain-code {}` tells more", worst.code));
    }
    Ok(match &compiled.policy {
        Some(policy) => {
            let (roles, mappings, invariants) = policy.size();
            talk(format_args!(
                "ok: {}, {}, {}, {}{notes}; revision {}",
                counted(roles, "role"),
                counted(mappings, "mapping"),
                counted(invariants, "invariant"),
                counted(warnings, "warning"),
                policy.revision(),
            ));
            if args.deny_warnings && warnings > 0 { Exit::Policy } else { Exit::Ok }
        }
        None => {
            talk(format_args!("{}, {}{notes}", counted(errors, "error"), counted(warnings, "warning")));
            Exit::Policy
        }
    })
}
