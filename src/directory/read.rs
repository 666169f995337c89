use jiff::Timestamp;

use super::error::Error;
use super::mark::{Earlier, Extent, Update};
use super::query::Query;
use super::schema::Schema;
use super::snapshot::Snapshot;
use super::{Session, file, ldap};
use crate::config::DirectorySource;

/// Entries after which somebody is told how many there are.
pub(super) const TOLD: usize = 32;

/// Reads the whole directory once. `progress` is told, now and then, how many entries there are so far.
///
/// # Errors
/// When nothing can be said about the directory: it cannot be reached, refuses, breaks off, or the file is wrong or
/// cut short. What can be used but is not everything is no error: see [`Snapshot::completeness`].
pub async fn read(
    source: &DirectorySource,
    query: &Query,
    progress: &(dyn Fn(usize) + Send + Sync),
) -> Result<Snapshot, Error> {
    match source {
        DirectorySource::File(source) => file::read(&source.path, query, progress).await,
        DirectorySource::Ldap(source) => Ok(ldap::read(source, query, None, progress).await?.0),
    }
}

/// The same, and which attributes there are, as the server says; `None` where there is none to ask.
///
/// # Errors
/// As [`read`]; of the schema, when the server does not show all of it.
pub async fn read_with_schema(
    source: &DirectorySource,
    query: &Query,
    now: Timestamp,
    progress: &(dyn Fn(usize) + Send + Sync),
) -> Result<(Snapshot, Result<Option<Schema>, Error>), Error> {
    match source {
        DirectorySource::File(source) => Ok((file::read(&source.path, query, progress).await?, Ok(None))),
        DirectorySource::Ldap(source) => ldap::read(source, query, Some(now), progress).await,
    }
}

/// Reads what changed since an earlier reading, and everything where that is not possible: then the answer says why.
/// The snapshot is the one that [`read`] would give. `session` keeps the connection for the next reading. A file is always read whole.
///
/// # Errors
/// As [`read`].
pub async fn read_since(
    source: &DirectorySource,
    query: &Query,
    earlier: Option<Earlier>,
    session: &mut Session,
    progress: &(dyn Fn(usize) + Send + Sync),
) -> Result<Update, Error> {
    match source {
        DirectorySource::File(_) => {
            let snapshot = read(source, query, progress).await?;
            Ok(Update { snapshot, mark: None, extent: Extent::Full { why: None } })
        }
        DirectorySource::Ldap(source) => ldap::read_since(source, query, earlier, session, progress).await,
    }
}
