use jiff::Timestamp;
use prometheus::{
    Encoder as _, Gauge, Histogram, HistogramOpts, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};

use super::event::Event;
use crate::apply::Outcome;
use crate::config::Revision;
use crate::directory::Completeness;
use crate::plan::Verdict;
use crate::sync::Finished;

/// Figures for Prometheus, in its text format 0.0.4.
pub(super) struct Metrics {
    registry: Registry,
    ready: IntGauge,
    degraded: IntGauge,
    policy: IntGaugeVec,
    reloads: IntCounterVec,
    cycles: IntCounterVec,
    duration: Histogram,
    running: IntGauge,
    ended: Gauge,
    whole: Gauge,
    people: IntGauge,
    managed: IntGauge,
    skipped: IntGaugeVec,
    refused: IntGauge,
    operations: IntCounterVec,
    waiting: IntGaugeVec,
}

/// From a small company's cycle to a large one's first.
const SECONDS: [f64; 10] = [0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14400.0];

/// What has a value from the start, so that a rate is right from the first event on.
const CYCLES: [&str; 4] = ["done", "refused", "stopped", "failed"];
const RELOADS: [&str; 3] = ["in_force", "pending", "rejected"];
const WAITING: [&str; 3] = ["plan", "operation", "revision"];

impl Metrics {
    pub(super) fn new() -> Self {
        let registry = Registry::new();
        let made = Self {
            ready: gauge("rolecall_ready", "Whether rules are in force and a cycle went through."),
            degraded: gauge(
                "rolecall_degraded",
                "Whether something is not as it should be; /status says what.",
            ),
            policy: gauges(
                "rolecall_policy_info",
                "The revision of the rules in force, and whether others wait or were rejected.",
                &["revision", "pending", "rejected"],
            ),
            reloads: counters(
                "rolecall_policy_reloads_total",
                "Changed rules, by what became of them.",
                &["outcome"],
            ),
            cycles: counters("rolecall_cycles_total", "Cycles, by how they ended.", &["status"]),
            duration: histogram("rolecall_cycle_duration_seconds", "How long cycles took."),
            running: gauge("rolecall_cycle_running", "Whether a cycle is at work."),
            ended: seconds("rolecall_last_cycle_end_timestamp_seconds", "When the last cycle ended."),
            whole: seconds(
                "rolecall_last_whole_read_timestamp_seconds",
                "When the directory was last read and proven whole.",
            ),
            people: gauge("rolecall_people", "People in the directory at the last reading."),
            managed: gauge("rolecall_accounts_managed_active", "Active accounts that belong to people."),
            skipped: gauges(
                "rolecall_people_skipped",
                "People for whom something would have to be done and was not.",
                &["fault"],
            ),
            refused: gauge("rolecall_guard_refused", "Whether the guard refused the last plan."),
            operations: counters(
                "rolecall_operations_total",
                "Changes of accounts, by what became of them.",
                &["kind", "outcome"],
            ),
            waiting: gauges("rolecall_approvals_waiting", "What waits for a person's approval.", &["kind"]),
            registry,
        };
        made.register();
        for (all, values) in [(&made.cycles, &CYCLES[..]), (&made.reloads, &RELOADS[..])] {
            values.iter().for_each(|value| all.with_label_values(&[*value]).inc_by(0));
        }
        made
    }

    fn register(&self) {
        let info = gauges("rolecall_build_info", "The version that runs.", &["version"]);
        info.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        let all: [Box<dyn prometheus::core::Collector>; 16] = [
            Box::new(info),
            Box::new(self.ready.clone()),
            Box::new(self.degraded.clone()),
            Box::new(self.policy.clone()),
            Box::new(self.reloads.clone()),
            Box::new(self.cycles.clone()),
            Box::new(self.duration.clone()),
            Box::new(self.running.clone()),
            Box::new(self.ended.clone()),
            Box::new(self.whole.clone()),
            Box::new(self.people.clone()),
            Box::new(self.managed.clone()),
            Box::new(self.skipped.clone()),
            Box::new(self.refused.clone()),
            Box::new(self.operations.clone()),
            Box::new(self.waiting.clone()),
        ];
        for collector in all {
            // Names are fixed, and each is there once.
            let _ = self.registry.register(collector);
        }
    }

    /// `waiting`: kinds of things that wait, one an entry.
    pub(super) fn text<'a>(&self, waiting: impl Iterator<Item = &'a str>) -> Vec<u8> {
        WAITING.iter().for_each(|kind| self.waiting.with_label_values(&[*kind]).set(0));
        waiting.for_each(|kind| self.waiting.with_label_values(&[kind]).inc());
        let mut text = Vec::new();
        // Writing into memory does not fail, and every family has a name and a value.
        let _ = TextEncoder::new().encode(&self.registry.gather(), &mut text);
        text
    }

    pub(super) fn is_ready(&self, is_ready: bool) {
        self.ready.set(i64::from(is_ready));
    }

    pub(super) fn is_degraded(&self, is_degraded: bool) {
        self.degraded.set(i64::from(is_degraded));
    }

    pub(super) fn policy(&self, active: Revision, pending: bool, rejected: bool) {
        self.policy.reset();
        let labels = [active.to_string(), pending.to_string(), rejected.to_string()];
        self.policy.with_label_values(&labels).set(1);
    }

    pub(super) fn hear(&self, event: &Event<'_>, now: Timestamp) {
        match event {
            Event::CycleStarted { .. } => self.running.set(1),
            Event::CycleFinished { took, finished, .. } => {
                self.ends(finished.status.name(), took.as_secs_f64(), now);
                self.finished(finished, now);
            }
            Event::CycleUnchanged { took, .. } => {
                self.ends("unchanged", took.as_secs_f64(), now);
                self.whole.set(now.as_duration().as_secs_f64());
            }
            Event::CycleFailed { took, .. } => self.ends("failed", took.as_secs_f64(), now),
            Event::Reloaded { .. } => self.reloads.with_label_values(&["in_force"]).inc(),
            Event::Rejected { .. } => self.reloads.with_label_values(&["rejected"]).inc(),
            Event::Pending { .. } => self.reloads.with_label_values(&["pending"]).inc(),
            _ => {}
        }
    }

    fn ends(&self, status: &str, took: f64, now: Timestamp) {
        self.running.set(0);
        self.cycles.with_label_values(&[status]).inc();
        self.duration.observe(took);
        self.ended.set(now.as_duration().as_secs_f64());
    }

    fn finished(&self, finished: &Finished, now: Timestamp) {
        let (plan, facts) = (&finished.drawn.plan, &finished.drawn.facts);
        if facts.completeness == Completeness::Whole {
            self.whole.set(now.as_duration().as_secs_f64());
        }
        let whole = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.people.set(whole(facts.people.len()));
        self.managed.set(whole(plan.managed_active));
        for fault in [true, false] {
            let skipped = plan.skipped.iter().filter(|skipped| skipped.fault == fault).count();
            self.skipped.with_label_values(&[if fault { "true" } else { "false" }]).set(whole(skipped));
        }
        self.refused.set(i64::from(matches!(plan.guard, Verdict::Refused { .. })));
        for (operation, outcome) in plan.operations.iter().zip(&finished.outcomes) {
            let outcome = match outcome {
                Outcome::Done { .. } => "done",
                Outcome::Failed { .. } => "failed",
                Outcome::Ignored { .. } => "ignored",
                Outcome::NotSent { .. } => "not_sent",
            };
            self.operations.with_label_values(&[operation.kind.name(), outcome]).inc();
        }
    }
}

#[expect(clippy::expect_used, reason = "names and labels are fixed, and a test makes every one of them")]
fn made<T>(made: prometheus::Result<T>) -> T {
    made.expect("the name of a metric is valid")
}

fn gauge(name: &str, help: &str) -> IntGauge {
    made(IntGauge::new(name, help))
}

fn seconds(name: &str, help: &str) -> Gauge {
    made(Gauge::new(name, help))
}

fn gauges(name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
    made(IntGaugeVec::new(Opts::new(name, help), labels))
}

fn counters(name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
    made(IntCounterVec::new(Opts::new(name, help), labels))
}

fn histogram(name: &str, help: &str) -> Histogram {
    made(Histogram::with_opts(HistogramOpts::new(name, help).buckets(SECONDS.to_vec())))
}
