use std::collections::HashMap;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::{
    Connection, ErrorCode, OptionalExtension, Transaction, TransactionBehavior, named_params, params,
};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::chain::register;
use super::column::parsed;
use super::lifecycle;
use super::schema::{Found, VERSION, bring_up, found};
use super::{CycleId, End, Error, Lock, OperationRecord, Planned, Start, Status};
use crate::config::{FactsKept, Sources};
use crate::desired::Person;
use crate::directory::Completeness;
use crate::plan::{Kind, Link, Links};
use crate::policy::Decision;

/// The journal of one state folder, in a SQLite database.
#[derive(Debug)]
pub struct Journal {
    pub(super) path: PathBuf,
    connection: Mutex<Connection>,
    pub(super) facts: FactsKept,
}

impl Journal {
    /// Opens `journal.db` in the state folder; both are created where they are missing, for their owner alone.
    ///
    /// # Errors
    /// When it cannot be created or written, is damaged, or was written by a newer version.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        create_folder(folder)?;
        let path = folder.join("journal.db");
        // SQLite would create it for everyone to read; its other files take the mode from this one.
        private().open(&path).map_err(|source| Error::Open { path: path.clone(), source })?;
        let sql = |source| Error::Sql { doing: "open the journal", path: path.clone(), source };
        let mut connection = Connection::open(&path).map_err(sql)?;
        prepare(&connection).map_err(sql)?;
        // Who only reads beside somebody who writes much need not wait.
        if let Found::Ours(VERSION) = connection.transaction().and_then(|t| found(&t)).map_err(sql)? {
            return Ok(Self::of(path, connection));
        }
        let transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
        match found(&transaction).map_err(sql)? {
            Found::Ours(VERSION) => {}
            Found::Ours(from) if from < VERSION => bring_up(&transaction, from).map_err(sql)?,
            Found::Ours(found) => return Err(Error::Newer { path, found, known: VERSION }),
            Found::Foreign => return Err(Error::Foreign { path }),
        }
        transaction.commit().map_err(sql)?;
        Ok(Self::of(path, connection))
    }

    fn of(path: PathBuf, connection: Connection) -> Self {
        Self { path, connection: Mutex::new(connection), facts: FactsKept::default() }
    }

    /// The journal of a state folder, where there is one: who only looks makes none.
    ///
    /// # Errors
    /// As [`Journal::open`].
    pub fn existing(folder: &Path) -> Result<Option<Self>, Error> {
        // What is there and no folder is told as it is when something has to be written.
        let is_something_else = folder.exists() && !folder.is_dir();
        if is_something_else || folder.join("journal.db").exists() {
            Self::open(folder).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Lets it keep more or less of what is read from now on; all, unless told otherwise.
    #[must_use]
    pub fn keeping(self, facts: FactsKept) -> Self {
        Self { facts, ..self }
    }

    pub(super) fn connection(&self) -> MutexGuard<'_, Connection> {
        // A panic elsewhere rolled its transaction back; the connection itself is sound.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` wholly or not at all; when it returns, it is on the disk.
    pub(super) fn write<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        let mut connection = self.connection();
        let run = || {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let result = work(&transaction)?;
            transaction.commit()?;
            Ok(result)
        };
        run().map_err(|source| Error::Sql { doing, path: self.path.clone(), source })
    }

    pub(super) fn read<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        let mut connection = self.connection();
        let run = || work(&connection.transaction()?);
        run().map_err(|source| Error::Sql { doing, path: self.path.clone(), source })
    }

    /// Opens a cycle.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(&self, start: Start<'_>) -> Result<CycleId, Error> {
        self.write("begin a cycle", |t| {
            t.execute(
                "INSERT INTO revisions (revision, sources, first_seen) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                params![start.revision.full(), sources(start.sources), start.at.to_string()],
            )?;
            t.execute(
                "INSERT INTO cycles (kind, cause, revision, started) VALUES (?1, ?2, ?3, ?4)",
                params![start.kind.name(), start.cause, start.revision.full(), start.at.to_string()],
            )?;
            Ok(CycleId(t.last_insert_rowid()))
        })
    }

    /// Records the decisions that differ from the last one of the same person; tells how many. Names in links are
    /// brought up to date, for the day when somebody is gone.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn decided(&self, cycle: CycleId, decisions: &[Decision]) -> Result<usize, Error> {
        self.write("record decisions", |t| {
            let mut last: HashMap<String, Vec<u8>> = HashMap::new();
            let mut query = t.prepare("SELECT guid, hash, max(id) FROM decisions GROUP BY guid")?;
            for row in query.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))? {
                let (guid, hash) = row?;
                last.insert(guid, hash);
            }
            let mut insert =
                t.prepare("INSERT INTO decisions (cycle, guid, hash, decision) VALUES (?1, ?2, ?3, ?4)")?;
            let mut rename = t.prepare("UPDATE links SET name = ?2 WHERE guid = ?1 AND name <> ?2")?;
            let mut changed = 0;
            for decision in decisions {
                let guid = decision.user.to_string();
                let text = json!(decision).to_string();
                let hash = Sha256::digest(&text);
                if last.get(&guid).is_none_or(|last| last.as_slice() != hash.as_slice()) {
                    insert.execute(params![cycle.0, guid, hash.as_slice(), text])?;
                    rename.execute(params![guid, decision.name])?;
                    changed += 1;
                }
            }
            Ok(changed)
        })
    }

    /// Records the sizes of a plan and the guard's verdict.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn planned(&self, cycle: CycleId, planned: Planned<'_>) -> Result<(), Error> {
        let plan = planned.plan;
        let partial = match planned.completeness {
            Completeness::Whole => None,
            Completeness::Partial { why } => Some(why),
        };
        self.write("record a plan", |t| {
            lifecycle::planned(t, cycle, plan, planned.orders, planned.at)?;
            t.execute(
                "INSERT INTO plans VALUES (:cycle, :source, :people, :whole, :partial, :managed, :creates, :updates,
                 :reactivates, :deactivates, :unchanged, :skipped, :faults, :unmanaged, :allowed, :guard,
                 :held, :leaving)",
                named_params! {
                    ":cycle": cycle.0,
                    ":source": planned.source,
                    ":people": count(planned.people),
                    ":whole": partial.is_none(),
                    ":partial": partial,
                    ":managed": count(plan.managed_active),
                    ":creates": count(plan.count(Kind::Create)),
                    ":updates": count(plan.count(Kind::Update)),
                    ":reactivates": count(plan.count(Kind::Reactivate)),
                    ":deactivates": count(plan.count(Kind::Deactivate)),
                    ":unchanged": count(plan.unchanged),
                    ":skipped": count(plan.skipped.len()),
                    ":faults": count(plan.skipped.iter().filter(|skipped| skipped.fault).count()),
                    ":unmanaged": count(plan.unmanaged.len()),
                    ":held": count(plan.held.len()),
                    ":leaving": count(plan.leaving.len()),
                    ":allowed": plan.guard.permits(),
                    ":guard": json!(plan.guard).to_string(),
                },
            )?;
            Ok(())
        })
    }

    /// Links people to accounts that were found to be theirs; an older link of theirs, to an account that is no
    /// longer there, gives way. The links in `released` end first, all in one step.
    ///
    /// # Errors
    /// When it cannot be written, or an account is linked to somebody else.
    pub fn adopt(
        &self,
        _: &Lock,
        cycle: CycleId,
        released: &Links,
        adopted: &[(Person, Link)],
        at: Timestamp,
    ) -> Result<(), Error> {
        self.write("link accounts", |t| {
            for (guid, from) in released {
                t.execute(
                    "DELETE FROM links WHERE guid = ?1 AND account = ?2",
                    params![guid.to_string(), from.account],
                )?;
            }
            for (person, to) in adopted {
                link(t, cycle, person.guid, &to.account, &to.name, at)?;
            }
            Ok(())
        })
    }

    /// Closes a cycle; nothing more can be recorded in it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn end(&self, cycle: CycleId, end: End<'_>) -> Result<(), Error> {
        self.write("end a cycle", |t| close(t, cycle, end))
    }

    /// Closes the cycles that were broken off, and tells which of their operations were never answered: whether these
    /// were carried out shows the next reading of the target.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn settle(&self, _: &Lock, at: Timestamp) -> Result<Vec<OperationRecord>, Error> {
        let lost = self.unfinished()?;
        self.write("close what was broken off", |t| {
            t.execute(
                "INSERT INTO outcomes (cycle, place, answered, outcome, detail)
                 SELECT cycle, place, ?1, 'lost', '{}' FROM operations NATURAL LEFT JOIN outcomes
                 WHERE outcome IS NULL AND cycle NOT IN (SELECT cycle FROM ends)",
                [at.to_string()],
            )?;
            let mut open = t.prepare("SELECT id FROM cycles WHERE id NOT IN (SELECT cycle FROM ends)")?;
            for id in open.query_map((), |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()? {
                close(t, CycleId(id), End { status: Status::BrokenOff, error: None, at })?;
            }
            Ok(lost)
        })
    }

    /// Who is linked to which account.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn links(&self) -> Result<Links, Error> {
        self.read("read the links", |t| {
            t.prepare("SELECT guid, account, name FROM links")?
                .query_map((), |row| Ok((parsed(row, 0)?, Link { account: row.get(1)?, name: row.get(2)? })))?
                .collect()
        })
    }

    /// How many people the last whole reading had on which the guard let operations be carried out. A refused
    /// one does not count: or a second look would make a shrunken directory the new measure.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn last_whole_size(&self) -> Result<Option<usize>, Error> {
        self.read("read the last size", |t| {
            t.query_row(
                "SELECT people FROM plans
                 WHERE whole AND allowed ORDER BY cycle DESC LIMIT 1",
                (),
                |row| Ok(row.get::<_, u32>(0)? as usize),
            )
            .optional()
        })
    }
}

/// SQLite's integers are `i64`.
pub(super) fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

pub(super) fn link(
    t: &Transaction<'_>,
    cycle: CycleId,
    guid: Uuid,
    account: &str,
    name: &str,
    at: Timestamp,
) -> rusqlite::Result<()> {
    t.execute(
        "INSERT INTO links (guid, account, name, cycle, since) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (guid) DO UPDATE SET account = ?2, name = ?3, cycle = ?4, since = ?5",
        params![guid.to_string(), account, name, cycle.0, at.to_string()],
    )?;
    Ok(())
}

fn close(t: &Transaction<'_>, cycle: CycleId, end: End<'_>) -> rusqlite::Result<()> {
    t.execute(
        "INSERT INTO ends (cycle, ended, status, error) VALUES (?1, ?2, ?3, ?4)",
        params![cycle.0, end.at.to_string(), end.status.name(), end.error],
    )?;
    Ok(())
}

fn sources(sources: &Sources) -> String {
    let files: serde_json::Map<_, _> =
        sources.files.iter().map(|(path, text)| (path.clone(), json!(**text))).collect();
    json!({ "entry": sources.entry, "extra_attributes": sources.extra_attributes, "files": files })
        .to_string()
}

/// Creates a folder that is its owner's alone; one that is there stays as it is.
pub(super) fn create_folder(folder: &Path) -> Result<(), Error> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|source| Error::Folder { folder: folder.to_owned(), source })
}

/// Opens or creates a file that is its owner's alone.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// For another process that writes.
const PATIENCE: Duration = Duration::from_secs(10);

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    register(connection)?;
    write_ahead(connection)?;
    // The first reading of a large company is written at once, and its log would stay as large for good.
    connection.pragma_update_and_check(None, "journal_size_limit", 16 << 20, |_| Ok(()))?;
    // Durable after every commit: an operation is sent on the strength of it.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // Or INSERT OR REPLACE would go around the triggers that forbid to delete.
    connection.pragma_update(None, "recursive_triggers", true)
}

/// Two processes that open a new journal at once are in each other's way here, and SQLite, which waits for a lock else,
/// refuses one of them at once.
fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    let since = Instant::now();
    loop {
        match connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())) {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && since.elapsed() < PATIENCE =>
            {
                std::thread::sleep(Duration::from_millis(10));
            }
            other => return other,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::journal::CycleKind;

    #[test]
    fn several_open_a_new_one_at_once() {
        for _ in 0..40 {
            let folder = tempfile::tempdir().unwrap();
            let opened: Vec<_> = std::thread::scope(|scope| {
                let open = || Journal::open(folder.path()).map(drop);
                let openers: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
                openers.into_iter().map(|opener| opener.join().unwrap()).collect()
            });
            assert!(opened.iter().all(Result::is_ok), "{opened:?}");
        }
    }

    fn begin(journal: &Journal, cause: &str) -> Result<CycleId, Error> {
        let sources = Sources { entry: String::new(), files: BTreeMap::new(), extra_attributes: Vec::new() };
        let revision = sources.revision();
        let at = Timestamp::UNIX_EPOCH;
        journal.begin(Start { kind: CycleKind::Apply, cause, revision, sources: &sources, at })
    }

    fn told(error: &Error, folder: &Path) -> String {
        format!("{error}\n{}", error.hint().unwrap_or("-")).replace(&folder.display().to_string(), "STATE")
    }

    #[test]
    fn a_full_disk_is_told_and_what_was_recorded_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        let pages: i64 =
            journal.connection().pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        // SQLite reports a file that may not grow as it reports a disk that is full (SQLITE_FULL).
        let limit = |pages| {
            journal.connection().pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
        };
        limit(pages);
        let error = begin(&journal, &"x".repeat(100_000)).unwrap_err();
        insta::assert_snapshot!(told(&error, folder.path()), @r#"
        cannot begin a cycle (`STATE/journal.db`): database or disk is full
        make room on the disk that holds the state folder
        "#);
        limit(i64::from(u32::MAX) - 1);
        assert_eq!(journal.cycles(9).unwrap(), []);
        begin(&journal, "again").unwrap();
    }

    #[test]
    fn a_journal_that_may_not_be_written_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        journal.connection().pragma_update(None, "query_only", true).unwrap();
        insta::assert_snapshot!(told(&begin(&journal, "x").unwrap_err(), folder.path()), @r#"
        cannot begin a cycle (`STATE/journal.db`): attempt to write a readonly database
        let the user that runs rolecall write to the state folder and to every file in it
        "#);
    }
}
