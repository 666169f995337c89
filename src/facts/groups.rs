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
    /// For each SID of somebody from another domain, the groups that list them.
    foreign: HashMap<String, Vec<usize>>,
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
        for entry in snapshot.groups.iter().filter(|entry| foreign_sid(entry.dn()).is_none()) {
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
            foreign: HashMap::new(),
            by_dn: Spelled { indices, seen: HashMap::new() },
            by_sid,
            groups,
        };
        graph.connect(&snapshot.groups);
        graph.connect_foreign();
        graph
    }

    fn connect(&mut self, entries: &Entries) {
        for entry in entries.iter() {
            if let Some(sid) = foreign_sid(entry.dn()) {
                let groups = texts(entry.values("memberOf")).filter_map(|dn| self.by_dn.find(dn));
                self.foreign.entry(sid).or_default().extend(groups);
                continue;
            }
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
                } else if let Some(sid) = foreign_sid(member) {
                    self.foreign.entry(sid).or_default().push(own);
                } else {
                    self.listed.entry(child).or_default().push(own);
                }
            }
        }
    }

    /// A group of another domain is in groups of this one by its SID.
    fn connect_foreign(&mut self) {
        for (sid, groups) in &self.foreign {
            if let Some(own) = self.by_sid.get(sid.as_str())
                && let Some(parents) = self.parents.get_mut(*own)
            {
                parents.extend(groups);
            }
        }
    }

    /// What a person is in directly and at any depth, each ascending: `memberOf`, the groups that list the person
    /// as `member`, or their SID as a foreign security principal's (MS-ADTS 6.1.1.4.10), and the primary group, which is
    /// in neither of the two (MS-ADA3, primaryGroupID).
    pub(super) fn of_person(&mut self, entry: EntryRef<'_>) -> (Vec<usize>, Vec<usize>) {
        let mut direct: Vec<usize> =
            texts(entry.values("memberOf")).filter_map(|dn| self.by_dn.find(dn)).collect();
        if !self.listed.is_empty()
            && let Some(groups) = self.listed.get(&normalized_dn(entry.dn()))
        {
            direct.extend(groups);
        }
        if !self.foreign.is_empty()
            && let Some(own) = entry.values("objectSid").next().and_then(sid)
        {
            direct.extend(self.foreign.get(&own).into_iter().flatten());
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

/// The SID of the member of another domain that this DN stands for: `CN=S-1-5-21-..,CN=ForeignSecurityPrincipals,DC=..`.
fn foreign_sid(dn: &str) -> Option<String> {
    // Few DNs come this far.
    if !dn.get(..7)?.eq_ignore_ascii_case("CN=S-1-") {
        return None;
    }
    let normalized = normalized_dn(dn);
    let (sid, rest) = normalized.strip_prefix("cn=")?.split_once(',')?;
    let is_sid = sid.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (is_sid && rest.starts_with("cn=foreignsecurityprincipals,")).then(|| sid.to_ascii_uppercase())
}

/// Whether a `groupType` is that of a group for mail alone (MS-ADTS 2.2.12).
fn is_distribution(group_type: &str) -> bool {
    const SECURITY_ENABLED: i64 = 0x8000_0000;
    group_type.trim().parse::<i64>().is_ok_and(|flags| flags & SECURITY_ENABLED == 0)
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
        is_distribution: entry.text("groupType").is_some_and(is_distribution),
    }
}

fn by_name_only(dn: &str) -> Group {
    let name = Arc::from(first_rdn(dn));
    Group { dn: Arc::from(dn), name, sam_account_name: None, sid: None, is_distribution: false }
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
    fn members_of_another_domain_are_known_by_their_sids() {
        let foreign = |sid: &str| format!("CN={sid},CN=ForeignSecurityPrincipals,DC=x");
        let (mia, ben, sales) = ("S-1-5-21-9-9-9-1001", "S-1-5-21-9-9-9-1002", "S-1-5-21-9-9-9-2000");
        let impostor = format!("CN={mia},OU=y,DC=x");
        let facts = facts(
            vec![
                person("CN=Mia,DC=y", 1, &[("objectSid", mia)]),
                person("CN=Ben,DC=y", 2, &[("objectSid", ben), ("memberOf", "CN=Sales,DC=y")]),
            ],
            vec![
                entry(
                    "CN=A,DC=x",
                    &[("member", &foreign(mia)), ("member", &foreign("S-1-5-11")), ("memberOf", "CN=B,DC=x")],
                ),
                entry("CN=B,DC=x", &[("member", "CN=A,DC=x")]),
                entry("CN=C,DC=x", &[("member", &impostor)]),
                entry("CN=D,DC=x", &[("member", &foreign(sales))]),
                entry("CN=E,DC=x", &[]),
                entry("CN=Sales,DC=y", &[("objectSid", sales)]),
                entry(&foreign(ben), &[("memberOf", "cn=e,dc=x"), ("memberOf", "CN=F,DC=x")]),
            ],
        );
        let text = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(names(&facts, 0), (text(&["A"]), text(&["A", "B"])));
        assert_eq!(names(&facts, 1), (text(&["E", "F", "Sales"]), text(&["D", "E", "F", "Sales"])));
        assert!(facts.groups.iter().all(|group| !group.name.starts_with("S-1-")), "{:?}", facts.groups);
    }

    #[test]
    fn distribution_groups_are_told_apart() {
        let facts = facts(
            vec![person(
                "CN=Mia,DC=x",
                1,
                &[("memberOf", "CN=A,DC=x"), ("memberOf", "CN=C,DC=x"), ("memberOf", "CN=E,DC=x")],
            )],
            vec![
                entry("CN=A,DC=x", &[("groupType", "2"), ("memberOf", "CN=B,DC=x")]),
                entry("CN=B,DC=x", &[("groupType", "8")]),
                entry("CN=C,DC=x", &[("groupType", "-2147483646")]),
                entry("CN=D,DC=x", &[("groupType", "2147483650")]),
            ],
        );
        let distribution: Vec<_> =
            facts.groups.iter().map(|group| (&*group.name, group.is_distribution)).collect();
        assert_eq!(distribution, [("A", true), ("B", true), ("C", false), ("D", false), ("E", false)]);
        assert_eq!(
            &*facts.group_names(&facts.distribution_groups(&facts.people[0])),
            ["A".into(), "B".into()]
        );
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
