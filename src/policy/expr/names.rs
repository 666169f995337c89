use std::collections::HashMap;

/// An attribute that some rule reads, in [`Names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct AttributeId(u32);

/// A group that some rule asks for by a name that is written out, in [`Names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct GroupId(u32);

/// The attributes and groups that the trees of one policy name.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// As they are first written.
    attributes: Vec<String>,
    by_lower: HashMap<String, AttributeId>,
    groups: Vec<String>,
    by_group: HashMap<String, GroupId>,
}

impl AttributeId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

impl GroupId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

impl Names {
    pub(super) fn attribute(&mut self, name: &str) -> AttributeId {
        let next = AttributeId(u32::try_from(self.attributes.len()).unwrap_or(u32::MAX));
        *self.by_lower.entry(name.to_ascii_lowercase()).or_insert_with(|| {
            self.attributes.push(name.to_owned());
            next
        })
    }

    pub(super) fn group(&mut self, name: &str) -> GroupId {
        let next = GroupId(u32::try_from(self.groups.len()).unwrap_or(u32::MAX));
        *self.by_group.entry(name.to_owned()).or_insert_with(|| {
            self.groups.push(name.to_owned());
            next
        })
    }

    /// The attribute's name as it was first written.
    pub(crate) fn attribute_name(&self, id: AttributeId) -> &str {
        self.attributes.get(id.index()).map_or("", String::as_str)
    }

    pub(crate) fn group_name(&self, id: GroupId) -> &str {
        self.groups.get(id.index()).map_or("", String::as_str)
    }

    pub(crate) fn group_ids(&self) -> impl Iterator<Item = GroupId> {
        (0..u32::try_from(self.groups.len()).unwrap_or(u32::MAX)).map(GroupId)
    }

    pub(crate) fn attributes(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().map(String::as_str)
    }

    pub(crate) fn groups(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().map(String::as_str)
    }
}
