use rusqlite::{Params, Row, Transaction};
use serde_json::Value;

use super::accounts::drifts;
use super::column::{json, parsed};
use super::model::PlanSummary;
use super::{Answer, CycleId, CycleRecord, CycleSummary, Error, Journal, OperationRecord};

impl Journal {
    /// The last cycles, newest first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn cycles(&self, limit: u32) -> Result<Vec<CycleSummary>, Error> {
        self.read("list the cycles", |t| {
            let sql = format!("{CYCLES} ORDER BY id DESC LIMIT ?1");
            t.prepare(&sql)?.query_map([limit], summary)?.collect()
        })
    }

    /// One cycle with its operations in the order of the plan; `None` when there is none of that number.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn cycle(&self, id: CycleId) -> Result<Option<CycleRecord>, Error> {
        self.read("look up a cycle", |t| {
            let sql = format!("{CYCLES} WHERE id = ?1");
            let found = t.prepare(&sql)?.query_map([id.0], summary)?.next().transpose()?;
            let Some(summary) = found else { return Ok(None) };
            let operations = operations(t, "WHERE cycle = ?1", [id.0])?;
            let mut plan = plan(t, id)?;
            let mut list = |key: &str| match plan.get_mut(key).map(Value::take) {
                Some(Value::Array(list)) => list,
                _ => Vec::new(),
            };
            let drifted = drifts(t, id)?;
            Ok(Some(CycleRecord {
                summary,
                drifted,
                operations,
                skipped: list("skipped"),
                held: list("held"),
            }))
        })
    }

    /// Operations that were about to be sent and never answered, of cycles that have not ended: they are under way,
    /// or the process was broken off.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn unfinished(&self) -> Result<Vec<OperationRecord>, Error> {
        self.read("look for what was broken off", |t| {
            operations(t, "WHERE outcome IS NULL AND cycle NOT IN (SELECT cycle FROM ends)", ())
        })
    }
}

const CYCLES: &str = "
SELECT id, kind, cause, revision, started, ended, status, error, source, people, partial_why, managed_active, creates,
    updates, reactivates, deactivates, unchanged, skipped, faults, unmanaged, guard, held, leaving,
    (SELECT count(*) FROM outcomes NATURAL JOIN operations p WHERE p.cycle = id AND outcome = 'done' AND p.kind = 'create')
        AS created,
    (SELECT count(*) FROM outcomes NATURAL JOIN operations p WHERE p.cycle = id AND outcome = 'done' AND p.kind = 'update')
        AS updated,
    (SELECT count(*) FROM outcomes NATURAL JOIN operations p
        WHERE p.cycle = id AND outcome = 'done' AND p.kind = 'reactivate') AS reactivated,
    (SELECT count(*) FROM outcomes NATURAL JOIN operations p
        WHERE p.cycle = id AND outcome = 'done' AND p.kind = 'deactivate') AS deactivated,
    id < (SELECT coalesce(max(before), 0) FROM prunings) AS pruned,
    (SELECT count(*) FROM outcomes o WHERE o.cycle = id AND outcome = 'done') AS done,
    (SELECT count(*) FROM outcomes o WHERE o.cycle = id AND outcome = 'failed') AS failed,
    (SELECT count(*) FROM operations o NATURAL LEFT JOIN outcomes
        WHERE o.cycle = id AND (outcome IS NULL OR outcome = 'lost')) AS unanswered
FROM cycles LEFT JOIN plans ON plans.cycle = id LEFT JOIN ends ON ends.cycle = id";

fn summary(row: &Row<'_>) -> rusqlite::Result<CycleSummary> {
    let plan = match row.get("source")? {
        None => None,
        Some(source) => Some(PlanSummary {
            source,
            people: row.get("people")?,
            partial: row.get("partial_why")?,
            managed_active: row.get("managed_active")?,
            create: row.get("creates")?,
            update: row.get("updates")?,
            reactivate: row.get("reactivates")?,
            deactivate: row.get("deactivates")?,
            unchanged: row.get("unchanged")?,
            skipped: row.get("skipped")?,
            faults: row.get("faults")?,
            unmanaged: row.get("unmanaged")?,
            held: row.get("held")?,
            leaving: row.get("leaving")?,
            guard: json(row, "guard")?,
        }),
    };
    Ok(CycleSummary {
        id: CycleId(row.get("id")?),
        kind: row.get("kind")?,
        cause: row.get("cause")?,
        revision: row.get("revision")?,
        started: row.get("started")?,
        ended: row.get("ended")?,
        status: row.get("status")?,
        error: row.get("error")?,
        plan,
        created: row.get("created")?,
        updated: row.get("updated")?,
        reactivated: row.get("reactivated")?,
        deactivated: row.get("deactivated")?,
        pruned: row.get("pruned")?,
        done: row.get("done")?,
        failed: row.get("failed")?,
        unanswered: row.get("unanswered")?,
    })
}

/// The plan's text; null where none was kept.
fn plan(t: &Transaction<'_>, cycle: CycleId) -> rusqlite::Result<Value> {
    let mut query = t.prepare(
        "SELECT d.plan AS plan FROM readings JOIN drafts d ON d.hash = readings.plan WHERE cycle = ?1",
    )?;
    Ok(query.query_map([cycle.0], |row| json(row, "plan"))?.next().transpose()?.unwrap_or_default())
}

pub(super) fn operations(
    t: &Transaction<'_>,
    condition: &str,
    parameters: impl Params,
) -> rusqlite::Result<Vec<OperationRecord>> {
    let sql = format!(
        "SELECT cycle, place, kind, guid, name, dn, account, user_name, changes, reasons, intended, answered, outcome,
         detail FROM operations NATURAL LEFT JOIN outcomes {condition} ORDER BY cycle, place"
    );
    t.prepare(&sql)?.query_map(parameters, operation)?.collect()
}

fn operation(row: &Row<'_>) -> rusqlite::Result<OperationRecord> {
    let answer = match row.get("answered")? {
        None => None,
        Some(at) => Some(Answer { at, outcome: row.get("outcome")?, detail: json(row, "detail")? }),
    };
    Ok(OperationRecord {
        cycle: CycleId(row.get("cycle")?),
        place: row.get("place")?,
        kind: row.get("kind")?,
        guid: parsed(row, "guid")?,
        name: row.get("name")?,
        dn: row.get("dn")?,
        account: row.get("account")?,
        user_name: row.get("user_name")?,
        changes: json(row, "changes")?,
        reasons: json(row, "reasons")?,
        intended: row.get("intended")?,
        answer,
    })
}
