use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::Error;
use super::query::Query;
use super::read::read;
use super::snapshot::Snapshot;
use crate::config::DirectorySource;

/// How far a reading goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    server: String,
}

/// What the last reading left.
#[derive(Clone, Debug)]
pub struct Earlier {
    pub snapshot: Snapshot,
    pub mark: Mark,
}

/// A reading that may have begun with an earlier one.
#[derive(Debug)]
pub struct Update {
    pub snapshot: Snapshot,
    /// Absent where the next reading has to read everything.
    pub mark: Option<Mark>,
    pub extent: Extent,
}

/// How much was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Everything; why, where an earlier reading was there.
    Full {
        why: Option<String>,
    },
    /// These people, and so many groups.
    Changed {
        people: BTreeSet<Uuid>,
        groups: usize,
    },
    Unchanged,
}

pub async fn read_since(
    source: &DirectorySource,
    query: &Query,
    earlier: Option<Earlier>,
    progress: &(dyn Fn(usize) + Send + Sync),
) -> Result<Update, Error> {
    let snapshot = read(source, query, progress).await?;
    let mark = earlier.map(|earlier| earlier.mark);
    Ok(Update { snapshot, mark, extent: Extent::Full { why: None } })
}
