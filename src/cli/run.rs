use std::path::Path;
use std::sync::Mutex;

use jiff::Timestamp;

use super::apply::tell_lost;
use super::exit::{Exit, Failure};
use super::project::{configuration, counted, runtime, stop_signal};
use super::terminal::talk;
use crate::apply::Outcome;
use crate::daemon::{Event, Listener, Rejection, Service, StartError};
use crate::diagnostic;
use crate::plan::{Verdict, escape};
use crate::sync::Finished;
use crate::testing;

#[derive(Debug, clap::Args)]
pub(super) struct Args {}

pub(super) fn run(config: &Path, _: &Args) -> Result<Exit, Failure> {
    let config = configuration(config)?;
    runtime()?.block_on(async {
        let stop = stop_signal()?;
        let service = Service::start(config, Timestamp::now).map_err(|error| {
            if let StartError::Policy(rejection) = &error {
                talk(rejection_text(rejection, false));
            }
            Failure::from(error)
        })?;
        tell_lost(service.lost());
        service.run(&stop, &Log(Mutex::new(None))).await;
        Ok(Exit::Ok)
    })
}

/// One line an event, dated, on stderr; a cycle in which nothing changed is not told twice in a row.
struct Log(Mutex<Option<String>>);

impl Log {
    fn line(&self, text: &str) {
        talk(format_args!("{} {text}", Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ")));
    }

    fn unless_said(&self, text: String) {
        let Ok(mut last) = self.0.lock() else { return };
        if last.as_ref() != Some(&text) {
            self.line(&text);
            *last = Some(text);
        }
    }
}

impl Listener for Log {
    fn hear(&self, event: &Event<'_>) {
        match event {
            Event::StartedFromLastGood { revision, rejection } => {
                self.line(&format!(
                    "WARNING: the scripts on disk do not pass; started with the last good ones, revision {revision}"
                ));
                talk(rejection_text(rejection, false));
            }
            Event::CycleStarted { .. } => {}
            Event::CycleFinished { cause, finished } => self.cycle(cause, finished),
            Event::CycleFailed { cause, error, retry_in } => {
                self.unless_said(format!(
                    "cycle failed ({cause}), nothing is changed that was not: {error}; again in {}",
                    humantime(*retry_in)
                ));
            }
            Event::Reloaded { from, to, tests } => {
                self.line(&format!(
                    "new scripts are in force: {from} -> {to}, {} passed",
                    counted(*tests, "test")
                ));
            }
            Event::Rejected { active, rejection } => {
                self.line(&format!(
                    "WARNING: the scripts on disk do not pass; revision {active} stays in force"
                ));
                talk(rejection_text(rejection, false));
            }
            Event::Stopped => self.line("stopped"),
        }
    }
}

impl Log {
    fn cycle(&self, cause: &str, finished: &Finished) {
        let plan = &finished.drawn.plan;
        if let Verdict::Refused { breaches } = &plan.guard {
            let why: Vec<_> = breaches.iter().map(|breach| breach.text.as_str()).collect();
            self.unless_said(format!("the guard refused, nothing was sent: {}", why.join("; ")));
            return;
        }
        for skipped in plan.skipped.iter().filter(|skipped| skipped.fault) {
            self.line(&format!("skipped {}: {}", escape(&skipped.user.name), skipped.why));
        }
        if plan.is_empty() {
            self.unless_said(format!(
                "nothing to do: {} unchanged, revision {}",
                plan.unchanged, plan.revision
            ));
            return;
        }
        for (operation, outcome) in plan.operations.iter().zip(&finished.outcomes) {
            let who = escape(&operation.user.name);
            let reasons: Vec<_> = operation.reasons.iter().map(ToString::to_string).collect();
            let end = match outcome {
                Outcome::Done { .. } => "done".to_owned(),
                Outcome::Failed { why } => format!("failed: {why}"),
                Outcome::NotSent => "not sent".to_owned(),
            };
            self.line(&format!("{} {who} ({}): {end}", operation.kind, reasons.join("; ")));
        }
        self.line(&format!(
            "cycle {} ({cause}) {}: {}, revision {}",
            finished.id,
            finished.status.name(),
            counted(plan.operations.len(), "operation"),
            plan.revision
        ));
    }
}

/// Everything that is wrong with rejected rules.
pub(in crate::cli) fn rejection_text(rejection: &Rejection, colour: bool) -> String {
    match rejection {
        Rejection::Unreadable(error) => format!("error: {error}"),
        Rejection::Invalid { findings, .. } => diagnostic::human(findings, colour).trim_end().to_owned(),
        Rejection::Tests { report, .. } => testing::human(report, colour).trim_end().to_owned(),
    }
}

fn humantime(duration: std::time::Duration) -> String {
    format!("{} s", duration.as_secs())
}
