use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::policy::excel::ErrorCode;

/// What kind of mistake a formula has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// The text is no formula.
    Syntax,
    /// Nobody knows a function.
    Function,
    /// A function does not take so many arguments.
    Count,
    /// An attribute that is not known, or is no value.
    Attribute,
    /// A function whose answer is left to chance.
    Chance,
    /// A look-up table that is not there, or cannot be read, or has no such column.
    Table,
}

/// Why a text is no formula that can be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    pub mistake: Mistake,
    /// Lower case, no full stop, names in backticks.
    pub message: String,
    /// The bytes of the formula that it is about.
    pub span: Range<usize>,
    pub hint: Option<String>,
}

impl Problem {
    pub(crate) fn new(mistake: Mistake, message: impl Into<String>, span: Range<usize>) -> Self {
        Self { mistake, message: message.into(), span, hint: None }
    }

    pub(super) fn syntax(message: impl Into<String>, span: Range<usize>) -> Self {
        Self::new(Mistake::Syntax, message, span)
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What a cell with such a formula shows.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self.mistake {
            Mistake::Count => ErrorCode::Value,
            Mistake::Table => ErrorCode::Ref,
            Mistake::Syntax | Mistake::Function | Mistake::Attribute | Mistake::Chance => ErrorCode::Name,
        }
    }

    /// As a finding about `source`, in which the formula's bytes stand where `place` says.
    pub(crate) fn finding(
        &self,
        path: &str,
        source: Arc<str>,
        place: impl FnOnce(Range<usize>) -> Range<usize>,
    ) -> Diagnostic {
        let code = match self.mistake {
            Mistake::Syntax => "P0108",
            Mistake::Attribute => "P0101",
            Mistake::Function => "P0102",
            Mistake::Count => "P0103",
            Mistake::Chance => "P0106",
            Mistake::Table => "P0109",
        };
        let finding = Diagnostic::error(code, &self.message).at(path, source, place(self.span.clone()));
        match &self.hint {
            Some(hint) => finding.hint(hint),
            None => finding,
        }
    }
}
