//! One request for changes by DirSync, and what follows from it.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::again::{guids, read_again, referring};
use super::dirsync::changes;
use super::merge::{Differing, put};
use super::notice::{Notices, Touched};
use super::reach::{Stale, naming};
use super::since::Stop;
use crate::config::LdapSource;
use crate::directory::entries::EntryRef;
use crate::directory::ldap::absent::domain_root;
use crate::directory::ldap::connect::Connection;
use crate::directory::mark::Kinds;
use crate::directory::query::Query;
use crate::directory::snapshot::Snapshot;

/// How often, at most, it is asked again whether something changed while it was read. A group that is renamed between
/// the reading of its members and its own would otherwise not be the one that they are in.
const ROUNDS: usize = 4;

/// Above so many objects to read again, and a third of all, a full read costs less.
const MANY: usize = 1000;

/// Above so many objects with a new name or place of which nothing is known, too.
const PLACES: usize = 100;

/// What is known so far.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) snapshot: Snapshot,
    pub(super) differing: Differing,
    /// Whoever was sought, of whatever kind.
    pub(super) touched: BTreeSet<Uuid>,
}

impl Reading {
    pub(super) fn of(snapshot: Snapshot) -> Self {
        Self { snapshot, differing: Differing::default(), touched: BTreeSet::new() }
    }

    /// Reads again what was sought, and puts it in place.
    pub(super) async fn renew(
        &mut self,
        connection: &mut Connection,
        source: &LdapSource,
        query: &Query,
        sought: &BTreeSet<Uuid>,
    ) -> Result<(), Stop> {
        let all = self.snapshot.people.len() + self.snapshot.groups.len();
        if sought.len() > MANY && sought.len() > all / 3 {
            return Err(Stop::Full(format!("{} objects changed, or name one that did", sought.len())));
        }
        let again = read_again(connection, source, query, sought).await?;
        self.differing.extend(put(&mut self.snapshot, sought, &again));
        Ok(())
    }
}

/// Reads what changed since the cookie, and again what changed meanwhile. The cookie says how far it came, with an error
/// too.
pub(super) async fn rounds(
    connection: &mut Connection,
    source: &LdapSource,
    query: &Query,
    kinds: &Kinds,
    reading: &mut Reading,
    cookie: &mut Vec<u8>,
) -> Result<(), Stop> {
    for _ in 0..ROUNDS {
        if !round(connection, source, query, kinds, reading, cookie).await? {
            break;
        }
    }
    Ok(())
}

/// Reads what changed since the cookie, which then stands for now. Whether anything did.
async fn round(
    connection: &mut Connection,
    source: &LdapSource,
    query: &Query,
    kinds: &Kinds,
    reading: &mut Reading,
    cookie: &mut Vec<u8>,
) -> Result<bool, Stop> {
    let root = domain_root(&connection.root, source);
    let answer = changes(connection, source, &root, kinds.watched.iter(), cookie.clone()).await?;
    let notices = answer.notices.map_err(Stop::Full)?;
    let any = !notices.is_empty();
    if any {
        let sought = sought(connection, source, kinds, &reading.snapshot, &notices).await?;
        reading.renew(connection, source, query, &sought).await?;
        reading.touched.extend(sought);
    }
    *cookie = answer.cookie;
    Ok(any)
}

/// Whom the notices concern.
async fn sought(
    connection: &mut Connection,
    source: &LdapSource,
    kinds: &Kinds,
    snapshot: &Snapshot,
    notices: &Notices,
) -> Result<BTreeSet<Uuid>, Stop> {
    let mut sought: BTreeSet<Uuid> = notices.keys().copied().collect();
    let mut stale = Stale::default();
    let mut placed = Vec::new();
    for (guid, touched) in notices {
        match known(snapshot, guid) {
            Some(entry) if touched.deleted || touched.named => stale.dn(entry.dn()),
            None if touched.deleted => stale.deleted(&touched.dn),
            None if touched.named && !touched.made => placed.push(touched),
            _ => {}
        }
        let members = touched.members.iter().copied();
        sought.extend(members.filter(|member| kinds.by_membership || known(snapshot, member).is_some()));
    }
    // Objects of which nothing is known, by the DNs that they have now.
    let mut strange: BTreeSet<String> = placed.iter().map(|touched| touched.dn.clone()).collect();
    for container in &placed {
        if strange.len() > PLACES {
            break;
        }
        for (guid, dn) in taken_along(connection, source, snapshot, container).await? {
            match known(snapshot, &guid) {
                Some(entry) => stale.dn(entry.dn()),
                // Nobody had a DN of it that is not right any more.
                None if notices.get(&guid).is_some_and(|notice| notice.made) => {}
                None => _ = strange.insert(dn),
            }
            sought.insert(guid);
        }
    }
    if strange.len() > PLACES {
        return Err(Stop::Full(format!(
            "{} objects of which nothing is known were renamed or moved",
            strange.len()
        )));
    }
    sought.extend(naming(snapshot, &kinds.references, &stale));
    sought.extend(referring(connection, source, &kinds.references, &strange).await?);
    Ok(sought)
}

pub(super) fn known<'a>(snapshot: &'a Snapshot, guid: &Uuid) -> Option<EntryRef<'a>> {
    snapshot.people.get(guid).or_else(|| snapshot.groups.get(guid))
}

/// A container that is renamed or moved takes along whatever is below it, and of that there is no notice. All who are
/// there now, unless they are known to have been there before under the same DN: objectGUID to DN.
async fn taken_along(
    connection: &mut Connection,
    source: &LdapSource,
    snapshot: &Snapshot,
    container: &Touched,
) -> Result<BTreeMap<Uuid, String>, Stop> {
    // Whatever it is, people may refer to it.
    let mut found = guids(connection, source, &container.dn, "(objectClass=*)").await?;
    found.retain(|guid, dn| known(snapshot, guid).is_none_or(|entry| entry.dn() != dn));
    Ok(found)
}
