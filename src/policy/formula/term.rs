use std::ops::Range;
use std::sync::Arc;

use crate::policy::excel::{Array, Function, Operator, Sign, Value};

/// A formula that was parsed.
#[derive(Clone, Debug)]
pub struct Formula {
    pub(super) text: Arc<str>,
    pub(super) root: Term,
    pub(super) attributes: Vec<Attribute>,
    pub(super) tables: Vec<Looked>,
}

/// What stands in square brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// As it is written: `givenName`, `manager.department`.
    pub path: String,
    /// Where it was first named, in bytes of the formula, without the brackets.
    pub span: Range<usize>,
}

/// A look-up table, or a part of one: `table("offices.csv", "City")`.
#[derive(Clone, Debug)]
pub(super) struct Looked {
    pub(super) file: String,
    pub(super) part: Option<String>,
    /// Where both are written, with their quotes.
    pub(super) file_span: Range<usize>,
    pub(super) part_span: Range<usize>,
    /// Once it was found.
    pub(super) array: Option<Arc<Array>>,
}

#[derive(Clone, Debug)]
pub(super) enum Term {
    Constant(Value),
    /// An argument that was left out between commas.
    Missing,
    /// By its place among the formula's attributes.
    Attribute(usize),
    /// By its place among the formula's tables.
    Table(usize),
    Call(&'static Function, Vec<Term>),
    /// Operators that bind alike, from left to right.
    Chain(Box<Term>, Vec<(Operator, Term)>),
    Signed(Sign, Box<Term>),
}

impl Formula {
    /// As it was written.
    #[must_use]
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The attributes that it names, each once, in the order in which they are written.
    #[must_use]
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// Whether its answer may depend on the cycle's time.
    #[must_use]
    pub fn reads_clock(&self) -> bool {
        self.root
            .any(&|term| matches!(term, Term::Call(function, _) if matches!(function.name, "NOW" | "TODAY")))
    }
}

impl Term {
    fn any(&self, holds: &impl Fn(&Self) -> bool) -> bool {
        holds(self)
            || match self {
                Self::Constant(_) | Self::Missing | Self::Attribute(_) | Self::Table(_) => false,
                Self::Call(_, arguments) => arguments.iter().any(|argument| argument.any(holds)),
                Self::Chain(first, rest) => first.any(holds) || rest.iter().any(|(_, term)| term.any(holds)),
                Self::Signed(_, of) => of.any(holds),
            }
    }
}
