use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use super::column::json;
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
                let Kept { entry, extra_attributes, files } = json(row, 2)?;
                let sources = Sources { entry, files, extra_attributes };
                Ok(KeptRevision { revision: row.get(0)?, first_seen: row.get(1)?, sources })
            })?
            .collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{CycleKind, Start};

    #[test]
    fn what_was_in_force_is_kept_once_and_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        let sources = |text: &str| Sources {
            entry: "main.rhai".into(),
            files: [("main.rhai".to_owned(), Arc::from(text))].into(),
            extra_attributes: vec!["acmeOffice".into()],
        };
        let (old, new) = (sources("// Zürich\n"), sources("// 2\n"));
        for (sources, at) in
            [(&old, "2026-01-01T00:00:00Z"), (&new, "2026-02-01T00:00:00Z"), (&old, "2026-03-01T00:00:00Z")]
        {
            let (revision, at) = (sources.revision(), at.parse().unwrap());
            journal.begin(Start { kind: CycleKind::Apply, cause: "test", revision, sources, at }).unwrap();
        }
        let all = journal.revisions("").unwrap();
        assert_eq!(all.iter().map(|kept| &kept.sources).collect::<Vec<_>>(), [&new, &old]);
        let revision = old.revision().full();
        let found = journal.revisions(&revision[..10]).unwrap();
        let first_seen = "2026-01-01T00:00:00Z".to_owned();
        assert_eq!(found, [KeptRevision { revision, first_seen, sources: old }]);
        assert_eq!(journal.revisions("_%").unwrap(), []);
    }
}
