//! Whatever is done to the records past rolecall is found, and named.

use std::path::Path;

use rolecall::journal::{How, Journal};
use rusqlite::Connection;
use rusqlite::types::Value;
use tempfile::TempDir;

use super::commands::year;
use crate::support::stable;

const TABLES: [&str; 11] = [
    "revisions",
    "cycles",
    "plans",
    "ends",
    "decisions",
    "operations",
    "outcomes",
    "facts",
    "drafts",
    "readings",
    "chain",
];

/// A database as somebody has it who knows SQLite, without any of our protection.
fn opened(state: &Path) -> Connection {
    let raw = Connection::open(state.join("journal.db")).unwrap();
    raw.pragma_update(None, "foreign_keys", false).unwrap();
    raw.pragma_update(None, "ignore_check_constraints", true).unwrap();
    let triggers: Vec<String> = raw
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
        .unwrap()
        .query_map((), |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    triggers.iter().for_each(|name| raw.execute_batch(&format!("DROP TRIGGER {name}")).unwrap());
    raw
}

struct Copies {
    whole: TempDir,
}

impl Copies {
    fn new() -> Self {
        let job = year("[guard]\nrole_change = { max = 100, percent = 100, floor = 0 }\n");
        let whole = tempfile::tempdir().unwrap();
        std::fs::copy(job.project.path("state/journal.db"), whole.path().join("journal.db")).unwrap();
        Self { whole }
    }

    /// What is found when this was done to a copy.
    fn after(&self, harm: impl FnOnce(&Connection)) -> Option<rolecall::journal::Wrong> {
        let copy = tempfile::tempdir().unwrap();
        std::fs::copy(self.whole.path().join("journal.db"), copy.path().join("journal.db")).unwrap();
        harm(&opened(copy.path()));
        Journal::open(copy.path()).unwrap().verify(None).unwrap().err()
    }
}

/// Columns with whether they are of the key.
fn columns(raw: &Connection, table: &str) -> Vec<(String, bool)> {
    raw.prepare("SELECT name, pk > 0 FROM pragma_table_info(?1)")
        .unwrap()
        .query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

#[test]
fn every_changed_value_is_found_where_it_stands() {
    let copies = Copies::new();
    let raw = opened(copies.whole.path());
    let journal = Journal::open(copies.whole.path()).unwrap();
    let found = || journal.verify(None).unwrap().err();
    assert_eq!(found(), None);
    for table in &TABLES[..10] {
        // The last of the table.
        let (place, a, b): (i64, Value, Value) = raw
            .query_row("SELECT seq, a, b FROM chain WHERE what = ?1 ORDER BY seq DESC", [table], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .unwrap();
        let columns = columns(&raw, table);
        let key: Vec<&str> = columns.iter().filter(|(_, key)| *key).map(|(name, _)| name.as_str()).collect();
        let one = match key[..] {
            [a] => format!("{a} = ?1 AND ?2 IS NULL"),
            [a, b] => format!("{a} = ?1 AND {b} = ?2"),
            _ => unreachable!(),
        };
        for (column, _) in columns.iter().filter(|(_, key)| !key) {
            let sql = format!("SELECT {column} FROM {table} WHERE {one}");
            let value: Value = raw.query_row(&sql, [&a, &b], |row| row.get(0)).unwrap();
            let other = match &value {
                Value::Null if column == "hash" => Value::Blob(vec![0]),
                Value::Null => Value::Text("x".into()),
                Value::Integer(n) => Value::Integer(n + 1),
                Value::Text(text) => Value::Text(format!("{text} ")),
                _ => Value::Blob(vec![0]),
            };
            let set = |value: Value| {
                let sql = format!("UPDATE {table} SET {column} = ?3 WHERE {one}");
                assert_eq!(raw.execute(&sql, [&a, &b, &value]).unwrap(), 1);
            };
            set(other);
            let wrong = found().unwrap_or_else(|| panic!("{table}.{column}: nothing was found"));
            assert_eq!((wrong.how, wrong.place), (How::Changed, Some(place)), "{table}.{column}: {wrong}");
            set(value);
        }
        assert_eq!(found(), None);
    }
    for table in &TABLES[..10] {
        let wrong =
            copies.after(|raw| assert!(raw.execute(&format!("DELETE FROM {table}"), ()).unwrap() > 0));
        let first =
            raw.query_row("SELECT min(seq) FROM chain WHERE what = ?1", [table], |row| row.get(0)).unwrap();
        assert_eq!(wrong.map(|wrong| (wrong.how, wrong.place)), Some((How::Missing, first)), "{table}");
    }
}

#[test]
fn rows_that_were_added_swapped_or_cut_off_are_found() {
    let copies = Copies::new();
    let found =
        |sql: &str| copies.after(|raw| raw.execute_batch(sql).unwrap()).map(|wrong| wrong.to_string());
    let told = [
        "INSERT INTO decisions SELECT NULL, cycle, guid, hash, decision FROM decisions LIMIT 1",
        "INSERT INTO outcomes SELECT 99, place, answered, outcome, detail FROM outcomes LIMIT 1",
        "INSERT INTO waits VALUES (1, 'plan', 'h', 1, 't', '{}'); INSERT INTO approvals VALUES (1, 1, 'me', 't')",
        // Two rows change places.
        "UPDATE operations SET place = 100 WHERE cycle = 1 AND place = 2;
         UPDATE operations SET place = 2 WHERE cycle = 1 AND place = 5;
         UPDATE operations SET place = 5 WHERE cycle = 1 AND place = 100",
        // A record with its link.
        "DELETE FROM chain WHERE what = 'outcomes' AND a = 1 AND b = 3; DELETE FROM outcomes WHERE cycle = 1 AND place = 3",
        // The first, and the last.
        "DELETE FROM chain WHERE seq = 1",
        "DELETE FROM ends WHERE cycle = 3; DELETE FROM chain WHERE seq = (SELECT max(seq) FROM chain)",
        "UPDATE chain SET hash = zeroblob (32) WHERE seq = 5",
        "UPDATE chain SET what = 'nothing' WHERE seq = 5",
        // A whole cycle that never was.
        "INSERT INTO cycles SELECT 4, kind, cause, revision, started FROM cycles WHERE id = 3",
        "INSERT INTO prunings VALUES (1, 't', 1, 4, zeroblob (32), '{}')",
    ]
    .map(|sql| format!("{sql}\n  → {}", found(sql).unwrap_or_else(|| "nothing is found".to_owned())));
    insta::assert_snapshot!("verify_found", told.join("\n"));
}

#[test]
fn another_program_cannot_write_a_record() {
    let copies = Copies::new();
    let copy = tempfile::tempdir().unwrap();
    std::fs::copy(copies.whole.path().join("journal.db"), copy.path().join("journal.db")).unwrap();
    let raw = Connection::open(copy.path().join("journal.db")).unwrap();
    let error = raw.execute("INSERT INTO ends VALUES (9, 't', 'done', NULL)", ()).unwrap_err().to_string();
    assert!(error.contains("no such function: rolecall_link"), "{error}");
}

#[test]
fn a_head_that_was_noted_proves_that_nothing_was_rewritten() {
    let _guard = stable();
    let job = year("[guard]\nrole_change = { max = 100, percent = 100, floor = 0 }\n");
    let head = || {
        let ran = job.succeeds(["journal", "verify"]);
        ran.stdout.lines().find_map(|line| line.strip_prefix("head ")).unwrap().to_owned()
    };
    let noted = head();
    insta::assert_snapshot!("verify_whole", job.rolecall(["journal", "verify"]).run());
    job.succeeds(["apply"]);
    assert_ne!(head(), noted);
    let expected = job.rolecall(["journal", "verify", "--expect", &noted[..16]]).run();
    insta::assert_snapshot!("verify_expected", expected);

    let job = year("[guard]\nrole_change = { max = 100, percent = 100, floor = 0 }\n");
    insta::assert_snapshot!(
        "verify_unexpected",
        job.rolecall(["journal", "verify", "--expect", &"ab".repeat(32)]).run()
    );
    opened(&job.project.path("state"))
        .execute_batch("UPDATE outcomes SET outcome = 'failed' WHERE cycle = 2 AND place = 1")
        .unwrap();
    insta::assert_snapshot!("verify_changed", job.rolecall(["journal", "verify"]).run());
    insta::assert_snapshot!("verify_no_hash", job.rolecall(["journal", "verify", "--expect", "xyz"]).run());
}
