use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwap, ArcSwapOption};
use jiff::Timestamp;
use tokio::sync::{Notify, watch};

use super::board::Board;
use super::event::{Event, Listener};
use super::heart::Heart;
use super::last_good::LastGood;
use super::reload::{Active, Rejection, admit, load};
use super::reloads::Reloads;
use super::settings::{Settings, Unfit};
use crate::config::{Config, Revision};
use crate::facts::Facts;
use crate::journal::{self, Journal, Lock, OperationRecord};
use crate::sync::Memory;
use crate::testing::Material;

/// The loop, ready to run. It holds the lock of the state folder.
pub struct Service {
    pub(super) journal: Journal,
    pub(super) lock: Lock,
    /// What each cycle leaves to the next.
    pub(super) memory: Memory,
    /// Loaded once a cycle; replaced as a whole.
    pub(super) in_force: ArcSwap<InForce>,
    /// What the last reading found, for whoever asks what other rules would do.
    pub(super) facts: ArcSwapOption<Facts>,
    /// Rules on disk that are not in force, as they were found at the start.
    pub(super) at_start: AtStart,
    pub(super) last_good: LastGood,
    pub(super) pending: LastGood,
    /// Operations of an earlier run that was broken off, sent and never answered.
    lost: Vec<OperationRecord>,
    /// Wakes the cycles; why, stands in `asked`.
    pub(super) due: Notify,
    asked: Mutex<Option<&'static str>>,
    /// Wakes the reloads.
    pub(super) look: Notify,
    /// Whether the rules of the first cycle are known.
    pub(super) settled: watch::Sender<bool>,
    pub(super) board: Board,
    pub(super) heart: Heart,
    pub(super) clock: fn() -> Timestamp,
    chance: Mutex<fastrand::Rng>,
}

/// What a cycle goes by.
pub(super) struct InForce {
    pub(super) rules: Arc<Active>,
    pub(super) settings: Arc<Settings>,
}

pub(super) enum AtStart {
    /// The rules on disk are in force.
    Same,
    /// They passed, and are others than those that were in force last.
    Others(Revision),
    Rejected(Rejection),
}

/// Why the loop does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Settings(#[from] Unfit),
    #[error(transparent)]
    Journal(#[from] journal::Error),
    /// The rules on disk do not pass, and there are none from before.
    #[error("the policy does not pass, and there is no earlier one to go on with")]
    Policy(Rejection),
}

impl Service {
    /// Loads the rules, takes the lock, closes what an earlier run left open. `chance` spreads the cycles.
    ///
    /// # Errors
    /// When a part of the configuration is missing, the state folder is in use, or no rules can be put in force.
    pub fn start(
        config: Config,
        clock: fn() -> Timestamp,
        chance: fastrand::Rng,
    ) -> Result<Self, StartError> {
        let state: PathBuf = config.state.clone();
        let settings = Settings::new(config)?;
        let lock = Lock::take(&state)?;
        let journal = Journal::open(&state)?.keeping(settings.config.facts);
        let lost = journal.settle(&lock, clock())?;
        let memory = Memory::of(&journal)?;
        let last_good = LastGood::new(&state);
        let (active, at_start) = rules(load(&settings.config.policy), &last_good)?;
        keep(&last_good, &active);
        let in_force = InForce { rules: Arc::new(active), settings: Arc::new(settings) };
        Ok(Self {
            journal,
            lock,
            memory,
            board: Board::new(clock(), clock),
            in_force: ArcSwap::from_pointee(in_force),
            facts: ArcSwapOption::empty(),
            at_start,
            last_good,
            pending: LastGood::pending(&state),
            lost,
            due: Notify::new(),
            asked: Mutex::new(None),
            look: Notify::new(),
            settled: watch::Sender::new(false),
            heart: Heart::default(),
            clock,
            chance: Mutex::new(chance),
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
        self.in_force.load().rules.revision()
    }

    /// Asks for a cycle now, or as soon as the one at work has ended. Asking twice is asking once.
    pub fn trigger(&self) {
        self.ask("request");
    }

    /// Of several causes the first stays.
    pub(super) fn ask(&self, cause: &'static str) {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(cause);
        self.due.notify_one();
    }

    pub(super) fn asked(&self) -> &'static str {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or("request")
    }

    /// Reads the rules and the configuration anew, then runs a cycle, whether anything changed or not.
    pub fn look_again(&self) {
        self.look.notify_one();
    }

    /// From 0 to 1.
    pub(super) fn chance(&self) -> f64 {
        self.chance.lock().unwrap_or_else(PoisonError::into_inner).f64()
    }

    /// Runs cycles and takes over new rules until `stop` is true. A cycle at work ends what it has sent.
    pub async fn run(&self, stop: &watch::Receiver<bool>, listener: &dyn Listener) {
        let told = Told { board: &self.board, listener };
        self.begin(&told);
        tokio::join!(self.cycles(stop, &told), self.reloads(stop, &told));
        told.hear(&Event::Stopped);
    }

    /// Runs one cycle, by the rules that are right after a look at the disk; tells whether it was carried through, and
    /// `None` where nobody can say by what rules, or it was stopped.
    pub async fn once(&self, stop: &watch::Receiver<bool>, listener: &dyn Listener) -> Option<Ran> {
        let told = Told { board: &self.board, listener };
        self.begin(&told);
        let mut stopped = stop.clone();
        let is_settled = tokio::select! {
            is_settled = Reloads::new(self, &told).settle() => is_settled,
            _ = stopped.wait_for(|stop| *stop) => false,
        };
        let ran = if is_settled { Some(self.single(stop, &told).await) } else { None };
        told.hear(&Event::Stopped);
        ran
    }

    fn begin(&self, told: &Told<'_>) {
        let in_force = self.in_force.load();
        let revision = in_force.rules.revision();
        let started = |on_disk| Event::Started {
            revision,
            tests: in_force.rules.tests,
            interval: in_force.settings.config.interval,
            on_disk,
        };
        told.hear(&match &self.at_start {
            AtStart::Same => started(None),
            AtStart::Others(on_disk) => started(Some(*on_disk)),
            AtStart::Rejected(rejection) => Event::StartedFromLastGood { revision, rejection },
        });
    }
}

/// How a single cycle went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ran {
    Done,
    /// With operations that failed, or people who had to be skipped.
    WithFailures,
    Refused,
    Failed,
}

/// Both who counts and who tells.
pub(super) struct Told<'a> {
    pub(super) board: &'a Board,
    pub(super) listener: &'a dyn Listener,
}

impl Listener for Told<'_> {
    fn hear(&self, event: &Event<'_>) {
        self.board.hear(event);
        self.listener.hear(event);
    }
}

/// The rules to begin with: those that were in force last, where there are any, so that an edit made meanwhile is
/// judged as any other.
fn rules(on_disk: Result<Active, Rejection>, last_good: &LastGood) -> Result<(Active, AtStart), StartError> {
    let last = last_good.read();
    match on_disk {
        Ok(active) if last.as_ref().is_none_or(|last| *last == active.sources) => Ok((active, AtStart::Same)),
        Ok(active) => match last.and_then(|last| admit(last, &Material::default()).ok()) {
            Some(before) => Ok((before, AtStart::Others(active.revision()))),
            // By this version of the binary there are no rules to hold them against.
            None => Ok((active, AtStart::Same)),
        },
        Err(rejection) => match last.and_then(|last| admit(last, &Material::default()).ok()) {
            Some(active) => Ok((active, AtStart::Rejected(rejection))),
            None => Err(StartError::Policy(rejection)),
        },
    }
}

pub(super) fn keep(last_good: &LastGood, active: &Active) {
    if let Err(error) = last_good.keep(&active.sources) {
        tracing::warn!(%error, "the rules in force could not be kept for a restart");
    }
}
