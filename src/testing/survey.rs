//! What a run of the tests asked of the policy: whom each test had decided, and what deciding them showed.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::runner::Watched;
use super::world::Decidee;
use crate::policy::{Policy, Traced, Tracer};

/// What the tests that were run asked of the policy.
pub struct Survey {
    pub(super) people: Vec<Surveyed>,
    pub(super) tests: Vec<SurveyedTest>,
}

/// Somebody whom tests had decided.
pub(super) struct Surveyed {
    pub(super) person: Decidee,
    pub(super) traced: Traced,
}

pub(super) struct SurveyedTest {
    pub(super) file: String,
    /// Its place in the file.
    pub(super) case: usize,
    /// By their places among [`Survey::people`], as often as each was decided.
    pub(super) people: Vec<usize>,
    /// The hooks that were asked, by their places, and whether they said anything.
    pub(super) spoken: BTreeSet<(usize, bool)>,
}

impl Survey {
    pub(super) fn of(policy: &Policy, watched: Vec<Watched>) -> Self {
        let tracer = Tracer::new(policy);
        let mut known: HashMap<(usize, usize), usize> = HashMap::new();
        let mut people: Vec<Surveyed> = Vec::new();
        let mut tests = Vec::with_capacity(watched.len());
        for Watched { file, case, decidees, spoken } in watched {
            let places = decidees.into_iter().map(|person| {
                // The facts are kept, so that no others can be at the same address.
                let key = (Arc::as_ptr(&person.facts).addr(), person.index);
                *known.entry(key).or_insert_with(|| {
                    let traced = tracer.trace(&person.facts, person.index);
                    people.push(Surveyed { person, traced });
                    people.len() - 1
                })
            });
            tests.push(SurveyedTest { file, case, people: places.collect(), spoken });
        }
        Self { people, tests }
    }
}
