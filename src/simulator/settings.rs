use std::path::PathBuf;

use jiff::Timestamp;
use secrecy::SecretString;

use crate::config::{AuthScheme, RoleShape};

use super::Fault;

/// How the simulator behaves. The defaults are Klaviyo's documented behaviour, and a guess where its documents are
/// silent: that an unknown role is refused is such a guess (`strict_roles`).
#[derive(Clone, Debug)]
pub struct Settings {
    /// The access key, without a prefix.
    pub key: SecretString,
    /// The schemes of `Authorization` that are taken.
    pub accept: Vec<AuthScheme>,
    /// Where the role is read from and shown.
    pub role_shape: RoleShape,
    /// How `roles` is shown in answers; what is taken is always the list.
    pub role_answer: RoleAnswer,
    /// One role a user at most, and only one of `known_roles`; anything else is 400 `invalidValue`.
    pub strict_roles: bool,
    /// Klaviyo's role names, and the Custom SCIM IDs of custom roles.
    pub known_roles: Vec<String>,
    /// `userName` of the account owner, whom nobody may change.
    pub owner: Option<String>,
    /// People who are in another Klaviyo company too.
    pub elsewhere: Vec<Elsewhere>,
    /// Keep only the attributes that Klaviyo lists as supported; the others are taken and dropped without a word.
    pub only_klaviyo_attributes: bool,
    /// PATCH answers 204 without a body.
    pub silent_patch: bool,
    pub rate: Option<Rate>,
    /// Resources a page, when the request asks for more or does not say.
    pub page_limit: usize,
    /// Users are kept in this file from one start to the next.
    pub state: Option<PathBuf>,
    pub faults: Vec<Fault>,
    /// The time that goes into `meta`.
    pub clock: fn() -> Timestamp,
}

impl Settings {
    /// Klaviyo's behaviour, with this access key.
    #[must_use]
    pub fn klaviyo(key: &str) -> Self {
        Self {
            key: SecretString::from(key),
            accept: vec![AuthScheme::KlaviyoApiKey, AuthScheme::Bearer],
            role_shape: RoleShape::Roles,
            role_answer: RoleAnswer::List,
            strict_roles: true,
            known_roles: KLAVIYO_ROLES.iter().map(|&role| role.to_owned()).collect(),
            owner: None,
            elsewhere: Vec::new(),
            only_klaviyo_attributes: false,
            silent_patch: false,
            rate: None,
            page_limit: 100,
            state: None,
            faults: Vec::new(),
            clock: Timestamp::now,
        }
    }
}

/// The values that Klaviyo's help centre lists for SCIM roles.
const KLAVIYO_ROLES: &[&str] = &[
    "admin",
    "manager",
    "analyst",
    "campaign_coordinator",
    "content_creator",
    "support",
    "portfolio_owner",
    "portfolio_admin",
    "portfolio_manager",
    "portfolio_analyst",
];

/// How the role comes back in `roles`: providers differ from RFC 7643 section 4.1.2 here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RoleAnswer {
    /// `[{"value": ..}]`
    #[default]
    List,
    /// `{"value": ..}`
    Object,
    /// `".."`
    Text,
}

/// Somebody whose name is fixed, because another company of the provider has the same user: a write with another
/// first or last name is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    pub user_name: String,
    pub given_name: String,
    pub family_name: String,
}

/// A limit that is counted in whole seconds of the provider's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Requests a second; what comes beyond is answered by 429 with `Retry-After` and `RateLimit-*`.
    pub per_second: u32,
}
