use std::collections::{BTreeMap, BTreeSet};

use ldap3::{Ldap, Scope, SearchResult};
use uuid::Uuid;

use super::entry::received;
use super::explain::error;
use super::search::{Search, search};
use crate::config::LdapSource;
use crate::directory::dn::normalized_dn;
use crate::directory::error::Error;
use crate::directory::snapshot::Absence;

/// objectGUIDs asked for at once: a filter of some 3 kB.
const BATCH: usize = 50;

/// Looks up once more whoever is known and was not read: in the whole domain, and then by the very filter of the
/// read, which must not find them.
pub(super) async fn look_up(
    ldap: &mut Ldap,
    source: &LdapSource,
    missing: &BTreeSet<Uuid>,
) -> BTreeMap<Uuid, Absence> {
    let mut absent = BTreeMap::new();
    if missing.is_empty() {
        return absent;
    }
    let root = domain_root(ldap, source).await;
    let missing: Vec<Uuid> = missing.iter().copied().collect();
    for batch in missing.chunks(BATCH) {
        let found = match &root {
            Ok(root) => one_batch(ldap, source, root, batch).await.map_err(|error| error.to_string()),
            Err(why) => Err(why.clone()),
        };
        match found {
            Ok(found) => absent.extend(found),
            Err(why) => {
                absent.extend(batch.iter().map(|guid| (*guid, Absence::Unknown { why: why.clone() })));
            }
        }
    }
    absent
}

async fn one_batch(
    ldap: &mut Ldap,
    source: &LdapSource,
    root: &str,
    batch: &[Uuid],
) -> Result<BTreeMap<Uuid, Absence>, Error> {
    let any: String = batch.iter().map(by_guid).collect();
    let any = format!("(|{any})");
    let anywhere = find(ldap, source, root, &any).await?;
    let again = if anywhere.is_empty() {
        BTreeMap::new()
    } else {
        find(ldap, source, &source.base_dn, &format!("(&{}{any})", parenthesized(&source.user_filter)))
            .await?
    };
    let absence = |guid: &Uuid| match (anywhere.get(guid), again.get(guid)) {
        (None, None) => Absence::Gone,
        (Some(dn), None) => Absence::OutOfScope { dn: dn.clone() },
        (_, Some(dn)) => Absence::Unknown { why: format!("it is there as `{dn}`, and was not read before") },
    };
    Ok(batch.iter().map(|guid| (*guid, absence(guid))).collect())
}

/// objectGUID to DN. A search that may not be whole is an error here: its silence would say that somebody is gone.
async fn find(
    ldap: &mut Ldap,
    source: &LdapSource,
    base: &str,
    filter: &str,
) -> Result<BTreeMap<Uuid, String>, Error> {
    let wanted = Search {
        doing: format!("look up the missing below `{base}` on `{}`", source.url),
        base,
        filter,
        attributes: vec!["objectGUID".to_owned()],
    };
    let found = search(ldap, source, &wanted, &|_| ()).await?;
    if let Some(why) = found.doubts.into_iter().next() {
        return Err(Error::Ldap { doing: wanted.doing, why, hint: None });
    }
    Ok(found.entries.iter().filter_map(|entry| Some((entry.object_guid()?, entry.dn().to_owned()))).collect())
}

/// The root of the domain that `base_dn` lies in (MS-ADTS 3.1.1.3.2, defaultNamingContext), so that somebody who was
/// moved out of the base is found; the base itself where the server names no such root.
async fn domain_root(ldap: &mut Ldap, source: &LdapSource) -> Result<String, String> {
    let attributes = ["defaultNamingContext"];
    let answer =
        ldap.with_timeout(source.timeout).search("", Scope::Base, "(objectClass=*)", attributes).await;
    let (entries, _) = answer
        .and_then(SearchResult::success)
        .map_err(|e| error(&e, source).doing(format!("ask `{}` for its domain", source.url)).to_string())?;
    let root = entries
        .into_iter()
        .find_map(received)
        .and_then(|root| root.into_entry().text("defaultNamingContext").map(str::to_owned));
    let below = |root: &String| {
        format!(",{}", normalized_dn(&source.base_dn)).ends_with(&format!(",{}", normalized_dn(root)))
    };
    Ok(root.filter(below).unwrap_or_else(|| source.base_dn.clone()))
}

/// The 16 octets in Microsoft's order, each escaped (RFC 4515 section 3).
fn by_guid(guid: &Uuid) -> String {
    let octets: String = guid.to_bytes_le().iter().map(|octet| format!("\\{octet:02x}")).collect();
    format!("(objectGUID={octets})")
}

fn parenthesized(filter: &str) -> String {
    let filter = filter.trim();
    if filter.starts_with('(') { filter.to_owned() } else { format!("({filter})") }
}
