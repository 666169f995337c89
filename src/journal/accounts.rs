use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde_json::json;

use super::column::{self, parsed};
use super::{CycleId, Error, Journal};
use crate::config::Target;
use crate::desired::{Account, Person};
use crate::plan::{Change, Drifted, Existing, Plan};
use crate::policy::Attribute;

impl Journal {
    /// What is remembered of accounts that are there, with the target's settings on how to treat them.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn accounts(&self, settings: &Target) -> Result<Existing, Error> {
        self.read("read what is remembered of accounts", |t| {
            let settled = t
                .prepare("SELECT account, attributes FROM settled")?
                .query_map((), |row| {
                    let attributes: BTreeMap<String, String> = column::json(row, "attributes")?;
                    let known = |(path, value): (String, _)| Some((Attribute::parse(&path)?, value));
                    Ok((row.get(0)?, attributes.into_iter().filter_map(known).collect()))
                })?
                .collect::<Result<_, _>>()?;
            // What the target refused, or never saw, was not done; of anything else nobody can tell.
            let begun = t
                .prepare(
                    "SELECT guid, user_name FROM operations NATURAL LEFT JOIN outcomes
                     WHERE kind = 'create' AND guid NOT IN (SELECT guid FROM links)
                     AND (outcome IS NULL OR outcome = 'lost'
                         OR outcome = 'failed' AND NOT instr(detail ->> 'why', 'the target refused')
                         AND NOT instr(detail ->> 'why', 'the target cannot be reached'))
                     ORDER BY cycle, place",
                )?
                .query_map((), |row| Ok((parsed(row, 0)?, row.get(1)?)))?
                .collect::<Result<_, _>>()?;
            Ok(Existing { adoption: settings.adoption, drift: settings.drift.clone(), settled, begun })
        })
    }

    /// Remembers what a plan found to be as wished, and records what it found changed by other hands, each change once.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn observed(&self, cycle: CycleId, plan: &Plan) -> Result<(), Error> {
        if plan.settled.is_empty() && plan.drifted.is_empty() {
            return Ok(());
        }
        self.write("remember how accounts are", |t| {
            for (account, values) in &plan.settled {
                settle(t, account, values.iter().map(|(a, value)| (*a, value.as_str())))?;
            }
            for one in &plan.drifted {
                record(t, cycle, one)?;
            }
            Ok(())
        })
    }
}

/// What a cycle was the first to find changed by other hands.
pub(super) fn drifts(t: &Transaction<'_>, cycle: CycleId) -> rusqlite::Result<Vec<Drifted>> {
    t.prepare("SELECT * FROM drifts WHERE cycle = ?1 ORDER BY id")?
        .query_map([cycle.0], drifted)?
        .filter_map(Result::transpose)
        .collect()
}

fn record(t: &Transaction<'_>, cycle: CycleId, one: &Drifted) -> rusqlite::Result<()> {
    let last: Option<(Option<String>, Option<String>)> = t
        .query_row(
            "SELECT wished, found FROM drifts WHERE account = ?1 AND attribute = ?2 ORDER BY id DESC LIMIT 1",
            params![one.account, one.attribute.path()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    if last.is_some_and(|last| last == (one.wished.clone(), one.found.clone())) {
        return Ok(());
    }
    t.execute(
        "INSERT INTO drifts (cycle, account, attribute, guid, name, user_name, wished, found)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            cycle.0,
            one.account,
            one.attribute.path(),
            one.user.guid.to_string(),
            one.user.name,
            one.user_name,
            one.wished,
            one.found
        ],
    )?;
    Ok(())
}

fn drifted(row: &Row<'_>) -> rusqlite::Result<Option<Drifted>> {
    let path: String = row.get("attribute")?;
    let Some(attribute) = Attribute::parse(&path) else { return Ok(None) };
    let user = Person { guid: parsed(row, "guid")?, name: row.get("name")?, dn: None };
    Ok(Some(Drifted {
        user,
        account: row.get("account")?,
        user_name: row.get("user_name")?,
        attribute,
        wished: row.get("wished")?,
        found: row.get("found")?,
    }))
}

/// Remembers what an operation did, as far as the account shows it.
pub(super) fn settle_changes(
    t: &Transaction<'_>,
    account: &Account,
    changes: &[Change],
) -> rusqlite::Result<()> {
    let shown = changes.iter().filter_map(|change| {
        let to = change.to.as_deref().unwrap_or_default();
        let is = account.get(change.attribute).unwrap_or_default();
        change.attribute.same(is, to).then_some((change.attribute, to))
    });
    settle(t, &account.id, shown)
}

/// An account that is no longer there.
pub(super) fn forget(t: &Transaction<'_>, account: &str) -> rusqlite::Result<()> {
    t.execute("DELETE FROM settled WHERE account = ?1", [account])?;
    Ok(())
}

fn settle<'a>(
    t: &Transaction<'_>,
    account: &str,
    values: impl Iterator<Item = (Attribute, &'a str)>,
) -> rusqlite::Result<()> {
    let values: BTreeMap<&str, &str> = values.map(|(attribute, value)| (attribute.path(), value)).collect();
    if values.is_empty() {
        return Ok(());
    }
    t.prepare_cached(
        "INSERT INTO settled (account, attributes) VALUES (?1, ?2)
         ON CONFLICT (account) DO UPDATE SET attributes = json_patch(attributes, excluded.attributes)",
    )?
    .execute(params![account, json!(values).to_string()])?;
    Ok(())
}
