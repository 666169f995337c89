use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::apply::{exit, tell, tell_lost};
use super::args::count;
use super::exit::{Exit, Failure};
use super::plan::{self, Format};
use super::project::{Project, counted, runtime, stop_signal};
use super::terminal::{talk, talk_colour};
use crate::diagnostic::{self, Severity};
use crate::journal::{CycleKind, Lock};
use crate::plan::{Allowance, Verdict};
use crate::script::Script;
use crate::sync::Cycle;

/// As for a script of the policy.
const LARGEST: u64 = 1 << 20;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The script: it sees `directory.users()` and `klaviyo.accounts()`, and says `klaviyo.update(..)` and the like
    file: PathBuf,
    /// Do what it orders; without this the plan is shown, and nothing is changed
    #[arg(long)]
    apply: bool,
    /// Let this run deactivate up to N accounts, whatever the guard's limit is
    #[arg(long, value_name = "N", value_parser = count, requires = "apply")]
    allow_deactivations: Option<usize>,
    /// How the plan and its outcomes are written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Show at most N people of each kind; JSON is always whole
    #[arg(long, value_name = "N", value_parser = count)]
    limit: Option<usize>,
}

pub(super) fn run(config: &Path, args: &Args) -> Result<Exit, Failure> {
    let text = read(&args.file)?;
    let project = Project::load(config)?;
    let path = args.file.display().to_string();
    let script = Script::parse(&project.policy, &path, &text).map_err(|findings| {
        talk(diagnostic::human(&findings, talk_colour()).trim_end_matches('\n'));
        talk("");
        let errors = counted(findings.count(Severity::Error), "error");
        Failure::new(Exit::Policy, format_args!("the script `{path}` has {errors}"))
    })?;
    if args.apply { apply(&project, &script, args) } else { show(&project, &script, args) }
}

fn read(path: &Path) -> Result<Arc<str>, Failure> {
    let about = |error: std::io::Error| {
        let what = format!("cannot read the script `{}`", path.display());
        Failure { exit: Exit::Usage, ..Failure::from(error) }.about(what)
    };
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(about)?;
    if bytes.len() as u64 > LARGEST {
        let message = format!("the script `{}` has more than {LARGEST} bytes", path.display());
        return Err(Failure::new(Exit::Usage, message));
    }
    let text = String::from_utf8(bytes).map_err(|_| {
        Failure::new(Exit::Usage, format_args!("the script `{}` is no UTF-8", path.display()))
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).into())
}

fn show(project: &Project, script: &Script, args: &Args) -> Result<Exit, Failure> {
    let drawn = {
        let parts = project.parts()?;
        let cycle = Cycle { script: Some(script), ..project.cycle(&parts, Allowance::default())? };
        runtime()?.block_on(cycle.draw_up()).map_err(|error| project.failed(error))?
    };
    plan::tell(&drawn, args.format, args.limit)?;
    Ok(match drawn.plan.guard {
        Verdict::Refused { .. } => Exit::Refused,
        Verdict::Allowed | Verdict::Approved { .. } => Exit::Ok,
    })
}

fn apply(project: &Project, script: &Script, args: &Args) -> Result<Exit, Failure> {
    let lock = Lock::take(&project.config.state)?;
    let allowance = Allowance { deactivations: args.allow_deactivations };
    let finished = {
        let parts = project.parts()?;
        tell_lost(&parts.journal.settle(&lock, Timestamp::now())?);
        let cycle = Cycle { script: Some(script), ..project.cycle(&parts, allowance)? };
        let allowed = args.allow_deactivations.map(|n| format!(" --allow-deactivations {n}"));
        let cause =
            format!("script {} (sha256 {}){}", script.path(), script.hash(), allowed.unwrap_or_default());
        runtime()?.block_on(async {
            let stop = stop_signal()?;
            let finished = cycle.carry_out(&lock, CycleKind::Apply, &cause, &stop).await;
            finished.map_err(|error| project.failed(error))
        })?
    };
    tell(&finished, args.format, args.limit)?;
    Ok(exit(&finished))
}
