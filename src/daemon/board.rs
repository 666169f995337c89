use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::event::{Event, Listener};
use super::metrics::Metrics;
use super::reload::Rejection;
use crate::apply::Outcome;
use crate::config::Revision;
use crate::diagnostic;
use crate::directory::{Completeness, Extent};
use crate::plan::{Kind, Verdict};
use crate::sync::Finished;

/// What is known of the loop from what happened in it, for whoever asks from outside. Names of people are not in it.
pub(super) struct Board {
    clock: fn() -> Timestamp,
    pub(super) metrics: Metrics,
    state: Mutex<State>,
}

struct State {
    started: Timestamp,
    active: Option<(Revision, Timestamp)>,
    pending: Option<Value>,
    rejected: Option<Value>,
    misconfigured: Option<String>,
    from_last_good: bool,
    unjudged: Option<String>,
    running: Option<Value>,
    last: Option<Value>,
    last_failure: Option<String>,
    /// The last reading that was proven whole: when, and how many people.
    whole: Option<(Timestamp, usize)>,
    partial: Option<String>,
    guard: Option<Vec<String>>,
    is_ready: bool,
    is_stopping: bool,
}

/// How many reasons of a rejection are told.
const REASONS: usize = 10;

impl Board {
    pub(super) fn new(started: Timestamp, clock: fn() -> Timestamp) -> Self {
        let state = State {
            started,
            active: None,
            pending: None,
            rejected: None,
            misconfigured: None,
            from_last_good: false,
            unjudged: None,
            running: None,
            last: None,
            last_failure: None,
            whole: None,
            partial: None,
            guard: None,
            is_ready: false,
            is_stopping: false,
        };
        Self { clock, metrics: Metrics::new(), state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether rules are in force and a cycle went through.
    pub(super) fn is_ready(&self) -> bool {
        let state = self.state();
        state.is_ready && !state.is_stopping
    }

    /// Everything, as a document; `waiting` is what the journal has open.
    pub(super) fn status(&self, waiting: &Value) -> Value {
        let state = self.state();
        json!({
            "version": env!("CARGO_PKG_VERSION"),
            "started": state.started,
            "ready": state.is_ready && !state.is_stopping,
            "degraded": state.degraded(),
            "policy": {
                "active": state.active.map(|(revision, since)| json!({ "revision": revision, "since": since })),
                "pending": state.pending,
                "rejected": state.rejected,
            },
            "configuration": { "rejected": state.misconfigured },
            "cycle": { "running": state.running, "last": state.last },
            "last_whole_read": state.whole.map(|(at, people)| json!({ "at": at, "people": people })),
            "guard": match &state.guard {
                None => json!({ "verdict": "allowed" }),
                Some(why) => json!({ "verdict": "refused", "why": why }),
            },
            "waiting": waiting,
        })
    }

    /// What systemd shows of the service, in one line.
    pub(super) fn line(&self) -> String {
        let state = self.state();
        let revision = state.active.map(|(revision, _)| revision.to_string()).unwrap_or_default();
        match state.degraded().first() {
            Some(why) => format!("policy {revision}; degraded: {why}"),
            None if state.is_ready => format!("policy {revision}; up to date"),
            None => format!("policy {revision}; the first cycle is at work"),
        }
    }

    fn changed(&self, change: impl FnOnce(&mut State, Timestamp)) {
        let now = (self.clock)();
        let mut state = self.state();
        change(&mut state, now);
        self.metrics.is_degraded(!state.degraded().is_empty());
        self.metrics.is_ready(state.is_ready && !state.is_stopping);
        if let Some((revision, _)) = state.active {
            self.metrics.policy(revision, state.pending.is_some(), state.rejected.is_some());
        }
    }
}

impl State {
    /// Why the service is not as it should be, though it goes on.
    fn degraded(&self) -> Vec<String> {
        let mut why = Vec::new();
        if self.from_last_good {
            why.push("the rules in force are those of the last run".to_owned());
        }
        if self.rejected.is_some() {
            why.push("the rules on disk do not pass".to_owned());
        }
        if let Some(error) = &self.unjudged {
            why.push(format!("nobody can say whom the rules on disk touch: {error}"));
        }
        if let Some(error) = &self.misconfigured {
            why.push(format!("the configuration on disk is not in force: {error}"));
        }
        if let Some(error) = &self.last_failure {
            why.push(format!("the last cycle failed: {error}"));
        }
        if self.guard.is_some() {
            why.push("the guard refused the last plan".to_owned());
        }
        if let Some(partial) = &self.partial {
            why.push(format!("the directory was not read whole: {partial}"));
        }
        why
    }

    /// What was found last holds still; only when it was looked at is new.
    fn unchanged(&mut self, now: Timestamp) {
        self.running = None;
        self.last_failure = None;
        self.whole = self.whole.map(|(_, people)| (now, people));
        if let Some(Value::Object(last)) = &mut self.last {
            last.insert("unchanged_at".to_owned(), json!(now));
        }
    }

    fn finished(&mut self, now: Timestamp, cause: &str, finished: &Finished) {
        let plan = &finished.drawn.plan;
        self.running = None;
        self.last_failure = None;
        self.is_ready = true;
        match &finished.drawn.facts.completeness {
            Completeness::Whole => {
                self.whole = Some((now, finished.drawn.facts.people.len()));
                self.partial = None;
            }
            Completeness::Partial { why } => self.partial = Some(why.clone()),
        }
        self.guard = match &plan.guard {
            Verdict::Allowed | Verdict::Approved { .. } => None,
            Verdict::Refused { breaches, .. } => {
                Some(breaches.iter().map(|breach| breach.what.clone()).collect())
            }
        };
        let count = |is: fn(&Outcome) -> bool| finished.outcomes.iter().filter(|outcome| is(outcome)).count();
        self.last = Some(json!({
            "id": finished.id,
            "cause": cause,
            "ended": now,
            "status": finished.status,
            "revision": plan.revision,
            "people": finished.drawn.facts.people.len(),
            "read": read(&finished.extent),
            "planned": Kind::ALL.iter().map(|kind| (kind.name(), plan.count(*kind))).collect::<std::collections::BTreeMap<_, _>>(),
            "done": count(|outcome| matches!(outcome, Outcome::Done { .. })),
            "failed": count(|outcome| outcome.failure().is_some()),
            "unchanged": plan.unchanged,
            "skipped": plan.skipped.len(),
        }));
    }
}

impl Listener for Board {
    fn hear(&self, event: &Event<'_>) {
        self.metrics.hear(event, (self.clock)());
        self.changed(|state, now| match event {
            Event::Started { revision, .. } => state.active = Some((*revision, now)),
            Event::StartedFromLastGood { revision, rejection } => {
                state.active = Some((*revision, now));
                state.from_last_good = true;
                state.rejected = Some(rejected(rejection, now));
            }
            Event::CycleStarted { cause, revision } => {
                state.running = Some(json!({ "cause": cause, "since": now, "revision": revision }));
            }
            Event::CycleFinished { cause, finished, .. } => state.finished(now, cause, finished),
            Event::CycleUnchanged { .. } => state.unchanged(now),
            Event::CycleFailed { cause, error, .. } => {
                state.running = None;
                state.last_failure = Some(error.to_string());
                state.last = Some(json!({
                    "cause": cause,
                    "ended": now,
                    "status": "failed",
                    "error": error.to_string(),
                }));
            }
            Event::Reloaded { to, .. } => {
                state.active = Some((*to, now));
                state.from_last_good = false;
                (state.pending, state.rejected, state.unjudged) = (None, None, None);
            }
            Event::Rejected { rejection, .. } => {
                state.rejected = Some(rejected(rejection, now));
                state.unjudged = None;
            }
            Event::Pending { revision, impact, breaches, .. } => {
                (state.rejected, state.unjudged) = (None, None);
                let over: Vec<&str> = breaches.iter().map(|breach| breach.text.as_str()).collect();
                state.pending = Some(json!({
                    "revision": revision,
                    "since": now,
                    "impact": impact.sentence(),
                    "over": over,
                    "approve": format!("rolecall approve {revision}"),
                }));
            }
            Event::StillPending { revision, .. } => {
                state.rejected = None;
                if state.pending.is_none() {
                    let approve = format!("rolecall approve {revision}");
                    state.pending = Some(json!({ "revision": revision, "since": now, "approve": approve }));
                }
            }
            Event::Withdrawn { .. } => (state.pending, state.rejected, state.unjudged) = (None, None, None),
            Event::Refused { revision, .. } => {
                state.pending = None;
                let why = vec!["rejected by a person"];
                state.rejected = Some(json!({ "revision": revision, "at": now, "reasons": why }));
            }
            Event::Unjudged { error, .. } => {
                state.rejected = None;
                state.unjudged = Some(error.to_string());
            }
            Event::Restored { .. } => {
                (state.rejected, state.unjudged) = (None, None);
                state.from_last_good = false;
            }
            Event::Misconfigured { why } => state.misconfigured = Some(why.to_string()),
            Event::Reconfigured | Event::ConfigurationRestored => state.misconfigured = None,
            Event::Stopped => state.is_stopping = true,
            Event::Listening { .. } | Event::Progress { .. } => {}
        });
    }
}

/// How much of the directory was read.
fn read(extent: &Extent) -> Value {
    match extent {
        Extent::Full { why } => json!({ "extent": "full", "why": why }),
        Extent::Changed { people, groups } => {
            json!({ "extent": "changed", "people": people.len(), "groups": groups })
        }
        Extent::Unchanged => json!({ "extent": "unchanged" }),
    }
}

fn rejected(rejection: &Rejection, at: Timestamp) -> Value {
    let reasons: Vec<String> = match rejection {
        Rejection::Unreadable(error) => vec![error.to_string()],
        Rejection::Invalid { findings, .. } => {
            diagnostic::short(findings).lines().take(REASONS).map(str::to_owned).collect()
        }
        Rejection::Tests { report, .. } => {
            let counts = report.counts();
            vec![format!("{} of its tests failed, {} could not run", counts.failed, counts.errors)]
        }
    };
    json!({ "revision": rejection.revision(), "at": at, "reasons": reasons })
}
