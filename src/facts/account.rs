use super::people::{Facts, Person};
use super::value::Value;
use crate::directory::ACCOUNTDISABLE;

/// The flags of `userAccountControl` (MS-ADTS 2.2.16), by the names that Microsoft's documents for administrators use.
#[rustfmt::skip]
const ACCOUNT_FLAGS: [(i64, &str); 23] = [
    (0x0000_0001, "SCRIPT"),
    (ACCOUNTDISABLE, "ACCOUNTDISABLE"),
    (0x0000_0008, "HOMEDIR_REQUIRED"),
    (0x0000_0010, "LOCKOUT"),
    (0x0000_0020, "PASSWD_NOTREQD"),
    (0x0000_0040, "PASSWD_CANT_CHANGE"),
    (0x0000_0080, "ENCRYPTED_TEXT_PWD_ALLOWED"),
    (0x0000_0100, "TEMP_DUPLICATE_ACCOUNT"),
    (0x0000_0200, "NORMAL_ACCOUNT"),
    (0x0000_0800, "INTERDOMAIN_TRUST_ACCOUNT"),
    (0x0000_1000, "WORKSTATION_TRUST_ACCOUNT"),
    (0x0000_2000, "SERVER_TRUST_ACCOUNT"),
    (0x0001_0000, "DONT_EXPIRE_PASSWORD"),
    (0x0002_0000, "MNS_LOGON_ACCOUNT"),
    (0x0004_0000, "SMARTCARD_REQUIRED"),
    (0x0008_0000, "TRUSTED_FOR_DELEGATION"),
    (0x0010_0000, "NOT_DELEGATED"),
    (0x0020_0000, "USE_DES_KEY_ONLY"),
    (0x0040_0000, "DONT_REQUIRE_PREAUTH"),
    (0x0080_0000, "PASSWORD_EXPIRED"),
    (0x0100_0000, "TRUSTED_TO_AUTH_FOR_DELEGATION"),
    (0x0200_0000, "NO_AUTH_DATA_REQUIRED"),
    (0x0400_0000, "PARTIAL_SECRETS_ACCOUNT"),
];

/// The primary address in `proxyAddresses` has this in front of it, and all others `smtp:`.
const PRIMARY: &str = "SMTP:";

impl Facts {
    /// The flags that are set in the person's `userAccountControl`, from the lowest bit on.
    pub fn account_flags(&self, person: &Person) -> impl Iterator<Item = &'static str> + use<> {
        let flags = match self.value(person, "useraccountcontrol") {
            Some(Value::Integer(flags)) => *flags,
            _ => 0,
        };
        ACCOUNT_FLAGS.iter().filter(move |(bit, _)| flags & bit != 0).map(|(_, name)| *name)
    }

    /// The address that Exchange sends from: the one in `proxyAddresses` with `SMTP:` in capitals, else `mail`. Of
    /// several, which Exchange does not allow, the first in byte order.
    #[must_use]
    pub fn primary_smtp<'a>(&self, person: &'a Person) -> Option<&'a str> {
        let primary = |value: &'a Value| match value {
            Value::Text(text) => {
                text.strip_prefix(PRIMARY).map(str::trim).filter(|address| !address.is_empty())
            }
            _ => None,
        };
        let proxy = match self.value(person, "proxyaddresses") {
            Some(Value::List(values)) => values.iter().find_map(primary),
            Some(one) => primary(one),
            None => None,
        };
        proxy.or_else(|| match self.value(person, "mail") {
            Some(Value::Text(mail)) => Some(mail),
            _ => None,
        })
    }

    /// Whether the directory was asked for what [`Facts::primary_smtp`] is made of.
    #[must_use]
    pub fn knows_proxies(&self) -> bool {
        self.asked.as_ref().is_none_or(|asked| asked.contains("proxyaddresses"))
    }

    /// Those of the groups that the person is in, at any depth, that are distribution groups; indices, ascending.
    #[must_use]
    pub fn distribution_groups(&self, person: &Person) -> Vec<usize> {
        let is_one = |index: &usize| self.groups.get(*index).is_some_and(|group| group.is_distribution);
        person.groups.iter().copied().filter(is_one).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::directory::{Completeness, Entry, Raw, Snapshot};

    fn facts(attributes: &[(&str, &str)]) -> Facts {
        let mut entry = Entry::new("CN=Mia,DC=x");
        entry.set("objectGUID", Raw::Text("00000000-0000-0000-0000-000000000001".into()));
        entry.set("userAccountControl", Raw::Text("512".into()));
        for (name, value) in attributes {
            if *name == "userAccountControl" {
                entry.remove(name);
            }
            entry.push(name, Raw::Text((*value).to_owned()));
        }
        let snapshot = Snapshot {
            source: "test".into(),
            people: vec![entry].into(),
            groups: Vec::new().into(),
            asked: None,
            completeness: Completeness::Whole,
            absent: BTreeMap::new(),
        };
        Facts::of(&snapshot, "2026-01-01T00:00:00Z".parse().unwrap())
    }

    #[test]
    fn flags_are_named_from_the_lowest_bit_on() {
        let flags = |value: &str| {
            let facts = facts(&[("userAccountControl", value)]);
            facts.account_flags(&facts.people[0]).collect::<Vec<_>>()
        };
        assert_eq!(flags("66050"), ["ACCOUNTDISABLE", "NORMAL_ACCOUNT", "DONT_EXPIRE_PASSWORD"]);
        assert_eq!(flags("0"), [""; 0]);
        assert_eq!(flags("-1").len(), ACCOUNT_FLAGS.len());
        assert!(ACCOUNT_FLAGS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn the_primary_address_is_the_one_in_capitals_else_mail() {
        let primary = |attributes: &[(&str, &str)]| {
            let facts = facts(attributes);
            facts.primary_smtp(&facts.people[0]).map(str::to_owned)
        };
        let mail = ("mail", "mia@example.com");
        let one = ("proxyAddresses", "SMTP:Mia.Fischer@example.com");
        let other = ("proxyAddresses", "smtp:m@example.com");
        assert_eq!(primary(&[mail, other, one]).as_deref(), Some("Mia.Fischer@example.com"));
        assert_eq!(
            primary(&[mail, other, ("proxyAddresses", "X500:/o=x")]).as_deref(),
            Some("mia@example.com")
        );
        assert_eq!(primary(&[mail, ("proxyAddresses", "SMTP: ")]).as_deref(), Some("mia@example.com"));
        assert_eq!(primary(&[other]), None);
        assert_eq!(primary(&[]), None);
    }
}
