use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::policy::Attribute;

/// A user of the target as it was read (SCIM `User`, RFC 7643 section 4.1), in our terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The SCIM `id`: the identity.
    pub id: String,
    pub user_name: String,
    pub active: bool,
    pub role: Option<String>,
    /// Every other attribute that has a value; neither `userName`, `active` nor `role` is in it.
    pub attributes: BTreeMap<Attribute, String>,
}

impl Account {
    /// The value of any attribute, the three special ones included.
    #[must_use]
    pub fn get(&self, attribute: Attribute) -> Option<&str> {
        match attribute {
            Attribute::USER_NAME => Some(&self.user_name),
            Attribute::ACTIVE => Some(if self.active { "true" } else { "false" }),
            Attribute::ROLE => self.role.as_deref(),
            other => self.attributes.get(&other).map(String::as_str),
        }
    }
}
