use std::num::NonZeroUsize;
use std::path::Path;

use super::exit::{Exit, Failure};
use super::project::Project;
use super::terminal::{colour, data, talk, talk_colour};
use crate::config::PolicyPaths;
use crate::diagnostic;
use crate::testing::{self, Material, Options, Report, Threshold, Unreadable};

mod measure;
mod watch;

use measure::{Measured, measure};

#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
#[command(group(clap::ArgGroup::new("measured").args(["coverage", "mutate"]).multiple(true)))]
pub(super) struct Args {
    /// Only tests whose file or name contains this; may be given several times
    #[arg(long, value_name = "TEXT")]
    filter: Vec<String>,
    /// Begin no more tests once one failed
    #[arg(long)]
    fail_fast: bool,
    /// Write the snapshots that differ or are missing, and remove those that no test asks for
    #[arg(long)]
    update: bool,
    /// Run again whenever something changes that the tests read, until Ctrl-C
    #[arg(long)]
    watch: bool,
    /// The order in which tests are run; drawn anew each time, where it is not given
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// How many test files are run at once; as many as the machine can, where it is not given
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Tell which terms of the policy's conditions the tests decide, each way, and propose fixtures for the others
    #[arg(long, conflicts_with = "update")]
    coverage: bool,
    /// Make small mistakes in the policy, one after the other, and tell which of them no test notices
    #[arg(long, conflicts_with_all = ["update", "watch"])]
    mutate: bool,
    /// Fail when the coverage, or the share of mistakes that are noticed, is below this many percent
    #[arg(long, value_name = "PERCENT", requires = "measured")]
    threshold: Option<Threshold>,
    /// How the report is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    #[default]
    Human,
    Json,
    /// JUnit's XML, as CI systems read it
    Junit,
    /// The Test Anything Protocol, version 14
    Tap,
    /// A tracefile of the coverage, as geninfo writes it
    Lcov,
}

/// What the command takes from outside, beside its arguments.
pub(super) struct Surroundings {
    /// The environment's `CI`, by which build servers make themselves known.
    pub(super) ci: Option<std::ffi::OsString>,
    /// What the order is drawn from without `--seed`.
    pub(super) random: u64,
}

pub(super) fn run(config: &Path, args: &Args, surroundings: &Surroundings) -> Result<Exit, Failure> {
    let ci = surroundings.ci.as_ref().is_some_and(|ci| !ci.is_empty() && ci != "false");
    if args.update && ci {
        let message = "`--update` is not for build servers: with it, snapshots cannot fail";
        let hint = "`CI` is set in the environment; update where you work, and look at what changed";
        return Err(Failure::new(Exit::Usage, message).hint(hint));
    }
    Measured::check(args)?;
    // Short, so that it can be typed.
    let seed = args.seed.unwrap_or(surroundings.random % 1_000_000);
    if args.watch { watch::run(config, args, seed) } else { once(config, args, seed) }
}

/// One run, from the configuration to the report.
fn once(config: &Path, args: &Args, seed: u64) -> Result<Exit, Failure> {
    let project = Project::load(config)?;
    let paths = &project.config.policy;
    let material = Material::read(paths).map_err(|error| match error {
        Unreadable::Files(error) => error.into(),
        Unreadable::Invalid(findings) => {
            talk(diagnostic::human(&findings, talk_colour()).trim_end());
            Failure::told(Exit::Tests)
        }
    })?;
    let options = Options {
        filters: args.filter.clone(),
        fail_fast: args.fail_fast,
        seed,
        jobs: args.jobs,
        update: args.update,
    };
    let (mut report, measured) = if args.coverage || args.mutate {
        let (report, survey) = material.run_surveyed(&project.policy, &options);
        let measured = measure(&material, &project.policy, args, &report, &survey);
        (report, measured)
    } else {
        (material.run(&project.policy, &options), Measured::default())
    };
    if args.update {
        let written = material.write_snapshots(paths, &report).map_err(anyhow::Error::from)?;
        written.iter().for_each(|file| talk(format_args!("wrote {file}")));
        report.forget_stale();
    }
    let counts = report.counts();
    if counts.total() > 0 || !matches!(args.format, Format::Human) {
        data(&written(&report, &measured, args.format, paths)?)?;
    }
    if counts.total() == 0 {
        return Err(nothing_ran(&paths.tests, &args.filter));
    }
    if counts.skipped == counts.total() {
        let failure = Failure::new(Exit::Tests, "every test was skipped");
        return Err(failure.hint("a run without tests proves nothing, so it fails"));
    }
    if !report.is_success() && args.mutate {
        talk("error: mistakes are made only in a policy of which all tests pass");
    }
    let is_enough = measured.reaches(args.threshold);
    Ok(if report.is_success() && is_enough { Exit::Ok } else { Exit::Tests })
}

fn written(
    report: &Report,
    measured: &Measured,
    format: Format,
    paths: &PolicyPaths,
) -> Result<String, Failure> {
    Ok(match format {
        Format::Human => testing::human(report, colour()) + measured.human().as_str(),
        Format::Json => {
            let mut report = testing::json(report);
            measured.add_to(&mut report);
            format!("{report:#}\n")
        }
        Format::Lcov => {
            if !report.is_success() {
                talk(testing::human(report, talk_colour()).trim_end());
            }
            measured.lcov(paths)
        }
        Format::Junit => testing::junit(report).map_err(anyhow::Error::from)?,
        Format::Tap => testing::tap(report),
    })
}

fn nothing_ran(tests: &Path, filters: &[String]) -> Failure {
    let tests = tests.display();
    let failure = if filters.is_empty() {
        Failure::new(Exit::Tests, format_args!("there is no test in `{tests}`"))
    } else {
        let filters: Vec<_> = filters.iter().map(|filter| format!("`{filter}`")).collect();
        let filters = filters.join(" or ");
        Failure::new(Exit::Tests, format_args!("no test in `{tests}` matches {filters}"))
    };
    failure.hint("a run without tests proves nothing, so it fails")
}
