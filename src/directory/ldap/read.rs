use std::collections::BTreeSet;

use jiff::Timestamp;

use super::absent::look_up;
use super::connect::Connection;
use super::explain::Reason;
use super::failover::Failover;
use super::search::{Search, search};
use super::unread::unread;
use crate::config::LdapSource;
use crate::directory::error::Error;
use crate::directory::query::{OF_GROUPS, Query};
use crate::directory::schema::Schema;
use crate::directory::scope::{completeness, elsewhere, nameless};
use crate::directory::snapshot::Snapshot;

/// Reads people, then groups, then looks for whoever is missing; the schema as well, where it is wanted as of `schema`.
///
/// # Errors
/// When the server cannot be read; when nobody at all matches, which is a wrong base, filter or right rather than an
/// empty company. Of the schema, when the server does not show all of it.
pub(in crate::directory) async fn read(
    source: &LdapSource,
    query: &Query,
    schema: Option<Timestamp>,
    progress: &(dyn Fn(usize) + Send + Sync),
) -> Result<(Snapshot, Result<Option<Schema>, Error>), Error> {
    let mut servers = Failover::of(source).await?;
    loop {
        let mut connection = servers.connect().await?;
        match from_one(&mut connection, source, query, servers.has_more(), progress).await {
            Ok(snapshot) => {
                let schema = match schema {
                    Some(now) => super::schema::schema(&mut connection, source, now).await.map(Some),
                    None => Ok(None),
                };
                // A goodbye (RFC 4511 section 4.3) that nobody answers; the read is over either way.
                let _ = connection.ldap.unbind().await;
                return Ok((snapshot, schema));
            }
            // What was read so far is of no use: another server may be ahead, or behind.
            Err(error) => servers.give_up(error)?,
        }
    }
}

/// The same from one server. Where it is lost when all but whoever is missing was read, that is an error if there is a
/// `spare` one to begin again with.
pub(super) async fn from_one(
    connection: &mut Connection,
    source: &LdapSource,
    query: &Query,
    spare: bool,
    progress: &(dyn Fn(usize) + Send + Sync),
) -> Result<Snapshot, Error> {
    let url = connection.url.clone();
    let attributes = query.names();
    let people = Search {
        doing: format!("read people below `{}` from `{}`", source.base_dn, url),
        base: source.base_dn.clone(),
        filter: source.user_filter.clone(),
        attributes: attributes.clone(),
    };
    let people = search(&mut connection.ldap, source, &people, progress).await?;
    if people.entries.is_empty() {
        let reason = Reason::new(format!("nobody matches `{}`", source.user_filter))
            .hint("check `base_dn`, `user_filter`, and that the account may read there");
        return Err(reason.doing(format!("read people below `{}` from `{}`", source.base_dn, url)));
    }
    let count = people.entries.len();
    let groups = Search {
        doing: format!("read groups below `{}` from `{}`", source.base_dn, url),
        base: source.base_dn.clone(),
        filter: source.group_filter.clone(),
        attributes: OF_GROUPS.map(str::to_owned).to_vec(),
    };
    let doing = groups.doing.clone();
    let groups = search(&mut connection.ldap, source, &groups, &|groups| progress(count + groups)).await?;
    if let Some(doubt) = groups.doubts.first() {
        let why = format!("{doubt}, and without all groups nobody can say who is in which");
        return Err(Reason::new(why).doing(doing));
    }

    unread(connection, source, &people, &groups).await?;
    let mut doubts = people.doubts;
    let references: BTreeSet<String> = people.references.into_iter().chain(groups.references).collect();
    doubts.extend(elsewhere(&references.into_iter().collect::<Vec<_>>()));
    let missing: BTreeSet<_> =
        query.known.iter().filter(|guid| !people.identities.has_guid(guid)).copied().collect();
    doubts.extend(people.identities.repeated());
    doubts.extend(groups.identities.repeated());
    doubts.extend(nameless(&people.entries));

    let (absent, lost) = look_up(connection, source, &missing).await;
    if let Some(lost) = lost.filter(|_| spare) {
        return Err(lost);
    }
    Ok(Snapshot {
        source: source.servers.to_string(),
        people: people.entries,
        groups: groups.entries,
        asked: Some(attributes.iter().map(|name| name.to_ascii_lowercase()).collect()),
        completeness: completeness(doubts),
        absent,
    })
}
