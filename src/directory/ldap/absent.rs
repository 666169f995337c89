use std::collections::{BTreeMap, BTreeSet};

use ldap3::Scope;
use ldap3::controls::RawControl;
use uuid::Uuid;

use super::connect::Connection;
use super::entry::received;
use super::explain::error;
use super::filter::{BATCH, by_guid};
use super::root::RootDse;
use super::search::{Search, search_whole};
use crate::config::LdapSource;
use crate::directory::dn::is_below;
use crate::directory::error::Error;
use crate::directory::snapshot::{ACCOUNTDISABLE, Absence, Entry};

/// LDAP_SERVER_SHOW_DELETED_OID (MS-ADTS 3.1.1.3.4.1.14).
pub(super) const SHOW_DELETED: &str = "1.2.840.113556.1.4.417";

/// Looks up once more whoever is known and was not read: in the whole domain, and then by the very filter of the
/// read, which must not find them. With why the server was lost meanwhile, if it was: nothing is known of the rest.
pub(super) async fn look_up(
    connection: &mut Connection,
    source: &LdapSource,
    missing: &BTreeSet<Uuid>,
) -> (BTreeMap<Uuid, Absence>, Option<Error>) {
    let mut absent = BTreeMap::new();
    let mut lost: Option<Error> = None;
    let root = domain_root(&connection.root, source);
    let missing: Vec<Uuid> = missing.iter().copied().collect();
    for batch in missing.chunks(BATCH) {
        let found = match &lost {
            None => one_batch(connection, source, &root, batch).await,
            Some(_) => Ok(BTreeMap::new()),
        };
        let why = match found {
            Ok(found) => {
                absent.extend(found);
                lost.as_ref().map(ToString::to_string)
            }
            Err(error) => {
                let why = error.to_string();
                lost = lost.or(Some(error).filter(Error::is_of_one_server));
                Some(why)
            }
        };
        if let Some(why) = why {
            absent.extend(batch.iter().map(|guid| (*guid, Absence::Unknown { why: why.clone() })));
        }
    }
    (absent, lost)
}

async fn one_batch(
    connection: &mut Connection,
    source: &LdapSource,
    root: &str,
    batch: &[Uuid],
) -> Result<BTreeMap<Uuid, Absence>, Error> {
    let any: String = batch.iter().map(by_guid).collect();
    let any = format!("(|{any})");
    let anywhere = find(connection, source, root, &any).await?;
    let again = if anywhere.is_empty() {
        BTreeMap::new()
    } else {
        find(connection, source, &source.base_dn, &format!("(&{}{any})", source.user_filter)).await?
    };
    let deleted = if anywhere.len() == batch.len() {
        BTreeSet::new()
    } else {
        deleted(connection, source, root, &any).await?
    };
    let absence = |guid: &Uuid| match (anywhere.get(guid), again.get(guid)) {
        (None, None) if deleted.contains(guid) => Absence::Deleted,
        (None, None) => Absence::Gone,
        (Some(entry), None) => out_of_reach(entry, &source.base_dn),
        (_, Some(entry)) => {
            Absence::Unknown { why: format!("it is there as `{}`, and was not read before", entry.dn) }
        }
    };
    Ok(batch.iter().map(|guid| (*guid, absence(guid))).collect())
}

/// Of an object that is there, why base and filter do not find it.
fn out_of_reach(entry: &Entry, base_dn: &str) -> Absence {
    let dn = entry.dn.clone();
    // Every object has both (MS-ADTS 3.1.1.2.4.3), and for whoever may not read them no filter finds it.
    let readable = ["objectClass", "objectCategory"].iter().all(|name| !entry.values(name).is_empty());
    let control = entry.text("userAccountControl").and_then(|text| text.parse::<i64>().ok());
    match () {
        () if !is_below(&dn, base_dn) => Absence::OutOfScope { dn },
        () if !readable => Absence::Unreadable { dn },
        () if control.is_some_and(|flags| flags & ACCOUNTDISABLE != 0) => Absence::Disabled { dn },
        () => Absence::OutOfFilter { dn },
    }
}

/// By objectGUID. A search that may not be whole is an error here: its silence would say that somebody is gone.
async fn find(
    connection: &mut Connection,
    source: &LdapSource,
    base: &str,
    filter: &str,
) -> Result<BTreeMap<Uuid, Entry>, Error> {
    let attributes = ["objectGUID", "objectClass", "objectCategory", "userAccountControl"];
    let wanted = Search {
        doing: format!("look up the missing below `{base}` on `{}`", connection.url),
        base: base.to_owned(),
        filter: filter.to_owned(),
        attributes: attributes.map(str::to_owned).to_vec(),
    };
    let found = search_whole(&mut connection.ldap, source, &wanted).await?;
    Ok(found.iter().filter_map(|entry| Some((entry.object_guid()?, entry.to_entry()))).collect())
}

/// Which of them are among the deleted objects (MS-ADTS 3.1.1.3.4.1.14), as far as the account may see these.
async fn deleted(
    connection: &mut Connection,
    source: &LdapSource,
    root: &str,
    any: &str,
) -> Result<BTreeSet<Uuid>, Error> {
    let control = RawControl { ctype: SHOW_DELETED.to_owned(), crit: false, val: None };
    let answer = connection
        .ldap
        .with_timeout(source.timeout)
        .with_controls(control)
        .search(root, Scope::Subtree, &format!("(&(isDeleted=TRUE){any})"), ["objectGUID"])
        .await
        .map_err(|e| {
            error(&e, source).doing(format!("look for the missing among the deleted of `{root}`"))
        })?;
    // Whatever the server refuses, it does not show.
    let entries = answer.0.iter().filter_map(received);
    Ok(entries.filter_map(|deleted| deleted.object_guid()).collect())
}

/// The root of the domain that `base_dn` lies in (MS-ADTS 3.1.1.3.2, defaultNamingContext), so that somebody who was
/// moved out of the base is found; the base itself where the server names no such root.
pub(super) fn domain_root(root: &RootDse, source: &LdapSource) -> String {
    let below = |root: &&String| is_below(&source.base_dn, root);
    root.default_naming_context.as_ref().filter(below).unwrap_or(&source.base_dn).clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::snapshot::Raw;

    #[test]
    fn why_an_object_that_is_there_is_not_read_is_told_apart() {
        let entry = |values: &[(&str, &str)]| {
            let mut entry = Entry::new("CN=Mia,OU=Staff,DC=x");
            values.iter().for_each(|(name, value)| entry.push(name, Raw::Text((*value).to_owned())));
            entry
        };
        let whole = [("objectClass", "user"), ("objectCategory", "CN=Person"), ("userAccountControl", "512")];
        let off = [("objectClass", "user"), ("objectCategory", "CN=Person"), ("userAccountControl", "514")];
        let told = |values: &[(&str, &str)], base: &str| match out_of_reach(&entry(values), base) {
            Absence::OutOfScope { .. } => "out of scope",
            Absence::Disabled { .. } => "disabled",
            Absence::OutOfFilter { .. } => "out of filter",
            Absence::Unreadable { .. } => "unreadable",
            _ => "something else",
        };
        assert_eq!(told(&whole, "ou=Other, dc=X"), "out of scope");
        assert_eq!(told(&[], "OU=Other,DC=x"), "out of scope");
        assert_eq!(told(&whole, "ou=staff, dc=X"), "out of filter");
        assert_eq!(told(&off, "DC=x"), "disabled");
        assert_eq!(told(&whole[..2], "DC=x"), "out of filter");
        assert_eq!(told(&off[1..], "DC=x"), "unreadable");
        assert_eq!(told(&[], "DC=x"), "unreadable");
    }
}
