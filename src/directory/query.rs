use std::collections::BTreeSet;

use uuid::Uuid;

/// What one read asks for.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// LDAP names that the policy reads, in any case.
    pub attributes: BTreeSet<String>,
    /// objectGUIDs that accounts are linked to from before. Those that are not read are looked up one by one.
    pub known: BTreeSet<Uuid>,
}

/// What the later stages need of a person whatever the policy reads: identity, standing, groups, manager, and the
/// names that reports and matching use.
pub(super) const ALWAYS: [&str; 15] = [
    "accountExpires",
    "cn",
    "displayName",
    "distinguishedName",
    "mail",
    "manager",
    "memberOf",
    "objectCategory",
    "objectClass",
    "objectGUID",
    "objectSid",
    "primaryGroupID",
    "sAMAccountName",
    "userAccountControl",
    "userPrincipalName",
];

/// What is read of a group. `member` is not: who is in it stands at the members, and can be 100,000 values long.
pub const OF_GROUPS: [&str; 6] = ["cn", "groupType", "memberOf", "objectGUID", "objectSid", "sAMAccountName"];

impl Query {
    /// What a reading has at least, in lower case: what is always needed, and the policy's.
    #[must_use]
    pub fn asked(&self) -> BTreeSet<String> {
        self.names().iter().map(|name| name.to_ascii_lowercase()).collect()
    }

    /// The names to ask a server for: what is always needed, and the policy's, each once.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = ALWAYS.iter().map(|name| (*name).to_owned()).collect();
        for name in &self.attributes {
            if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                names.push(name.clone());
            }
        }
        names
    }
}
