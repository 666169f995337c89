//! Fixtures by name, for who asks about one outside any test.

use std::sync::Arc;

use jiff::Timestamp;

use super::fixtures::Fixtures;
use super::subject::Subject;
use crate::diagnostic::closest;
use crate::facts::Facts;

impl Fixtures {
    /// The directory of all fixtures at a moment, and where in it the one of this name stands.
    ///
    /// # Errors
    /// A sentence, when there is none of the name or it is no usable person.
    pub fn person(&self, name: &str, now: Timestamp) -> Result<(Arc<Facts>, usize), String> {
        let Some(entry) = self.named(name) else {
            let near = closest(name, self.names()).map(|near| format!("; did you mean `{near}`?"));
            return Err(format!("there is no fixture `{name}`{}", near.unwrap_or_default()));
        };
        let facts = Subject::facts_of(self.entries(), now);
        let subject = Subject::among(Arc::clone(self.entries()), Arc::clone(&facts), entry);
        let index = subject.and_then(|subject| subject.index()).map_err(|error| error.to_string())?;
        Ok((facts, index))
    }

    /// The directory that all fixtures make together.
    #[must_use]
    pub fn facts(&self, now: Timestamp) -> Arc<Facts> {
        Subject::facts_of(self.entries(), now)
    }

    /// What `fixture(..)` finds people by.
    pub fn people(&self) -> impl Iterator<Item = &str> {
        self.names()
    }
}
