use std::collections::BTreeSet;

use super::{Grace, user_name_key};

/// What the policy says of everyone alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switches {
    /// Off: `provision_by_role()`. On: `provision_everyone(..)`.
    pub everyone: bool,
    /// The role of those who pass no rule, under `provision_everyone("role")`.
    pub default_role: Option<String>,
    /// Somebody who no longer passes any rule keeps the account as it is.
    pub keep_access_on_role_change: bool,
    pub create: bool,
    pub update: bool,
    pub reactivate: bool,
    pub deactivate: bool,
    /// `userName`s of accounts that are never changed, as [`user_name_key`] has them.
    pub protected: BTreeSet<String>,
    /// How long deactivations wait.
    pub grace: Grace,
}

impl Switches {
    /// Whether the account with this `userName` is never to be changed.
    #[must_use]
    pub fn protects(&self, user_name: &str) -> bool {
        self.protected.contains(&user_name_key(user_name))
    }
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            everyone: false,
            default_role: None,
            keep_access_on_role_change: false,
            create: true,
            update: true,
            reactivate: true,
            deactivate: true,
            protected: BTreeSet::new(),
            grace: Grace::default(),
        }
    }
}
