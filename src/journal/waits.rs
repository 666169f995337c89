use jiff::Timestamp;
use rusqlite::{Params, Row, Transaction, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::column::{json, wrong};
use super::{CycleId, Error, Journal};
use crate::config::short;

/// What kind of thing waits for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Waits {
    /// A plan that the guard refused.
    Plan,
    /// An operation that a hook of the policy holds.
    Operation,
    /// Rules whose impact is over the limits.
    Revision,
}

impl Waits {
    const ALL: [Self; 3] = [Self::Plan, Self::Operation, Self::Revision];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Operation => "operation",
            Self::Revision => "revision",
        }
    }
}

/// How something ceased to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Closed {
    /// As it was approved.
    CarriedOut,
    /// Something else took its place.
    Superseded,
    /// Nobody wants it any more.
    Withdrawn,
    /// By a person.
    Rejected,
}

impl Closed {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::CarriedOut => "carried_out",
            Self::Superseded => "superseded",
            Self::Withdrawn => "withdrawn",
            Self::Rejected => "rejected",
        }
    }
}

/// Something that waits for a person, and whether one has approved it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Waiting {
    #[serde(skip)]
    pub id: i64,
    pub kind: Waits,
    /// Of all that was shown: 64 hexadecimal digits.
    pub hash: String,
    /// In which it came up.
    pub cycle: Option<CycleId>,
    /// RFC 3339
    pub since: String,
    /// What a person is shown, by kind; its `text` is one sentence.
    pub summary: Value,
    pub approval: Option<Approval>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    pub who: String,
    /// RFC 3339
    pub at: String,
}

impl Waiting {
    /// Whether it is the plan with this hash.
    #[must_use]
    pub fn is_plan(&self, hash: &str) -> bool {
        self.kind == Waits::Plan && self.hash == hash
    }

    /// The first digits of the hash, as they are shown and typed.
    #[must_use]
    pub fn short(&self) -> &str {
        short(&self.hash)
    }
}

impl Journal {
    /// Puts something up for approval; tells whether it is new. What waits already goes on waiting, and is not put up
    /// twice.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn wait(
        &self,
        kind: Waits,
        hash: &str,
        cycle: Option<CycleId>,
        summary: &Value,
        at: Timestamp,
    ) -> Result<bool, Error> {
        self.write("put something up for approval", |t| put_up(t, kind, hash, cycle, summary, at))
    }

    /// All that waits, approved or not, the oldest first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn waiting(&self) -> Result<Vec<Waiting>, Error> {
        self.read("look for what waits", |t| open(t, "", ()))
    }

    /// Approves what waits; `false` when it waits no longer, or was approved before. Needs no lock: it is meant to be
    /// done while the loop runs.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn approve(&self, waiting: &Waiting, who: &str, at: Timestamp) -> Result<bool, Error> {
        self.write("record an approval", |t| {
            let open = open(t, "AND w.id = ?1", [waiting.id])?;
            if open.iter().all(|waiting| waiting.approval.is_some()) {
                return Ok(false);
            }
            t.execute(
                "INSERT INTO approvals (wait, who, at) VALUES (?1, ?2, ?3)",
                params![waiting.id, who, at.to_string()],
            )?;
            Ok(true)
        })
    }

    /// Ends waiting; `false` when it had ended before. `who` is a person, when it was one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn close(
        &self,
        waiting: &Waiting,
        how: Closed,
        who: Option<&str>,
        cycle: Option<CycleId>,
        at: Timestamp,
    ) -> Result<bool, Error> {
        self.write("record that something waits no longer", |t| end(t, waiting.id, how, who, cycle, at))
    }

    /// The number of the last approval of a plan or an operation, or 0: it grows with each that a cycle can carry out.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn last_approval(&self) -> Result<i64, Error> {
        self.read("look for approvals", |t| {
            let sql = "SELECT coalesce(max(a.id), 0) FROM approvals a JOIN waits w ON w.id = a.wait
                       WHERE w.kind <> 'revision'";
            t.query_row(sql, (), |row| row.get(0))
        })
    }
}

pub(super) fn put_up(
    t: &Transaction<'_>,
    kind: Waits,
    hash: &str,
    cycle: Option<CycleId>,
    summary: &Value,
    at: Timestamp,
) -> rusqlite::Result<bool> {
    let open = open(t, "AND kind = ?1 AND hash = ?2", [kind.name(), hash])?;
    if !open.is_empty() {
        return Ok(false);
    }
    t.execute(
        "INSERT INTO waits (kind, hash, cycle, since, summary) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![kind.name(), hash, cycle.map(|cycle| cycle.0), at.to_string(), summary.to_string()],
    )?;
    Ok(true)
}

pub(super) fn end(
    t: &Transaction<'_>,
    wait: i64,
    how: Closed,
    who: Option<&str>,
    cycle: Option<CycleId>,
    at: Timestamp,
) -> rusqlite::Result<bool> {
    let written = t.execute(
        "INSERT INTO closings (wait, how, who, cycle, at) SELECT ?1, ?2, ?3, ?4, ?5
         WHERE ?1 NOT IN (SELECT wait FROM closings)",
        params![wait, how.name(), who, cycle.map(|cycle| cycle.0), at.to_string()],
    )?;
    Ok(written > 0)
}

pub(super) fn open(
    t: &Transaction<'_>,
    condition: &str,
    parameters: impl Params,
) -> rusqlite::Result<Vec<Waiting>> {
    let sql = format!(
        "SELECT w.id AS id, kind, hash, cycle, since, summary, who, a.at AS approved
         FROM waits w LEFT JOIN approvals a ON a.wait = w.id
         WHERE w.id NOT IN (SELECT wait FROM closings) {condition} ORDER BY w.id"
    );
    t.prepare(&sql)?.query_map(parameters, waiting)?.collect()
}

fn waiting(row: &Row<'_>) -> rusqlite::Result<Waiting> {
    let kind: String = row.get("kind")?;
    let approved: Option<String> = row.get("approved")?;
    Ok(Waiting {
        id: row.get("id")?,
        kind: Waits::ALL
            .into_iter()
            .find(|known| known.name() == kind)
            .ok_or_else(|| wrong(1, format!("`{kind}` is no kind of thing that waits")))?,
        hash: row.get("hash")?,
        cycle: row.get::<_, Option<i64>>("cycle")?.map(CycleId),
        since: row.get("since")?,
        summary: json(row, "summary")?,
        approval: match approved {
            None => None,
            Some(at) => Some(Approval { who: row.get("who")?, at }),
        },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_767_225_600 + second).unwrap()
    }

    #[test]
    fn what_waits_is_put_up_once_approved_once_and_closed_once() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        let (plan, revision) = ("a".repeat(64), "b".repeat(64));
        let wait = |kind, hash: &str, second| {
            journal.wait(kind, hash, None, &json!({ "people": 3 }), at(second)).unwrap()
        };
        assert!(wait(Waits::Plan, &plan, 0) && !wait(Waits::Plan, &plan, 1));
        assert!(wait(Waits::Revision, &revision, 2));

        let all = journal.waiting().unwrap();
        assert_eq!(all.iter().map(|one| one.hash.as_str()).collect::<Vec<_>>(), [&plan, &revision]);
        assert_eq!(journal.last_approval().unwrap(), 0);
        assert!(journal.approve(&all[0], "mia", at(3)).unwrap());
        assert!(!journal.approve(&all[0], "noah", at(4)).unwrap());
        assert_eq!(journal.last_approval().unwrap(), 1);
        let approval = Approval { who: "mia".into(), at: "2026-01-01T00:00:03Z".into() };
        assert_eq!(journal.waiting().unwrap()[0].approval, Some(approval));

        assert!(journal.close(&all[0], Closed::CarriedOut, None, None, at(5)).unwrap());
        assert!(!journal.close(&all[0], Closed::Withdrawn, None, None, at(6)).unwrap());
        assert!(!journal.approve(&all[0], "mia", at(7)).unwrap());
        assert_eq!(journal.waiting().unwrap().len(), 1);
        // The same again is another thing that waits, and nobody has approved it.
        assert!(wait(Waits::Plan, &plan, 8));
        assert_eq!(journal.waiting().unwrap()[1].approval, None);
    }
}
