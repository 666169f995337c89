use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::config::{Adoption, Drift, DriftSettings};
use crate::desired::Account;
use crate::policy::{Attribute, user_name_key};

/// The values that accounts, by their SCIM `id`, were last known to have because they were wished. An empty text is no
/// value; what never was as wished is absent.
pub type Settled = BTreeMap<String, BTreeMap<Attribute, String>>;

/// How accounts that are there are treated, and what is remembered of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Existing {
    pub adoption: Adoption,
    pub drift: DriftSettings,
    pub settled: Settled,
    /// The `userName`s of accounts whose creation was begun for somebody, without anybody knowing its end.
    pub begun: BTreeMap<Uuid, String>,
}

impl Existing {
    /// Forgets what is remembered of any other account.
    pub fn retain(&mut self, accounts: &BTreeSet<String>) {
        self.settled.retain(|account, _| accounts.contains(account));
    }

    /// Whether an account that nobody is linked to may become this person's.
    pub(super) fn lets_adopt(&self, guid: Uuid, account: &Account) -> bool {
        let ours = || {
            self.begun
                .get(&guid)
                .is_some_and(|begun| user_name_key(begun) == user_name_key(&account.user_name))
        };
        self.adoption == Adoption::Adopt || ours()
    }

    pub(super) fn settled(&self, account: &str, attribute: Attribute) -> Option<&str> {
        self.settled.get(account)?.get(&attribute).map(String::as_str)
    }

    pub(super) fn drift(&self, attribute: Attribute) -> Drift {
        self.drift.attributes.get(attribute.path()).copied().unwrap_or(self.drift.default)
    }
}
