use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::signal::unix::{SignalKind, signal};

use super::apply::{overtaken, tell_lost, way_past};
use super::exit::{Exit, Failure};
use super::project::{configuration, counted, runtime, stop_signal};
use super::terminal::talk;
use crate::apply::Outcome;
use crate::daemon::{Event, Listener, Rejection, Service, StartError};
use crate::diagnostic;
use crate::directory::Completeness;
use crate::plan::{Kind, Verdict, changes, escape};
use crate::sync::Finished;
use crate::testing;

#[derive(Debug, clap::Args)]
pub(super) struct Args {}

/// What is wrong with more people than so many is shown by `rolecall plan`.
const SKIPPED_SHOWN: usize = 20;

pub(super) fn run(config: &Path, _: &Args) -> Result<Exit, Failure> {
    let config = configuration(config)?;
    runtime()?.block_on(async {
        let stop = stop_signal()?;
        let mut hang_up = signal(SignalKind::hangup())?;
        let service = Service::start(config, Timestamp::now).map_err(|error| {
            if let StartError::Policy(rejection) = &error {
                talk(rejection_text(rejection, false));
            }
            Failure::from(error)
        })?;
        tell_lost(service.lost());
        let log = Log::default();
        let look_again = async {
            loop {
                hang_up.recv().await;
                line("SIGHUP: looks at the scripts again, then runs a cycle");
                service.look_again();
            }
        };
        tokio::select! {
            () = service.run(&stop, &log) => Ok(Exit::Ok),
            () = look_again => Ok(Exit::Unexpected),
        }
    })
}

/// One dated line an event, on stderr. What is as it was in the cycle before is not told again.
#[derive(Default)]
struct Log(Mutex<Told>);

#[derive(Default)]
struct Told {
    /// How a cycle went in which nothing was done.
    idle: Option<String>,
    /// Why the directory was not read whole.
    partial: Option<String>,
    /// Who was skipped, and why.
    skipped: BTreeSet<String>,
}

fn line(text: &str) {
    // What the directory and the target say goes into it, and must not make lines of its own.
    talk(format_args!("{} {}", Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ"), escape(text)));
}

impl Listener for Log {
    fn hear(&self, event: &Event<'_>) {
        match event {
            Event::Started { revision, tests, interval } => line(&format!(
                "started with revision {revision}, {} passed; a cycle every {}",
                counted(*tests, "test"),
                seconds(*interval)
            )),
            Event::StartedFromLastGood { revision, rejection } => {
                line(&format!(
                    "WARNING: the scripts on disk do not pass; started with the last good ones, revision {revision}"
                ));
                talk(rejection_text(rejection, false));
            }
            Event::CycleStarted { .. } => {}
            Event::Progress { done, of } => line(&format!("{done} of {} done", counted(*of, "operation"))),
            Event::CycleFinished { cause, finished } => self.cycle(cause, finished),
            Event::CycleFailed { cause, error, retry_in } => {
                let hint = error.hint().map(|hint| format!(" (hint: {hint})")).unwrap_or_default();
                self.idle(format!("cycle failed ({cause}): {error}{hint}; again in {}", seconds(*retry_in)));
            }
            Event::Reloaded { from, to, tests } => {
                line(&format!("new scripts are in force: {from} -> {to}, {} passed", counted(*tests, "test")))
            }
            Event::Rejected { active, rejection } => {
                line(&format!("WARNING: the scripts on disk do not pass; revision {active} stays in force"));
                talk(rejection_text(rejection, false));
            }
            Event::Restored { active } => {
                line(&format!(
                    "the scripts on disk pass again; they are revision {active}, which is in force"
                ));
            }
            Event::Stopped => line("stopped"),
        }
    }
}

impl Log {
    fn idle(&self, text: String) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.idle.as_ref() != Some(&text) {
            line(&text);
            told.idle = Some(text);
        }
    }

    fn cycle(&self, cause: &str, finished: &Finished) {
        self.reading(finished);
        overtaken(finished).for_each(|text| line(&format!("WARNING: {text}")));
        let plan = &finished.drawn.plan;
        let why: Vec<_> = plan.guard.breaches().iter().map(|breach| breach.text.as_str()).collect();
        let why = why.join("; ");
        match &plan.guard {
            Verdict::Allowed => {}
            Verdict::Approved { who, .. } => line(&format!("over the limits, and approved by {who}: {why}")),
            Verdict::Refused { .. } => {
                let past = way_past(finished).map(|way| format!("; {way}")).unwrap_or_default();
                self.idle(format!("the guard refused, nothing was sent: {why}{past}"));
                return;
            }
        }
        if plan.is_empty() {
            self.idle(format!("nothing to do: {} unchanged, revision {}", plan.unchanged, plan.revision));
            return;
        }
        let (mut done, mut failed, mut not_sent) = (0, 0, 0);
        for (operation, outcome) in plan.operations.iter().zip(&finished.outcomes) {
            let who = &operation.user.name;
            let reasons: Vec<_> = operation.reasons.iter().map(ToString::to_string).collect();
            let end = match outcome {
                Outcome::Done { notes, .. } => {
                    done += 1;
                    [vec!["done".to_owned()], notes.clone()].concat().join("; ")
                }
                Outcome::Failed { why } | Outcome::Ignored { why, .. } => {
                    failed += 1;
                    format!("failed: {why}")
                }
                Outcome::NotSent { .. } => {
                    not_sent += 1;
                    continue;
                }
            };
            let changes = match operation.kind {
                Kind::Deactivate => String::new(),
                _ => format!(", {}", changes(operation)),
            };
            line(&format!("{} {who}{changes} ({}): {end}", operation.kind, reasons.join("; ")));
        }
        let counts: Vec<_> = [(done, "done"), (failed, "failed"), (not_sent, "not sent")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        line(&format!("cycle {} ({cause}): {}, revision {}", finished.id, counts.join(", "), plan.revision));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).idle = None;
    }

    /// What everybody should know of a reading, in whatever way the cycle went on.
    fn reading(&self, finished: &Finished) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let partial = match &finished.drawn.facts.completeness {
            Completeness::Whole => None,
            Completeness::Partial { why } => Some(why.clone()),
        };
        if partial != told.partial {
            line(&match &partial {
                Some(why) => format!(
                    "WARNING: the directory was not read whole, so nobody is deactivated for absence: {why}"
                ),
                None => "the directory was read whole again".to_owned(),
            });
            told.partial = partial;
        }
        let plan = &finished.drawn.plan;
        let unidentified = finished.drawn.unidentified().map(|entry| (&entry.dn, entry.why.to_string()));
        let faults = plan.skipped.iter().filter(|skipped| skipped.fault);
        let skipped: BTreeSet<_> = faults
            .map(|skipped| (&skipped.user.name, skipped.why.to_string()))
            .chain(unidentified)
            .map(|(who, why)| format!("skipped {who}: {why}"))
            .collect();
        let new: Vec<_> = skipped.difference(&told.skipped).collect();
        for text in new.iter().take(SKIPPED_SHOWN) {
            line(text);
        }
        if new.len() > SKIPPED_SHOWN {
            line(&format!("skipped {} more; `rolecall plan` shows them all", new.len() - SKIPPED_SHOWN));
        }
        if skipped.is_empty() && !told.skipped.is_empty() {
            line("nobody is skipped any more");
        }
        told.skipped = skipped;
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

fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs())
}
