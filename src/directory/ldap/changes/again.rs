//! Reading objects again, by objectGUID or DN.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::since::Stop;
use crate::config::LdapSource;
use crate::directory::entries::Entries;
use crate::directory::ldap::connect::Connection;
use crate::directory::ldap::filter::{BATCH, by_guid, escaped};
use crate::directory::ldap::search::{Search, search};
use crate::directory::query::{OF_GROUPS, Query};
use crate::directory::snapshot::Entry;

/// What is there now of the objects that were sought.
#[derive(Debug, Default)]
pub(super) struct Again {
    pub(super) people: BTreeMap<Uuid, Entry>,
    pub(super) groups: BTreeMap<Uuid, Entry>,
}

/// Reads objects as the full read would: by base and filters, with the same attributes.
pub(super) async fn read_again(
    connection: &mut Connection,
    source: &LdapSource,
    query: &Query,
    guids: &BTreeSet<Uuid>,
) -> Result<Again, Stop> {
    let mut again = Again::default();
    let guids: Vec<String> = guids.iter().map(by_guid).collect();
    for batch in guids.chunks(BATCH) {
        let any = batch.concat();
        let kinds = [
            (&source.user_filter, query.names(), &mut again.people),
            (&source.group_filter, OF_GROUPS.map(str::to_owned).to_vec(), &mut again.groups),
        ];
        for (filter, attributes, into) in kinds {
            let filter = format!("(&{filter}(|{any}))");
            let found = all(connection, source, &source.base_dn, &filter, attributes).await?;
            into.extend(found.iter().filter_map(|entry| Some((entry.object_guid()?, entry.to_entry()))));
        }
    }
    Ok(again)
}

/// The objectGUIDs of those in the base who have one of the DNs in an attribute that refers to objects.
pub(super) async fn referring(
    connection: &mut Connection,
    source: &LdapSource,
    references: &BTreeSet<String>,
    dns: &BTreeSet<String>,
) -> Result<BTreeSet<Uuid>, Stop> {
    let mut found = BTreeSet::new();
    for batch in dns.iter().collect::<Vec<_>>().chunks(BATCH) {
        let any: String = batch
            .iter()
            .flat_map(|dn| references.iter().map(move |name| format!("({name}={})", escaped(dn))))
            .collect();
        found.extend(guids(connection, source, &source.base_dn, &format!("(|{any})")).await?.into_keys());
    }
    Ok(found)
}

/// objectGUID to DN of whatever matches.
pub(super) async fn guids(
    connection: &mut Connection,
    source: &LdapSource,
    base: &str,
    filter: &str,
) -> Result<BTreeMap<Uuid, String>, Stop> {
    let found = all(connection, source, base, filter, vec!["objectGUID".to_owned()]).await?;
    Ok(found.iter().filter_map(|entry| Some((entry.object_guid()?, entry.dn().to_owned()))).collect())
}

/// A search that is not whole says nothing of what is not there.
pub(super) async fn all(
    connection: &mut Connection,
    source: &LdapSource,
    base: &str,
    filter: &str,
    attributes: Vec<String>,
) -> Result<Entries, Stop> {
    let wanted = Search {
        doing: format!("read below `{base}` from `{}` again", connection.url),
        base: base.to_owned(),
        filter: filter.to_owned(),
        attributes,
    };
    let found = search(&mut connection.ldap, source, &wanted, &|_| ()).await?;
    match found.doubts.into_iter().next() {
        Some(why) => Err(Stop::Full(why)),
        None => Ok(found.entries),
    }
}
