use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::args::count;
use super::exit::{Exit, Failure};
use super::explain::{find, prefix};
use super::place::Place;
use super::project::{configuration, locate, runtime, tell_facts, tell_findings};
use super::terminal::{Bar, data, talk, talk_colour};
use crate::config::{Config, PolicyPaths, Sources};
use crate::daemon::LastGood;
use crate::diagnostic;
use crate::directory::{self, Query};
use crate::facts::Facts;
use crate::plan::{Impact, escape};
use crate::policy::Policy;
use crate::sync::{Step, Watcher as _};
use crate::testing::{Material, Unreadable};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The rules as they were: a policy folder, a project's folder, the first digits of a revision, or `active`, which
    /// are the rules in force
    #[arg(value_name = "OLD")]
    old: String,
    /// The rules as they would be; the configured policy, if left out
    #[arg(value_name = "NEW")]
    new: Option<String>,
    /// Read the directory, and ask about the people in it, in place of the fixtures
    #[arg(long, conflicts_with = "snapshot")]
    directory: bool,
    #[command(flatten)]
    place: Place,
    /// How the difference is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Exit with 5 when there is a difference
    #[arg(long)]
    detailed_exitcode: bool,
    /// Show at most N people of each kind; JSON is always whole
    #[arg(long, value_name = "N", value_parser = count, default_value = "10")]
    limit: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    #[default]
    Human,
    Json,
    /// For a comment on a pull request
    Markdown,
}

/// The name of the rules in force.
const ACTIVE: &str = "active";
const CONFIGURATION: &str = "rolecall.toml";

pub(super) fn run(config: &Path, args: &Args) -> Result<Exit, Failure> {
    let mut config = around(config, args)?;
    args.place.settle(&mut config);
    let old = rules(&config, &args.old)?;
    let new = match &args.new {
        Some(new) => rules(&config, new)?,
        None => compiled(&Sources::read(&config.policy)?, &config.policy.folder)?,
    };
    let facts = people(&config, args, [&old, &new])?;
    tell_facts(&facts);
    let impact = Impact::of(&facts, &old, &new, args.limit);
    let breaches = impact.breaches(&config.guard);
    data(&match args.format {
        Format::Human => impact.human(&breaches, args.limit),
        Format::Markdown => impact.markdown(&breaches, args.limit),
        Format::Json => format!("{:#}\n", impact.json(&breaches)),
    })?;
    Ok(if args.detailed_exitcode && !impact.is_none() { Exit::Changes } else { Exit::Ok })
}

/// The project that names the directory and the limits: that of the new rules where they have one, so that two folders
/// can be compared from anywhere.
fn around(config: &Path, args: &Args) -> Result<Config, Failure> {
    let own = args.new.as_ref().map(|new| Path::new(new).join(CONFIGURATION));
    match own {
        Some(own) if !config.exists() && own.is_file() => configuration(&own),
        _ => configuration(config),
    }
}

/// The rules that are meant.
fn rules(config: &Config, meant: &str) -> Result<Policy, Failure> {
    let path = Path::new(meant);
    if path.is_dir() {
        let own = path.join(CONFIGURATION);
        let paths = if own.is_file() {
            configuration(&own)?.policy
        } else {
            PolicyPaths { folder: std::path::absolute(path)?, ..config.policy.clone() }
        };
        return compiled(&Sources::read(&paths)?, &paths.folder);
    }
    if meant == ACTIVE {
        let sources = LastGood::new(&config.state).read().ok_or_else(|| {
            Failure::new(Exit::Usage, "no rules are in force here")
                .hint("`rolecall run` keeps those in force in the state folder")
        })?;
        return compiled(&sources, &config.policy.folder);
    }
    let prefix = prefix(meant).map_err(|_| {
        Failure::new(Exit::Usage, format_args!("`{}` names no rules", escape(meant))).hint(
            "name a policy folder, a project's folder, `active`, or 4 or more of a revision's hexadecimal digits",
        )
    })?;
    Ok(find(config, &prefix)?.policy)
}

fn compiled(sources: &Sources, folder: &Path) -> Result<Policy, Failure> {
    let mut compiled = Policy::compile(sources);
    compiled.policy.ok_or_else(|| {
        locate(&mut compiled.findings, folder);
        let errors = tell_findings(&compiled.findings);
        Failure::new(Exit::Policy, format_args!("the policy `{}` has {errors}", folder.display()))
    })
}

/// Who is asked about, with everything that either policy reads.
fn people(config: &Config, args: &Args, policies: [&Policy; 2]) -> Result<Arc<Facts>, Failure> {
    if !args.directory && args.place.snapshot.is_none() {
        return fixtures(config);
    }
    let attributes = policies.into_iter().flat_map(|policy| policy.reads().iter().cloned()).collect();
    let query = Query { attributes, ..Query::default() };
    let bar = Bar::new();
    let progress = |read| bar.at(Step::Reading(read));
    let snapshot = runtime()?.block_on(directory::read(config.directory()?, &query, &progress))?;
    Ok(Arc::new(Facts::of(&snapshot, Timestamp::now())))
}

fn fixtures(config: &Config) -> Result<Arc<Facts>, Failure> {
    let material = Material::read(&config.policy).map_err(|error| match error {
        Unreadable::Files(error) => error.into(),
        Unreadable::Invalid(findings) => {
            talk(diagnostic::human(&findings, talk_colour()).trim_end());
            Failure::new(Exit::Tests, "the fixtures cannot be read")
        }
    })?;
    let facts = material.fixtures.facts(Timestamp::now());
    if facts.people.is_empty() {
        return Err(Failure::new(Exit::Usage, "there are no fixtures to ask about")
            .hint("`--directory` asks about the people in the directory, `--snapshot FILE` about those of an export"));
    }
    Ok(facts)
}
