use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::column::{json, parsed};
use super::read::operations;
use super::{CycleId, Error, Journal, OperationRecord};
use crate::directory::normalized_dn;

/// Somebody whom the journal knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KnownPerson {
    #[serde(rename = "objectGUID")]
    pub guid: Uuid,
    /// As they were called last.
    pub name: String,
    pub dn: String,
    pub user_name: Option<String>,
    /// The cycle in which something was decided of them last.
    pub last: CycleId,
}

/// A cycle, by what matters of it here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moment {
    pub cycle: CycleId,
    /// RFC 3339
    pub started: String,
    /// All 64 hexadecimal digits.
    pub revision: String,
}

/// What was decided of somebody, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Why {
    pub person: KnownPerson,
    /// The last cycle at or before the time that came as far as a plan.
    pub as_of: Moment,
    /// As a [`Decision`](crate::policy::Decision) is serialized.
    pub decision: Value,
    /// When it was decided so first.
    pub since: Moment,
    /// When it was decided otherwise.
    pub until: Option<Moment>,
    /// Since when the person was not read from the directory, where that is so.
    pub gone: Option<Moment>,
    /// From the cycle that decided so to the one that decided otherwise.
    pub operations: Vec<OperationRecord>,
}

/// What of a decision a person is found by.
#[derive(Deserialize)]
struct Named {
    name: String,
    dn: String,
    user_name: Option<String>,
}

/// What of the facts a person is found by.
#[derive(Deserialize)]
struct Seen {
    dn: String,
    attributes: BTreeMap<String, Value>,
}

impl Journal {
    /// Everybody who is, or was, called so: a mail address, `sAMAccountName`, `userPrincipalName`, `userName`, name,
    /// DN or objectGUID, case apart. Where only hashes of facts are kept: `userName`, name, DN or objectGUID.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn people_called(&self, who: &str) -> Result<Vec<KnownPerson>, Error> {
        self.read("look for a person", |t| {
            let called = Called::new(who);
            let mut found = BTreeSet::new();
            let mut last: BTreeMap<Uuid, KnownPerson> = BTreeMap::new();
            let mut query = t.prepare("SELECT guid, cycle, decision FROM decisions ORDER BY id")?;
            let mut rows = query.query(())?;
            while let Some(row) = rows.next()? {
                let guid: Uuid = parsed(row, 0)?;
                let Named { name, dn, user_name } = json(row, "decision")?;
                if called.guid == Some(guid)
                    || called.is(&name)
                    || user_name.as_deref().is_some_and(|name| called.is(name))
                    || called.is_dn(&dn)
                {
                    found.insert(guid);
                }
                let known = KnownPerson { guid, name, dn, user_name, last: CycleId(row.get(1)?) };
                last.insert(guid, known);
            }
            let mut query = t.prepare("SELECT key, content FROM facts WHERE kind = 'person' AND kept")?;
            let mut rows = query.query(())?;
            while let Some(row) = rows.next()? {
                let guid: Uuid = parsed(row, 0)?;
                if !found.contains(&guid) && called.is_of(&json(row, "content")?) {
                    found.insert(guid);
                }
            }
            Ok(last.into_values().filter(|known| found.contains(&known.guid)).collect())
        })
    }

    /// What was in force for a person at a time; `None` when nothing was decided of them by then.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn why(&self, person: &KnownPerson, at: Timestamp) -> Result<Option<Why>, Error> {
        self.read("look up a decision", |t| {
            let Some(as_of) = last_at(t, at)? else { return Ok(None) };
            let guid = person.guid.to_string();
            let decided = t
                .query_row(
                    "SELECT id, cycle, decision FROM decisions WHERE guid = ?1 AND cycle <= ?2 ORDER BY id DESC LIMIT 1",
                    params![guid, as_of.cycle.0],
                    |row| Ok((row.get::<_, i64>(0)?, row.get(1)?, json(row, "decision")?)),
                )
                .optional()?;
            let Some((id, since, decision)) = decided else { return Ok(None) };
            let until: Option<i64> = t
                .query_row(
                    "SELECT cycle FROM decisions WHERE guid = ?1 AND id > ?2 ORDER BY id LIMIT 1",
                    params![guid, id],
                    |row| row.get(0),
                )
                .optional()?;
            let gone: Option<i64> = t
                .query_row(
                    "SELECT cycle, hash IS NULL FROM facts WHERE kind = 'person' AND key = ?1 AND cycle <= ?2
                     ORDER BY id DESC LIMIT 1",
                    params![guid, as_of.cycle.0],
                    |row| Ok(Some(row.get(0)?).filter(|_| row.get(1).unwrap_or(false))),
                )
                .optional()?
                .flatten();
            let condition = "WHERE guid = ?1 AND cycle >= ?2 AND cycle < ?3";
            let end = until.unwrap_or(i64::MAX);
            Ok(Some(Why {
                person: person.clone(),
                decision,
                operations: operations(t, condition, params![guid, since, end])?,
                since: moment(t, since)?,
                until: until.map(|until| moment(t, until)).transpose()?,
                gone: gone.map(|gone| moment(t, gone)).transpose()?,
                as_of,
            }))
        })
    }
}

struct Called {
    guid: Option<Uuid>,
    text: String,
    dn: Option<String>,
}

impl Called {
    fn new(who: &str) -> Self {
        let who = who.trim();
        Self {
            guid: Uuid::parse_str(who).ok(),
            text: who.to_lowercase(),
            dn: who.contains('=').then(|| normalized_dn(who)),
        }
    }

    fn is(&self, name: &str) -> bool {
        name.to_lowercase() == self.text
    }

    fn is_dn(&self, dn: &str) -> bool {
        self.dn.as_ref().is_some_and(|wanted| normalized_dn(dn) == *wanted)
    }

    fn is_of(&self, seen: &Seen) -> bool {
        let named = seen.attributes.iter().any(|(attribute, values)| {
            ["mail", "sAMAccountName", "userPrincipalName"]
                .iter()
                .any(|one| one.eq_ignore_ascii_case(attribute))
                && values.as_array().into_iter().flatten().filter_map(Value::as_str).any(|name| self.is(name))
        });
        named || self.is_dn(&seen.dn)
    }
}

/// The last cycle that began by then and came as far as a plan.
fn last_at(t: &Transaction<'_>, at: Timestamp) -> rusqlite::Result<Option<Moment>> {
    let mut query = t.prepare(
        "SELECT id, started, revision FROM cycles WHERE id IN (SELECT cycle FROM plans) ORDER BY id DESC",
    )?;
    let mut rows = query.query(())?;
    while let Some(row) = rows.next()? {
        let started: String = row.get(1)?;
        // Texts of fractions of seconds do not sort as times do.
        if started.parse::<Timestamp>().is_ok_and(|started| started <= at) {
            return Ok(Some(Moment { cycle: CycleId(row.get(0)?), started, revision: row.get(2)? }));
        }
    }
    Ok(None)
}

fn moment(t: &Transaction<'_>, cycle: i64) -> rusqlite::Result<Moment> {
    t.query_row("SELECT started, revision FROM cycles WHERE id = ?1", [cycle], |row| {
        Ok(Moment { cycle: CycleId(cycle), started: row.get(0)?, revision: row.get(1)? })
    })
}
