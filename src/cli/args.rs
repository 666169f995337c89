use std::ffi::OsString;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use super::exit::Failure;
use super::terminal::talk;
use super::{
    apply, approve, bench, check, completions, definitions, demo, diff, docs, doctor, explain, explain_code,
    formula, init, journal, man, plan, repl, run, script, simulator, snapshot, test,
};

/// Provisioning policy as code: Active Directory in, Klaviyo out.
#[derive(Debug, Parser)]
#[command(
    name = "rolecall",
    version,
    about,
    max_term_width = 100,
    after_help = "ROLECALL_LOG=script=debug in the environment shows what scripts print."
)]
pub struct Cli {
    /// The configuration; paths in it are relative to its folder
    #[arg(long, global = true, value_name = "FILE", default_value = "rolecall.toml")]
    config: PathBuf,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// See the whole job on a made-up company, in seconds; needs nothing
    Demo(demo::Args),
    /// Write a policy project ready to use
    Init(init::Args),
    /// Find everything that is wrong with the policy
    Check(check::Args),
    /// Tell more of a finding, by its code
    ExplainCode(explain_code::Args),
    /// Run the policy's tests
    Test(test::Args),
    /// Tell why somebody has, or has not, an account and a role
    Explain(explain::Args),
    /// Show what would be done
    Plan(plan::Args),
    /// Show what other rules would change for whom, and why
    Diff(diff::Args),
    /// Do it, once
    Apply(apply::Args),
    /// List what waits for a person, and approve it
    Approve(approve::Args),
    /// Show, or do, what a script orders by hand
    Script(script::Args),
    /// Keep doing it, and take over changed scripts meanwhile
    Run(run::Args),
    /// Read the record of what was done, and why
    Journal(journal::Args),
    /// Ask the target what it can do, by reading alone, and what to configure
    Doctor(doctor::Args),
    /// Write the directory to a file, with pseudonyms if you like
    Snapshot(snapshot::Args),
    /// Measure, side by side in one run
    Bench(bench::Args),
    /// Be a SCIM service provider that behaves as Klaviyo's
    Simulator(simulator::Args),
    /// Try out expressions about a person, line by line
    Repl(repl::Args),
    /// Work out a spreadsheet's formula, or a file of them
    Formula(formula::Args),
    /// Look up what scripts may say: functions, words, attributes
    Docs(docs::Args),
    /// Write what editors need to know scripts by
    Definitions(definitions::Args),
    /// Print a shell's completions
    Completions(completions::Args),
    /// Write the man pages
    Man(man::Args),
}

/// What the stages note beside their results, on stderr: warnings, or what `ROLECALL_LOG` asks for
/// (`script=debug`: what scripts print).
fn log() {
    let filter = EnvFilter::try_from_env("ROLECALL_LOG").unwrap_or_else(|_| "rolecall=warn".into());
    let ansi = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(ansi).with_env_filter(filter);
    // Somebody who uses the library may have a subscriber already.
    let _ = log.try_init();
}

/// Parses the arguments, runs the command, tells what went wrong.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    // The loop has a log of its own.
    if !matches!(cli.command, Command::Run(_)) {
        log();
    }
    match dispatch(cli) {
        Ok(exit) => exit,
        Err(failure) => {
            tell(&failure);
            failure.exit.into()
        }
    }
}

/// Says on stderr what went wrong, and what to do about it.
pub(super) fn tell(failure: &Failure) {
    if let Some(message) = failure.message() {
        talk(format_args!("error: {message}"));
    }
    if let Some(hint) = &failure.hint {
        talk(format_args!("hint: {hint}"));
    }
}

fn dispatch(cli: Cli) -> Result<ExitCode, Failure> {
    let config = cli.config;
    match cli.command {
        Command::Demo(args) => demo::run(&args),
        Command::Init(args) => init::run(&config, &args),
        Command::Check(args) => check::run(&config, &args),
        Command::Test(args) => {
            let random = RandomState::new().build_hasher().finish();
            test::run(&config, &args, &test::Surroundings { ci: std::env::var_os("CI"), random })
        }
        Command::ExplainCode(args) => explain_code::run(&args),
        Command::Explain(args) => explain::run(&config, &args),
        Command::Plan(args) => plan::run(&config, &args),
        Command::Diff(args) => diff::run(&config, &args),
        Command::Apply(args) => apply::run(&config, &args),
        Command::Approve(args) => approve::run(&config, &args),
        Command::Script(args) => script::run(&config, &args),
        Command::Run(args) => run::run(&config, &args),
        Command::Journal(args) => journal::run(&config, &args),
        Command::Doctor(args) => doctor::run(&config, &args),
        Command::Snapshot(args) => snapshot::run(&config, &args),
        Command::Bench(args) => bench::run(&args),
        Command::Simulator(args) => simulator::run(&args),
        Command::Repl(args) => repl::run(&config, &args),
        Command::Formula(args) => formula::run(&config, &args),
        Command::Docs(args) => docs::run(&args),
        Command::Definitions(args) => definitions::run(&args),
        Command::Completions(args) => completions::run(&args, Cli::command()),
        Command::Man(args) => man::run(&args, Cli::command()),
    }
    .map(ExitCode::from)
}

/// A count as it is typed, refused in words that say what is wanted.
pub(super) fn count(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "a whole number is wanted".to_owned())
}
