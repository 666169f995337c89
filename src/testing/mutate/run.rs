use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::worker::Worker;
use crate::policy::{Finder, Mutant, Place, Policy, RuleId, Witness, with_room};
use crate::testing::runner::Bench;
use crate::testing::share::Share;
use crate::testing::survey::Survey;

/// What became of every mistake that was made.
#[derive(Clone, Debug)]
pub struct Mutation {
    /// By place.
    pub mutants: Vec<Mutated>,
    /// How often a test was run again.
    pub runs: usize,
    pub took: Duration,
}

/// A policy with one mistake.
#[derive(Clone, Debug)]
pub struct Mutated {
    pub at: Place,
    /// What was changed, as a script would write it.
    pub text: String,
    /// What became of it: `negated`.
    pub what: String,
    /// The roles and mappings that it changes.
    pub rules: Vec<String>,
    pub fate: Fate,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A test noticed.
    Killed,
    /// No test has anybody decided of whom the rule is asked.
    NotReached,
    /// Everybody whom the tests have decided is decided as before.
    NoDifference,
    /// Tests have somebody decided who is decided otherwise, and pass.
    NotNoticed,
    /// It is known that nobody there could be is decided otherwise.
    Equal,
}

impl Fate {
    #[must_use]
    pub fn survived(&self) -> bool {
        matches!(self, Self::NotReached | Self::NoDifference | Self::NotNoticed)
    }
}

impl Mutation {
    /// How many of the mistakes that make a difference were noticed.
    #[must_use]
    pub fn score(&self) -> Share {
        let part = self.mutants.iter().filter(|mutant| mutant.fate == Fate::Killed).count();
        let survived = self.mutants.iter().filter(|mutant| mutant.fate.survived()).count();
        Share { part, whole: part + survived }
    }
}

/// What all workers look at.
pub(super) struct Ground<'a> {
    pub(super) bench: &'a Bench<'a>,
    pub(super) survey: &'a Survey,
    /// The survey's people, as the policy decides them.
    pub(super) witnesses: Vec<Option<Witness<'a>>>,
    /// The people of whom each rule is asked.
    asked: BTreeMap<RuleId, Vec<usize>>,
    /// The tests that have each person decided.
    tests: BTreeMap<usize, Vec<usize>>,
}

impl<'a> Ground<'a> {
    fn new(bench: &'a Bench<'a>, survey: &'a Survey) -> Self {
        let people = survey.people.iter().map(|surveyed| &surveyed.person);
        let witnesses =
            people.map(|person| Witness::new(bench.policy, &person.facts, person.index)).collect();
        let mut asked: BTreeMap<RuleId, Vec<usize>> = BTreeMap::new();
        for (index, surveyed) in survey.people.iter().enumerate() {
            surveyed.traced.asked.iter().for_each(|rule| asked.entry(*rule).or_default().push(index));
        }
        let mut tests: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, test) in survey.tests.iter().enumerate() {
            let people: BTreeSet<usize> = test.people.iter().copied().collect();
            people.into_iter().for_each(|person| tests.entry(person).or_default().push(index));
        }
        Self { bench, survey, witnesses, asked, tests }
    }

    pub(super) fn policy(&self) -> &'a Arc<Policy> {
        self.bench.policy
    }

    /// Those of whom a rule is asked that the mistake changes.
    pub(super) fn reached(&self, mutant: &Mutant) -> BTreeSet<usize> {
        let rules = mutant.rules();
        rules.iter().filter_map(|rule| self.asked.get(rule)).flatten().copied().collect()
    }

    /// The tests that have one of these people decided; those that have more of them come first.
    pub(super) fn tests_of(&self, people: &BTreeSet<usize>) -> Vec<usize> {
        let mut found: BTreeMap<usize, usize> = BTreeMap::new();
        for test in people.iter().filter_map(|person| self.tests.get(person)).flatten() {
            *found.entry(*test).or_default() += 1;
        }
        let mut tests: Vec<_> = found.into_iter().collect();
        tests.sort_by_key(|(test, people)| (std::cmp::Reverse(*people), *test));
        tests.into_iter().map(|(test, _)| test).collect()
    }
}

/// Makes every mistake. `told`: how many of how many are done, from any thread.
pub(in crate::testing) fn mutate(
    bench: &Bench<'_>,
    survey: &Survey,
    jobs: Option<NonZeroUsize>,
    told: &(dyn Fn(usize, usize) + Sync),
) -> Mutation {
    let started = Instant::now();
    let mutants = Finder::all(bench.policy);
    let ground = Ground::new(bench, survey);
    let machine = || thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let jobs = jobs.unwrap_or_else(machine).get().min(mutants.len()).max(1);
    let (next, done, runs) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let fates: Mutex<BTreeMap<usize, Fate>> = Mutex::default();
    let work = || {
        with_room(|| {
            let mut worker = Worker::new(&ground);
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(mutant) = mutants.get(index) else { break };
                let fate = worker.fate(mutant);
                fates.lock().unwrap_or_else(PoisonError::into_inner).insert(index, fate);
                told(done.fetch_add(1, Ordering::Relaxed) + 1, mutants.len());
            }
            runs.fetch_add(worker.runs, Ordering::Relaxed);
        });
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..jobs).map(|_| scope.spawn(work)).collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
    });
    let fates = fates.into_inner().unwrap_or_else(PoisonError::into_inner);
    let names: BTreeMap<RuleId, String> =
        bench.policy.points().into_iter().map(|rule| (rule.id, rule.name)).collect();
    let mutants = mutants
        .into_iter()
        .zip(fates.into_values())
        .map(|(mutant, fate)| Mutated {
            rules: names_of(&mutant, &names),
            at: mutant.at,
            text: mutant.text,
            what: mutant.what,
            fate,
        })
        .collect();
    Mutation { mutants, runs: runs.into_inner(), took: started.elapsed() }
}

fn names_of(mutant: &Mutant, names: &BTreeMap<RuleId, String>) -> Vec<String> {
    let rules: BTreeSet<RuleId> = mutant.rules().into_iter().collect();
    rules.iter().filter_map(|rule| names.get(rule)).cloned().collect()
}
