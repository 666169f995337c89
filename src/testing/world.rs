//! What the words of one test file work on: the policy, the directory of all fixtures, the clock.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use rhai::{Array, Dynamic, EvalAltResult, NativeCallContext};

use super::decided::{Decided, TestAccount};
use super::fixtures::Fixtures;
use super::subject::{Entries, Subject};
use super::tally::Tally;
use crate::desired::{Account, Desired};
use crate::diagnostic::closest;
use crate::directory::Completeness;
use crate::facts::Facts;
use crate::plan::{Current, Departures, Existing, Hooks, Link, Links, Plan, Standing, diff};
use crate::policy::{Attribute, Cause, Closure, Policy, Verdict, clock_of};

const DEFAULT_CLOCK: &str = "2026-01-15T09:00:00Z";
/// The id of the account that a test holds a person against.
const ACCOUNT_ID: &str = "account";

pub(super) type Fallible<T> = Result<T, Box<EvalAltResult>>;

/// The clock of tests that set none.
pub(super) fn default_clock() -> Timestamp {
    DEFAULT_CLOCK.parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

/// One `test`, one case of a `test_each`, or one `test_skip`.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) body: Body,
}

pub(super) enum Body {
    Run(Closure),
    Skip(String),
}

/// What a test file said while it loaded.
#[derive(Default)]
struct Said {
    cases: Vec<Case>,
    names: BTreeSet<String>,
    clock: Option<Timestamp>,
    /// Somebody was told the time, or the directory as it is at that time.
    told: bool,
    /// The file is loaded: what a test says now would come too late for some, and count for others.
    sealed: bool,
}

/// Somebody who was decided.
#[derive(Clone, Debug)]
pub(super) struct Decidee {
    pub(super) facts: Arc<Facts>,
    pub(super) index: usize,
}

pub(super) struct World {
    policy: Mutex<Arc<Policy>>,
    /// The policy is none that anybody wrote.
    supposes: AtomicBool,
    pub(super) tally: Tally,
    fixtures: Arc<Fixtures>,
    said: Mutex<Said>,
    /// The directory of all fixtures as it stands at each time that was asked for.
    facts: Mutex<BTreeMap<Timestamp, Arc<Facts>>>,
    /// What was decided since somebody last looked.
    decisions: Mutex<Vec<Decided>>,
    /// Who was decided since the last test began.
    decidees: Mutex<Vec<Decidee>>,
    /// What hooks were asked since the last test began, by their places, and whether they said anything.
    spoken: Mutex<BTreeSet<(usize, bool)>>,
}

impl World {
    pub(super) fn new(policy: Arc<Policy>, fixtures: Arc<Fixtures>) -> Arc<Self> {
        Arc::new(Self {
            policy: Mutex::new(policy),
            supposes: AtomicBool::new(false),
            tally: Tally::default(),
            fixtures,
            said: Mutex::default(),
            facts: Mutex::default(),
            decisions: Mutex::default(),
            decidees: Mutex::default(),
            spoken: Mutex::default(),
        })
    }

    /// Whether somebody reads why an expectation does not hold.
    pub(super) fn tells_why(&self) -> bool {
        !self.supposes.load(Ordering::Relaxed)
    }

    pub(super) fn policy(&self) -> Arc<Policy> {
        Arc::clone(&self.policy.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Decides by another policy from now on. Nobody reads why an expectation does not hold under it, and to find that
    /// out takes longer than the tests.
    pub(super) fn suppose(&self, policy: Arc<Policy>) {
        self.supposes.store(true, Ordering::Relaxed);
        *self.policy.lock().unwrap_or_else(PoisonError::into_inner) = policy;
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file is loaded: its tests, and from now on no more can be said.
    pub(super) fn seal(&self) -> Vec<Case> {
        let mut said = self.said();
        said.sealed = true;
        std::mem::take(&mut said.cases)
    }

    /// The file's clock.
    pub(super) fn now(&self) -> Timestamp {
        self.said().clock.unwrap_or_else(default_clock)
    }

    /// The clock of what is running: the file's, or that of the `at` around it.
    pub(super) fn clock(&self, context: &NativeCallContext<'_>) -> Timestamp {
        let mut said = self.said();
        if !said.sealed {
            said.told = true;
        }
        drop(said);
        clock_of(context).unwrap_or_else(|_| self.now())
    }

    pub(super) fn set_clock(&self, time: Timestamp) -> Fallible<()> {
        let mut said = self.unsealed("clock")?;
        if said.told {
            return Err("`clock` must come before the first fixture".into());
        }
        said.clock = Some(time);
        Ok(())
    }

    pub(super) fn add(&self, word: &str, case: Case) -> Fallible<()> {
        let mut said = self.unsealed(word)?;
        if !said.names.insert(case.name.clone()) {
            return Err(
                format!("two tests of this file are called `{}`: give one another name", case.name).into()
            );
        }
        said.cases.push(case);
        Ok(())
    }

    fn unsealed(&self, word: &str) -> Fallible<MutexGuard<'_, Said>> {
        let said = self.said();
        if said.sealed {
            return Err(
                format!("`{word}` can be said only at the top of a test file, not inside a test").into()
            );
        }
        Ok(said)
    }

    /// The people of the fixture files.
    pub(super) fn entries(&self) -> &Arc<Entries> {
        self.fixtures.entries()
    }

    /// The directory of all fixtures.
    fn facts(&self, now: Timestamp) -> Arc<Facts> {
        let mut facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(facts.entry(now).or_insert_with(|| Subject::facts_of(self.entries(), now)))
    }

    pub(super) fn fixture(&self, name: &str, now: Timestamp) -> Fallible<Subject> {
        let Some(index) = self.fixtures.named(name) else {
            let near = closest(name, self.fixtures.names()).map(|near| format!("; did you mean `{near}`?"));
            return Err(format!("there is no fixture `{name}`{}", near.unwrap_or_default()).into());
        };
        Subject::among(Arc::clone(self.entries()), self.facts(now), index)
    }

    pub(super) fn fixtures_of(&self, file: &str, now: Timestamp) -> Fallible<Array> {
        let Some(indices) = self.fixtures.of_file(file) else {
            let near = closest(file, self.fixtures.files()).map(|near| format!("; did you mean `{near}`?"));
            return Err(format!("there is no fixture file `{file}`{}", near.unwrap_or_default()).into());
        };
        let facts = self.facts(now);
        let subject = |index: &usize| Subject::among(Arc::clone(self.entries()), Arc::clone(&facts), *index);
        indices.iter().map(|index| subject(index).map(Dynamic::from)).collect()
    }

    /// The person as the directory stands at this time: whoever was made before an `at` follows its clock.
    pub(super) fn subject_at(&self, subject: &Subject, now: Timestamp) -> Fallible<Subject> {
        if subject.facts().now == now {
            return Ok(subject.clone());
        }
        if Arc::ptr_eq(subject.entries(), self.entries()) {
            return subject.with_facts(self.facts(now));
        }
        subject.at(now)
    }

    pub(super) fn decide(&self, subject: &Subject, now: Timestamp) -> Fallible<Decided> {
        let subject = self.subject_at(subject, now)?;
        let index = subject.index()?;
        let decision = self.policy().decide(subject.facts(), index).ok_or("there is nobody to decide on")?;
        let decidee = Decidee { facts: Arc::clone(subject.facts()), index };
        self.decidees.lock().unwrap_or_else(PoisonError::into_inner).push(decidee);
        let decided = Decided { decision, subject };
        self.decisions.lock().unwrap_or_else(PoisonError::into_inner).push(decided.clone());
        Ok(decided)
    }

    /// What was decided since the last call.
    pub(super) fn take_decisions(&self) -> Vec<Decided> {
        std::mem::take(&mut self.decisions.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Who was decided since the last call.
    pub(super) fn take_decidees(&self) -> Vec<Decidee> {
        std::mem::take(&mut self.decidees.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Why the person does not pass the role, with what it read; nothing where it passes, or where no
    /// rule decided.
    pub(super) fn why_not(&self, decided: &Decided, role: &str) -> Option<String> {
        if matches!(decided.decision.verdict, Verdict::Barred | Verdict::Failed { .. }) {
            return None;
        }
        let index = decided.subject.index().ok()?;
        let explanation = self.policy().explain(decided.subject.facts(), index)?;
        let explained = explanation.roles.into_iter().find(|explained| explained.name == role)?;
        if explained.answer != Ok(false) {
            return None;
        }
        let because = explained.because();
        let reads = if because.is_empty() { String::new() } else { format!(": {}", because.join(", ")) };
        Some(format!("{}: does not pass `{role}` ({}){reads}", decided.decision.name, explained.at))
    }

    /// The account that the policy would make of the person; of somebody who has no right to one, as bare as it can be.
    pub(super) fn account_of(
        &self,
        subject: &Subject,
        active: bool,
        now: Timestamp,
    ) -> Fallible<TestAccount> {
        let decision = self.decide(subject, now)?.decision;
        let mut account = Account {
            id: ACCOUNT_ID.to_owned(),
            user_name: format!("{}@example.com", decision.user),
            active,
            role: None,
            attributes: BTreeMap::new(),
        };
        if let Verdict::Provision { profile } = decision.verdict {
            account.user_name = profile.user_name().unwrap_or(&account.user_name).to_owned();
            account.role = profile.role;
            for (attribute, value) in profile.on_create.into_iter().chain(profile.attributes) {
                if let Some(value) = value.filter(|_| attribute != Attribute::USER_NAME) {
                    account.attributes.insert(attribute, value);
                }
            }
        }
        Ok(TestAccount { account: Some(account), unwanted_since: None })
    }

    /// The kind of operation that a cycle would plan for the person: `none` when all is as it should be, `wait` when it is
    /// a deactivation that waits. What the policy's hooks keep back is `hold` or `skip`, with their reason.
    pub(super) fn operation(&self, decided: &Decided, account: &TestAccount) -> String {
        let plan = self.plan(decided, account);
        if let Some(operation) = plan.operations.first() {
            return operation.kind.name().to_owned();
        }
        if let Some(held) = plan.held.first() {
            let why: Vec<&str> = held.why.iter().map(|why| why.text.as_str()).collect();
            return format!("hold: {}", why.join("; "));
        }
        match plan.skipped.first() {
            // What the program says of itself has no place in the policy.
            Some(skipped) if !skipped.fault && skipped.why.at.is_some() => {
                format!("skip: {}", skipped.why.text)
            }
            Some(_) => "skipped".to_owned(),
            None if !plan.leaving.is_empty() => "wait".to_owned(),
            None => "none".to_owned(),
        }
    }

    /// What hooks were asked since the last call, by their places, and whether they said anything.
    pub(super) fn take_spoken(&self) -> BTreeSet<(usize, bool)> {
        std::mem::take(&mut *self.spoken.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn listen(&self, plan: &Plan, hooks: Hooks<'_>, account: Option<&Account>) {
        for operation in &plan.operations {
            let said = hooks.ask(operation, account).map(|ruling| ruling.spoke).unwrap_or_default();
            self.spoken.lock().unwrap_or_else(PoisonError::into_inner).extend(said.into_iter().enumerate());
        }
    }

    fn plan(&self, decided: &Decided, account: &TestAccount) -> Plan {
        let policy = self.policy();
        let switches = policy.switches();
        let desired = Desired::of(std::slice::from_ref(&decided.decision), switches);
        let facts = decided.subject.facts();
        let cause = match decided.decision.verdict {
            Verdict::Barred => Cause::Disabled,
            _ => Cause::NoRole,
        };
        let departures = account.unwanted_since.map(|since| (decided.decision.user, [(cause, since)].into()));
        let departures: Departures = departures.into_iter().collect();
        let mut links = Links::new();
        if let Some(account) = &account.account {
            links.insert(
                decided.decision.user,
                Link { account: account.id.clone(), name: decided.decision.name.clone() },
            );
        }
        let current = Current {
            accounts: account.account.as_slice(),
            links: &links,
            completeness: &Completeness::Whole,
            absent: &BTreeMap::new(),
            existing: &Existing::default(),
            standing: Standing { departures: &departures, ..Standing::at(facts.now) },
        };
        let draw = |current| diff(policy.revision(), &desired, switches, current);
        if !policy.has_hooks() {
            return draw(current);
        }
        let hooks = Hooks { policy: &policy, facts };
        self.listen(&draw(current), hooks, account.account.as_ref());
        draw(Current { standing: Standing { hooks: Some(hooks), ..current.standing }, ..current })
    }
}
