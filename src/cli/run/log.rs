//! What the loop says: one line a change, and no line for what is as it was.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tracing::{info, warn};

use super::lines::TARGET;
use crate::apply::Outcome;
use crate::cli::apply::{broken_off, overtaken, way_past};
use crate::cli::project::counted;
use crate::cli::terminal::talk;
use crate::config::{self, LogFormat};
use crate::daemon::{Event, Listener, Rejection, Unfit};
use crate::diagnostic;
use crate::directory::{Completeness, Extent};
use crate::plan::{Breach, Kind, Operation, Verdict, changes};
use crate::sync::Finished;
use crate::testing;

/// What is wrong with more people than so many is shown by `rolecall plan`.
const SKIPPED_SHOWN: usize = 20;

/// One line an event. What is as it was in the cycle before is not told again.
pub(super) struct Log {
    format: LogFormat,
    told: Mutex<Told>,
}

#[derive(Default)]
struct Told {
    /// How a cycle went in which nothing was done.
    idle: Option<String>,
    /// Why the directory was not read whole.
    partial: Option<String>,
    /// Why all of it was read, and not what changed.
    full: Option<String>,
    /// Who was skipped, and why.
    skipped: BTreeSet<String>,
}

pub(super) fn stopping() {
    info!(
        target: TARGET,
        event = "stopping",
        "stopping: what was sent is waited for, nothing more is sent (again to end at once)"
    );
}

pub(super) fn hung_up() {
    info!(target: TARGET, event = "asked", "SIGHUP: looks at the scripts again, then runs a cycle");
}

impl Log {
    pub(super) fn new(format: LogFormat) -> Self {
        Self { format, told: Mutex::default() }
    }

    /// Operations of an earlier run that were never answered.
    pub(super) fn lost(&self, count: usize) {
        if count > 0 {
            warn!(
                target: TARGET,
                event = "broken_off",
                operations = count,
                "{}",
                broken_off(count)
            );
        }
    }

    /// There are no rules to begin with.
    pub(super) fn unfit(&self, rejection: &Rejection, waits: bool) {
        if waits || self.format == LogFormat::Json {
            let next = if waits { "it waits until they are mended" } else { "there are none from before" };
            self.rejected(&format!("the scripts on disk do not pass; {next}"), rejection);
        } else {
            talk(rejection_text(rejection, false));
        }
    }

    /// What is wrong is told line by line to people, and in one field to programs.
    fn rejected(&self, message: &str, rejection: &Rejection) {
        let text = rejection_text(rejection, false);
        let revision = rejection.revision().map(|revision| revision.to_string()).unwrap_or_default();
        match self.format {
            LogFormat::Human => {
                warn!(target: TARGET, "{message}");
                talk(text);
            }
            LogFormat::Json => {
                warn!(target: TARGET, event = "rejected", revision, findings = text, "{message}");
            }
        }
    }

    fn misconfigured(&self, why: &Unfit) {
        let hint = hint(why).map(|hint| format!(" (hint: {hint})")).unwrap_or_default();
        let message = format!("the configuration on disk is not taken over, the old one stays: {why}{hint}");
        match (why, self.format) {
            (Unfit::Config(config::Error::Invalid(findings)), LogFormat::Human) => {
                warn!(target: TARGET, "{message}");
                talk(diagnostic::human(findings, false).trim_end());
            }
            (Unfit::Config(config::Error::Invalid(findings)), LogFormat::Json) => {
                let findings = diagnostic::short(findings);
                warn!(target: TARGET, event = "misconfigured", findings, "{message}");
            }
            _ => warn!(target: TARGET, event = "misconfigured", "{message}"),
        }
    }
}

fn hint(why: &Unfit) -> Option<String> {
    match why {
        Unfit::Config(error) => error.hint().map(str::to_owned),
        Unfit::Target(error) => error.hint().map(|hint| hint.to_string()),
        Unfit::Fixed { .. } => Some("restart rolecall for that".to_owned()),
    }
}

impl Listener for Log {
    fn hear(&self, event: &Event<'_>) {
        match event {
            Event::Started { revision, tests, interval, on_disk } => {
                let judged = on_disk.map(|on_disk| {
                    format!(
                        "; the scripts on disk are others, {on_disk}, and are judged before the first cycle"
                    )
                });
                let tests = if judged.is_some() {
                    " of the last run".to_owned()
                } else {
                    format!(", {} passed", counted(*tests, "test"))
                };
                info!(
                    target: TARGET,
                    event = "started",
                    version = env!("CARGO_PKG_VERSION"),
                    %revision,
                    "started with revision {revision}{tests}; a cycle every {}{}",
                    seconds(*interval),
                    judged.unwrap_or_default()
                );
            }
            Event::StartedFromLastGood { revision, rejection } => self.rejected(
                &format!(
                    "the scripts on disk do not pass; started with the last good ones, revision {revision}"
                ),
                rejection,
            ),
            Event::Listening { at } => {
                info!(target: TARGET, event = "listening", %at, "answers at http://{at}");
            }
            Event::CycleStarted { .. } => {}
            Event::Progress { done, of } => {
                info!(target: TARGET, event = "progress", done, of, "{done} of {} done", counted(*of, "operation"));
            }
            Event::CycleFinished { cause, finished, .. } => self.cycle(cause, finished),
            Event::CycleUnchanged { id, .. } => {
                let text = "nothing has changed in the directory";
                if self.is_new(text.to_owned()) {
                    info!(target: TARGET, event = "unchanged", cycle = id.0, "{text}");
                }
            }
            Event::CycleFailed { cause, error, retry_in, .. } => {
                let hint = error.hint().map(|hint| format!(" (hint: {hint})")).unwrap_or_default();
                // Chance has a part in when it is tried again, which makes nothing of it new.
                let key = format!("failed {cause} {error}");
                let text = format!("cycle failed ({cause}): {error}{hint}; again in {}", seconds(*retry_in));
                if self.is_new(key) {
                    warn!(target: TARGET, event = "cycle_failed", cause, %error, "{text}");
                }
            }
            Event::Reloaded { from, to, tests, impact, approved_by } => {
                let touched = impact.map(|impact| format!("; {}", impact.touched())).unwrap_or_default();
                let approved = approved_by.map(|who| format!("; approved by {who}")).unwrap_or_default();
                info!(
                    target: TARGET,
                    event = "reloaded",
                    %from,
                    revision = %to,
                    approved_by = approved_by.unwrap_or_default(),
                    "new scripts are in force: {from} -> {to}, {} passed{touched}{approved}",
                    counted(*tests, "test")
                );
            }
            Event::Rejected { active, rejection } => self.rejected(
                &format!("the scripts on disk do not pass; revision {active} stays in force"),
                rejection,
            ),
            Event::Pending { active, revision, impact, breaches } => {
                let why = breaches
                    .iter()
                    .map(|breach: &Breach| breach.text.as_str())
                    .collect::<Vec<_>>()
                    .join("; ");
                warn!(
                    target: TARGET,
                    event = "pending",
                    %revision,
                    active = %active,
                    "new scripts, revision {revision}, touch more people than the guard lets pass, and wait; \
                     revision {active} stays in force: {why}. {} (hint: `rolecall diff active` shows them; \
                     `rolecall approve {revision}` puts them in force)",
                    impact.sentence()
                );
            }
            Event::StillPending { active, revision } => {
                warn!(
                    target: TARGET,
                    event = "pending",
                    %revision,
                    active = %active,
                    "revision {revision} waits for approval still; revision {active} stays in force (hint: \
                     `rolecall approve {revision}` puts it in force)"
                );
            }
            Event::Withdrawn { revision } => {
                info!(
                    target: TARGET,
                    event = "withdrawn",
                    %revision,
                    "revision {revision} waits for approval no longer: the scripts on disk are those in force"
                );
            }
            Event::Refused { active, revision } => {
                info!(
                    target: TARGET,
                    event = "refused",
                    %revision,
                    "revision {revision} was rejected by a person; revision {active} stays in force"
                );
            }
            Event::Unjudged { active, revision, error, retry_in } => {
                warn!(
                    target: TARGET,
                    event = "unjudged",
                    %revision,
                    "nobody can say whom revision {revision} touches, and revision {active} stays in force: {error}; \
                     again in {}",
                    seconds(*retry_in)
                );
            }
            Event::Restored { active } => {
                info!(
                    target: TARGET,
                    event = "restored",
                    revision = %active,
                    "the scripts on disk pass again; they are revision {active}, which is in force"
                );
            }
            Event::Reconfigured => {
                info!(target: TARGET, event = "reconfigured", "the new configuration is in force");
            }
            Event::Misconfigured { why } => self.misconfigured(why),
            Event::ConfigurationRestored => {
                info!(
                    target: TARGET,
                    event = "configuration_restored",
                    "the configuration on disk is the one in force again"
                );
            }
            Event::Stopped => info!(target: TARGET, event = "stopped", "stopped"),
        }
    }
}

impl Log {
    /// Whether it is not what was said last.
    fn is_new(&self, text: String) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = told.idle.as_ref() != Some(&text);
        told.idle = Some(text);
        is_new
    }

    fn cycle(&self, cause: &str, finished: &Finished) {
        self.reading(finished);
        let plan = &finished.drawn.plan;
        let cycle = finished.id.0;
        let revision = plan.revision;
        overtaken(finished).for_each(|text| warn!(target: TARGET, event = "overtaken", cycle, "{text}"));
        let why: Vec<_> = plan.guard.breaches().iter().map(|breach| breach.text.as_str()).collect();
        let why = why.join("; ");
        match &plan.guard {
            Verdict::Allowed => {}
            Verdict::Approved { who, .. } => {
                info!(
                    target: TARGET,
                    event = "approved",
                    cycle,
                    approved_by = who,
                    "over the limits, and approved by {who}: {why}"
                );
            }
            Verdict::Refused { .. } => {
                let past = way_past(finished).map(|way| format!("; {way}")).unwrap_or_default();
                let text = format!("the guard refused, nothing was sent: {why}{past}");
                if self.is_new(text.clone()) {
                    warn!(target: TARGET, event = "refused_by_guard", cycle, %revision, "{text}");
                }
                return;
            }
        }
        if plan.is_empty() {
            let text = format!("nothing to do: {} unchanged, revision {revision}", plan.unchanged);
            if self.is_new(text.clone()) {
                info!(target: TARGET, event = "idle", cycle, %revision, unchanged = plan.unchanged, "{text}");
            }
            return;
        }
        let (mut done, mut failed, mut not_sent) = (0, 0, 0);
        for (operation, outcome) in plan.operations.iter().zip(&finished.outcomes) {
            match outcome {
                Outcome::Done { notes, .. } => {
                    done += 1;
                    one(
                        cycle,
                        operation,
                        "done",
                        &[vec!["done".to_owned()], notes.clone()].concat().join("; "),
                    );
                }
                Outcome::Failed { why } | Outcome::Ignored { why, .. } => {
                    failed += 1;
                    one(cycle, operation, "failed", &format!("failed: {why}"));
                }
                Outcome::NotSent { .. } => not_sent += 1,
            }
        }
        let counts: Vec<_> = [(done, "done"), (failed, "failed"), (not_sent, "not sent")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        info!(
            target: TARGET,
            event = "cycle",
            cycle,
            cause,
            %revision,
            done,
            failed,
            not_sent,
            "cycle {cycle} ({cause}): {}, revision {revision}",
            counts.join(", ")
        );
        self.told.lock().unwrap_or_else(PoisonError::into_inner).idle = None;
    }

    /// What everybody should know of a reading, in whatever way the cycle went on.
    fn reading(&self, finished: &Finished) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let partial = match &finished.drawn.facts.completeness {
            Completeness::Whole => None,
            Completeness::Partial { why } => Some(why.clone()),
        };
        if partial != told.partial {
            match &partial {
                Some(why) => warn!(
                    target: TARGET,
                    event = "partial",
                    "the directory was not read whole, so nobody is deactivated for absence: {why}"
                ),
                None => info!(target: TARGET, event = "whole", "the directory was read whole again"),
            }
            told.partial = partial;
        }
        if let Extent::Full { why: Some(why) } = &finished.extent
            && told.full.replace(why.clone()).as_ref() != Some(why)
        {
            info!(target: TARGET, event = "full_read", "the whole directory was read, not only what changed: {why}");
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
            info!(target: TARGET, event = "skipped", "{text}");
        }
        if new.len() > SKIPPED_SHOWN {
            let more = new.len() - SKIPPED_SHOWN;
            info!(target: TARGET, event = "skipped", more, "skipped {more} more; `rolecall plan` shows them all");
        }
        if skipped.is_empty() && !told.skipped.is_empty() {
            info!(target: TARGET, event = "none_skipped", "nobody is skipped any more");
        }
        told.skipped = skipped;
    }
}

/// One change of one account.
fn one(cycle: i64, operation: &Operation, outcome: &str, end: &str) {
    let who = &operation.user.name;
    let changed = match operation.kind {
        Kind::Deactivate => String::new(),
        _ => changes(operation),
    };
    let with = if changed.is_empty() { String::new() } else { format!(", {changed}") };
    let reasons: Vec<_> = operation.reasons.iter().map(ToString::to_string).collect();
    let reasons = reasons.join("; ");
    info!(
        target: TARGET,
        event = "operation",
        cycle,
        kind = operation.kind.name(),
        object_guid = %operation.user.guid,
        user_name = operation.user_name,
        account = operation.account.as_deref().unwrap_or_default(),
        changes = changed,
        reasons,
        outcome,
        "{} {who}{with} ({reasons}): {end}",
        operation.kind
    );
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
