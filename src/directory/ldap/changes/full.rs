use super::dirsync;
use super::round::{Reading, rounds};
use super::schema::kinds;
use super::since::{absences, question};
use super::usn;
use crate::config::LdapSource;
use crate::directory::dn::is_below;
use crate::directory::error::Error;
use crate::directory::ldap::connect::Connection;
use crate::directory::ldap::failover::Failover;
use crate::directory::ldap::read::from_one;
use crate::directory::ldap::session::Session;
use crate::directory::mark::{Extent, Kinds, Mark, Update, Way};
use crate::directory::query::Query;
use crate::directory::snapshot::Completeness;

/// Reads everything, with a mark for the next reading where one can be had. `why`: why an incremental reading was not
/// possible.
///
/// # Errors
/// When the server cannot be read.
pub(super) async fn full(
    source: &LdapSource,
    query: &Query,
    why: Option<String>,
    session: &mut Session,
    progress: &(dyn Fn(usize) + Send + Sync),
) -> Result<Update, Error> {
    let mut servers = Failover::of(source).await?;
    loop {
        let mut connection = servers.connect().await?;
        match marked(&mut connection, source, query, servers.has_more(), progress).await {
            Ok(mut update) => {
                if update.mark.is_some() {
                    session.keep(source, connection);
                }
                if why.is_some() {
                    update.extent = Extent::Full { why };
                }
                return Ok(update);
            }
            Err(error) => servers.give_up(error)?,
        }
    }
}

async fn marked(
    connection: &mut Connection,
    source: &LdapSource,
    query: &Query,
    spare: bool,
    progress: &(dyn Fn(usize) + Send + Sync),
) -> Result<Update, Error> {
    // Before anything is read, so that what changes meanwhile is behind the mark.
    let way = way(connection, source, query).await?;
    let snapshot = from_one(connection, source, query, spare, progress).await?;
    if snapshot.completeness != Completeness::Whole {
        let why = "what is not whole cannot be gone on from".to_owned();
        return Ok(Update { snapshot, mark: None, extent: Extent::Full { why: Some(why) } });
    }
    let (kinds, mut way) = match way {
        Ok(way) => way,
        Err(why) => return Ok(Update { snapshot, mark: None, extent: Extent::Full { why: Some(why) } }),
    };
    let mut reading = Reading::of(snapshot);
    if let Way::DirSync { cookie } = &mut way {
        // What changed while it was read. Where that fails, the next reading sees to it.
        if let Err(stop) = rounds(connection, source, query, &kinds, &mut reading, cookie).await {
            tracing::info!("not caught up with what changed meanwhile: {stop}");
        }
    }
    let Reading { mut snapshot, touched, .. } = reading;
    if !touched.is_empty() {
        absences(connection, source, query, &mut snapshot, |guid| touched.contains(guid)).await;
    }
    let mark = Mark { server: connection.url.clone(), way, question: question(source, query), kinds };
    Ok(Update { snapshot, mark: Some(mark), extent: Extent::Full { why: None } })
}

/// How the next reading will ask for changes, beginning now; in words, why it cannot.
async fn way(
    connection: &mut Connection,
    source: &LdapSource,
    query: &Query,
) -> Result<Result<(Kinds, Way), String>, Error> {
    let Some(root) = connection.root.default_naming_context.clone() else {
        return Ok(Err("the server is not Active Directory".to_owned()));
    };
    if !is_below(&source.base_dn, &root) {
        return Ok(Err(format!("`base_dn` is not in `{root}`, of which the server tells changes")));
    }
    let kinds = match kinds(connection, source, query).await? {
        Ok(kinds) => kinds,
        Err(why) => return Ok(Err(why)),
    };
    match dirsync::start(connection, source, &root).await {
        Ok(Some(cookie)) => return Ok(Ok((kinds, Way::DirSync { cookie }))),
        Ok(None) => {
            tracing::info!("changes are found by `uSNChanged`: no deleted object shows to the account")
        }
        Err(error) if error.is_of_one_server() => return Err(error),
        Err(error) => tracing::info!("changes are found by `uSNChanged`: {error}"),
    }
    Ok(usn::start(connection, source).await?.map(|way| (kinds, way)))
}
