use std::path::PathBuf;

use jiff::Timestamp;
use tokio::sync::watch;

use super::day::Day;
use super::stage::Stage;
use super::tell::Teller;
use crate::cli::apply::exit;
use crate::cli::exit::{Exit, Failure};
use crate::cli::project::{Project, runtime, stop_signal};
use crate::journal::{CycleKind, Lock};
use crate::plan::{self, Allowance, Kind};
use crate::testing::{self, Material, Options};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// How many people the company has
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(50..=100_000))]
    users: u32,
    /// Leave the project, the journal and the simulated Klaviyo in this folder; it is made, or has to be empty
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

/// Operations of each kind that the plan shows.
const SHOWN: usize = 3;

pub(in crate::cli) fn run(args: &Args) -> Result<Exit, Failure> {
    runtime()?.block_on(async {
        let stop = stop_signal()?;
        let mut stopped = stop.clone();
        tokio::select! {
            exit = play(args, &stop) => exit,
            _ = stopped.wait_for(|stop| *stop) => Err(Failure::new(Exit::Unexpected, "the demo was stopped")),
        }
    })
}

async fn play(args: &Args, stop: &watch::Receiver<bool>) -> Result<Exit, Failure> {
    let teller = Teller::new();
    let stage = Stage::set(args.keep.as_deref(), args.users as usize, Timestamp::now()).await?;
    teller.line(&format!(
        "A company of {} people, exported from Active Directory (people.ldif),\nand a Klaviyo that is simulated at {}.",
        stage.company.people.len(),
        stage.klaviyo.url()
    ))?;

    let project = Project::load(&stage.configuration())?;
    test(&teller, &project)?;
    first_run(&teller, &project, stop).await?;
    drop(project);

    let mut day = Day::begin(stage, teller)?;
    day.live(stop).await?;
    day.end(args.keep.as_deref()).await
}

fn test(teller: &Teller, project: &Project) -> Result<(), Failure> {
    teller.heading("08:30", "The policy's own tests")?;
    let material =
        Material::read(&project.config.policy).map_err(|error| Failure::from(anyhow::Error::from(error)))?;
    let report = material.run(&project.policy, &Options::default());
    if !report.is_success() {
        teller.quote(&testing::human(&report, false))?;
        return Err(Failure::new(Exit::Tests, "the shipped policy fails its own tests"));
    }
    let (roles, mappings, invariants) = project.policy.size();
    teller.quote(&format!(
        "{roles} roles, {mappings} mappings, {invariants} invariants (policy/main.rhai)\n{} tests passed",
        report.counts().passed
    ))
}

async fn first_run(teller: &Teller, project: &Project, stop: &watch::Receiver<bool>) -> Result<(), Failure> {
    let lock = Lock::take(&project.config.state)?;
    let parts = project.parts()?;
    let cycle = project.cycle(&parts, Allowance::default())?;

    teller.heading("08:40", "The plan: what would be done, and why")?;
    let drawn = cycle.draw_up().await?;
    teller.quote(&plan::human(&drawn.plan, crate::cli::terminal::colour(), Some(SHOWN)))?;

    teller.heading("08:45", "Applied over SCIM")?;
    let finished = cycle.carry_out(&lock, CycleKind::Apply, "apply", stop).await?;
    parts.bar.clear();
    if exit(&finished) != Exit::Ok {
        teller.quote(&crate::cli::apply::outcomes_human(&finished))?;
        return Err(Failure::new(Exit::Failures, "the first run did not go through"));
    }
    let count = |kind| finished.drawn.plan.count(kind);
    teller.quote(&format!(
        "{} accounts created, {} updated; each recorded in the journal before it was sent and after it was answered",
        count(Kind::Create),
        count(Kind::Update),
    ))?;
    let again = cycle.draw_up().await?.plan;
    if !again.is_empty() {
        return Err(Failure::new(Exit::Failures, "a second plan is not empty"));
    }
    teller.quote(&format!("planned again: nothing to do, {} people as they should be", again.unchanged))
}
