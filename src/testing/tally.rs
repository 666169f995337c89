//! What came of the expectations of one test. A test without any cannot fail, and one that catches what an unmet
//! expectation throws must not pass.

use std::sync::{Mutex, PoisonError};

use super::difference::Line;
use super::outcome::Part;

/// What a failed expectation throws; told apart from an error in the script itself.
#[derive(Clone, Debug)]
pub(super) struct Unmet {
    pub(super) message: String,
    pub(super) hint: Option<String>,
    pub(super) difference: Vec<Line>,
    pub(super) parts: Vec<Part>,
    pub(super) because: Vec<String>,
}

impl Unmet {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
            difference: Vec::new(),
            parts: Vec::new(),
            because: Vec::new(),
        }
    }
}

/// What `skip("why")` throws.
#[derive(Clone, Debug)]
pub(super) struct Skipped;

#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) expectations: usize,
    /// The last one that did not hold.
    pub(super) unmet: Option<Unmet>,
    pub(super) skipped: Option<String>,
}

#[derive(Debug, Default)]
pub(super) struct Tally(Mutex<Told>);

impl Tally {
    fn told(&self) -> std::sync::MutexGuard<'_, Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything since the last call.
    pub(super) fn take(&self) -> Told {
        std::mem::take(&mut *self.told())
    }

    /// Counts an expectation.
    pub(super) fn count(&self) {
        self.told().expectations += 1;
    }

    pub(super) fn unmet(&self, unmet: &Unmet) {
        self.told().unmet = Some(unmet.clone());
    }

    pub(super) fn skip(&self, why: &str) {
        self.told().skipped = Some(why.to_owned());
    }
}
