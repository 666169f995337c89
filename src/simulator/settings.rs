use std::path::PathBuf;

use jiff::Timestamp;
use secrecy::SecretString;

use crate::config::{AuthScheme, RoleShape};

use super::{Fault, FaultKind, On};

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
    /// Answers carry `ETag` and `meta.version`.
    pub etags: bool,
    /// `/ServiceProviderConfig`, `/Schemas` and `/ResourceTypes` are there; otherwise they are 404 with a page of HTML.
    pub discovery: bool,
    pub filters: Filters,
    /// Inactive users are in lists that no filter asks for.
    pub lists_inactive: bool,
    /// A user whose `userName` changes gets a new `id`.
    pub rename_gives_new_id: bool,
    /// 201 names the place of the new user.
    pub location: bool,
    /// `status` is a number in error bodies.
    pub numeric_status: bool,
    /// Refuses what the standard does not allow and most providers take: booleans as strings, operations that are not
    /// in lower case, attributes that are not kept.
    pub strict_syntax: bool,
    pub rate: Option<Rate>,
    /// Resources a page, when the request asks for more or does not say.
    pub page_limit: usize,
    /// Users are kept in this file from one start to the next.
    pub state: Option<PathBuf>,
    pub faults: Vec<Fault>,
    /// What faults that happen at times are drawn by; the same seed and the same requests bring the same faults.
    pub seed: u64,
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
            etags: true,
            discovery: true,
            filters: Filters::Right,
            lists_inactive: true,
            rename_gives_new_id: false,
            location: true,
            numeric_status: false,
            strict_syntax: false,
            rate: None,
            page_limit: 100,
            state: None,
            faults: Vec::new(),
            seed: 0,
            clock: Timestamp::now,
        }
    }
}

/// A set of settings with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// As Klaviyo's documents say; where they are silent, as most providers do.
    Klaviyo,
    /// As Klaviyo's instructions for Okta have it: the role is a string, the key has its prefix.
    Okta,
    /// As Klaviyo's instructions for Entra have it: a list of roles, a bearer token; PATCH is answered by 204.
    Entra,
    /// Holds clients to the letter of the RFCs, and keeps what Klaviyo lists alone.
    Strict,
    /// Everything that other people's servers get wrong, at once, and an outage now and then.
    Hostile,
}

impl Settings {
    /// The behaviour of a profile, with this access key.
    #[must_use]
    pub fn profile(profile: Profile, key: &str) -> Self {
        let klaviyo = Self::klaviyo(key);
        match profile {
            Profile::Klaviyo => klaviyo,
            Profile::Okta => {
                Self { accept: vec![AuthScheme::KlaviyoApiKey], role_shape: RoleShape::Role, ..klaviyo }
            }
            Profile::Entra => Self { accept: vec![AuthScheme::Bearer], silent_patch: true, ..klaviyo },
            Profile::Strict => Self { only_klaviyo_attributes: true, strict_syntax: true, ..klaviyo },
            Profile::Hostile => Self {
                role_answer: RoleAnswer::Text,
                silent_patch: true,
                etags: false,
                discovery: false,
                filters: Filters::FindNobody,
                rename_gives_new_id: true,
                location: false,
                numeric_status: true,
                page_limit: 20,
                faults: vec![
                    Fault { on: On::every("", "/Users").at_times(20), kind: FaultKind::status(503) },
                    Fault {
                        on: On::every("", "/Users").at_times(20),
                        kind: FaultKind::too_many_requests(None),
                    },
                    Fault { on: On::every("", "/Users").at_times(10), kind: FaultKind::DropBefore },
                    Fault { on: On::every("", "/Users").at_times(10), kind: FaultKind::DropAfter },
                    Fault { on: On::every("", "/Users").at_times(10), kind: FaultKind::Torn },
                ],
                ..klaviyo
            },
        }
    }
}

/// What filters do (RFC 7644 section 3.4.2.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Filters {
    #[default]
    Right,
    /// They compare `userName` with its case.
    CaseExact,
    /// 200, and nobody, whatever is asked for.
    FindNobody,
    /// 200, and everybody.
    Ignored,
    /// 400 `invalidFilter`
    Refused,
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
