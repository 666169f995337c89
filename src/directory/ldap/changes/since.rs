use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use uuid::Uuid;

use super::full::full;
use super::merge::Differing;
use super::reach::in_any;
use super::round::{Reading, rounds};
use super::usn;
use crate::config::LdapSource;
use crate::directory::error::Error;
use crate::directory::ldap::absent::look_up;
use crate::directory::ldap::connect::{Connection, connect_to};
use crate::directory::ldap::root::RootDse;
use crate::directory::ldap::session::Session;
use crate::directory::mark::{Earlier, Extent, Question, Update, Way};
use crate::directory::query::Query;
use crate::directory::snapshot::{Absence, Completeness, Snapshot};

/// Why what changed cannot be told.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stop {
    /// In words; reading everything helps.
    #[error("{0}")]
    Full(String),
    /// Nothing helps.
    #[error(transparent)]
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Full(error.to_string())
    }
}

/// Reads what changed, or everything.
///
/// # Errors
/// When the server cannot be read.
pub(in crate::directory) async fn read_since(
    source: &LdapSource,
    query: &Query,
    earlier: Option<Earlier>,
    session: &mut Session,
    progress: &(dyn Fn(usize) + Send + Sync),
) -> Result<Update, Error> {
    let why = match earlier {
        None => None,
        Some(earlier) => match follow(source, query, earlier, session).await {
            Ok(update) => return Ok(update),
            Err(Stop::Full(why)) => Some(why),
            Err(Stop::Failed(error)) => return Err(error),
        },
    };
    full(source, query, why, session, progress).await
}

pub(super) fn question(source: &LdapSource, query: &Query) -> Question {
    Question {
        servers: source.servers.to_string(),
        account: source.bind.account().to_owned(),
        base_dn: source.base_dn.clone(),
        user_filter: source.user_filter.clone(),
        group_filter: source.group_filter.clone(),
        attributes: query.asked(),
    }
}

async fn follow(
    source: &LdapSource,
    query: &Query,
    earlier: Earlier,
    session: &mut Session,
) -> Result<Update, Stop> {
    let Earlier { snapshot, mark } = &earlier;
    if let Some(why) = question(source, query).differs(&mark.question) {
        return Err(Stop::Full(why));
    }
    if snapshot.completeness != Completeness::Whole {
        return Err(Stop::Full("the earlier reading was not whole".to_owned()));
    }
    if let Some(connection) = session.take(&mark.server, source) {
        match follow_on(connection, true, source, query, earlier.clone(), session).await {
            Ok(update) => return Ok(update),
            Err(Stop::Full(why)) => tracing::debug!("connecting again: {why}"),
            Err(failed) => return Err(failed),
        }
    }
    let connection = match connect_to(&mark.server, source).await {
        Ok(connection) => connection,
        Err(error) if error.is_of_one_server() => return Err(Stop::Full(error.to_string())),
        // Another try with a password that is wrong only counts towards locking the account.
        Err(error) => return Err(Stop::Failed(error)),
    };
    follow_on(connection, false, source, query, earlier, session).await
}

async fn follow_on(
    mut connection: Connection,
    is_kept: bool,
    source: &LdapSource,
    query: &Query,
    Earlier { snapshot, mut mark }: Earlier,
    session: &mut Session,
) -> Result<Update, Stop> {
    // What a server says of itself when it is connected to is of that moment.
    if is_kept && matches!(mark.way, Way::Usn { .. }) {
        connection.root = RootDse::read(&mut connection.ldap, source, &mark.server).await?;
    }
    let mut reading = Reading::of(snapshot);
    // Whether what is known of those who are absent may be of yesterday.
    let mut unseen = false;
    match &mut mark.way {
        Way::DirSync { cookie } => {
            rounds(&mut connection, source, query, &mark.kinds, &mut reading, cookie).await?;
        }
        Way::Usn { highest, invocation } => {
            unseen =
                usn::follow(&mut connection, source, query, &mark.kinds, &mut reading, highest, *invocation)
                    .await?;
        }
    }
    let Reading { mut snapshot, differing, touched } = reading;
    let stale = |guid: &Uuid| unseen || touched.contains(guid);
    let moved = absences(&mut connection, source, query, &mut snapshot, stale).await;
    session.keep(source, connection);
    Ok(Update { extent: extent(&snapshot, differing, moved), snapshot, mark: Some(mark) })
}

fn extent(snapshot: &Snapshot, differing: Differing, moved: BTreeSet<Uuid>) -> Extent {
    let Differing { mut people, groups } = differing;
    people.extend(moved);
    if people.is_empty() && groups.is_empty() {
        return Extent::Unchanged;
    }
    if !groups.is_empty() {
        people.extend(in_any(snapshot, &groups));
    }
    Extent::Changed { people, groups: groups.len() }
}

/// Looks up those who are known and were not read, but for those of whom it is known from before and still true what
/// became of them. Whose absence is not what it was.
pub(super) async fn absences(
    connection: &mut Connection,
    source: &LdapSource,
    query: &Query,
    snapshot: &mut Snapshot,
    stale: impl Fn(&Uuid) -> bool,
) -> BTreeSet<Uuid> {
    let earlier = mem::take(&mut snapshot.absent);
    let (mut absent, mut missing) = (BTreeMap::new(), BTreeSet::new());
    for guid in query.known.iter().filter(|guid| snapshot.people.get(guid).is_none()) {
        match earlier.get(guid) {
            Some(absence) if !stale(guid) && !matches!(absence, Absence::Unknown { .. }) => {
                absent.insert(*guid, absence.clone());
            }
            _ => {
                missing.insert(*guid);
            }
        }
    }
    if !missing.is_empty() {
        let (found, _) = look_up(connection, source, &missing).await;
        absent.extend(found);
    }
    let differs = |(guid, absence): (&Uuid, &Absence)| {
        earlier.get(guid).is_some_and(|before| before != absence).then_some(*guid)
    };
    let moved = absent.iter().filter_map(differs).collect();
    snapshot.absent = absent;
    moved
}
