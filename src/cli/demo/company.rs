//! A company that does not exist, as Active Directory would have it.
//!
//! In: how many people, and what time it is. Out: their entries and those of their groups, the same for the same
//! input. The first people of every company are always the same, so that a story can be told of them. Never: two
//! people with one DN, objectGUID, sAMAccountName or mail.

mod cast;
mod groups;
mod names;
mod person;
mod staff;

use std::collections::HashMap;

use jiff::Timestamp;

use crate::directory::{Entry, Raw};

/// Where everything is.
pub(super) const BASE: &str = "DC=corp,DC=example,DC=com";

/// The people alone, one after the other: a hundred thousand entries take most of a gigabyte.
pub(super) fn people(size: usize, now: Timestamp) -> impl Iterator<Item = Entry> {
    staff::people(size).map(move |person| person.entry(now))
}

/// People and groups, each entry with its `objectGUID` and `memberOf`.
pub(super) struct Company {
    pub(super) people: Vec<Entry>,
    pub(super) groups: Vec<Entry>,
    /// The place in `people` of each sAMAccountName.
    places: HashMap<String, usize>,
}

impl Company {
    /// Makes up a company of so many people, service accounts among them. The cast comes first, of a small company
    /// only its beginning. Times are relative to `now`.
    #[must_use]
    pub(super) fn new(size: usize, now: Timestamp) -> Self {
        let people: Vec<Entry> = people(size, now).collect();
        let accounts = people.iter().enumerate();
        let places = accounts
            .filter_map(|(place, entry)| Some((entry.text("sAMAccountName")?.to_owned(), place)))
            .collect();
        Self { people, groups: groups::entries(now), places }
    }

    #[cfg(test)]
    fn named(&self, account: &str) -> Option<&Entry> {
        self.people.get(*self.places.get(account)?)
    }

    /// The person with this sAMAccountName, to be changed.
    fn named_mut(&mut self, account: &str) -> Option<&mut Entry> {
        self.people.get_mut(*self.places.get(account)?)
    }

    /// Sets an attribute of a person to one text; false when there is no such person.
    pub(super) fn set(&mut self, account: &str, attribute: &str, value: &str) -> bool {
        let Some(entry) = self.named_mut(account) else { return false };
        entry.set(attribute, Raw::Text(value.to_owned()));
        true
    }

    /// Disables a person's account; false when there is no such person.
    pub(super) fn disable(&mut self, account: &str) -> bool {
        self.set(account, "userAccountControl", person::DISABLED)
    }

    /// Enables a person's account; false when there is no such person.
    pub(super) fn enable(&mut self, account: &str) -> bool {
        self.set(account, "userAccountControl", person::ENABLED)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::fmt::Write;

    use super::*;
    use crate::directory::Attribute;

    fn company(size: usize) -> Company {
        Company::new(size, "2026-01-05T18:00:00Z".parse().unwrap())
    }

    fn written(entries: &[Entry]) -> String {
        let mut text = String::new();
        for entry in entries {
            writeln!(text, "{}", entry.dn).unwrap();
            for Attribute { name, values } in entry.attributes() {
                for value in values {
                    match value {
                        Raw::Text(value) => writeln!(text, "  {name}: {value}").unwrap(),
                        Raw::Bytes(bytes) => {
                            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                            writeln!(text, "  {name}: 0x{hex}").unwrap();
                        }
                    }
                }
            }
        }
        text
    }

    #[test]
    fn twelve_people() {
        insta::assert_snapshot!(written(&company(12).people));
    }

    #[test]
    fn the_groups() {
        insta::assert_snapshot!(written(&company(1).groups));
    }

    #[test]
    fn nobody_is_there_twice() {
        for size in [0, 1, 12, 500, 20_000] {
            let company = company(size);
            assert_eq!(company.people.len(), size);
            let all = || company.people.iter().chain(&company.groups);
            let count = size + company.groups.len();
            assert_eq!(all().map(|entry| entry.object_guid().unwrap()).collect::<BTreeSet<_>>().len(), count);
            assert_eq!(all().map(|entry| entry.dn.to_lowercase()).collect::<BTreeSet<_>>().len(), count);
            assert_eq!(
                all().map(|entry| entry.values("objectSid").to_vec()).collect::<BTreeSet<_>>().len(),
                count
            );
            for attribute in ["sAMAccountName", "userPrincipalName", "mail", "employeeID"] {
                let values: Vec<_> =
                    company.people.iter().filter_map(|entry| entry.text(attribute)).collect();
                let distinct: BTreeSet<_> = values.iter().map(|value| value.to_lowercase()).collect();
                assert_eq!(values.len(), distinct.len(), "{attribute}");
            }
            for entry in &company.people {
                let account = entry.text("sAMAccountName").unwrap();
                assert!(account.len() <= 20 && account.is_ascii(), "{account}");
                assert_eq!(company.named(account).unwrap().dn, entry.dn);
            }
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let company = company(500);
        let groups: BTreeMap<&str, &Entry> =
            company.groups.iter().map(|group| (group.dn.as_str(), group)).collect();
        let places: BTreeMap<&str, usize> =
            company.people.iter().enumerate().map(|(place, entry)| (entry.dn.as_str(), place)).collect();
        for (place, entry) in company.people.iter().enumerate() {
            for group in entry.values("memberOf") {
                let Raw::Text(dn) = group else { panic!("a DN is text") };
                assert!(groups.contains_key(dn.as_str()), "{dn}");
            }
            match entry.text("manager") {
                // Managers come before their people, so that there is no circle.
                Some(manager) => assert!(places[manager] < place, "{}", entry.dn),
                None => assert!(place == 0 || entry.text("employeeID").is_none(), "{}", entry.dn),
            }
        }
        let above = |name: &str| -> Vec<&str> {
            let group = groups.values().find(|group| group.text("cn") == Some(name)).unwrap();
            group
                .values("memberOf")
                .iter()
                .map(|dn| groups[std::str::from_utf8(dn.as_bytes()).unwrap()].text("cn").unwrap())
                .collect()
        };
        assert_eq!(above("Brand Team"), ["Marketing All"]);
        assert_eq!(above("Marketing All"), ["All Staff", "Klaviyo Users"]);
        assert!(above("Klaviyo Users").is_empty());
    }

    #[test]
    fn five_hundred_people_in_numbers() {
        let company = company(500);
        let mut text = String::new();
        for attribute in ["department", "title", "employeeType", "userAccountControl", "co"] {
            let mut counts = BTreeMap::<&str, usize>::new();
            for entry in &company.people {
                *counts.entry(entry.text(attribute).unwrap_or("-")).or_default() += 1;
            }
            writeln!(text, "{attribute}: {counts:?}").unwrap();
        }
        let without_mail = company.people.iter().filter(|entry| entry.text("mail").is_none()).count();
        writeln!(text, "without mail: {without_mail}").unwrap();
        insta::assert_snapshot!(text);
    }

    #[test]
    fn one_person_is_changed() {
        let mut company = company(12);
        assert_eq!(company.named("ana.silva").unwrap().text("userAccountControl"), Some("514"));
        assert!(company.enable("ana.silva") && company.disable("tom.becker"));
        assert!(company.set("mia.fischer", "title", "Marketing Manager"));
        assert_eq!(company.named("ana.silva").unwrap().text("userAccountControl"), Some("512"));
        assert_eq!(company.named("tom.becker").unwrap().text("userAccountControl"), Some("514"));
        assert_eq!(company.named("mia.fischer").unwrap().text("title"), Some("Marketing Manager"));
        assert!(!company.disable("nobody"));
    }
}
