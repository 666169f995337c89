use super::error::Error;
use super::query::Query;
use super::snapshot::Snapshot;
use super::{file, ldap};
use crate::config::DirectorySource;

/// Entries after which somebody is told how many there are.
pub(super) const TOLD: usize = 256;

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
