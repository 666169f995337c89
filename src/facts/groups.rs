use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::decode::sid;
use super::people::Group;
use crate::directory::{Entries, EntryRef, RawRef, Snapshot, Values, first_rdn, normalized_dn};

/// The groups and which of them is in which. An edge leads from a group or person to what it is in.
pub(super) struct Graph {
    /// By DN, whatever its spelling.
    pub(super) groups: Vec<Group>,
    by_dn: Spelled,
    by_sid: HashMap<Arc<str>, usize>,
    /// For each group, those that it is in.
    parents: Vec<Vec<usize>>,
    /// For each normalized DN that some group lists as `member`, those groups.
    listed: HashMap<String, Vec<usize>>,
    /// For each group, itself and all that it is in at any depth, ascending; made when first needed.
    closures: Vec<Option<Arc<[usize]>>>,
    /// For each group, the last closure whose making came by it; so that the mark need not be wiped in between.
    marks: Vec<Option<usize>>,
}

enum Source<'a> {
    Entry(EntryRef<'a>),
    Name(&'a str),
}

/// Normalizing a DN costs more than finding one that was spelled the same before.
struct Spelled {
    indices: HashMap<String, usize>,
    seen: HashMap<String, Option<usize>>,
}

impl Spelled {
    fn find(&mut self, dn: &str) -> Option<usize> {
        if let Some(known) = self.seen.get(dn) {
            return *known;
        }
        let found = self.indices.get(&normalized_dn(dn)).copied();
        self.seen.insert(dn.to_owned(), found);
        found
    }
}

impl Graph {
    /// A group that no entry describes and that somebody is a `memberOf` all the same is made from its DN.
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let mut known: BTreeMap<String, Source<'_>> = BTreeMap::new();
        for entry in snapshot.groups.iter() {
            known.entry(normalized_dn(entry.dn())).or_insert(Source::Entry(entry));
        }
        let mut seen: HashSet<&str> = HashSet::new();
        for entry in snapshot.people.iter().chain(snapshot.groups.iter()) {
            for dn in texts(entry.values("memberOf")) {
                if seen.insert(dn) {
                    known.entry(normalized_dn(dn)).or_insert(Source::Name(dn));
                }
            }
        }
        let groups: Vec<Group> = known
            .values()
            .map(|source| match source {
                Source::Entry(entry) => described(*entry),
                Source::Name(dn) => by_name_only(dn),
            })
            .collect();
        let indices = known.keys().enumerate().map(|(index, dn)| (dn.clone(), index)).collect();
        let by_sid = groups
            .iter()
            .enumerate()
            .filter_map(|(index, group)| Some((group.sid.clone()?, index)))
            .collect();
        let mut graph = Self {
            parents: vec![Vec::new(); groups.len()],
            closures: vec![None; groups.len()],
            marks: vec![None; groups.len()],
            listed: HashMap::new(),
            by_dn: Spelled { indices, seen: HashMap::new() },
            by_sid,
            groups,
        };
        graph.connect(&snapshot.groups);
        graph
    }

    fn connect(&mut self, entries: &Entries) {
        for entry in entries.iter() {
            let Some(own) = self.by_dn.find(entry.dn()) else { continue };
            for parent in texts(entry.values("memberOf")) {
                if let (Some(parent), Some(parents)) = (self.by_dn.find(parent), self.parents.get_mut(own)) {
                    parents.push(parent);
                }
            }
            for member in texts(entry.values("member")) {
                let child = normalized_dn(member);
                if let Some(parents) =
                    self.by_dn.indices.get(&child).and_then(|index| self.parents.get_mut(*index))
                {
                    parents.push(own);
                } else {
                    self.listed.entry(child).or_default().push(own);
                }
            }
        }
    }

    /// What a person is in directly and at any depth, each ascending: `memberOf`, the groups that list the person
    /// as `member`, and the primary group, which is in neither of the two (MS-ADA3, primaryGroupID).
    pub(super) fn of_person(&mut self, entry: EntryRef<'_>) -> (Vec<usize>, Vec<usize>) {
        let mut direct: Vec<usize> =
            texts(entry.values("memberOf")).filter_map(|dn| self.by_dn.find(dn)).collect();
        if !self.listed.is_empty()
            && let Some(groups) = self.listed.get(&normalized_dn(entry.dn()))
        {
            direct.extend(groups);
        }
        direct.extend(self.primary_group(entry));
        direct.sort_unstable();
        direct.dedup();
        let mut all: Vec<usize> = Vec::new();
        for group in &direct {
            all.extend(self.closure(*group).iter());
        }
        all.sort_unstable();
        all.dedup();
        (direct, all)
    }

    /// The person's SID with its last part replaced by `primaryGroupID`.
    fn primary_group(&self, entry: EntryRef<'_>) -> Option<usize> {
        let rid = entry.text("primaryGroupID")?.trim();
        let own = sid(entry.values("objectSid").next()?)?;
        let (domain, _) = own.rsplit_once('-')?;
        self.by_sid.get(format!("{domain}-{rid}").as_str()).copied()
    }

    fn closure(&mut self, group: usize) -> Arc<[usize]> {
        if let Some(Some(known)) = self.closures.get(group) {
            return Arc::clone(known);
        }
        let mut open = vec![group];
        let mut found = Vec::new();
        while let Some(next) = open.pop() {
            match self.marks.get_mut(next) {
                Some(mark) if *mark != Some(group) => *mark = Some(group),
                _ => continue,
            }
            found.push(next);
            open.extend(self.parents.get(next).into_iter().flatten());
        }
        found.sort_unstable();
        let found: Arc<[usize]> = found.into();
        if let Some(slot) = self.closures.get_mut(group) {
            *slot = Some(Arc::clone(&found));
        }
        found
    }
}

fn texts(values: Values<'_>) -> impl Iterator<Item = &str> {
    values.filter_map(RawRef::text)
}

fn described(entry: EntryRef<'_>) -> Group {
    let sam_account_name = entry.text("sAMAccountName").map(Arc::from);
    let name = match (entry.text("cn"), &sam_account_name) {
        (Some(cn), _) => Arc::from(cn),
        (None, Some(sam)) => Arc::clone(sam),
        (None, None) => Arc::from(first_rdn(entry.dn())),
    };
    Group {
        dn: Arc::from(entry.dn()),
        name,
        sam_account_name,
        sid: entry.values("objectSid").next().and_then(sid).map(Arc::from),
    }
}

fn by_name_only(dn: &str) -> Group {
    Group { dn: Arc::from(dn), name: Arc::from(first_rdn(dn)), sam_account_name: None, sid: None }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use crate::directory::{Completeness, Entry, Raw, Snapshot};
    use crate::facts::Facts;

    fn entry(dn: &str, attributes: &[(&str, &str)]) -> Entry {
        let mut entry = Entry::new(dn);
        for (name, value) in attributes {
            entry.push(name, Raw::Text((*value).to_owned()));
        }
        entry
    }

    fn person(dn: &str, number: u8, attributes: &[(&str, &str)]) -> Entry {
        let mut entry = entry(dn, attributes);
        entry.set("objectGUID", Raw::Text(format!("00000000-0000-0000-0000-0000000000{number:02x}")));
        entry.set("userAccountControl", Raw::Text("512".into()));
        entry
    }

    fn facts(people: Vec<Entry>, groups: Vec<Entry>) -> Facts {
        let snapshot = Snapshot {
            source: "test".into(),
            people: people.into(),
            groups: groups.into(),
            asked: None,
            completeness: Completeness::Whole,
            absent: Default::default(),
        };
        Facts::of(&snapshot, Timestamp::UNIX_EPOCH)
    }

    fn names(facts: &Facts, person: usize) -> (Vec<String>, Vec<String>) {
        let person = &facts.people[person];
        let names = |indices: &[usize]| facts.group_names(indices).iter().map(ToString::to_string).collect();
        (names(&person.direct_groups), names(&person.groups))
    }

    #[test]
    fn nesting_is_followed_through_cycles_and_from_either_end() {
        let facts = facts(
            vec![person("CN=Mia,DC=x", 1, &[("memberOf", "cn=a, dc=X")]), person("CN=Ben,DC=x", 2, &[])],
            vec![
                entry("CN=A,DC=x", &[("cn", "A"), ("memberOf", "CN=B,DC=x")]),
                entry("CN=B,DC=x", &[("cn", "B"), ("memberOf", "CN=A,DC=x"), ("member", "cn=ben,dc=x")]),
                entry("CN=C,DC=x", &[("cn", "C"), ("member", "CN=B,DC=x")]),
                entry("CN=D,DC=x", &[("cn", "D")]),
            ],
        );
        let text = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(names(&facts, 0), (text(&["A"]), text(&["A", "B", "C"])));
        assert_eq!(names(&facts, 1), (text(&["B"]), text(&["A", "B", "C"])));
        let mia = &facts.people[0];
        assert_eq!(facts.in_group(mia, "c"), Some(true));
        assert_eq!(facts.in_direct_group(mia, "c"), Some(false));
        assert_eq!(facts.in_group(mia, "CN = D , DC = x"), Some(false));
        assert_eq!(facts.in_group(mia, "E"), None);
    }

    #[test]
    fn the_primary_group_counts_and_only_in_its_own_domain() {
        let member = |number, sid: &str| {
            let dn = format!("CN=P{number},DC=x");
            person(&dn, number, &[("objectSid", sid), ("primaryGroupID", "513")])
        };
        let facts = facts(
            vec![member(1, "S-1-5-21-1-1-1-1001"), member(2, "S-1-5-21-9-9-9-1001")],
            vec![entry(
                "CN=Users,DC=x",
                &[("cn", "Users"), ("sAMAccountName", "Domain Users"), ("objectSid", "S-1-5-21-1-1-1-513")],
            )],
        );
        let found: Vec<_> = facts.people.iter().map(|p| facts.in_group(p, "domain users")).collect();
        assert_eq!(found, [Some(true), Some(false)]);
        assert_eq!(facts.in_direct_group(&facts.people[0], "s-1-5-21-1-1-1-513"), Some(true));
    }

    #[test]
    fn a_group_that_nobody_described_has_the_name_of_its_dn() {
        let facts = facts(vec![person("CN=Mia,DC=x", 1, &[("memberOf", r"CN=A\2C B,OU=g,DC=x")])], vec![]);
        assert_eq!(facts.groups[0].name.as_ref(), "A, B");
        assert_eq!(facts.in_group(&facts.people[0], "a, b"), Some(true));
        assert_eq!(facts.in_group(&facts.people[0], r"cn=a\, b,ou=g,dc=x"), Some(true));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Against the plainest reckoning: add what the groups held are in until nothing is new.
        #[test]
        fn everything_that_is_reached_is_held(
            edges in prop::collection::vec((0..8_usize, 0..8_usize, any::<bool>()), 0..24),
            held in prop::collection::btree_set(0..8_usize, 0..4),
        ) {
            let dn = |group: usize| format!("CN=G{group},DC=x");
            let mut groups: Vec<Entry> = (0..8).map(|group| entry(&dn(group), &[])).collect();
            for (inner, outer, by_member) in &edges {
                if *by_member {
                    groups[*outer].push("member", Raw::Text(dn(*inner)));
                } else {
                    groups[*inner].push("memberOf", Raw::Text(dn(*outer)));
                }
            }
            let mut mia = person("CN=Mia,DC=x", 1, &[]);
            held.iter().for_each(|group| mia.push("memberOf", Raw::Text(dn(*group))));
            let facts = facts(vec![mia], groups);

            let mut expected = held.clone();
            loop {
                let more: Vec<usize> =
                    edges.iter().filter(|(inner, ..)| expected.contains(inner)).map(|(_, outer, _)| *outer).collect();
                let before = expected.len();
                expected.extend(more);
                if expected.len() == before {
                    break;
                }
            }
            prop_assert_eq!(&facts.people[0].direct_groups, &held.into_iter().collect::<Vec<_>>());
            prop_assert_eq!(&facts.people[0].groups, &expected.into_iter().collect::<Vec<_>>());
        }
    }
}
