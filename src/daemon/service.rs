use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::event::{Event, Listener};
use super::last_good::LastGood;
use super::reload::{Active, Rejection, admit, load};
use super::watch::Watch;
use crate::config::{self, Config, DirectorySource, Revision, Target};
use crate::journal::{self, CycleKind, Journal, Lock, OperationRecord};
use crate::plan::Allowance;
use crate::scim::{self, Client};
use crate::sync::{Cycle, Error, Step, Watcher};
use crate::testing::Material;

/// After a failed cycle the next one comes sooner than the interval, and later each time that it fails again.
const FIRST_RETRY: Duration = Duration::from_secs(5);

/// How often a cycle that takes long says how far it is.
const PROGRESS: Duration = Duration::from_secs(60);

/// Where the system gives no watcher, files are looked at so often.
const UNWATCHED_RESCAN: Duration = Duration::from_secs(5);

/// The loop, ready to run. It holds the lock of the state folder.
pub struct Service {
    config: Config,
    directory: DirectorySource,
    target: Target,
    client: Client,
    journal: Journal,
    lock: Lock,
    active: ArcSwap<Active>,
    /// Rules on disk that are not in force, by their revision: said once.
    started_from_last_good: Option<Rejection>,
    last_good: LastGood,
    /// Operations of an earlier run that was broken off, sent and never answered.
    lost: Vec<OperationRecord>,
    /// Wakes the cycles; why, stands in `asked`.
    due: Notify,
    asked: Mutex<Option<&'static str>>,
    /// Wakes the reloads.
    look: Notify,
    clock: fn() -> Timestamp,
}

/// Why the loop does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Config(#[from] config::Error),
    #[error(transparent)]
    Journal(#[from] journal::Error),
    #[error(transparent)]
    Target(#[from] scim::Error),
    /// The rules on disk do not pass, and there are none from before.
    #[error("the policy does not pass, and there is no earlier one to go on with")]
    Policy(Rejection),
}

impl Service {
    /// Loads the rules, takes the lock, closes what an earlier run left open.
    ///
    /// # Errors
    /// When a part of the configuration is missing, the state folder is in use, or no rules can be put in force.
    pub fn start(config: Config, clock: fn() -> Timestamp) -> Result<Self, StartError> {
        let directory = config.directory()?.clone();
        let target = config.target()?.clone();
        let client = Client::new(&target)?;
        let lock = Lock::take(&config.state)?;
        let journal = Journal::open(&config.state)?.keeping(config.facts);
        let lost = journal.settle(&lock, clock())?;
        let last_good = LastGood::new(&config.state);
        let (active, started_from_last_good) = match load(&config.policy) {
            Ok(active) => {
                keep(&last_good, &active);
                (active, None)
            }
            Err(rejection) => {
                match last_good.read().and_then(|sources| admit(sources, &Material::default()).ok()) {
                    Some(active) => (active, Some(rejection)),
                    None => return Err(StartError::Policy(rejection)),
                }
            }
        };
        Ok(Self {
            config,
            directory,
            target,
            client,
            journal,
            lock,
            active: ArcSwap::from_pointee(active),
            started_from_last_good,
            last_good,
            lost,
            due: Notify::new(),
            asked: Mutex::new(None),
            look: Notify::new(),
            clock,
        })
    }

    /// Operations that an earlier run sent and never saw answered; the first cycle's reading shows what came of them.
    #[must_use]
    pub fn lost(&self) -> &[OperationRecord] {
        &self.lost
    }

    /// The revision that the next cycle will use.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.active.load().policy.revision()
    }

    /// Asks for a cycle now, or as soon as the one at work has ended. Asking twice is asking once.
    pub fn trigger(&self) {
        self.ask("request");
    }

    /// Of several causes the first stays.
    fn ask(&self, cause: &'static str) {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(cause);
        self.due.notify_one();
    }

    /// Reads the rules anew, then runs a cycle, whether anything changed or not.
    pub fn look_again(&self) {
        self.look.notify_one();
    }

    /// Runs cycles and takes over new rules until `stop` is true. A cycle at work ends what it has sent.
    pub async fn run(&self, stop: &watch::Receiver<bool>, listener: &dyn Listener) {
        let (revision, interval) = (self.revision(), self.config.interval);
        listener.hear(&match &self.started_from_last_good {
            Some(rejection) => Event::StartedFromLastGood { revision, rejection },
            None => Event::Started { revision, tests: self.active.load().tests, interval },
        });
        tokio::join!(self.cycles(stop, listener), self.reloads(stop, listener));
        listener.hear(&Event::Stopped);
    }

    async fn cycles(&self, stop: &watch::Receiver<bool>, listener: &dyn Listener) {
        let mut stopped = stop.clone();
        let mut cause = "start";
        let mut failures = 0_u32;
        while !*stop.borrow() {
            let wait = if self.cycle(cause, stop, listener, retry_after(failures, self.config.interval)).await
            {
                failures = 0;
                self.config.interval
            } else {
                failures += 1;
                retry_after(failures - 1, self.config.interval)
            };
            cause = tokio::select! {
                _ = stopped.wait_for(|stop| *stop) => return,
                () = self.due.notified() => {
                    self.asked.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or("request")
                }
                () = tokio::time::sleep(wait) => if failures == 0 { "interval" } else { "retry" },
            };
        }
    }

    /// One cycle with the rules that are in force when it starts; whether it was carried through.
    async fn cycle(
        &self,
        cause: &str,
        stop: &watch::Receiver<bool>,
        listener: &dyn Listener,
        retry_in: Duration,
    ) -> bool {
        let active = self.active.load_full();
        listener.hear(&Event::CycleStarted { cause, revision: active.policy.revision() });
        let cycle = Cycle {
            directory: &self.directory,
            policy: &active.policy,
            sources: &active.sources,
            target: &self.client,
            settings: &self.target,
            journal: &self.journal,
            limits: &self.config.guard,
            allowance: Allowance::default(),
            script: None,
            undo: None,
            now: (self.clock)(),
            clock: &self.clock,
            watcher: &Progress { listener, told: Mutex::new(Instant::now()) },
        };
        match cycle.carry_out(&self.lock, CycleKind::Run, cause, stop).await {
            Ok(finished) => {
                listener.hear(&Event::CycleFinished { cause, finished: &finished });
                true
            }
            Err(Error::Stopped) => true,
            Err(error) => {
                listener.hear(&Event::CycleFailed { cause, error: &error, retry_in });
                false
            }
        }
    }

    async fn reloads(&self, stop: &watch::Receiver<bool>, listener: &dyn Listener) {
        let folders = || {
            let policy = &self.config.policy;
            vec![policy.folder.clone(), policy.tests.clone(), policy.fixtures.clone()]
        };
        let mut stopped = stop.clone();
        let mut watch = match Watch::new(folders()) {
            Ok(watch) => Some(watch),
            Err(error) => {
                tracing::warn!(%error, "new rules are seen late");
                None
            }
        };
        // Only a change is worth telling: the same broken files are not said twice.
        let mut told: Option<Seen> = self.started_from_last_good.as_ref().map(Seen::of);
        let mut cause = None;
        loop {
            // Looked at once before the first event: what changed between the start and the watch would never be told.
            let paths = self.config.policy.clone();
            if let Ok(loaded) = tokio::task::spawn_blocking(move || load(&paths)).await {
                self.take_over(loaded, &mut told, listener);
            }
            if let Some(cause) = cause {
                self.ask(cause);
            }
            let changed = async {
                match &mut watch {
                    Some(watch) => watch.changed().await,
                    None => tokio::time::sleep(UNWATCHED_RESCAN).await,
                }
            };
            cause = tokio::select! {
                _ = stopped.wait_for(|stop| *stop) => return,
                () = changed => None,
                () = self.look.notified() => Some("asked for"),
            };
        }
    }

    fn take_over(&self, loaded: Result<Active, Rejection>, told: &mut Option<Seen>, listener: &dyn Listener) {
        let from = self.revision();
        match loaded {
            Ok(active) if active.policy.revision() == from => {
                if told.take().is_some() {
                    listener.hear(&Event::Restored { active: from });
                }
            }
            Ok(active) => {
                *told = None;
                keep(&self.last_good, &active);
                let (to, tests) = (active.policy.revision(), active.tests);
                self.active.store(Arc::new(active));
                listener.hear(&Event::Reloaded { from, to, tests });
                self.ask("new policy");
            }
            Err(rejection) => {
                let seen = Seen::of(&rejection);
                if told.as_ref() != Some(&seen) {
                    listener.hear(&Event::Rejected { active: from, rejection: &rejection });
                    *told = Some(seen);
                }
            }
        }
    }
}

/// Tells now and then how far a cycle is.
struct Progress<'a> {
    listener: &'a dyn Listener,
    /// When that was told last, or the cycle began.
    told: Mutex<Instant>,
}

impl Watcher for Progress<'_> {
    fn at(&self, step: Step) {
        let Step::Applying(done, of) = step else { return };
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if done < of && told.elapsed() >= PROGRESS {
            *told = Instant::now();
            self.listener.hear(&Event::Progress { done, of });
        }
    }
}

/// What tells one rejection from another.
#[derive(PartialEq)]
struct Seen(String);

impl Seen {
    fn of(rejection: &Rejection) -> Self {
        Self(match rejection {
            Rejection::Unreadable(error) => error.to_string(),
            Rejection::Invalid { revision, findings } => format!("{} {findings:?}", revision.full()),
            Rejection::Tests { revision, report } => format!("{} {:?}", revision.full(), report.counts()),
        })
    }
}

fn keep(last_good: &LastGood, active: &Active) {
    if let Err(error) = last_good.keep(&active.sources) {
        tracing::warn!(%error, "the rules in force could not be kept for a restart");
    }
}

/// 5 s, then twice as long each time, at most the interval.
fn retry_after(failures: u32, interval: Duration) -> Duration {
    FIRST_RETRY.saturating_mul(1 << failures.min(10)).min(interval)
}
