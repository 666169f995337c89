use std::ops::Range;
use std::sync::Arc;

/// How bad a finding is. Only an error stops anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Warning,
    Note,
}

/// The words that a finding is about: a byte range of a text that travels with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The file's path as the user would write it.
    pub path: String,
    pub source: Arc<str>,
    /// Byte offsets into `source`. One that does not fit the text is shown as near as can be.
    pub span: Range<usize>,
    /// What is said right under the carets; may be empty.
    pub text: String,
}

impl Label {
    /// The span, cut to the text and moved outwards to whole characters. The end of the file is the end of its last
    /// line, not the line that never began behind it.
    pub(super) fn fitting_span(&self) -> Range<usize> {
        let text = &self.source;
        let end = text.strip_suffix('\n').map_or(text.len(), |rest| rest.trim_end_matches('\r').len());
        let start = match self.span.start {
            start if start >= text.len() => end,
            start => text.floor_char_boundary(start),
        };
        start..text.ceil_char_boundary(self.span.end).max(start)
    }

    /// The byte range of the whole lines that the span is in, the last one's end included.
    pub(super) fn lines(&self) -> Range<usize> {
        let (text, span) = (&self.source, self.fitting_span());
        let start = text.get(..span.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let behind = text.get(span.end..).and_then(|behind| behind.find('\n'));
        start..behind.map_or(text.len(), |at| span.end + at + 1)
    }

    /// The 1-based line and column (in characters) at which the label starts.
    #[must_use]
    pub fn line_column(&self) -> (usize, usize) {
        self.place_of(self.fitting_span().start)
    }

    /// The 1-based line and column (in characters) right behind the label's last character.
    #[must_use]
    pub fn end_line_column(&self) -> (usize, usize) {
        self.place_of(self.fitting_span().end)
    }

    /// Where the label starts and ends, as [`Label::line_column`], with columns in UTF-16 code units.
    pub(super) fn utf16_ends(&self) -> [(usize, usize); 2] {
        let span = self.fitting_span();
        [span.start, span.end].map(|at| {
            let (line, _) = self.place_of(at);
            let before = self.source.get(..at).unwrap_or_default();
            (line, before.rsplit('\n').next().unwrap_or("").encode_utf16().count() + 1)
        })
    }

    fn place_of(&self, at: usize) -> (usize, usize) {
        let before = self.source.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        (line, column)
    }
}

/// One finding: a stable code, what is wrong, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// `P` policy, `C` configuration, `T` script test; then four digits. Never reused.
    pub code: &'static str,
    pub severity: Severity,
    /// Lower case, no full stop, user input in backticks.
    pub message: String,
    pub label: Option<Box<Label>>,
    /// Advice, apart from the message.
    pub hint: Option<String>,
}

impl Diagnostic {
    #[must_use]
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, severity: Severity::Error, message: message.into(), label: None, hint: None }
    }

    #[must_use]
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    #[must_use]
    pub fn at(mut self, path: impl Into<String>, source: Arc<str>, span: Range<usize>) -> Self {
        self.label = Some(Box::new(Label { path: path.into(), source, span, text: String::new() }));
        self
    }

    /// The words right under the carets; without a label nothing happens.
    #[must_use]
    pub fn under(mut self, text: impl Into<String>) -> Self {
        if let Some(label) = &mut self.label {
            label.text = text.into();
        }
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Errors, and again other findings, of one look that are told at most.
const MOST: usize = 100;

/// All findings of one look at a project, in the order of files and positions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// Adds a finding, unless it is a warning or a note too many. Errors are never left out: what has one must not
    /// pass.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if diagnostic.severity == Severity::Error || !self.is_full_of_warnings() {
            self.0.push(diagnostic);
        }
    }

    /// Names the files as somebody who looks at them from elsewhere does.
    pub fn rename(&mut self, name: impl Fn(&str) -> String) {
        for label in self.0.iter_mut().filter_map(|finding| finding.label.as_mut()) {
            label.path = name(&label.path);
        }
    }

    /// Puts them in the order of files and positions; what has no place comes last. What is said twice of the same
    /// words is said once.
    pub fn sort(&mut self) {
        self.0.sort_by(|a, b| {
            let place = |finding: &Diagnostic| {
                let label = finding.label.as_ref();
                (label.is_none(), label.map(|label| (label.path.clone(), label.span.start)), finding.severity)
            };
            place(a).cmp(&place(b))
        });
        self.0.dedup();
    }

    /// Whether there is no use in looking for more: nobody reads so many errors, and each takes its time.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.count(Severity::Error) >= MOST
    }

    /// Whether there is no use in looking for more that is no error.
    #[must_use]
    pub fn is_full_of_warnings(&self) -> bool {
        self.0.len() - self.count(Severity::Error) >= MOST
    }

    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.0.iter().filter(|d| d.severity == severity).count()
    }

    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}
