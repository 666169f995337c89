//! One cycle, from the directory to the journal.
//!
//! In: one policy revision, a directory, a target, the journal. Out: a [`Plan`], and what became of it. Never: two
//! revisions in one cycle; never a write before the guard has judged the whole plan.

mod memory;
mod orders;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

pub use memory::Memory;
pub use orders::Orders;

use crate::apply::{self, Outcome};
use crate::config::{DirectorySource, GuardLimits, Sources, Target};
use crate::desired::Desired;
use crate::diagnostic::Diagnostics;
use crate::directory::{self, Completeness, Extent, Marked, Query, Session, Snapshot};
use crate::facts::{Facts, Rejected};
use crate::journal::{
    self, CycleId, CycleKind, End, Journal, KeptScript, Knowledge, Lock, Overtaken, Planned, Settings, Start,
    Status, Waiting, undo,
};
use crate::plan::{
    self, Allowance, Basis, Breach, Current, Hooks, Links, Plan, Sizes, Standing, Verdict, diff, digest,
    judge, ordered,
};
use crate::policy::{Broken, Decision, Policy};
use crate::scim::{self, Client};
use crate::script::Ground;

/// How many names of people a broken invariant shows.
const NAMES_SHOWN: usize = 20;

/// Everything that one cycle works with.
#[derive(Clone, Copy)]
pub struct Cycle<'a> {
    pub directory: &'a DirectorySource,
    pub policy: &'a Policy,
    /// What `policy` was compiled from; kept in the journal.
    pub sources: &'a Sources,
    pub target: &'a Client,
    /// How the target is to be treated.
    pub settings: &'a Target,
    pub journal: &'a Journal,
    pub limits: &'a GuardLimits,
    pub allowance: Allowance,
    /// These take the place of what the rules would do.
    pub orders: Option<Orders<'a>>,
    /// What earlier cycles of the same loop left. Without it everything is read and everyone decided.
    pub before: Option<Before<'a>>,
    /// The cycle's clock: what `now()` is, and against what accounts expire.
    pub now: Timestamp,
    /// The clock that the journal's records are dated by.
    pub clock: &'a (dyn Fn() -> Timestamp + Send + Sync),
    pub watcher: &'a dyn Watcher,
}

/// What earlier cycles left, and how long it may be relied on.
#[derive(Clone, Copy, Debug)]
pub struct Before<'a> {
    pub memory: &'a Memory,
    /// After so long everything is read again, the directory and the target.
    pub at_most: Duration,
}

/// What a cycle is at; for progress bars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// So many people were read.
    Reading(usize),
    /// So many people are to be decided.
    Deciding(usize),
    /// So many accounts were listed.
    Listing(usize),
    /// So many operations of so many are done.
    Applying(usize, usize),
}

/// Is told how a cycle goes.
pub trait Watcher: Send + Sync {
    fn at(&self, step: Step);
}

/// Nobody is told.
pub struct Unwatched;

impl Watcher for Unwatched {
    fn at(&self, _: Step) {}
}

/// A plan, and what it was drawn up from.
#[derive(Debug)]
pub struct Drawn {
    pub plan: Plan,
    /// The directory that was read.
    pub source: String,
    pub facts: Arc<Facts>,
    /// In the order of the people in `facts`; behind them those whose entry is not usable.
    pub decisions: Arc<[Decision]>,
    /// Of all that the plan would do, and what it is based on: what a person approves.
    pub hash: String,
}

impl Drawn {
    /// Entries of the directory that have no identity, so that nothing can be done for them.
    pub fn unidentified(&self) -> impl Iterator<Item = &Rejected> {
        self.facts.rejected.iter().filter(|rejected| rejected.guid.is_none())
    }
}

/// A cycle that came to its end.
#[derive(Debug)]
pub struct Finished {
    pub id: CycleId,
    pub drawn: Drawn,
    /// One an operation, in the plan's order; empty when the guard refused.
    pub outcomes: Vec<Outcome>,
    pub status: Status,
    /// Plans that waited and are no longer wanted as they were.
    pub overtaken: Vec<Overtaken>,
    /// The plan was refused, and waits for a person.
    pub waits: bool,
    /// How much of the directory was read.
    pub extent: Extent,
}

/// How a cycle of a loop ended.
#[derive(Debug)]
pub enum Ended {
    Finished(Box<Finished>),
    /// The directory has not changed since the last cycle, which left everything as it should be: nobody was decided,
    /// and the target was not asked.
    Unchanged {
        id: CycleId,
    },
}

impl Finished {
    /// Whether something is not as the plan wants it, or somebody was kept from being looked after by a fault.
    #[must_use]
    pub fn has_failures(&self) -> bool {
        self.outcomes.iter().any(|outcome| !matches!(outcome, Outcome::Done { .. }))
            || self.drawn.plan.skipped.iter().any(|skipped| skipped.fault)
    }
}

/// Why a cycle could not be carried through.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Directory(#[from] directory::Error),
    #[error(transparent)]
    Target(#[from] scim::Error),
    #[error(transparent)]
    Journal(#[from] journal::Error),
    #[error("the script `{path}` failed")]
    Script { path: String, findings: Diagnostics },
    #[error("the cycle was stopped before anything was sent")]
    Stopped,
}

impl Error {
    /// Advice, apart from the message.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Directory(error) => error.hint().map(str::to_owned),
            Self::Target(error) => error.hint().map(|hint| hint.to_string()),
            Self::Journal(error) => error.hint().map(str::to_owned),
            Self::Script { .. } | Self::Stopped => None,
        }
    }
}

/// What makes a plan of a [`Knowledge`].
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    pub policy: &'a Policy,
    /// These take the place of what the rules would do.
    pub orders: Option<Orders<'a>>,
}

impl Cycle<'_> {
    /// Reads, decides, compares, judges. Sends nothing and records nothing.
    ///
    /// # Errors
    /// When the directory or the target cannot be read.
    pub async fn draw_up(&self) -> Result<Drawn, Error> {
        let (links, query) = self.query()?;
        // Nothing goes on from what is only looked at, so it needs no mark.
        let progress = |read| self.watcher.at(Step::Reading(read));
        let snapshot = directory::read(self.directory, &query, &progress).await?;
        let extent = Extent::Full { why: None };
        let looked = Looked { links, asked: query.asked(), snapshot, marked: None, extent };
        let knowledge = self.know(looked).await?;
        self.draw(&knowledge)
    }

    /// Where a plan with this hash, refused before, waits for a person.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn waiting(&self, hash: &str) -> Result<Option<Waiting>, Error> {
        Ok(self.journal.waiting()?.into_iter().find(|waiting| waiting.is_plan(hash)))
    }

    fn rules(&self) -> Rules<'_> {
        Rules { policy: self.policy, orders: self.orders }
    }

    fn draw(&self, knowledge: &Knowledge) -> Result<Drawn, Error> {
        let Some(Before { memory, .. }) = self.before else {
            return self.rules().draw(knowledge, self.watcher);
        };
        let facts = Arc::new(Facts::of(&knowledge.snapshot, self.now));
        self.watcher.at(Step::Deciding(facts.people.len()));
        let decisions = memory.decide(self.policy, &facts);
        self.rules().compare(knowledge, facts, decisions)
    }

    /// Who is linked, and what to ask the directory.
    fn query(&self) -> Result<(Links, Query), Error> {
        let links = self.journal.links()?;
        let mut attributes = self.policy.reads().clone();
        if let Some(Orders::Script(script)) = self.orders {
            attributes.extend(script.reads());
        }
        let known = links.keys().copied().collect();
        Ok((links, Query { attributes, known }))
    }

    /// Reads the directory: what has changed since the last cycle, where one left a memory of it.
    async fn look(&self) -> Result<Looked, Error> {
        let (links, query) = self.query()?;
        let earlier = self.before.and_then(|before| before.memory.earlier(self.now, before.at_most));
        let (earlier, full) = earlier.unzip();
        let progress = |read| self.watcher.at(Step::Reading(read));
        let mut own = Session::default();
        let mut kept = match self.before {
            Some(Before { memory, .. }) => Some(memory.session.lock().await),
            None => None,
        };
        let session = kept.as_deref_mut().unwrap_or(&mut own);
        let update = directory::read_since(self.directory, &query, earlier, session, &progress).await?;
        drop(kept);
        let full = match &update.extent {
            Extent::Full { .. } => self.now,
            Extent::Changed { .. } | Extent::Unchanged => full.unwrap_or(self.now),
        };
        let marked = update.mark.map(|mark| Marked { mark, full });
        if let Some(Before { memory, .. }) = self.before {
            memory.read(&update.snapshot, marked.as_ref());
        }
        Ok(Looked { links, asked: query.asked(), snapshot: update.snapshot, marked, extent: update.extent })
    }

    /// Lists the target, and collects what else decides.
    async fn know(&self, looked: Looked) -> Result<Knowledge, Error> {
        let accounts = self.target.accounts(&|listed| self.watcher.at(Step::Listing(listed))).await?;
        let (script, undo) = match self.orders {
            Some(Orders::Script(script)) => (Some(script), None),
            Some(Orders::Undo(cycle)) => (None, Some(cycle.summary.id)),
            None => (None, None),
        };
        let script = script
            .map(|script| KeptScript { path: script.path().to_owned(), text: script.text().to_owned() });
        let settings = Settings {
            limits: self.limits.clone(),
            allowance: self.allowance,
            size_before: self.journal.last_whole_size()?,
            script,
            undo,
            later: self.journal.later()?,
            existing: self.journal.accounts(self.settings)?,
            target: self.settings.base_url.clone(),
            approved: self.journal.approved_plans()?,
        };
        let Looked { links, asked, snapshot, marked, .. } = looked;
        Ok(Knowledge { now: self.now, snapshot, attributes: asked, marked, accounts, links, settings })
    }
}

/// What was found in the directory.
struct Looked {
    links: Links,
    /// Lower-case names of the attributes that were asked for.
    asked: BTreeSet<String>,
    snapshot: Snapshot,
    marked: Option<Marked>,
    extent: Extent,
}

impl Rules<'_> {
    /// Decides, compares, judges. Pure: the same of the same, whenever it is done.
    ///
    /// # Errors
    /// When a script that orders by hand fails.
    pub fn draw(&self, knowledge: &Knowledge, watcher: &dyn Watcher) -> Result<Drawn, Error> {
        let facts = Arc::new(Facts::of(&knowledge.snapshot, knowledge.now));
        watcher.at(Step::Deciding(facts.people.len()));
        let decisions = self.policy.decide_all(&facts);
        self.compare(knowledge, facts, decisions.into())
    }

    fn compare(
        &self,
        knowledge: &Knowledge,
        facts: Arc<Facts>,
        decisions: Arc<[Decision]>,
    ) -> Result<Drawn, Error> {
        let Knowledge { now, snapshot, accounts, links, settings, .. } = knowledge;
        let desired = Desired::of(&decisions, self.policy.switches());

        let later = &settings.later;
        let hooks = self.policy.has_hooks().then_some(Hooks { policy: self.policy, facts: &facts });
        let standing = Standing { now: *now, departures: &later.departures, holds: &later.holds, hooks };
        let current = Current {
            accounts,
            links,
            completeness: &facts.completeness,
            absent: &facts.absent,
            existing: &settings.existing,
            standing,
        };
        let mut plan = diff(self.policy.revision(), &desired, self.policy.switches(), current);
        let by_hand = match self.orders {
            None => None,
            Some(Orders::Script(script)) => {
                let ground = Ground {
                    policy: self.policy,
                    facts: &facts,
                    decisions: &decisions,
                    accounts,
                    links: &plan.links_after(links),
                };
                let failed = |findings| Error::Script { path: script.path().to_owned(), findings };
                Some((script.orders(ground).map_err(failed)?, Vec::new()))
            }
            Some(Orders::Undo(cycle)) => {
                let undo = undo(cycle, accounts, &plan.links_after(links));
                Some((undo.orders, undo.left))
            }
        };
        if let Some((orders, left)) = by_hand {
            plan = ordered(plan, &orders, self.policy.switches(), accounts, links, standing);
            plan.skipped.extend(left);
        }

        // A read that is known to be partial is judged by what it leaves out, not by its size.
        let before = settings.size_before.filter(|_| facts.completeness == Completeness::Whole);
        let sizes = Sizes { before, now: facts.people.len() };
        let (operations, active) = (&plan.operations, plan.managed_active);
        plan.guard = judge(operations, accounts, active, sizes, &settings.limits, settings.allowance);
        if let Some(orders) = self.orders {
            plan.guard.advise(&orders.command());
        }
        forbid(&mut plan.guard, &self.policy.broken_invariants(&facts, &decisions));
        let origin = self.origin();
        let basis = Basis { source: &snapshot.source, target: &settings.target, origin: &origin, sizes };
        let hash = digest(&plan, &basis);
        if let Some(approved) = settings.approved.iter().find(|approved| approved.hash == hash) {
            plan.guard.approve(&approved.approval.who, &approved.approval.at);
        }
        Ok(Drawn { plan, source: snapshot.source.clone(), facts, decisions, hash })
    }

    fn origin(&self) -> String {
        self.orders.map_or_else(|| "rules".to_owned(), Orders::origin)
    }
}

impl Cycle<'_> {
    /// A whole cycle: draws up a plan and carries it out, if the guard allows, with every step in the journal.
    ///
    /// # Errors
    /// When it could not be carried through; the journal says how far it came. `stop` before the first operation is
    /// an error, later it is an outcome.
    pub async fn carry_out(
        &self,
        lock: &Lock,
        kind: CycleKind,
        cause: &str,
        stop: &watch::Receiver<bool>,
    ) -> Result<Finished, Error> {
        self.recorded(kind, cause, async |id| {
            let looked = unless(stop, self.look()).await?;
            let finished = self.go_on(lock, (id, kind), looked, stop).await?;
            Ok((finished.status, finished))
        })
        .await
    }

    /// The same in a loop: ends early where nothing has changed since the cycle before.
    ///
    /// # Errors
    /// As [`Self::carry_out`].
    pub async fn carry_on(
        &self,
        lock: &Lock,
        kind: CycleKind,
        cause: &str,
        stop: &watch::Receiver<bool>,
    ) -> Result<Ended, Error> {
        self.recorded(kind, cause, async |id| {
            let looked = unless(stop, self.look()).await?;
            if let Some(Before { memory, at_most }) = self.before {
                let is_unchanged = looked.extent == Extent::Unchanged;
                if is_unchanged && memory.is_settled(self.policy, &looked.snapshot, self.now, at_most) {
                    return Ok((Status::Done, Ended::Unchanged { id }));
                }
                memory.forget_settled();
            }
            let finished = self.go_on(lock, (id, kind), looked, stop).await?;
            if let Some(Before { memory, .. }) = self.before {
                memory.end(&finished);
            }
            Ok((finished.status, Ended::Finished(Box::new(finished))))
        })
        .await
    }

    /// A cycle with its begin and its end in the journal, whatever becomes of it.
    async fn recorded<T>(
        &self,
        kind: CycleKind,
        cause: &str,
        work: impl AsyncFnOnce(CycleId) -> Result<(Status, T), Error>,
    ) -> Result<T, Error> {
        let id = self.journal.begin(Start {
            kind,
            cause,
            revision: self.policy.revision(),
            sources: self.sources,
            at: (self.clock)(),
        })?;
        let outcome = work(id).await;
        let (status, error) = match &outcome {
            Ok((status, _)) => (*status, None),
            Err(Error::Stopped) => (Status::Stopped, None),
            Err(error) => (Status::Failed, Some(error.to_string())),
        };
        let ended = self.journal.end(id, End { status, error: error.as_deref(), at: (self.clock)() });
        let (_, done) = outcome?;
        ended?;
        Ok(done)
    }

    /// From what was found in the directory to the end.
    async fn go_on(
        &self,
        lock: &Lock,
        (id, kind): (CycleId, CycleKind),
        looked: Looked,
        stop: &watch::Receiver<bool>,
    ) -> Result<Finished, Error> {
        let extent = looked.extent.clone();
        let mut knowledge = unless(stop, self.know(looked)).await?;
        let drawn = self.draw(&knowledge)?;
        if *stop.borrow() {
            return Err(Error::Stopped);
        }
        let plan = &drawn.plan;
        knowledge.settings.existing.retain(&plan.consulted);
        self.journal.know(id, &knowledge, plan)?;
        drop(knowledge);
        self.journal.decided(id, &drawn.decisions)?;
        self.journal.planned(
            id,
            Planned {
                source: &drawn.source,
                people: drawn.facts.people.len(),
                completeness: &drawn.facts.completeness,
                plan,
                orders: self.orders.map(Orders::name).as_deref(),
                at: (self.clock)(),
            },
        )?;
        self.journal.observed(id, plan)?;
        let origin = self.rules().origin();
        if !plan.guard.permits() {
            let of = (id, kind);
            let (overtaken, waits) = self.journal.refused(&origin, of, &drawn.hash, plan, (self.clock)())?;
            let status = Status::Refused;
            let outcomes = Vec::new();
            return Ok(Finished { id, drawn, outcomes, status, overtaken, waits, extent });
        }
        // A reading that is not whole does not tell whether anything changed.
        let overtaken = match &drawn.facts.completeness {
            Completeness::Whole => {
                self.journal.withdraw_plans(&origin, id, &drawn.hash, plan, (self.clock)())?
            }
            Completeness::Partial { .. } => Vec::new(),
        };
        self.journal.adopt(lock, id, &plan.released, &plan.adopted, (self.clock)())?;

        let record = self.journal.recorder(lock, id, self.clock);
        let progress = |done, of| self.watcher.at(Step::Applying(done, of));
        let concurrency = self.settings.concurrency;
        let outcomes = apply::run(plan, self.target, &record, concurrency, stop, &progress).await?;

        let is_cut = outcomes.iter().any(|outcome| matches!(outcome, Outcome::NotSent { .. }));
        let status = if is_cut && *stop.borrow() {
            Status::Stopped
        } else {
            // Used up only now: who was broken off before anything was done goes on, once.
            self.journal.carried_out(&origin, id, &drawn.hash, (self.clock)())?;
            Status::Done
        };
        Ok(Finished { id, drawn, outcomes, status, overtaken, waits: false, extent })
    }
}

/// What comes of some work, unless it is stopped.
async fn unless<T>(
    stop: &watch::Receiver<bool>,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let mut stopped = stop.clone();
    tokio::select! {
        done = work => done,
        _ = stopped.wait_for(|stop| *stop) => Err(Error::Stopped),
    }
}

/// Adds broken invariants to what the guard says: nobody can allow their way past one.
fn forbid(verdict: &mut Verdict, broken: &[Broken]) {
    if broken.is_empty() {
        return;
    }
    let mut breaches = verdict.breaches().to_vec();
    for invariant in broken {
        let mut names: Vec<_> =
            invariant.people.iter().take(NAMES_SHOWN).map(|name| plan::escape(name)).collect();
        if invariant.people.len() > NAMES_SHOWN {
            names.push(format!("{} more", invariant.people.len() - NAMES_SHOWN));
        }
        breaches.push(Breach {
            what: "invariant".to_owned(),
            count: invariant.people.len(),
            limit: 0,
            text: format!(
                "the invariant `{}`{} does not hold for {}",
                invariant.reason.text,
                invariant.reason.at.as_ref().map(|at| format!(" ({at})")).unwrap_or_default(),
                names.join(", ")
            ),
            firm: true,
        });
    }
    *verdict = Verdict::Refused { breaches };
}
