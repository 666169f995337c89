use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::run::{Fate, Ground};
use crate::policy::{Mutant, Policy};
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
        if let Some(hook) = mutant.hook() {
            return self.fate_of_hook(hook, mutant);
        }
        let reached = self.ground.reached(mutant);
        if reached.is_empty() {
            return self.survived(mutant, Fate::NotReached);
        }
        let policy = Arc::new(self.ground.policy().with_slip(mutant));
        let changed = self.changed(&reached, mutant, &policy);
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

    /// A hook shows in what is planned alone: the tests that had it asked tell.
    fn fate_of_hook(&mut self, hook: usize, mutant: &Mutant) -> Fate {
        let tests = &self.ground.survey.tests;
        let of = |said: &[bool]| -> Vec<usize> {
            let asks = |index: &usize| {
                tests
                    .get(*index)
                    .is_some_and(|test| said.iter().any(|said| test.spoken.contains(&(hook, *said))))
            };
            (0..tests.len()).filter(asks).collect()
        };
        if of(&[true, false]).is_empty() {
            return Fate::NotReached;
        }
        let spoke = of(&[true]);
        if spoke.is_empty() {
            return Fate::NoDifference;
        }
        let policy = Arc::new(self.ground.policy().with_slip(mutant));
        if spoke.into_iter().all(|test| self.passes(test, &policy)) { Fate::NotNoticed } else { Fate::Killed }
    }

    fn survived(&self, mutant: &Mutant, fate: Fate) -> Fate {
        if fate != Fate::NotNoticed && self.ground.policy().is_equal(mutant) { Fate::Equal } else { fate }
    }

    /// Those by whom tests can see that the policy has the mistake.
    fn changed(&self, people: &BTreeSet<usize>, mutant: &Mutant, policy: &Policy) -> BTreeSet<usize> {
        let notices = |index: &usize| {
            let witness = self.ground.witnesses.get(*index).and_then(Option::as_ref);
            witness.is_some_and(|witness| witness.notices(mutant, self.ground.policy(), policy))
        };
        people.iter().copied().filter(notices).collect()
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
