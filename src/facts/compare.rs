use std::collections::HashMap;

use super::people::{Column, Facts, Group, Person};

impl Facts {
    /// For each person, in order, where the same person stands in `before`, when nothing differs that a policy can see
    /// of them: attributes, standing, groups at any depth and, with `managers`, the managers above them. `None` for
    /// everyone else, and for all when other attributes were asked for.
    #[must_use]
    pub fn unchanged_since(&self, before: &Self, managers: bool) -> Vec<Option<usize>> {
        if self.asked != before.asked {
            return vec![None; self.people.len()];
        }
        let compared = Compared::new(self, before);
        let mut same: Vec<Option<usize>> = self
            .people
            .iter()
            .map(|person| {
                let index = before.index(&person.guid)?;
                compared.is_same(person, before.people.get(index)?).then_some(index)
            })
            .collect();
        if managers {
            self.follow_managers(&mut same);
        }
        same
    }

    /// Takes out whoever has somebody above them that is taken out.
    fn follow_managers(&self, same: &mut [Option<usize>]) {
        let mut reports: HashMap<usize, Vec<usize>> = HashMap::new();
        for (index, person) in self.people.iter().enumerate() {
            if let Some(manager) = person.manager {
                reports.entry(manager).or_default().push(index);
            }
        }
        let mut open: Vec<usize> =
            same.iter().enumerate().filter(|(_, same)| same.is_none()).map(|(index, _)| index).collect();
        while let Some(manager) = open.pop() {
            for report in reports.remove(&manager).unwrap_or_default() {
                if let Some(same) = same.get_mut(report)
                    && same.take().is_some()
                {
                    open.push(report);
                }
            }
        }
    }
}

/// Two readings side by side.
struct Compared<'a> {
    now: &'a Facts,
    before: &'a Facts,
    /// The columns of each attribute, now and before.
    columns: Vec<(Option<Column>, Option<Column>)>,
    /// For each group of before the same group now, where nothing of it differs.
    groups: Vec<Option<usize>>,
}

impl<'a> Compared<'a> {
    fn new(now: &'a Facts, before: &'a Facts) -> Self {
        let old = before.columns.iter().map(|(name, column)| (now.column(name), Some(*column)));
        let new = now.columns.iter().filter(|(name, _)| before.column(name).is_none());
        let columns = old.chain(new.map(|(_, column)| (Some(*column), None))).collect();
        let by_dn: HashMap<&str, usize> =
            now.groups.iter().enumerate().map(|(index, group)| (&*group.dn, index)).collect();
        let same = |group: &Group| {
            let index = *by_dn.get(&*group.dn)?;
            (now.groups.get(index) == Some(group)).then_some(index)
        };
        let groups = before.groups.iter().map(same).collect();
        Self { now, before, columns, groups }
    }

    fn is_same(&self, now: &Person, before: &Person) -> bool {
        now.dn == before.dn
            && now.name == before.name
            && now.standing == before.standing
            && self.manager(self.now, now) == self.manager(self.before, before)
            && self.columns.iter().all(|(new, old)| {
                new.and_then(|column| now.value(column)) == old.and_then(|column| before.value(column))
            })
            && self.are_same(&now.direct_groups, &before.direct_groups)
            && self.are_same(&now.groups, &before.groups)
    }

    fn manager(&self, facts: &'a Facts, person: &Person) -> Option<uuid::Uuid> {
        facts.people.get(person.manager?).map(|manager| manager.guid)
    }

    /// Both are in the order of the groups' DNs.
    fn are_same(&self, now: &[usize], before: &[usize]) -> bool {
        now.len() == before.len()
            && now
                .iter()
                .zip(before)
                .all(|(now, before)| self.groups.get(*before).copied().flatten() == Some(*now))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fmt::Write as _;
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;
    use crate::directory::{Completeness, Snapshot, parse_ldif};

    /// Person to attributes, and group to the groups that it is in.
    #[derive(Clone, Debug)]
    struct Company {
        people: BTreeMap<u8, (String, u8, Option<u8>)>,
        nested: BTreeMap<u8, u8>,
    }

    fn facts(company: &Company) -> Facts {
        let mut people = String::from("version: 1\n");
        for (number, (title, group, manager)) in &company.people {
            let _ = write!(
                people,
                "\ndn: CN=P{number},DC=x\nobjectGUID: 00000000-0000-0000-0000-0000000000{number:02x}\n\
                 userAccountControl: 512\ntitle: {title}\nmemberOf: CN=G{group},DC=x\n"
            );
            if let Some(manager) = manager {
                let _ = writeln!(people, "manager: CN=P{manager},DC=x");
            }
        }
        let mut groups = String::from("version: 1\n");
        for (group, parent) in &company.nested {
            let _ = write!(groups, "\ndn: CN=G{group},DC=x\ncn: G{group}\nmemberOf: CN=G{parent},DC=x\n");
        }
        let read = |text: &str| parse_ldif(Path::new("x.ldif"), text, false).unwrap().into_iter().collect();
        let snapshot = Snapshot {
            source: "test".into(),
            people: read(&people),
            groups: read(&groups),
            asked: None,
            completeness: Completeness::Whole,
            absent: BTreeMap::new(),
        };
        Facts::of(&snapshot, "2026-01-01T00:00:00Z".parse().unwrap())
    }

    /// What a policy can see of a person, said another way: as text, managers included.
    fn seen(facts: &Facts, person: &Person, depth: usize) -> String {
        let groups = |indices: &[usize]| {
            indices.iter().map(|index| format!("{:?}", facts.groups[*index])).collect::<Vec<_>>()
        };
        let above = person
            .manager
            .filter(|_| depth > 0)
            .map(|manager| seen(facts, &facts.people[manager], depth - 1));
        format!(
            "{} {} {:?} {:?} {:?} {:?} {above:?}",
            person.dn,
            person.name,
            person.standing,
            facts.values(person),
            groups(&person.direct_groups),
            groups(&person.groups)
        )
    }

    fn company() -> impl Strategy<Value = Company> {
        let person = ("[AB]", 0..4_u8, prop::option::of(0..8_u8));
        (
            prop::collection::btree_map(0..8_u8, person, 1..8),
            prop::collection::btree_map(0..4_u8, 0..4_u8, 0..4),
        )
            .prop_map(|(people, nested)| Company { people, nested })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn who_is_unchanged_looks_the_same(
            before in company(),
            number in 0..8_u8,
            person in ("[AB]", 0..4_u8, prop::option::of(0..8_u8)),
            nested in prop::option::of((0..4_u8, 0..4_u8)),
        ) {
            let mut after = before.clone();
            after.people.insert(number, person);
            after.nested.extend(nested);
            let (old, new) = (facts(&before), facts(&after));
            let same = new.unchanged_since(&old, true);
            for (person, same) in new.people.iter().zip(same) {
                let looked = old.person(&person.guid).map(|person| seen(&old, person, 9));
                prop_assert_eq!(same.is_some(), looked == Some(seen(&new, person, 9)), "{}", person.dn);
                if let Some(index) = same {
                    prop_assert_eq!(old.people[index].guid, person.guid);
                }
            }
        }
    }
}
