use rusqlite::Transaction;

use super::{CHAIN, accounts, chain, cycles, facts, lifecycle, refused, waits};
use crate::journal::chain::attach;

/// `PRAGMA user_version` of a journal that this version writes.
pub(in crate::journal) const VERSION: i64 = 2;

/// `PRAGMA application_id`: "rcll".
const APPLICATION: i64 = 0x7263_6c6c;

/// Since which version, which tables, and which of them are insert-only and links of the chain.
const PARTS: [(i64, &str, &[&str]); 7] = [
    (1, cycles::TABLES, &cycles::APPEND_ONLY),
    (2, waits::TABLES, &waits::APPEND_ONLY),
    (2, accounts::TABLES, &accounts::APPEND_ONLY),
    (2, refused::TABLES, &[]),
    (2, lifecycle::TABLES, &lifecycle::APPEND_ONLY),
    (2, facts::TABLES, &facts::APPEND_ONLY),
    (2, chain::TABLES, &chain::APPEND_ONLY),
];

/// Since when there is a chain.
const CHAINED: i64 = 2;

/// What a database is before it is brought up.
pub(in crate::journal) enum Found {
    /// An empty one counts as version 0.
    Ours(i64),
    Foreign,
}

pub(in crate::journal) fn found(t: &Transaction<'_>) -> rusqlite::Result<Found> {
    let number = |name| t.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let tables: i64 = t.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))?;
    Ok(match (number("application_id")?, tables) {
        (APPLICATION, _) => Found::Ours(number("user_version")?),
        (0, 0) => Found::Ours(0),
        _ => Found::Foreign,
    })
}

/// Makes a journal of `from` one of this version; what is recorded stays as it is.
pub(in crate::journal) fn bring_up(t: &Transaction<'_>, from: i64) -> rusqlite::Result<()> {
    let new = || PARTS.iter().filter(move |(since, ..)| *since > from);
    for (_, tables, insert_only) in new() {
        t.execute_batch(tables)?;
        insert_only.iter().try_for_each(|table| forbid(t, table))?;
    }
    if from < CHAINED {
        forbid(t, CHAIN)?;
        append_only().try_for_each(|table| attach(t, table))?;
    }
    t.pragma_update(None, "application_id", APPLICATION)?;
    t.pragma_update(None, "user_version", VERSION)
}

/// The tables whose every row is a record.
pub(in crate::journal) fn append_only() -> impl Iterator<Item = &'static str> {
    PARTS.iter().flat_map(|(.., tables)| tables.iter().copied())
}

/// Does something that records are protected from, in a transaction that nobody else sees the inside of.
pub(in crate::journal) fn freely<T>(
    t: &Transaction<'_>,
    work: impl FnOnce() -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let tables = || append_only().chain([CHAIN]);
    for table in tables() {
        t.execute_batch(&format!("DROP TRIGGER {table}_no_UPDATE; DROP TRIGGER {table}_no_DELETE;"))?;
    }
    let result = work()?;
    tables().try_for_each(|table| forbid(t, table))?;
    Ok(result)
}

/// No row is changed or taken away, whoever tries.
fn forbid(t: &Transaction<'_>, table: &str) -> rusqlite::Result<()> {
    let triggers = ["UPDATE", "DELETE"].map(|what| {
        format!(
            "CREATE TRIGGER {table}_no_{what} BEFORE {what} ON {table}
             BEGIN SELECT RAISE (ABORT, 'the journal is append-only'); END;"
        )
    });
    t.execute_batch(&triggers.concat())
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::journal::{CycleId, Journal};

    #[test]
    fn a_journal_of_version_1_is_brought_up_with_all_that_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut old = Connection::open(folder.path().join("journal.db")).unwrap();
        let t = old.transaction().unwrap();
        t.execute_batch(cycles::TABLES).unwrap();
        cycles::APPEND_ONLY.iter().for_each(|table| forbid(&t, table).unwrap());
        t.execute_batch(
            "INSERT INTO revisions VALUES ('r', '{}', 't'); INSERT INTO cycles VALUES (7, 'run', 'start', 'r', 't');
             INSERT INTO operations VALUES (7, 0, 'create', 'g', 'n', NULL, NULL, 'u', '[]', '[]', 't');",
        )
        .unwrap();
        t.pragma_update(None, "application_id", APPLICATION).unwrap();
        t.pragma_update(None, "user_version", 1).unwrap();
        t.commit().unwrap();

        let journal = Journal::open(folder.path()).unwrap();
        assert_eq!(journal.cycles(9).unwrap()[0].id, CycleId(7));
        assert_eq!(journal.verify(None).unwrap().unwrap().records, 3);
        old.execute_batch("DROP TRIGGER cycles_no_UPDATE; UPDATE cycles SET cause = 'other'").unwrap();
        assert_eq!(journal.verify(None).unwrap().unwrap_err().to_string(), "cycle 7 was changed (record 2)");
    }

    #[test]
    fn every_table_that_is_insert_only_is_named_and_chained() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        let with = |suffix: &str| -> Vec<String> {
            let sql = "SELECT tbl_name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE '%' || ?1 ORDER BY 1";
            let connection = journal.connection();
            let mut query = connection.prepare(sql).unwrap();
            query.query_map([suffix], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
        };
        let mut named: Vec<String> = append_only().map(str::to_owned).collect();
        named.sort();
        assert_eq!(with("_chain"), named);
        named.push(CHAIN.to_owned());
        named.sort();
        assert_eq!(with("_no_UPDATE"), named);
        assert_eq!(with("_no_DELETE"), named);
    }
}
