//! The snapshots of one test file while its tests run.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::difference::difference;
use super::snapshots::Snapshots;
use super::tally::Unmet;
use super::world::Fallible;
use crate::plan::escape;

pub(super) struct Kept {
    /// Whether what differs is taken over instead of failing.
    update: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    snapshots: Snapshots,
    asked: BTreeSet<String>,
    /// The test that runs.
    test: String,
}

impl Kept {
    pub(super) fn new(snapshots: Snapshots, update: bool) -> Self {
        Self { update, state: Mutex::new(State { snapshots, ..State::default() }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn begin(&self, test: &str) {
        self.state().test = escape(test);
    }

    /// Nothing was asked for yet.
    pub(super) fn forget(&self) {
        self.state().asked.clear();
    }

    /// Holds a value against the snapshot of this label in the running test. A test may leave out the label of its
    /// only snapshot.
    ///
    /// # Errors
    /// When the test asked for that snapshot before: one of the two would be compared with the other's value.
    pub(super) fn compare(&self, label: Option<&str>, value: &[String]) -> Fallible<Option<Unmet>> {
        let mut state = self.state();
        let name = match label {
            Some(label) => format!("{}: {}", state.test, escape(label)),
            None => state.test.clone(),
        };
        if !state.asked.insert(name.clone()) {
            return Err(match label {
                Some(label) => format!("this test has two snapshots `{label}`: give each a name of its own"),
                None => "this test has two snapshots without a name: give each one".to_owned(),
            }
            .into());
        }
        let known = state.snapshots.get(&name).cloned();
        let text = value.join("\n");
        if known.as_deref() == Some(text.trim_end()) {
            return Ok(None);
        }
        if self.update {
            state.snapshots.insert(name, text.trim_end().to_owned());
            return Ok(None);
        }
        let before: Vec<String> = known.iter().flat_map(|known| known.lines()).map(str::to_owned).collect();
        let mut unmet = Unmet::new(match known {
            Some(_) => format!("the value is not as in the snapshot `{name}`"),
            None => format!("there is no snapshot `{name}` yet"),
        });
        unmet.hint = Some(
            match known {
                Some(_) => "if the new value is right, `rolecall test --update` writes it",
                None => "`rolecall test --update` writes it",
            }
            .to_owned(),
        );
        unmet.difference = difference(&before, value);
        Ok(Some(unmet))
    }

    /// The snapshots after the run, and those of them that nobody asked for; where every test came to its end, these
    /// are left out of the former.
    pub(super) fn end(&self, whole: bool) -> (Snapshots, Vec<String>) {
        let state = self.state();
        let mut snapshots = state.snapshots.clone();
        if !whole {
            return (snapshots, Vec::new());
        }
        let stale: Vec<String> =
            snapshots.keys().filter(|name| !state.asked.contains(*name)).cloned().collect();
        snapshots.retain(|name, _| state.asked.contains(name));
        (snapshots, stale)
    }
}
