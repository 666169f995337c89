use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use serde_json::json;

use super::accounts::{forget, settle_changes};
use super::lifecycle::carried_out;
use super::store::{count, link};
use super::{CycleId, Error, Journal, Lock};
use crate::apply::{Outcome, Record};
use crate::plan::{Kind, Operation};

/// Writes one cycle's operations down, and keeps the links in step with their outcomes.
pub struct Recorder<'a> {
    journal: &'a Journal,
    cycle: CycleId,
    clock: &'a (dyn Fn() -> Timestamp + Send + Sync),
}

impl Journal {
    /// The recorder of a cycle that has begun.
    #[must_use]
    pub fn recorder<'a>(
        &'a self,
        _: &'a Lock,
        cycle: CycleId,
        clock: &'a (dyn Fn() -> Timestamp + Send + Sync),
    ) -> Recorder<'a> {
        Recorder { journal: self, cycle, clock }
    }
}

impl Record for Recorder<'_> {
    type Error = Error;

    fn before(&self, index: usize, operation: &Operation) -> Result<(), Error> {
        let reasons: Vec<String> = operation.reasons.iter().map(ToString::to_string).collect();
        self.journal.write("record an operation", |t| {
            t.execute(
                "INSERT INTO operations (cycle, place, kind, guid, name, dn, account, user_name, changes, reasons, intended)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                params![
                    self.cycle.0,
                    count(index),
                    operation.kind.name(),
                    operation.user.guid.to_string(),
                    operation.user.name,
                    operation.user.dn,
                    operation.account,
                    operation.user_name,
                    json!(operation.changes).to_string(),
                    json!(reasons).to_string(),
                    (self.clock)().to_string(),
                ],
            )?;
            Ok(())
        })
    }

    fn after(&self, index: usize, operation: &Operation, outcome: &Outcome) -> Result<(), Error> {
        let now = (self.clock)();
        let mut detail = json!(outcome);
        let name = match outcome {
            Outcome::Done { .. } => "done",
            Outcome::Failed { .. } | Outcome::Ignored { .. } => "failed",
            Outcome::NotSent { .. } => "not_sent",
        };
        self.journal.write("record an outcome", |t| {
            let guid = operation.user.guid;
            match (operation.kind, outcome) {
                (Kind::Create, Outcome::Done { account: Some(account), .. }) => {
                    let other: Option<String> = t
                        .query_row(
                            "SELECT name FROM links WHERE account = ?1 AND guid <> ?2",
                            params![account.id, guid.to_string()],
                            |row| row.get(0),
                        )
                        .optional()?;
                    match other {
                        None => link(t, self.cycle, guid, &account.id, &operation.user.name, now)?,
                        // What happened is recorded all the same; the next plan meets the conflict and says so.
                        Some(other) => {
                            let note = format!("not linked: the account is linked to {other} already");
                            if let Some(detail) = detail.as_object_mut() {
                                detail.insert("not_linked".into(), json!(note));
                            }
                        }
                    }
                }
                // Deleted at the target. A deactivated account keeps its link, so that a rehire gets it back.
                (Kind::Deactivate, Outcome::Done { account: None, .. }) => {
                    t.execute("DELETE FROM links WHERE guid = ?1", [guid.to_string()])?;
                    operation.account.as_deref().map_or(Ok(()), |account| forget(t, account))?;
                }
                _ => {}
            }
            if let Outcome::Done { account: Some(account), .. } = outcome {
                settle_changes(t, account, &operation.changes)?;
            }
            if matches!(outcome, Outcome::Done { .. }) {
                carried_out(t, self.cycle, operation, now)?;
            }
            t.execute(
                "INSERT INTO outcomes (cycle, place, answered, outcome, detail) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![self.cycle.0, count(index), now.to_string(), name, detail.to_string()],
            )?;
            Ok(())
        })
    }
}
