use std::collections::HashMap;

use super::people::Group;
use crate::directory::normalized_dn;

/// Which groups a text names. A DN or SID never matches a group's mere name: whoever may create groups could else
/// give one a name that looks like the DN of another.
#[derive(Clone, Debug, Default)]
pub(super) struct GroupNames {
    by_dn: HashMap<String, Vec<usize>>,
    by_sid: HashMap<String, Vec<usize>>,
    /// `cn` and `sAMAccountName`, lower case.
    by_name: HashMap<String, Vec<usize>>,
}

impl GroupNames {
    pub(super) fn of(groups: &[Group]) -> Self {
        let mut names = Self::default();
        for (index, group) in groups.iter().enumerate() {
            names.by_dn.entry(normalized_dn(&group.dn)).or_default().push(index);
            if let Some(sid) = &group.sid {
                names.by_sid.entry(sid.to_lowercase()).or_default().push(index);
            }
            for name in [Some(&group.name), group.sam_account_name.as_ref()].into_iter().flatten() {
                let named = names.by_name.entry(name.to_lowercase()).or_default();
                if named.last() != Some(&index) {
                    named.push(index);
                }
            }
        }
        names
    }

    /// Ascending indices; none when no such group is known.
    pub(super) fn find(&self, text: &str) -> &[usize] {
        let lower = text.to_lowercase();
        let dn = text.contains('=').then(|| normalized_dn(text));
        let found = match dn {
            Some(dn) if is_dn(&dn) || self.by_dn.contains_key(&dn) => self.by_dn.get(&dn),
            _ if lower.starts_with("s-1-") => self.by_sid.get(&lower),
            _ => self.by_name.get(&lower),
        };
        found.map_or(&[], Vec::as_slice)
    }
}

/// A group of Active Directory lies in a domain, whose DN ends in `DC=` (MS-ADTS 3.1.1.1.5).
fn is_dn(normalized: &str) -> bool {
    normalized.rsplit(',').next().is_some_and(|last| last.starts_with("dc="))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(dn: &str, name: &str, sid: &str) -> Group {
        Group {
            dn: dn.into(),
            name: name.into(),
            sam_account_name: Some("sam".into()),
            sid: Some(sid.into()),
            is_distribution: false,
        }
    }

    #[test]
    fn a_name_that_looks_like_a_dn_or_sid_is_neither() {
        let groups = [
            group("CN=Admins,DC=x", "Admins", "S-1-5-21-1"),
            group(r"CN=CN\=Admins\,DC\=x,OU=y,DC=x", "CN=Admins,DC=x", "S-1-5-21-2"),
            group("CN=Fake,DC=x", "S-1-5-21-1", "S-1-5-21-3"),
            group("CN=a\\=b,DC=x", "a=b", "S-1-5-21-4"),
        ];
        let names = GroupNames::of(&groups);
        assert_eq!(names.find("cn=admins, dc=X"), [0]);
        assert_eq!(names.find("s-1-5-21-1"), [0]);
        assert_eq!(names.find("CN=Gone,DC=x"), [0; 0]);
        assert_eq!(names.find("ADMINS"), [0]);
        assert_eq!(names.find("A=B"), [3]);
        assert_eq!(names.find("SAM"), [0, 1, 2, 3]);
        assert_eq!(names.find(""), [0; 0]);
    }
}
