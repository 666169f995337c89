use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;

/// Why there is no such table, or no such column in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Mistake {
    /// Lower case, no full stop, names in backticks.
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    /// It is the column that is not known, not the table.
    pub(crate) is_column: bool,
}

impl Mistake {
    pub(super) fn new(message: impl Into<String>, hint: Option<String>) -> Self {
        Self { message: message.into(), hint, is_column: false }
    }
}

/// What is wrong with a file.
#[derive(Clone, Debug)]
pub(super) struct Broken {
    pub(super) message: String,
    pub(super) hint: Option<&'static str>,
    /// The bytes of the file that it is about.
    pub(super) span: Range<usize>,
}

impl Broken {
    pub(super) fn new(message: impl Into<String>, span: Range<usize>) -> Self {
        Self { message: message.into(), hint: None, span }
    }

    pub(super) fn finding(&self, path: &str, source: &Arc<str>) -> Diagnostic {
        let finding =
            Diagnostic::error("P0109", &self.message).at(path, Arc::clone(source), self.span.clone());
        match self.hint {
            Some(hint) => finding.hint(hint),
            None => finding,
        }
    }
}
