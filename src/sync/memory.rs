use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::{Drawn, Finished};
use crate::config::Revision;
use crate::directory::{Absence, Completeness, Earlier, Marked, Session, Snapshot};
use crate::facts::Facts;
use crate::journal::{self, Journal, Status};
use crate::policy::{Decision, Policy};

/// What one cycle of a loop leaves to the next: how far the directory was read, who was decided how, and whether all
/// was as it should be. Without it, a cycle reads everything and decides everyone.
#[derive(Debug, Default)]
pub struct Memory {
    kept: Mutex<Kept>,
    /// With the directory.
    pub(super) session: tokio::sync::Mutex<Session>,
}

#[derive(Debug, Default)]
struct Kept {
    reading: Option<(Snapshot, Marked)>,
    decided: Option<Decided>,
    settled: Option<Settled>,
}

/// Decisions, by these rules, of the people of these facts.
#[derive(Clone, Debug)]
struct Decided {
    revision: Revision,
    facts: Arc<Facts>,
    decisions: Arc<[Decision]>,
}

/// The last cycle found every account as it should be, and nothing waits.
#[derive(Clone, Copy, Debug)]
struct Settled {
    revision: Revision,
    /// When the first account expires that has not yet (`accountExpires`).
    until: Option<Timestamp>,
    /// When the target was listed.
    listed: Timestamp,
}

impl Memory {
    /// What the last cycle in the journal left, whichever process it ran in.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn of(journal: &Journal) -> Result<Self, journal::Error> {
        let reading = journal.marked()?;
        Ok(Self { kept: Mutex::new(Kept { reading, ..Kept::default() }), ..Self::default() })
    }

    /// What was read before, where that is not too long ago: what to go on from.
    pub(super) fn earlier(&self, now: Timestamp, most: Duration) -> Option<(Earlier, Timestamp)> {
        let kept = self.kept();
        let (snapshot, Marked { mark, full }) = kept.reading.as_ref()?;
        is_within(*full, now, most)
            .then(|| (Earlier { snapshot: snapshot.clone(), mark: mark.clone() }, *full))
    }

    /// Keeps what was read; nothing, where the next reading has to begin anew.
    pub(super) fn read(&self, snapshot: &Snapshot, marked: Option<&Marked>) {
        self.kept().reading = marked.map(|marked| (snapshot.clone(), marked.clone()));
    }

    /// Whether an unchanged directory means that there is nothing to do: by the same rules everything was as it should
    /// be, and the time that has passed since changes nothing.
    pub(super) fn is_settled(
        &self,
        policy: &Policy,
        snapshot: &Snapshot,
        now: Timestamp,
        most: Duration,
    ) -> bool {
        let (settled, decided) = {
            let kept = self.kept();
            (kept.settled, kept.decided.clone())
        };
        let (Some(settled), Some(decided)) = (settled, decided) else { return false };
        if settled.revision != policy.revision() || !is_within(settled.listed, now, most) {
            return false;
        }
        if !policy.depends_on_time() && settled.until.is_none_or(|until| now < until) {
            return true;
        }
        let facts = Arc::new(Facts::of(snapshot, now));
        policy.decide_all(&facts) == *decided.decisions
    }

    /// Decides everyone, those of whom nothing changed as before.
    pub(super) fn decide(&self, policy: &Policy, facts: &Arc<Facts>) -> Arc<[Decision]> {
        let before = self.kept().decided.clone().filter(|decided| decided.revision == policy.revision());
        let decisions = match &before {
            Some(before) => policy.decide_again(facts, (&before.facts, &before.decisions)),
            None => policy.decide_all(facts),
        };
        let decisions: Arc<[Decision]> = decisions.into();
        self.kept().decided = Some(Decided {
            revision: policy.revision(),
            facts: Arc::clone(facts),
            decisions: Arc::clone(&decisions),
        });
        decisions
    }

    /// Whether all is as it should be is not known any more.
    pub fn forget_settled(&self) {
        self.kept().settled = None;
    }

    pub(super) fn end(&self, finished: &Finished) {
        let Drawn { plan, facts, .. } = &finished.drawn;
        let nothing_waits = plan.held.is_empty() && plan.leaving.is_empty() && !finished.waits;
        let is_sure = facts.completeness == Completeness::Whole
            && facts.rejected.is_empty()
            && !facts.absent.values().any(|absence| matches!(absence, Absence::Unknown { .. }));
        // What was changed is looked at once more before it is trusted.
        let is_idle = finished.status == Status::Done && plan.operations.is_empty();
        let is_settled = is_idle && !finished.has_failures() && is_sure && nothing_waits;
        self.kept().settled = is_settled.then(|| Settled {
            revision: plan.revision,
            until: facts.next_expiry(),
            listed: facts.now,
        });
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether `then` is before now, and not so long ago.
fn is_within(then: Timestamp, now: Timestamp, most: Duration) -> bool {
    Duration::try_from(now.duration_since(then)).is_ok_and(|passed| passed < most)
}
