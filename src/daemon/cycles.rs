use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::event::{Event, Listener};
use super::heart::Heart;
use super::service::{Ran, Service, Told};
use crate::journal::{CycleKind, Status};
use crate::plan::{Allowance, Verdict};
use crate::sync::{Before, Cycle, Ended, Error, Finished, Step, Watcher};

/// After a failed cycle the next one comes sooner than the interval, and later each time that it fails again.
const FIRST_RETRY: Duration = Duration::from_secs(5);

/// The cause of a cycle for which nobody asked.
const INTERVAL: &str = "interval";

/// How often a cycle that takes long says how far it is.
const PROGRESS: Duration = Duration::from_secs(60);

impl Service {
    pub(super) async fn cycles(&self, stop: &watch::Receiver<bool>, told: &Told<'_>) {
        let (mut stopped, mut settled) = (stop.clone(), self.settled.subscribe());
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return,
            // While the directory is asked by what rules to begin, the wait has its own end.
            () = self.beating(settled.wait_for(|settled| *settled)) => {}
        }
        let mut cause = "start";
        let mut failures = 0_u32;
        while !*stop.borrow() {
            let interval = self.in_force.load().settings.config.interval;
            let retry_in = self.spread(retry_after(failures, interval));
            let wait = if self.cycle(cause, stop, told, retry_in).await == Ran::Failed {
                failures += 1;
                retry_in
            } else {
                failures = 0;
                self.spread(self.in_force.load().settings.config.interval)
            };
            cause = tokio::select! {
                _ = stopped.wait_for(|stop| *stop) => return,
                () = self.due.notified() => self.asked(),
                () = self.heart.sleep(wait) => if failures == 0 { INTERVAL } else { "retry" },
            };
        }
    }

    /// Waits for something, beating.
    async fn beating<T>(&self, what: impl Future<Output = T>) {
        tokio::select! {
            _ = what => {}
            () = self.heart.go_on() => {}
        }
    }

    /// With a little more, by chance.
    fn spread(&self, wait: Duration) -> Duration {
        let percent = f64::from(self.in_force.load().settings.config.jitter);
        wait + wait.mul_f64(percent / 100.0 * self.chance())
    }

    pub(super) async fn single(&self, stop: &watch::Receiver<bool>, told: &Told<'_>) -> Ran {
        self.cycle("once", stop, told, Duration::ZERO).await
    }

    /// One cycle with the rules that are in force when it starts.
    async fn cycle(
        &self,
        cause: &str,
        stop: &watch::Receiver<bool>,
        told: &Told<'_>,
        retry_in: Duration,
    ) -> Ran {
        let in_force = self.in_force.load_full();
        let (rules, settings) = (&in_force.rules, &in_force.settings);
        told.hear(&Event::CycleStarted { cause, revision: rules.revision() });
        let since = Instant::now();
        let cycle = Cycle {
            directory: &settings.directory,
            policy: &rules.policy,
            sources: &rules.sources,
            target: &settings.client,
            settings: &settings.target,
            journal: &self.journal,
            limits: &settings.config.guard,
            allowance: Allowance::default(),
            orders: None,
            before: Some(Before { memory: &self.memory, at_most: settings.config.full_interval }),
            now: (self.clock)(),
            clock: &self.clock,
            watcher: &Progress { told, heart: &self.heart, at: Mutex::new(since) },
        };
        // Whoever asks for a cycle wants a look at the target, too.
        if cause != INTERVAL {
            self.memory.forget_settled();
        }
        let outcome = cycle.carry_on(&self.lock, CycleKind::Run, cause, stop).await;
        self.heart.beat();
        let took = since.elapsed();
        match outcome {
            Ok(Ended::Unchanged { id }) => {
                told.hear(&Event::CycleUnchanged { cause, took, id });
                Ran::Done
            }
            Ok(Ended::Finished(finished)) => {
                self.facts.store(Some(finished.drawn.facts.clone()));
                told.hear(&Event::CycleFinished { cause, took, finished: &finished });
                ran(&finished)
            }
            Err(Error::Stopped) => Ran::Done,
            Err(error) => {
                told.hear(&Event::CycleFailed { cause, took, error: &error, retry_in });
                Ran::Failed
            }
        }
    }
}

fn ran(finished: &Finished) -> Ran {
    if matches!(finished.drawn.plan.guard, Verdict::Refused { .. }) {
        Ran::Refused
    } else if finished.has_failures()
        || finished.status == Status::Stopped
        || finished.drawn.unidentified().next().is_some()
    {
        Ran::WithFailures
    } else {
        Ran::Done
    }
}

/// Beats at every step, and tells now and then how far a cycle is.
struct Progress<'a> {
    told: &'a Told<'a>,
    heart: &'a Heart,
    /// When that was told last, or the cycle began.
    at: Mutex<Instant>,
}

impl Watcher for Progress<'_> {
    fn at(&self, step: Step) {
        self.heart.beat();
        let Step::Applying(done, of) = step else { return };
        let mut at = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        if done < of && at.elapsed() >= PROGRESS {
            *at = Instant::now();
            self.told.hear(&Event::Progress { done, of });
        }
    }
}

/// 5 s, then twice as long each time, at most the interval.
pub(super) fn retry_after(failures: u32, interval: Duration) -> Duration {
    FIRST_RETRY.saturating_mul(1 << failures.min(10)).min(interval)
}
