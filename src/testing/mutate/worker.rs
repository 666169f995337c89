use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::run::{Fate, Ground};
use crate::policy::{Decision, Mutant, Policy, Reason, Verdict};
use crate::testing::file::{Loaded, TestFile};

/// Makes one mistake after the other, and keeps the test files loaded meanwhile.
pub(super) struct Worker<'a> {
    ground: &'a Ground<'a>,
    files: BTreeMap<&'a str, TestFile<'a>>,
    loaded: BTreeMap<&'a str, Option<Loaded<'a>>>,
    /// How often a test was run.
    pub(super) runs: usize,
}

impl<'a> Worker<'a> {
    pub(super) fn new(ground: &'a Ground<'a>) -> Self {
        let files = ground.bench.test_files().map(|file| (file.path, file)).collect();
        Self { ground, files, loaded: BTreeMap::new(), runs: 0 }
    }

    pub(super) fn fate(&mut self, mutant: &Mutant) -> Fate {
        let reached = self.ground.reached(mutant);
        if reached.is_empty() {
            return self.survived(mutant, Fate::NotReached);
        }
        let policy = Arc::new(self.ground.policy().with_slip(mutant));
        let changed = self.changed(&reached, &policy);
        if changed.is_empty() {
            return self.survived(mutant, Fate::NoDifference);
        }
        for test in self.ground.tests_of(&changed) {
            if !self.passes(test, &policy) {
                return Fate::Killed;
            }
        }
        self.survived(mutant, Fate::NotNoticed)
    }

    fn survived(&self, mutant: &Mutant, fate: Fate) -> Fate {
        if fate != Fate::NotNoticed && self.ground.policy().is_equal(mutant) { Fate::Equal } else { fate }
    }

    /// Those who are decided otherwise.
    fn changed(&self, people: &BTreeSet<usize>, policy: &Policy) -> BTreeSet<usize> {
        let is_changed = |index: &usize| {
            let before = self.ground.decisions.get(*index);
            let person = self.ground.survey.people.get(*index).map(|surveyed| &surveyed.person);
            let now = person.and_then(|person| policy.decide(&person.facts, person.index));
            before.and_then(Option::as_ref).map(seen) != now.as_ref().map(seen)
        };
        people.iter().copied().filter(is_changed).collect()
    }

    fn passes(&mut self, test: usize, policy: &Arc<Policy>) -> bool {
        let Some(test) = self.ground.survey.tests.get(test) else { return true };
        let Some(file) = self.files.get(test.file.as_str()).copied() else { return true };
        self.runs += 1;
        let loaded = self.loaded.entry(file.path).or_insert_with(|| file.open(false).ok());
        let Some(loaded) = loaded else { return true };
        if loaded.decidees.is_empty() {
            return loaded.passes(test.case, Arc::clone(policy));
        }
        // What the file had decided while it was loaded is in its tests, so it is loaded under the mistake.
        match (TestFile { policy, ..file }).open(false) {
            Ok(loaded) => loaded.passes(test.case, Arc::clone(policy)),
            Err(_) => false,
        }
    }
}

/// What tests can see of a decision; which other roles were asked is no part of it.
fn seen(decision: &Decision) -> (&Verdict, Option<&str>, &[Reason]) {
    (&decision.verdict, decision.user_name.as_deref(), &decision.reasons)
}
