use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::{Drawn, Finished};
use crate::config::Revision;
use crate::directory::{Absence, Completeness, Earlier, Marked, Session, Snapshot};
use crate::facts::Facts;
use crate::journal::{self, Journal, Status};
use crate::policy::{Decision, Policy};

/// What one cycle of a loop leaves to the next: how far the directory was read, who was decided how, and whether
/// anything was left to do. Without it, a cycle reads everything and decides everyone.
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

/// The last cycle found nothing to do. It may have left people alone for a fault of theirs, or until somebody says yes:
/// the next cycle would leave them alone for the same reason.
#[derive(Clone, Copy, Debug)]
struct Settled {
    revision: Revision,
    /// When time alone makes something to do: the first account expires (`accountExpires`), or the first one that is
    /// left to a leaver for a while is due.
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

    /// Whether an unchanged directory means that there is nothing to do: by the same rules there was nothing to do
    /// before, and the time that has passed since changes nothing.
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
        let is_over =
            !is_within(settled.listed, now, most) || settled.until.is_some_and(|until| until <= now);
        if is_over || settled.revision != policy.revision() {
            return false;
        }
        if !policy.depends_on_time() {
            return true;
        }
        // What these say at another time is known only by a plan.
        if policy.has_hooks() || policy.has_invariants() {
            return false;
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
        // A look-up that failed may succeed.
        let is_sure = facts.completeness == Completeness::Whole
            && !facts.absent.values().any(|absence| matches!(absence, Absence::Unknown { .. }));
        // What was changed is looked at once more before it is trusted.
        let is_idle = finished.status == Status::Done && plan.operations.is_empty();
        let due = plan.leaving.iter().map(|leaving| leaving.until).min();
        self.kept().settled = (is_idle && is_sure).then(|| Settled {
            revision: plan.revision,
            until: facts.next_expiry().into_iter().chain(due).min(),
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::Sources;
    use crate::directory::Entries;

    const HOUR: Duration = Duration::from_hours(1);

    fn policy(more: &str) -> Policy {
        let text = format!("provision_everyone(\"r\");\nmap(\"userName\", |user| user.mail);\n{more}");
        let files = BTreeMap::from([("main.rhai".to_owned(), text.into())]);
        let sources = Sources { entry: "main.rhai".to_owned(), files, extra_attributes: Vec::new() };
        let compiled = Policy::compile(&sources);
        compiled.policy.unwrap_or_else(|| panic!("{:?}", compiled.findings))
    }

    fn after(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    /// Whether nothing is to be done so many seconds after a cycle that found nothing to do.
    fn rests(policy: &Policy, until: Option<i64>, seconds: i64) -> bool {
        let snapshot = Snapshot {
            source: String::new(),
            people: Entries::default(),
            groups: Entries::default(),
            asked: None,
            completeness: Completeness::Whole,
            absent: BTreeMap::new(),
        };
        let memory = Memory::default();
        memory.decide(policy, &Arc::new(Facts::of(&snapshot, after(0))));
        memory.kept().settled =
            Some(Settled { revision: policy.revision(), until: until.map(after), listed: after(0) });
        memory.is_settled(policy, &snapshot, after(seconds), HOUR)
    }

    #[test]
    fn time_alone_can_make_something_to_do() {
        let plain = policy("");
        assert!(rests(&plain, None, 60) && rests(&plain, Some(61), 60));
        // Somebody's time is up; all is to be read anew; the clock went back.
        assert!(!rests(&plain, Some(60), 60) && !rests(&plain, None, 3600) && !rests(&plain, None, -1));
        let hooked = policy("before(|op| op.skip(\"never\"));");
        assert!(rests(&hooked, None, 60));
        let timely = policy("map(\"title\", |user| if user.whenCreated < now() { \"x\" } else { \"y\" });");
        assert!(rests(&timely, None, 60));
        let timely_hook = policy("before(|op| if YEAR(TODAY()) > 2000 { op.skip(\"later\") } else { op });");
        let timely_invariant = policy("invariant(\"known\", |d| d.user.whenCreated < now());");
        assert!(!rests(&timely_hook, None, 60) && !rests(&timely_invariant, None, 60));
    }
}
