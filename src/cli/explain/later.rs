//! What earlier cycles left for later, of one person.

use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use crate::cli::exit::Failure;
use crate::config::{Config, short};
use crate::journal::{Journal, Waiting, Waits};
use crate::plan::{escape, until};
use crate::policy::{Cause, Switches, Verdict};

/// What waits, as of the last cycle.
#[derive(Clone, Debug, Default)]
pub(super) struct Later {
    pub(super) leaving: Option<Leaving>,
    pub(super) held: Vec<Held>,
}

/// A deactivation that waits.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Leaving {
    cause: Cause,
    since: Timestamp,
    until: Timestamp,
}

/// An operation that waits for approval.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Held {
    hash: String,
    since: String,
    text: String,
}

/// What the journal knows of everybody; who only looks makes none.
pub(super) struct Known {
    journal: crate::journal::Later,
    waiting: Vec<Waiting>,
}

impl Known {
    pub(super) fn of(config: &Config) -> Result<Option<Self>, Failure> {
        if !config.state.join("journal.db").exists() {
            return Ok(None);
        }
        let journal = Journal::open(&config.state)?;
        Ok(Some(Self { journal: journal.later()?, waiting: journal.waiting()? }))
    }

    /// `verdict` is today's: whoever has an account again does not leave.
    pub(super) fn of_person(&self, guid: Uuid, verdict: &Verdict, switches: &Switches) -> Later {
        let causes = self.journal.departures.get(&guid).filter(|_| {
            let is_kept = switches.keep_access_on_role_change && *verdict == Verdict::NotEntitled;
            !is_kept && !matches!(verdict, Verdict::Provision { .. })
        });
        let leaving = causes
            .and_then(|causes| until(switches.grace, causes))
            .map(|(until, cause, since)| Leaving { cause, since, until });
        let is_theirs = |waiting: &&Waiting| {
            let text = waiting.summary.get("objectGUID").and_then(|guid| guid.as_str());
            waiting.kind == Waits::Operation && text == Some(guid.to_string().as_str())
        };
        let held = self.waiting.iter().filter(is_theirs).map(|waiting| Held {
            hash: waiting.hash.clone(),
            since: waiting.since.clone(),
            text: waiting.summary.get("text").and_then(|text| text.as_str()).unwrap_or_default().to_owned(),
        });
        Later { leaving, held: held.collect() }
    }
}

impl Later {
    /// A line each.
    pub(super) fn human(&self) -> String {
        let mut out = String::new();
        if let Some(Leaving { since, until, .. }) = &self.leaving {
            out.push_str(&format!(
                "  The account is deactivated at {until:.0}, unless they come back (so since {since:.0})\n"
            ));
        }
        for held in &self.held {
            let hash = short(&held.hash);
            out.push_str(&format!(
                "  Held since {}: {} (`rolecall approve {hash}`)\n",
                held.since,
                escape(&held.text)
            ));
        }
        out
    }
}
