use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};
use serde::Serialize;
use serde_json::json;

use super::chain::{Columns, Hash, append, hex};
use super::schema::{CHAIN, append_only, freely};
use super::{CycleId, Error, Journal, Wrong};

/// What was pruned, or would be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pruning {
    /// The first cycle that stays whole.
    pub before: CycleId,
    /// Records by table, those without any left out.
    pub removed: BTreeMap<String, u64>,
    /// Where what is left of the chain starts, and the hash there: 64 hexadecimal digits.
    pub through: i64,
    pub hash: String,
}

/// Rows that go with their cycle, each before what it refers to.
const WITH_CYCLE: [&str; 4] = ["outcomes", "operations", "readings", "drifts"];

impl Journal {
    /// Removes cycles that began before `older_than` with all that hangs on them, but for what the present needs: the
    /// last facts and the last decision of everybody who is there, what waits or waited, rules and cycles that
    /// something left refers to, the last cycle. What is left of the chain is verified first, and is verifiable after.
    /// `None`: there is nothing so old. With `dry_run` nothing is removed.
    ///
    /// # Errors
    /// When it cannot be written. A chain that is broken is left as it is, and is no error of writing.
    pub fn prune(
        &self,
        older_than: Timestamp,
        at: Timestamp,
        dry_run: bool,
    ) -> Result<Result<Option<Pruning>, Wrong>, Error> {
        // Not in the transaction below: whoever else is at work would wait for it.
        if let Err(wrong) = self.verify(None)? {
            return Ok(Err(wrong));
        }
        let mut connection = self.connection();
        let mut run = || {
            // Looked at as a whole at the end, and not row by row.
            connection.pragma_update(None, "foreign_keys", false)?;
            let t = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let pruning = prune(&t, older_than, at)?;
            if dry_run {
                t.rollback()?;
            } else {
                t.commit()?;
            }
            if !dry_run && pruning.is_some() {
                // What was removed shall not stay in free pages, nor take room.
                connection.execute_batch("VACUUM; PRAGMA wal_checkpoint (TRUNCATE);")?;
            }
            Ok(pruning)
        };
        let result = run();
        let checked = connection.pragma_update(None, "foreign_keys", true);
        let sql = |source| Error::Sql { doing: "prune the journal", path: self.path.clone(), source };
        let pruning = result.map_err(sql)?;
        checked.map_err(sql)?;
        Ok(Ok(pruning))
    }
}

fn prune(t: &Transaction<'_>, older_than: Timestamp, at: Timestamp) -> rusqlite::Result<Option<Pruning>> {
    let Some(before) = first_to_stay(t, older_than)? else { return Ok(None) };
    let place = |table: &str, cycle: i64| {
        let sql = format!("SELECT seq FROM {CHAIN} WHERE what = ?1 AND a = ?2");
        t.query_row(&sql, params![table, cycle], |row| row.get::<_, i64>(0)).optional()
    };
    let Some(through) = place("cycles", before)?.map(|first| first - 1) else { return Ok(None) };
    let hash: Option<Hash> = t
        .query_row(&format!("SELECT hash FROM {CHAIN} WHERE seq = ?1"), [through], |row| row.get(0))
        .optional()?;
    let Some(hash) = hash else { return Ok(None) };
    t.execute_batch(&format!(
        "CREATE TEMP TABLE old (what, a, b, PRIMARY KEY (what, a, b));
         INSERT INTO old SELECT what, a, b FROM {CHAIN} WHERE seq <= {through};"
    ))?;
    let removed = freely(t, || {
        let removed = remove(t, before)?;
        t.execute(&format!("DELETE FROM {CHAIN} WHERE seq <= ?1"), [through])?;
        Ok(removed)
    })?;
    if removed.is_empty() {
        return Ok(None);
    }
    for table in append_only() {
        let columns = Columns::of(t, table)?;
        let key = |n: usize| columns.key.get(n).map_or("NULL", String::as_str);
        let (a, b) = (key(0), key(1));
        let left =
            format!("WHERE EXISTS (SELECT 1 FROM old WHERE what = '{table}' AND a = {a} AND b IS {b})");
        append(t, table, &columns, &left)?;
    }
    t.execute_batch("DROP TABLE old")?;
    t.execute(
        "INSERT INTO prunings (at, before, through, hash, removed) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![at.to_string(), before, through, hash, json!(removed).to_string()],
    )?;
    let broken: Option<String> =
        t.query_row("SELECT \"table\" FROM pragma_foreign_key_check", (), |row| row.get(0)).optional()?;
    if let Some(table) = broken {
        let why = format!("something in `{table}` would refer to what is gone");
        return Err(rusqlite::Error::ToSqlConversionFailure(why.into()));
    }
    Ok(Some(Pruning { before: CycleId(before), removed, through, hash: hex(&hash) }))
}

/// `None` when all are younger.
fn first_to_stay(t: &Transaction<'_>, older_than: Timestamp) -> rusqlite::Result<Option<i64>> {
    let mut query = t.prepare("SELECT id, started FROM cycles ORDER BY id")?;
    let mut rows = query.query(())?;
    let pruned: i64 = t.query_row("SELECT coalesce(max(before), 0) FROM prunings", (), |row| row.get(0))?;
    let mut last = None;
    let mut older = false;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        let started: String = row.get(1)?;
        last = Some(id);
        if started.parse::<Timestamp>().is_ok_and(|started| started >= older_than) {
            break;
        }
        older |= id >= pruned;
    }
    Ok(last.filter(|_| older))
}

fn remove(t: &Transaction<'_>, before: i64) -> rusqlite::Result<BTreeMap<String, u64>> {
    let mut removed = BTreeMap::new();
    let mut delete = |table: &str, condition: &str| -> rusqlite::Result<()> {
        let rows = t.execute(&format!("DELETE FROM {table} WHERE {condition}"), ())?;
        if rows > 0 {
            *removed.entry(table.to_owned()).or_default() += rows as u64;
        }
        Ok(())
    };
    for table in WITH_CYCLE {
        delete(table, &format!("cycle < {before}"))?;
    }
    delete("drafts", "hash NOT IN (SELECT plan FROM readings)")?;
    // Of somebody who was gone by then nothing is needed, not even that.
    t.execute_batch(&format!(
        "CREATE TEMP TABLE last AS
             SELECT max(id) AS id, kind, key, hash IS NOT NULL AS there FROM facts WHERE cycle < {before} GROUP BY kind, key;
         CREATE INDEX last_id ON last (id); CREATE INDEX last_key ON last (kind, key);"
    ))?;
    delete("facts", &format!("cycle < {before} AND id NOT IN (SELECT id FROM last WHERE there)"))?;
    delete(
        "decisions",
        &format!(
            "cycle < {before} AND (id NOT IN (SELECT max(id) FROM decisions WHERE cycle < {before} GROUP BY guid)
             OR EXISTS (SELECT 1 FROM last WHERE kind = 'person' AND key = guid AND NOT there))"
        ),
    )?;
    t.execute_batch("DROP TABLE last")?;
    needed(t, before)?;
    for (table, id) in [("ends", "cycle"), ("plans", "cycle"), ("cycles", "id")] {
        delete(table, &format!("{id} < {before} AND {id} NOT IN (SELECT cycle FROM needed)"))?;
    }
    t.execute_batch("DROP TABLE needed")?;
    delete("revisions", "revision NOT IN (SELECT revision FROM cycles)")?;
    Ok(removed)
}

/// Cycles that something refers to, and the last one whose size is the measure of the next.
fn needed(t: &Transaction<'_>, before: i64) -> rusqlite::Result<()> {
    t.execute_batch(
        "CREATE TEMP TABLE needed (cycle INTEGER PRIMARY KEY);
         INSERT INTO needed SELECT cycle FROM plans WHERE whole AND allowed ORDER BY cycle DESC LIMIT 1;",
    )?;
    let refer: Vec<(String, String)> = t
        .prepare(
            "SELECT m.name, f.\"from\" FROM sqlite_schema m, pragma_foreign_key_list (m.name) f
             WHERE m.type = 'table' AND f.\"table\" = 'cycles' AND m.name NOT IN ('plans', 'ends')",
        )?
        .query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (table, column) in refer {
        t.execute(
            &format!(
                "INSERT OR IGNORE INTO needed SELECT DISTINCT {column} FROM {table}
                 WHERE {column} IS NOT NULL AND {column} < ?1"
            ),
            [before],
        )?;
    }
    Ok(())
}
