use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Operation;
use crate::config::short;
use crate::desired::{Account, Person};
use crate::facts::Facts;
use crate::policy::{Ask, Attribute, Cause, Grace, Policy, Reason, Ruling, Values};

/// Since when each person's deactivation is wanted, for each cause that was seen since then. Whoever comes back, or is
/// deactivated, is not in it.
pub type Departures = BTreeMap<Uuid, BTreeMap<Cause, Timestamp>>;

/// What is known of operations that were held before, by [`Operation::hash`].
pub type Holds = BTreeMap<String, Hold>;

/// An operation that waits for a person, or did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// RFC 3339
    pub since: String,
    pub answer: Option<Answer>,
}

/// What a person said of an operation that was held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub who: String,
    /// RFC 3339
    pub at: String,
    pub is_yes: bool,
}

/// An operation that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub operation: Operation,
    pub hash: String,
    /// RFC 3339; `None` when it comes up with this plan.
    pub since: Option<String>,
    pub why: Vec<Reason>,
}

impl Held {
    /// The first digits of the hash, as they are shown and typed.
    #[must_use]
    pub fn short(&self) -> &str {
        short(&self.hash)
    }
}

/// Somebody whose account is deactivated when a time is over, unless they come back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaving {
    pub user: Person,
    /// The SCIM `id`.
    pub account: String,
    pub user_name: String,
    /// For which the time ends first.
    pub cause: Cause,
    pub since: Timestamp,
    pub until: Timestamp,
    pub reasons: Vec<Reason>,
}

/// The policy's hooks, and the facts that they are asked on.
#[derive(Clone, Copy, Debug)]
pub struct Hooks<'a> {
    pub policy: &'a Policy,
    pub facts: &'a Arc<Facts>,
}

/// What a plan follows from beside wishes and accounts: the time, what was wanted before, and the hooks.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The cycle's clock.
    pub now: Timestamp,
    pub departures: &'a Departures,
    pub holds: &'a Holds,
    pub hooks: Option<Hooks<'a>>,
}

static NOBODY: Departures = BTreeMap::new();
static NOTHING: Holds = BTreeMap::new();

impl Standing<'_> {
    /// Nobody leaves, nothing is held, and nobody has to be asked.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self { now, departures: &NOBODY, holds: &NOTHING, hooks: None }
    }
}

/// When the account is deactivated of somebody who is to lose it for these causes, and the cause whose wait ends first,
/// with its beginning.
#[must_use]
pub fn until(grace: Grace, causes: &BTreeMap<Cause, Timestamp>) -> Option<(Timestamp, Cause, Timestamp)> {
    causes.iter().map(|(cause, since)| (grace.end(*cause, *since), *cause, *since)).min()
}

impl Operation {
    /// What makes it the same operation in another cycle: its kind, the person, the account, and each change with the
    /// value before. 64 hexadecimal digits.
    #[must_use]
    pub fn hash(&self) -> String {
        let whole = json!(["operation", self.kind, self.user.guid, self.account, self.changes]);
        Sha256::digest(whole.to_string()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Hooks<'_> {
    /// What the hooks say of an operation; `account` is the one that it changes.
    ///
    /// # Errors
    /// Why a hook failed: then nothing may be sent.
    pub fn ask(&self, operation: &Operation, account: Option<&Account>) -> Result<Ruling, Reason> {
        let changes: BTreeMap<_, _> = operation
            .changes
            .iter()
            .map(|change| (change.attribute, (change.from.clone(), change.to.clone())))
            .collect();
        let role = match changes.get(&Attribute::ROLE) {
            Some((_, to)) => to.clone(),
            None => account.and_then(|account| account.role.clone()),
        };
        self.policy.before(
            self.facts,
            Ask {
                kind: operation.kind.name(),
                user: operation.user.guid,
                user_name: operation.user_name.clone(),
                role,
                account: account.map(values),
                changes,
            },
        )
    }
}

fn values(account: &Account) -> Values {
    let attributes =
        Attribute::all().filter_map(|attribute| Some((attribute.path(), account.get(attribute)?.to_owned())));
    attributes.chain([("id", account.id.clone())]).collect()
}
