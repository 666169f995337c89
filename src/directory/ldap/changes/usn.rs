//! Changes by `uSNChanged` (MS-ADTS 3.1.1.1.9), for accounts that may not use DirSync.
//!
//! It tells which objects changed and not what of them, and nothing of those that were deleted or became unreadable.
//! So a census of who is there, under which DN, goes with it: a search for everybody, but for nothing of them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use ldap3::{Scope, SearchResult};
use uuid::Uuid;

use super::again::{all, guids};
use super::reach::{Stale, naming};
use super::round::Reading;
use super::since::Stop;
use crate::config::LdapSource;
use crate::directory::dn::is_below;
use crate::directory::entries::EntryRef;
use crate::directory::error::Error;
use crate::directory::ldap::absent::domain_root;
use crate::directory::ldap::connect::Connection;
use crate::directory::ldap::entry::received;
use crate::directory::ldap::explain::error;
use crate::directory::ldap::filter::{BATCH, by_guid, escaped};
use crate::directory::mark::{Kinds, Way};
use crate::directory::query::Query;
use crate::directory::snapshot::{Entry, Snapshot};

/// A mark that stands for the moment of connecting; in words, why there can be none.
///
/// # Errors
/// When the server does not answer.
pub(super) async fn start(
    connection: &mut Connection,
    source: &LdapSource,
) -> Result<Result<Way, String>, Error> {
    let Some(highest) = connection.root.highest_committed_usn else {
        return Ok(Err("the server does not count changes".to_owned()));
    };
    Ok(match invocation(connection, source).await? {
        Some(invocation) => Ok(Way::Usn { highest, invocation }),
        None => Err("the server does not say which copy of the directory it has".to_owned()),
    })
}

/// Reads what changed since the mark, which then stands for the moment of connecting. Whether anything did.
pub(super) async fn follow(
    connection: &mut Connection,
    source: &LdapSource,
    query: &Query,
    kinds: &Kinds,
    reading: &mut Reading,
    highest: &mut u64,
    known_as: Uuid,
) -> Result<bool, Stop> {
    let now = connection.root.highest_committed_usn.unwrap_or_default();
    if now == *highest {
        return Ok(false);
    }
    // A controller that is restored from a backup counts anew, as another copy (MS-ADTS 3.1.1.1.9).
    if now < *highest || invocation(connection, source).await? != Some(known_as) {
        return Err(Stop::Full(format!("`{}` was restored or made anew", connection.url)));
    }
    let root = domain_root(&connection.root, source);
    let changed = changed(connection, source, &root, *highest + 1).await?;
    let mut sought: BTreeSet<Uuid> = changed.keys().copied().collect();
    let mut stale = Stale::default();
    for (entries, filter) in
        [(&reading.snapshot.people, &source.user_filter), (&reading.snapshot.groups, &source.group_filter)]
    {
        let census = guids(connection, source, &source.base_dn, filter).await?;
        for (guid, entry) in entries.iter().filter_map(|entry| Some((entry.object_guid()?, entry))) {
            if census.get(&guid).is_none_or(|dn| dn != entry.dn()) {
                stale.dn(entry.dn());
                sought.insert(guid);
            }
        }
        sought.extend(census.into_keys().filter(|guid| entries.get(guid).is_none()));
    }
    for dn in lost(connection, source, &root, &reading.snapshot, &kinds.references).await? {
        stale.dn(&dn);
    }
    sought.extend(naming(&reading.snapshot, &kinds.references, &stale));
    let groups: Vec<Uuid> = changed.into_iter().filter(|(_, group)| *group).map(|(guid, _)| guid).collect();
    let members = members(connection, source, &root, &groups).await?;
    sought.extend(other_members(&reading.snapshot, &members));
    reading.renew(connection, source, query, &sought).await?;
    *highest = now;
    Ok(true)
}

/// Everything that changed, and whether it is a group.
async fn changed(
    connection: &mut Connection,
    source: &LdapSource,
    root: &str,
    since: u64,
) -> Result<BTreeMap<Uuid, bool>, Stop> {
    let attributes = ["objectGUID", "objectClass"].map(str::to_owned).to_vec();
    let found = all(connection, source, root, &format!("(uSNChanged>={since})"), attributes).await?;
    let is_group = |entry: EntryRef<'_>| {
        entry
            .values("objectClass")
            .filter_map(|raw| raw.text())
            .any(|class| class.eq_ignore_ascii_case("group"))
    };
    Ok(found.iter().filter_map(|entry| Some((entry.object_guid()?, is_group(entry)))).collect())
}

/// Which DNs of objects outside of the snapshot, but in the domain, are not right any more.
async fn lost(
    connection: &mut Connection,
    source: &LdapSource,
    root: &str,
    snapshot: &Snapshot,
    references: &BTreeSet<String>,
) -> Result<Vec<String>, Stop> {
    let both = || snapshot.people.iter().chain(snapshot.groups.iter());
    let own: HashSet<&str> = both().map(|entry| entry.dn()).collect();
    let mut outside: HashSet<&str> = HashSet::new();
    for entry in both() {
        let named = references.iter().flat_map(|name| entry.values(name)).filter_map(|raw| raw.text());
        outside.extend(named.filter(|dn| !own.contains(dn)));
    }
    let outside: BTreeSet<&str> = outside.into_iter().filter(|dn| is_below(dn, root)).collect();
    let mut lost = Vec::new();
    for batch in outside.into_iter().collect::<Vec<_>>().chunks(BATCH) {
        let any: String = batch.iter().map(|dn| format!("(distinguishedName={})", escaped(dn))).collect();
        let found: BTreeSet<String> =
            guids(connection, source, root, &format!("(|{any})")).await?.into_values().collect();
        lost.extend(batch.iter().filter(|dn| !found.contains(**dn)).map(|dn| (*dn).to_owned()));
    }
    Ok(lost)
}

/// The members of groups by the group's DN, all in lower case.
async fn members(
    connection: &mut Connection,
    source: &LdapSource,
    root: &str,
    groups: &[Uuid],
) -> Result<HashMap<String, HashSet<String>>, Stop> {
    let mut members = HashMap::new();
    for batch in groups.chunks(BATCH) {
        let any: String = batch.iter().map(by_guid).collect();
        let attributes = ["objectGUID", "member"].map(str::to_owned).to_vec();
        let found = all(connection, source, root, &format!("(|{any})"), attributes).await?;
        for group in found.iter() {
            let dns = group.values("member").filter_map(|raw| raw.text()).map(str::to_lowercase);
            members.insert(group.dn().to_lowercase(), dns.collect());
        }
    }
    Ok(members)
}

/// Whose membership in one of the groups is not what it was.
fn other_members(snapshot: &Snapshot, members: &HashMap<String, HashSet<String>>) -> BTreeSet<Uuid> {
    if members.is_empty() {
        return BTreeSet::new();
    }
    let differs = |entry: &EntryRef<'_>| {
        let dn = entry.dn().to_lowercase();
        let held: HashSet<String> =
            entry.values("memberOf").filter_map(|raw| raw.text()).map(str::to_lowercase).collect();
        members.iter().any(|(group, members)| members.contains(&dn) != held.contains(group))
    };
    let both = snapshot.people.iter().chain(snapshot.groups.iter());
    both.filter(differs).filter_map(|entry| entry.object_guid()).collect()
}

/// Which copy of the directory the controller has (MS-ADTS 3.1.1.1.9, `invocationId`).
async fn invocation(connection: &mut Connection, source: &LdapSource) -> Result<Option<Uuid>, Error> {
    let Some(service) = connection.root.ds_service_name.clone() else { return Ok(None) };
    let answer = connection
        .ldap
        .with_timeout(source.timeout)
        .search(&service, Scope::Base, "(objectClass=*)", ["invocationId"])
        .await;
    let doing = || format!("ask `{}` which copy of the directory it has", connection.url);
    let (entries, _) =
        answer.and_then(SearchResult::success).map_err(|e| error(&e, source).doing(doing()))?;
    Ok(entries.iter().find_map(received).and_then(|service| of_octets(&service.to_entry())))
}

fn of_octets(service: &Entry) -> Option<Uuid> {
    let octets = <[u8; 16]>::try_from(service.values("invocationId").first()?.as_bytes()).ok()?;
    Some(Uuid::from_bytes_le(octets))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::snapshot::{Completeness, Raw};

    fn entry(number: u128, dn: &str, groups: &[&str]) -> Entry {
        let mut entry = Entry::new(dn);
        entry.set("objectGUID", Raw::Text(Uuid::from_u128(number).to_string()));
        groups.iter().for_each(|group| entry.push("memberOf", Raw::Text((*group).to_owned())));
        entry
    }

    #[test]
    fn those_are_found_whose_membership_differs() {
        let people = [
            entry(1, "CN=Stays,DC=x", &["CN=A,DC=x", "CN=Other,DC=x"]),
            entry(2, "CN=Left,DC=x", &["CN=A,DC=x"]),
            entry(3, "CN=Came,DC=x", &["CN=Other,DC=x"]),
            entry(4, "CN=Never,DC=x", &[]),
        ];
        let snapshot = Snapshot {
            source: "x".into(),
            people: people.into_iter().collect(),
            groups: [entry(5, "CN=Nested,DC=x", &[])].into_iter().collect(),
            asked: None,
            completeness: Completeness::Whole,
            absent: BTreeMap::new(),
        };
        let group = |members: &[&str]| {
            let members = members.iter().map(|name| format!("cn={name},dc=x")).collect();
            HashMap::from([("cn=a,dc=x".to_owned(), members)])
        };
        let found = |members: &HashMap<String, HashSet<String>>| {
            other_members(&snapshot, members).into_iter().map(|guid| guid.as_u128()).collect::<Vec<_>>()
        };
        assert_eq!(found(&HashMap::new()), [0; 0]);
        assert_eq!(found(&group(&["stays", "left"])), [0; 0]);
        assert_eq!(found(&group(&["stays", "came", "nested", "stranger"])), [2, 3, 5]);
        assert_eq!(found(&group(&[])), [1, 2]);
    }
}
