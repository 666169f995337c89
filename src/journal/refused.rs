use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::Serialize;
use serde_json::{Value, json};

use super::column;
use super::compare::compare;
use super::render::text;
use super::waits::{end, open, put_up};
use super::{ApprovedPlan, Closed, CycleId, CycleKind, Error, Journal, Waiting, Waits};
use crate::plan::{Kind, Plan, escape, json as plan_json};

/// A plan that the guard refused, whole.
#[derive(Clone, Debug, PartialEq)]
pub struct RefusedPlan {
    /// `rules`, or the script that ordered it.
    pub of: String,
    pub hash: String,
    pub cycle: CycleId,
    /// RFC 3339
    pub at: String,
    pub plan: Plan,
}

/// A plan that waited, and is no longer what would be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Overtaken {
    pub waiting: Waiting,
    /// What is another now; told of what was approved.
    pub differs: Option<String>,
}

/// How something that was up for approval ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Closing {
    pub how: String,
    /// The person, when it was one.
    pub who: Option<String>,
    pub cycle: Option<CycleId>,
    /// RFC 3339
    pub at: String,
}

impl Journal {
    /// Keeps a plan that the guard refused, in the place of the one before of the same origin, and puts it up for
    /// approval where a person can approve it; what a person rejected is put up again by a person's command alone. What
    /// waited there and is another plan is superseded, and given back with what differs. Tells whether the plan waits.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn refused(
        &self,
        of: &str,
        (cycle, kind): (CycleId, CycleKind),
        hash: &str,
        plan: &Plan,
        at: Timestamp,
    ) -> Result<(Vec<Overtaken>, bool), Error> {
        self.write("keep a plan that the guard refused", |t| {
            let superseded = overtake(t, of, cycle, (hash, plan), Closed::Superseded, at)?;
            let kept: Option<String> =
                t.query_row("SELECT hash FROM refused WHERE of = ?1", [of], |row| row.get(0)).optional()?;
            if kept.as_deref() != Some(hash) {
                t.execute(
                    "INSERT OR REPLACE INTO refused (of, hash, cycle, at, plan) VALUES (?1, ?2, ?3, ?4, ?5)",
                    params![of, hash, cycle.0, at.to_string(), json!(plan).to_string()],
                )?;
            }
            let rejected = closing(t, hash)?.is_some_and(|closing| closing.how == Closed::Rejected.name());
            let waits = plan.guard.can_be_approved() && (kind == CycleKind::Apply || !rejected);
            if waits {
                put_up(t, Waits::Plan, hash, Some(cycle), &summary(of, plan, &superseded), at)?;
            }
            Ok((superseded, waits))
        })
    }

    /// Ends the waiting of plans, for a cycle whose own plan may be carried out: others of the same origin are withdrawn,
    /// and given back with what differs.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn withdraw_plans(
        &self,
        of: &str,
        cycle: CycleId,
        hash: &str,
        plan: &Plan,
        at: Timestamp,
    ) -> Result<Vec<Overtaken>, Error> {
        self.write("withdraw plans that wait", |t| {
            overtake(t, of, cycle, (hash, plan), Closed::Withdrawn, at)
        })
    }

    /// Uses up the approval of a plan that was carried out.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn carried_out(&self, of: &str, cycle: CycleId, hash: &str, at: Timestamp) -> Result<(), Error> {
        self.write("use up an approval", |t| {
            for waiting in plans(t, of, |waiting| waiting.hash == hash)? {
                end(t, waiting.id, Closed::CarriedOut, None, Some(cycle), at)?;
            }
            Ok(())
        })
    }

    /// Plans that wait and that a person lets pass.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn approved_plans(&self) -> Result<Vec<ApprovedPlan>, Error> {
        let waiting = self.waiting()?.into_iter().filter(|waiting| waiting.kind == Waits::Plan);
        let approved = |waiting: Waiting| {
            let approval = waiting.approval?;
            Some(ApprovedPlan { hash: waiting.hash, approval })
        };
        Ok(waiting.filter_map(approved).collect())
    }

    /// The plans that are kept, the last first.
    ///
    /// # Errors
    /// When they cannot be read, or were kept by a version that wrote them otherwise.
    pub fn refused_plans(&self) -> Result<Vec<RefusedPlan>, Error> {
        self.read("read the refused plans", |t| {
            t.prepare("SELECT of, hash, cycle, at, plan FROM refused ORDER BY cycle DESC")?
                .query_map((), refused)?
                .collect()
        })
    }

    /// How the last of what was up for approval with this hash ended; `None` while it waits, or when it never did.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn closing(&self, hash: &str) -> Result<Option<Closing>, Error> {
        self.read("look up what waited", |t| closing(t, hash))
    }

    /// What waited last of all whose hashes begin so, if it waits no longer: the kind's name, and how it ended.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn ended(&self, prefix: &str) -> Result<Option<(String, Closing)>, Error> {
        self.read("look up what waited", |t| {
            let found: Option<(String, String)> = t
                .query_row(
                    "SELECT kind, hash FROM waits WHERE substr(hash, 1, length(?1)) = ?1 ORDER BY id DESC LIMIT 1",
                    [prefix],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()?;
            let Some((kind, hash)) = found else { return Ok(None) };
            Ok(closing(t, &hash)?.map(|closing| (kind, closing)))
        })
    }
}

fn closing(t: &Transaction<'_>, hash: &str) -> rusqlite::Result<Option<Closing>> {
    t.query_row(
        "SELECT how, who, c.cycle AS cycle, at FROM waits w LEFT JOIN closings c ON c.wait = w.id
         WHERE hash = ?1 ORDER BY w.id DESC LIMIT 1",
        [hash],
        |row| {
            Ok(match row.get("how")? {
                None => None,
                Some(how) => Some(Closing {
                    how,
                    who: row.get("who")?,
                    cycle: row.get::<_, Option<i64>>("cycle")?.map(CycleId),
                    at: row.get("at")?,
                }),
            })
        },
    )
    .optional()
    .map(Option::flatten)
}

/// The plans of one origin that wait.
fn plans(t: &Transaction<'_>, of: &str, which: impl Fn(&Waiting) -> bool) -> rusqlite::Result<Vec<Waiting>> {
    let mut found = open(t, "AND kind = ?1", [Waits::Plan.name()])?;
    found.retain(|waiting| waiting.summary.get("of").and_then(Value::as_str) == Some(of) && which(waiting));
    Ok(found)
}

/// Ends the waiting of all plans of one origin but the one that there is now.
fn overtake(
    t: &Transaction<'_>,
    of: &str,
    cycle: CycleId,
    (hash, plan): (&str, &Plan),
    how: Closed,
    at: Timestamp,
) -> rusqlite::Result<Vec<Overtaken>> {
    let mut overtaken = Vec::new();
    for waiting in plans(t, of, |waiting| waiting.hash != hash)? {
        end(t, waiting.id, how, None, Some(cycle), at)?;
        let mut was = None;
        if waiting.approval.is_some() {
            was = t
                .query_row(
                    "SELECT of, hash, cycle, at, plan FROM refused WHERE of = ?1 AND hash = ?2",
                    [of, waiting.hash.as_str()],
                    refused,
                )
                .optional()?;
        }
        overtaken.push(Overtaken { waiting, differs: was.map(|was| differs(&was.plan, plan)) });
    }
    Ok(overtaken)
}

/// How many people of each kind a sentence names.
const NAMED: usize = 3;

/// What is another in a plan than it was in an earlier one, in one sentence.
fn differs(before: &Plan, now: &Plan) -> String {
    let comparison = compare(&plan_json(before), &plan_json(now));
    let mut parts = Vec::new();
    if before.revision != now.revision {
        parts.push(format!("the policy was {} and is {}", before.revision, now.revision));
    }
    let otherwise: Vec<&Value> = comparison.otherwise.iter().map(|(_, now)| now).collect();
    let (more, fewer) = (comparison.more.iter().collect(), comparison.fewer.iter().collect());
    for (how, operations) in [("new", more), ("otherwise", otherwise), ("no longer", fewer)] {
        if !operations.is_empty() {
            parts.push(format!("{how}: {}", named(&operations)));
        }
    }
    if parts.is_empty() {
        parts.push(
            "what it is based on is another: the directory, the target, or how many people were read".into(),
        );
    }
    parts.join("; ")
}

fn named(operations: &[&Value]) -> String {
    let name = |operation: &Value| {
        let user = operation.get("user").and_then(|user| text(user, "name")).unwrap_or_default();
        format!("{} {}", text(operation, "kind").unwrap_or_default(), escape(user))
    };
    let mut names: Vec<String> = operations.iter().take(NAMED).map(|operation| name(operation)).collect();
    if operations.len() > NAMED {
        names.push(format!("{} more", operations.len() - NAMED));
    }
    names.join(", ")
}

fn summary(of: &str, plan: &Plan, overtaken: &[Overtaken]) -> Value {
    let counts: Vec<String> = Kind::ALL
        .into_iter()
        .map(|kind| (plan.count(kind), kind))
        .filter(|(count, _)| *count > 0)
        .map(|(count, kind)| format!("{count} to {kind}"))
        .collect();
    let counts = if counts.is_empty() { "nothing to do".to_owned() } else { counts.join(", ") };
    let breaches = plan.guard.breaches();
    let over: Vec<String> = breaches
        .iter()
        .map(|breach| format!("{} {} (limit {})", breach.what, breach.count, breach.limit))
        .collect();
    let in_place_of: Vec<String> = overtaken
        .iter()
        .filter_map(|one| {
            let (who, differs) = (&one.waiting.approval.as_ref()?.who, one.differs.as_ref()?);
            Some(format!("; in the place of {}, which {who} approved: {differs}", one.waiting.short()))
        })
        .collect();
    json!({
        "text": format!("{of}: {counts}; over the limit: {}{}", over.join(", "), in_place_of.concat()),
        "of": of,
        "revision": plan.revision,
        "create": plan.count(Kind::Create),
        "update": plan.count(Kind::Update),
        "reactivate": plan.count(Kind::Reactivate),
        "deactivate": plan.count(Kind::Deactivate),
        "breaches": breaches,
    })
}

fn refused(row: &Row<'_>) -> rusqlite::Result<RefusedPlan> {
    Ok(RefusedPlan {
        of: row.get("of")?,
        hash: row.get("hash")?,
        cycle: CycleId(row.get("cycle")?),
        at: row.get("at")?,
        plan: column::json(row, "plan")?,
    })
}
