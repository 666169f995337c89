use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::types::Type;
use serde::Deserialize;

use super::{Error, Journal};
use crate::config::Sources;

/// Rules that were in force.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptRevision {
    /// All 64 hexadecimal digits.
    pub revision: String,
    /// RFC 3339
    pub first_seen: String,
    pub sources: Sources,
}

#[derive(Deserialize)]
struct Kept {
    entry: String,
    extra_attributes: Vec<String>,
    files: BTreeMap<String, Arc<str>>,
}

impl Journal {
    /// Revisions of the rules whose digits start so (lower case), with all that they are made of, the latest first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn revisions(&self, prefix: &str) -> Result<Vec<KeptRevision>, Error> {
        self.read("look up a revision", |t| {
            t.prepare(
                "SELECT revision, first_seen, sources FROM revisions
                 WHERE substr(revision, 1, length(?1)) = ?1 ORDER BY first_seen DESC, revision",
            )?
            .query_map([prefix], |row| {
                let text: String = row.get(2)?;
                let kept: Kept = serde_json::from_str(&text).map_err(|error| {
                    rusqlite::Error::FromSqlConversionFailure(2, Type::Text, Box::new(error))
                })?;
                let Kept { entry, extra_attributes, files } = kept;
                let sources = Sources { entry, files, extra_attributes };
                Ok(KeptRevision { revision: row.get(0)?, first_seen: row.get(1)?, sources })
            })?
            .collect()
        })
    }
}
