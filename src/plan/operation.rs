use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::standing::{Departures, Held, Leaving};
use super::{Drifted, Link, Links, Settled, Verdict};
use crate::config::Revision;
use crate::desired::Person;
use crate::policy::{Attribute, Reason};

/// One SCIM change of one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Create,
    Update,
    Reactivate,
    Deactivate,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Create, Self::Update, Self::Reactivate, Self::Deactivate];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Reactivate => "reactivate",
            Self::Deactivate => "deactivate",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One attribute's value before and after; `None` is no value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub attribute: Attribute,
    pub from: Option<String>,
    pub to: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    pub kind: Kind,
    pub user: Person,
    /// The SCIM `id`; absent for a create.
    pub account: Option<String>,
    /// The account's `userName` before the operation; for a create, the one it will have.
    pub user_name: String,
    /// Ordered by attribute. Create: all that is sent. Reactivate and deactivate: `active` among them.
    pub changes: Vec<Change>,
    pub reasons: Vec<Reason>,
}

/// Somebody for whom something would have to be done, or might have to, and nothing is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    pub user: Person,
    /// What was left undone, where that is known.
    pub kind: Option<Kind>,
    pub why: Reason,
    /// Whether somebody has to mend something (a policy error, a conflict), or it is as ordered (a protected
    /// account, a lifecycle switch that is off).
    pub fault: bool,
}

/// An account that belongs to nobody in the directory and was never ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmanaged {
    pub account: String,
    pub user_name: String,
    pub active: bool,
}

/// An account that nobody is linked to and that has somebody's `userName`: it would be theirs, if the settings let it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adoptable {
    pub user: Person,
    /// The SCIM `id`.
    pub account: String,
    pub user_name: String,
    pub active: bool,
    /// Whether the person has a right to an account.
    pub entitled: bool,
}

/// The ordered operations of a cycle, and for everyone left alone the reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub revision: Revision,
    pub operations: Vec<Operation>,
    /// People for whom everything is as it should be.
    pub unchanged: usize,
    pub skipped: Vec<Skipped>,
    /// What waits for a person's word, by name.
    #[serde(default)]
    pub held: Vec<Held>,
    /// Hashes of operations that people rejected, and that are wanted still.
    #[serde(default)]
    pub rejected: Vec<String>,
    /// Whose account is deactivated later, by name.
    #[serde(default)]
    pub leaving: Vec<Leaving>,
    /// Since when deactivations are wanted, as it is from this plan on.
    #[serde(skip)]
    pub departures: Departures,
    pub unmanaged: Vec<Unmanaged>,
    /// Reported in the place of being adopted.
    #[serde(default)]
    pub adoptable: Vec<Adoptable>,
    /// Reported in the place of being set back.
    #[serde(default)]
    pub drifted: Vec<Drifted>,
    /// Accounts that were found to belong to people and are not linked yet: to be stored with the cycle, whether or
    /// not an operation is about them.
    pub adopted: Vec<(Person, Link)>,
    /// Links that end because somebody in `adopted` takes the account over from a person who is gone.
    pub released: Links,
    /// Accounts of linked or matched people that are active: what percentages are of.
    pub managed_active: usize,
    /// What was found to be as wished and is not remembered yet: to be stored with the cycle.
    #[serde(skip)]
    pub settled: Settled,
    /// The accounts of which the plan depends on what is remembered of them.
    #[serde(skip)]
    pub consulted: BTreeSet<String>,
    pub guard: Verdict,
}

impl Plan {
    #[must_use]
    pub fn count(&self, kind: Kind) -> usize {
        self.operations.iter().filter(|operation| operation.kind == kind).count()
    }

    /// The links as they are when what the plan adopts is stored.
    #[must_use]
    pub fn links_after(&self, before: &Links) -> Links {
        let mut links = before.clone();
        links.retain(|guid, _| !self.released.contains_key(guid));
        links.extend(self.adopted.iter().map(|(person, link)| (person.guid, link.clone())));
        links
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }
}
