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
        DirectorySource::Ldap(source) => ldap::read(source, query, progress).await,
    }
}

/// Which attributes there are, as the server says; `None` where there is none to ask.
///
/// # Errors
/// When the server cannot be reached, or does not show all of it.
pub async fn schema(source: &DirectorySource, now: Timestamp) -> Result<Option<Schema>, Error> {
    match source {
        DirectorySource::File(_) => Ok(None),
        DirectorySource::Ldap(source) => ldap::schema(source, now).await.map(Some),
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
