use std::sync::Arc;

use super::names::{AttributeId, GroupId, Names};
use crate::facts::{Column, Facts};

/// The names of a policy's trees, found once in one cycle's facts.
pub(crate) struct Binding<'a> {
    pub(crate) facts: &'a Arc<Facts>,
    /// Some attribute was not asked of the directory: what is missing cannot be told from blank.
    pub(super) is_incomplete: bool,
    columns: Vec<Place>,
    groups: Vec<&'a [usize]>,
}

/// Where an attribute's values stand.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    At(Column),
    /// Nobody has one.
    Absent,
    /// Nobody looked; whoever lacks it must not be taken for blank.
    NotAsked,
}

impl<'a> Binding<'a> {
    pub(crate) fn new(names: &Names, facts: &'a Arc<Facts>) -> Self {
        let place = |name: &str| {
            let name = name.to_ascii_lowercase();
            let column = facts.column(&name);
            match column {
                _ if facts.asked.as_ref().is_some_and(|asked| !asked.contains(&name)) => Place::NotAsked,
                Some(column) => Place::At(column),
                None => Place::Absent,
            }
        };
        let columns: Vec<_> = names.attributes().map(place).collect();
        Self {
            facts,
            is_incomplete: columns.iter().any(|place| matches!(place, Place::NotAsked)),
            columns,
            groups: names.groups().map(|group| facts.groups_named(group)).collect(),
        }
    }

    pub(crate) fn is_incomplete(&self) -> bool {
        self.is_incomplete
    }

    pub(super) fn place(&self, attribute: AttributeId) -> Place {
        self.columns.get(attribute.index()).copied().unwrap_or(Place::NotAsked)
    }

    /// Indices of the groups that the name means, ascending.
    pub(crate) fn group(&self, group: GroupId) -> &'a [usize] {
        self.groups.get(group.index()).copied().unwrap_or_default()
    }
}
