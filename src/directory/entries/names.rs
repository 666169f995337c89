use std::collections::HashMap;
use std::sync::Arc;

/// An attribute's name: as the directory spells it, and in lower case.
#[derive(Debug)]
pub(super) struct Name {
    pub(super) spelling: Box<str>,
    pub(super) lower: Box<str>,
}

/// The names of attributes, each spelling once, by number.
#[derive(Clone, Default)]
pub(super) struct Names {
    names: Vec<Arc<Name>>,
    numbers: HashMap<Arc<str>, usize>,
}

impl Names {
    pub(super) fn number(&mut self, spelling: &str) -> usize {
        if let Some(number) = self.numbers.get(spelling) {
            return *number;
        }
        let number = self.names.len();
        self.names
            .push(Arc::new(Name { spelling: spelling.into(), lower: spelling.to_ascii_lowercase().into() }));
        self.numbers.insert(spelling.into(), number);
        number
    }

    /// A name in lower case; of a number that was not given, the empty one.
    pub(super) fn lower(&self, number: usize) -> &str {
        self.name(number).map_or("", |name| &name.lower)
    }

    pub(super) fn name(&self, number: usize) -> Option<&Name> {
        self.names.get(number).map(Arc::as_ref)
    }
}
