use rusqlite::Transaction;

use super::{cycles, waits};

/// `PRAGMA user_version` of a journal that this version writes.
pub(in crate::journal) const VERSION: i64 = 2;

/// `PRAGMA application_id`: "rcll".
const APPLICATION: i64 = 0x7263_6c6c;

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
    if from < 1 {
        add(t, cycles::TABLES, &cycles::APPEND_ONLY)?;
        t.pragma_update(None, "application_id", APPLICATION)?;
    }
    if from < 2 {
        add(t, waits::TABLES, &waits::APPEND_ONLY)?;
    }
    t.pragma_update(None, "user_version", VERSION)
}

fn add(t: &Transaction<'_>, tables: &str, append_only: &[&str]) -> rusqlite::Result<()> {
    t.execute_batch(tables)?;
    for table in append_only {
        t.execute_batch(&triggers(table))?;
    }
    Ok(())
}

/// No row is changed or taken away, whoever tries.
fn triggers(table: &str) -> String {
    ["UPDATE", "DELETE"]
        .map(|what| {
            format!(
                "CREATE TRIGGER {table}_no_{what} BEFORE {what} ON {table}
                 BEGIN SELECT RAISE (ABORT, 'the journal is append-only'); END;"
            )
        })
        .concat()
}
