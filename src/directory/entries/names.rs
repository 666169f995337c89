use std::collections::HashMap;
use std::sync::Arc;

use hashbrown::DefaultHashBuilder;

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
    numbers: HashMap<Arc<str>, usize, DefaultHashBuilder>,
    /// The place of each among all when they are ordered by lower-case name, which spellings of one name share.
    ranks: Vec<usize>,
    /// Behind each name the one that came after it the last time; before them all the one that came first.
    after: Vec<usize>,
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
        let mut ordered: Vec<&str> = self.names.iter().map(|name| &*name.lower).collect();
        ordered.sort_unstable();
        ordered.dedup();
        let rank = |name: &Arc<Name>| ordered.partition_point(|other| *other < &*name.lower);
        self.ranks = self.names.iter().map(rank).collect();
        number
    }

    /// The same where names come one after the other, which a server sends in one order for all objects.
    pub(super) fn number_after(&mut self, before: Option<usize>, spelling: &str) -> usize {
        let place = before.map_or(0, |number| number + 1);
        if let Some(guess) = self.after.get(place)
            && self.names.get(*guess).is_some_and(|name| &*name.spelling == spelling)
        {
            return *guess;
        }
        let number = self.number(spelling);
        self.after.resize(self.names.len() + 1, 0);
        if let Some(after) = self.after.get_mut(place) {
            *after = number;
        }
        number
    }

    /// Names are ordered by it as by their lower-case spelling. Good until another name gets a number.
    pub(super) fn rank(&self, number: usize) -> usize {
        self.ranks.get(number).copied().unwrap_or_default()
    }

    pub(super) fn name(&self, number: usize) -> Option<&Name> {
        self.names.get(number).map(Arc::as_ref)
    }
}
