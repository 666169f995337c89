use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Which account belongs to a person: kept from cycle to cycle, so that a rename is no new account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The SCIM `id`.
    pub account: String,
    /// The person's name when the link was last used, for reports on those who are gone.
    pub name: String,
}

/// All links, by objectGUID. An account belongs to one person at most.
pub type Links = BTreeMap<Uuid, Link>;
