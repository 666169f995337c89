use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rusqlite::{Row, Transaction, params};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::column::{parsed, wrong};
use super::waits::{end, open, put_up};
use super::{Closed, CycleId, Error, Journal, Waits};
use crate::plan::{Answer, Departures, Held, Hold, Holds, Operation, Plan, changes};
use crate::policy::Cause;

/// What earlier cycles left for later ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Later {
    pub departures: Departures,
    pub holds: Holds,
}

impl Journal {
    /// Since when deactivations are wanted, and what was said of operations that were held.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn later(&self) -> Result<Later, Error> {
        self.read("read what waits", |t| {
            let mut later = Later { departures: departures(t)?, holds: rejected(t)? };
            for waiting in open(t, "AND kind = ?1", [Waits::Operation.name()])? {
                let answer = waiting.approval.map(|said| Answer { who: said.who, at: said.at, is_yes: true });
                later.holds.insert(waiting.hash, Hold { since: waiting.since, answer });
            }
            Ok(later)
        })
    }
}

/// Records what a plan keeps for later, as part of recording the plan: since when deactivations are wanted, what is
/// newly held, and what was held and is wanted no more. `orders`: the plan is that of orders by hand, which say
/// nothing of what the rules want, nor these of them.
pub(super) fn planned(
    t: &Transaction<'_>,
    cycle: CycleId,
    plan: &Plan,
    orders: Option<&str>,
    at: Timestamp,
) -> rusqlite::Result<()> {
    depart(t, &plan.departures)?;
    for held in &plan.held {
        put_up(t, Waits::Operation, &held.hash, Some(cycle), &summary(held, orders), at)?;
    }
    // Of what the guard refuses nobody knows whether it is what anybody wants.
    if plan.guard.permits() {
        withdraw(t, cycle, plan, orders, at)?;
    }
    Ok(())
}

/// An operation that was approved is done, as part of recording its outcome.
pub(super) fn carried_out(
    t: &Transaction<'_>,
    cycle: CycleId,
    operation: &Operation,
    at: Timestamp,
) -> rusqlite::Result<()> {
    let known = open(t, "AND kind = ?1 AND hash = ?2", [Waits::Operation.name(), operation.hash().as_str()])?;
    for waiting in known.iter().filter(|waiting| waiting.approval.is_some()) {
        end(t, waiting.id, Closed::CarriedOut, None, Some(cycle), at)?;
    }
    Ok(())
}

fn departures(t: &Transaction<'_>) -> rusqlite::Result<Departures> {
    let mut departures = Departures::new();
    let mut query = t.prepare("SELECT guid, cause, since FROM departures")?;
    for row in query.query_map((), |row| Ok((parsed(row, 0)?, cause(row)?, parsed(row, 2)?)))? {
        let (guid, cause, since) = row?;
        departures.entry(guid).or_default().insert(cause, since);
    }
    Ok(departures)
}

fn cause(row: &Row<'_>) -> rusqlite::Result<Cause> {
    let name: String = row.get(1)?;
    Cause::parse(&name).ok_or_else(|| wrong(1, format!("`{name}` is no cause")))
}

/// Writes down what has changed.
fn depart(t: &Transaction<'_>, now: &Departures) -> rusqlite::Result<()> {
    let flat = |all: &Departures| -> BTreeMap<(Uuid, Cause), Timestamp> {
        all.iter()
            .flat_map(|(guid, causes)| causes.iter().map(|(cause, since)| ((*guid, *cause), *since)))
            .collect()
    };
    let (before, now) = (flat(&departures(t)?), flat(now));
    for (guid, cause) in before.keys().filter(|key| !now.contains_key(key)) {
        t.execute(
            "DELETE FROM departures WHERE guid = ?1 AND cause = ?2",
            params![guid.to_string(), cause.name()],
        )?;
    }
    for ((guid, cause), since) in now.iter().filter(|(key, since)| before.get(key) != Some(since)) {
        t.execute(
            "INSERT INTO departures VALUES (?1, ?2, ?3)
             ON CONFLICT (guid, cause) DO UPDATE SET since = ?3",
            params![guid.to_string(), cause.name(), since.to_string()],
        )?;
    }
    Ok(())
}

/// The last rejection of each operation, unless the operation was not wanted since.
fn rejected(t: &Transaction<'_>) -> rusqlite::Result<Holds> {
    let sql = "SELECT hash, since, coalesce(who, ''), at FROM waits JOIN closings ON wait = id
               WHERE kind = 'operation' AND how = 'rejected' AND id NOT IN (SELECT wait FROM lapses) ORDER BY id";
    t.prepare(sql)?
        .query_map((), |row| {
            let answer = Some(Answer { who: row.get(2)?, at: row.get(3)?, is_yes: false });
            Ok((row.get(0)?, Hold { since: row.get(1)?, answer }))
        })?
        .collect()
}

/// Ends the waiting of what the plan does not want any more, and lets rejections of it lapse.
fn withdraw(
    t: &Transaction<'_>,
    cycle: CycleId,
    plan: &Plan,
    orders: Option<&str>,
    at: Timestamp,
) -> rusqlite::Result<()> {
    let is_ours = |summary: &Value| summary.get("orders").and_then(Value::as_str) == orders;
    // What is to become of them is not known in this cycle.
    let unknown: BTreeSet<String> = plan
        .skipped
        .iter()
        .filter(|skipped| skipped.fault)
        .map(|skipped| skipped.user.guid.to_string())
        .collect();
    let is_unknown = |summary: &Value| {
        summary.get("objectGUID").and_then(Value::as_str).is_some_and(|guid| unknown.contains(guid))
    };
    let held: BTreeSet<&str> = plan.held.iter().map(|held| held.hash.as_str()).collect();
    let others: BTreeSet<String> =
        plan.held.iter().map(|held| held.operation.user.guid.to_string()).collect();
    let mut done: Option<BTreeSet<String>> = None;
    for waiting in open(t, "AND kind = ?1", [Waits::Operation.name()])? {
        let summary = &waiting.summary;
        let done = done.get_or_insert_with(|| plan.operations.iter().map(Operation::hash).collect());
        let is_wanted = held.contains(waiting.hash.as_str()) || done.contains(&waiting.hash);
        if is_wanted || !is_ours(summary) || is_unknown(summary) {
            continue;
        }
        let guid = summary.get("objectGUID").and_then(Value::as_str).unwrap_or_default();
        let how = if others.contains(guid) { Closed::Superseded } else { Closed::Withdrawn };
        end(t, waiting.id, how, None, Some(cycle), at)?;
    }
    let still: BTreeSet<&str> = plan.rejected.iter().map(String::as_str).collect();
    let sql = "SELECT id, hash, summary FROM waits JOIN closings ON wait = id
               WHERE kind = 'operation' AND how = 'rejected' AND id NOT IN (SELECT wait FROM lapses)";
    let rows: Vec<(i64, String, String)> = t
        .prepare(sql)?
        .query_map((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (wait, hash, summary) in rows {
        let summary = serde_json::from_str::<Value>(&summary).map_err(|error| wrong(2, error))?;
        if !still.contains(hash.as_str()) && is_ours(&summary) && !is_unknown(&summary) {
            t.execute("INSERT INTO lapses VALUES (?1, ?2)", params![wait, cycle.0])?;
        }
    }
    Ok(())
}

/// What people are shown of an operation that is held.
fn summary(held: &Held, orders: Option<&str>) -> Value {
    let operation = &held.operation;
    let why: Vec<String> = held.why.iter().map(ToString::to_string).collect();
    let changed = match changes(operation) {
        changes if changes.is_empty() => String::new(),
        changes => format!(" ({changes})"),
    };
    let text = format!(
        "{} {} <{}>{changed}: {}",
        operation.kind,
        operation.user.name,
        operation.user_name,
        why.join("; ")
    );
    json!({
        "text": text,
        "kind": operation.kind,
        "objectGUID": operation.user.guid,
        "user": operation.user.name,
        "account": operation.account,
        "userName": operation.user_name,
        "changes": operation.changes,
        "reasons": operation.reasons.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "why": why,
        "orders": orders,
    })
}
