use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Error;
use super::file::Choice;
use super::secret::Secret;

/// The configuration as it is used: defaults filled in, paths absolute, secrets by reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The file that it was read from.
    pub path: PathBuf,
    pub policy: PolicyPaths,
    /// Absent until the user names one; `check` and `test` do without.
    pub directory: Option<DirectorySource>,
    /// Absent until the user names one; `check`, `test` and `explain` do without.
    pub target: Option<Target>,
    pub guard: GuardLimits,
    /// From the end of a cycle to the start of the next.
    pub interval: Duration,
    /// The longest time between two cycles that read everything, the directory and the target; those between them ask
    /// for what has changed.
    pub full_interval: Duration,
    /// How many percent of the interval are added at random, so that many services do not ask at once.
    pub jitter: u32,
    pub watch: WatchMode,
    pub log: LogFormat,
    /// Where the loop answers; `None`: nowhere.
    pub http: Option<Http>,
    /// Journal, links and the last good policy.
    pub state: PathBuf,
    /// How much the journal keeps of what was read.
    pub facts: FactsKept,
}

impl Config {
    /// # Errors
    /// [`Error::Missing`] when the file has no `[directory]`.
    pub fn directory(&self) -> Result<&DirectorySource, Error> {
        self.directory
            .as_ref()
            .ok_or_else(|| Error::Missing { section: "directory", path: self.path.clone() })
    }

    /// # Errors
    /// [`Error::Missing`] when the file has no `[target]`.
    pub fn target(&self) -> Result<&Target, Error> {
        self.target.as_ref().ok_or_else(|| Error::Missing { section: "target", path: self.path.clone() })
    }
}

/// How the loop learns that a file has changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WatchMode {
    /// By the system's events, and by a look now and then.
    #[default]
    Events,
    /// By looking: network file systems tell nothing.
    Poll,
}

/// How the loop writes what happens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    #[default]
    Human,
    /// One object a line.
    Json,
}

/// Where the loop answers to people and programs that watch it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http {
    pub listen: SocketAddr,
    /// What has to be shown (RFC 6750); always there where others than this machine can connect.
    pub token: Option<Secret>,
}

/// Where the policy project's parts are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyPaths {
    /// The folder below which every script of the policy lies.
    pub folder: PathBuf,
    /// The script that is run first, relative to `folder`.
    pub entry: String,
    pub tests: PathBuf,
    pub fixtures: PathBuf,
    /// Attributes of the customer's own schema that scripts may read beside AD's standard ones.
    pub extra_attributes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DirectorySource {
    Ldap(LdapSource),
    File(FileSource),
}

/// An LDAP directory (RFC 4511): Active Directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LdapSource {
    pub servers: Servers,
    pub bind: Bind,
    /// PEM certificates to trust in place of the system's.
    pub ca_file: Option<PathBuf>,
    /// Send the password without encryption; for a loopback test only.
    pub allow_plaintext: bool,
    pub base_dn: String,
    /// RFC 4515; which objects are people.
    pub user_filter: String,
    /// RFC 4515; which objects are groups.
    pub group_filter: String,
    /// Entries a page (RFC 2696).
    pub page_size: i32,
    /// Until a server is reached, and TLS stands.
    pub connect_timeout: Duration,
    /// For the bind and each answer.
    pub timeout: Duration,
}

/// Which servers hold the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Servers {
    /// `ldaps://host[:port]` or `ldap://host[:port]`, in the order in which they are tried.
    Urls(Vec<String>),
    /// The domain controllers that the DNS names for this domain (RFC 2782).
    Domain(String),
}

impl fmt::Display for Servers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Urls(urls) => f.write_str(&urls.join(", ")),
            Self::Domain(domain) => f.write_str(domain),
        }
    }
}

/// How the account that reads shows who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bind {
    /// By a password (RFC 4513 section 5.1.3).
    Simple {
        /// A DN or `name@domain`.
        dn: String,
        password: Secret,
    },
    /// By a Kerberos ticket, of the key table or the cache of tickets that `KRB5_CLIENT_KTNAME` and `KRB5CCNAME` name
    /// (RFC 4752).
    #[cfg(feature = "gssapi")]
    Gssapi,
}

impl Bind {
    /// Whose account it is.
    #[must_use]
    pub fn account(&self) -> &str {
        match self {
            Self::Simple { dn, .. } => dn,
            #[cfg(feature = "gssapi")]
            Self::Gssapi => "the owner of the Kerberos ticket",
        }
    }
}

/// An export: LDIF (RFC 2849) by the ending `.ldif`, JSON Lines by `.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSource {
    pub path: PathBuf,
}

/// The SCIM service provider. Each setting that KLAVIYO's documents leave open has a default that harms nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Without a slash at the end; `/Users` is put behind it.
    pub base_url: String,
    pub key: Secret,
    pub auth_scheme: AuthScheme,
    pub role_shape: RoleShape,
    pub update_method: UpdateMethod,
    pub patch_style: PatchStyle,
    pub deprovision: Deprovision,
    pub adoption: Adoption,
    pub drift: DriftSettings,
    /// Read an account again when the answer to a write does not show the change.
    pub read_back: bool,
    /// Asked for as `count`.
    pub page_size: u32,
    /// Requests.
    pub per_second: u32,
    /// Requests.
    pub per_minute: u32,
    /// Requests under way at once.
    pub concurrency: usize,
    /// For one request, answer included.
    pub timeout: Duration,
    /// The longest wait before the first retry; it grows threefold from one to the next, up to 25 times as long.
    pub retry_delay: Duration,
    /// Further tries that one cycle has for reading, and again for writing, beside those that answers bring back.
    pub retries: u32,
    /// Failures in a row after which the target is left alone until a probe succeeds.
    pub circuit: u32,
    /// `http://host:port` or `https://host:port`; absent: what HTTPS_PROXY, ALL_PROXY and NO_PROXY say.
    pub proxy: Option<String>,
    /// PEM certificates to trust beside the system's.
    pub ca_file: Option<PathBuf>,
}

/// How the key is sent in `Authorization`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuthScheme {
    /// `Klaviyo-API-Key KEY`
    #[default]
    KlaviyoApiKey,
    /// `Bearer KEY` (RFC 6750)
    Bearer,
}

/// Where the role stands in a SCIM `User`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RoleShape {
    /// `roles: [{"value": .., "primary": true}]` (RFC 7643 section 4.1.2)
    #[default]
    Roles,
    /// `role: ".."`, a string in the core namespace
    Role,
    Both,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UpdateMethod {
    /// RFC 7644 section 3.5.2
    #[default]
    Patch,
    /// RFC 7644 section 3.5.1, with everything that was read before
    Put,
}

/// How a PATCH operation names what it changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PatchStyle {
    /// One operation an attribute, each with a `path`
    #[default]
    Path,
    /// One operation whose value is an object
    NoPath,
    /// Value filters, `Replace`, and booleans as the strings `"True"` and `"False"`
    Entra,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Deprovision {
    /// `active` becomes false, and the account stays
    #[default]
    Deactivate,
    /// RFC 7644 section 3.6
    Delete,
}

impl Choice for WatchMode {
    const ALL: &'static [(&'static str, Self)] = &[("events", Self::Events), ("poll", Self::Poll)];
}

impl Choice for LogFormat {
    const ALL: &'static [(&'static str, Self)] = &[("human", Self::Human), ("json", Self::Json)];
}

/// What is done with an account that nobody linked and that has the `userName` of somebody in the directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Adoption {
    /// It becomes theirs, and is kept in step.
    #[default]
    Adopt,
    /// It is shown, and left alone.
    Report,
    /// It is left alone, and whoever should have an account is skipped.
    Never,
}

/// What is done with a value that was changed at the target by other hands, while the wish for it stayed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Drift {
    /// Set back.
    #[default]
    Correct,
    /// Shown, and left until the wish changes.
    Report,
    /// Left until the wish changes, without a word.
    Leave,
}

/// How drift is handled, by the attribute's SCIM path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DriftSettings {
    pub default: Drift,
    pub attributes: BTreeMap<String, Drift>,
}

/// The attributes whose drift can be handled apart. As the policy knows them, which comes later in the flow.
pub const DRIFT_ATTRIBUTES: [&str; 22] = [
    "userName",
    "active",
    "role",
    "name.givenName",
    "name.familyName",
    "name.middleName",
    "name.honorificPrefix",
    "name.honorificSuffix",
    "name.formatted",
    "displayName",
    "nickName",
    "title",
    "userType",
    "preferredLanguage",
    "locale",
    "timezone",
    "profileUrl",
    "externalId",
    "emails[type eq \"work\"].value",
    "emails[type eq \"home\"].value",
    "phoneNumbers[type eq \"work\"].value",
    "phoneNumbers[type eq \"mobile\"].value",
];

impl Choice for Adoption {
    const ALL: &'static [(&'static str, Self)] =
        &[("adopt", Self::Adopt), ("report", Self::Report), ("never", Self::Never)];
}

impl Choice for Drift {
    const ALL: &'static [(&'static str, Self)] =
        &[("correct", Self::Correct), ("report", Self::Report), ("leave", Self::Leave)];
}

/// What the journal keeps of what each cycle read: people, groups, accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FactsKept {
    /// All that decides, so that a decision can be made again
    #[default]
    Keep,
    /// Hashes alone, which say that something changed, and not what
    Hash,
}

impl Choice for FactsKept {
    const ALL: &'static [(&'static str, Self)] = &[("keep", Self::Keep), ("hash", Self::Hash)];
}

impl Choice for AuthScheme {
    const ALL: &'static [(&'static str, Self)] =
        &[("klaviyo-api-key", Self::KlaviyoApiKey), ("bearer", Self::Bearer)];
}

impl Choice for RoleShape {
    const ALL: &'static [(&'static str, Self)] =
        &[("roles", Self::Roles), ("role", Self::Role), ("both", Self::Both)];
}

impl Choice for UpdateMethod {
    const ALL: &'static [(&'static str, Self)] = &[("patch", Self::Patch), ("put", Self::Put)];
}

impl Choice for PatchStyle {
    const ALL: &'static [(&'static str, Self)] =
        &[("path", Self::Path), ("no-path", Self::NoPath), ("entra", Self::Entra)];
}

impl Choice for Deprovision {
    const ALL: &'static [(&'static str, Self)] =
        &[("active=false", Self::Deactivate), ("delete", Self::Delete)];
}

/// The most that one cycle may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardLimits {
    pub create: Limit,
    pub update: Limit,
    pub reactivate: Limit,
    pub deactivate: Limit,
    /// Accounts whose role changes, whatever the kind of operation.
    pub role_change: Limit,
    /// People who come to have a role, by its name: created, changed or reactivated.
    pub role: BTreeMap<String, Limit>,
    /// By how many percent the directory may have shrunk since the last whole read.
    pub shrink_percent: u32,
}

impl Default for GuardLimits {
    /// What a company's ordinary days stay below, and a broken rule or a half-read directory does not. The tighter, the
    /// harder it is to undo for the person concerned.
    fn default() -> Self {
        let limit = |max, percent, floor| Limit { max, percent, floor };
        Self {
            // The first run creates everyone, and an account too many is seen and harms nobody's work.
            create: limit(10_000, 100, 0),
            // A changed mapping touches many accounts at once; half of all is more than a change of names.
            update: limit(1_000, 50, 20),
            // Gives access back to people who had lost it, which is rare.
            reactivate: limit(100, 10, 5),
            // Takes access away: the one mistake that everybody notices.
            deactivate: limit(50, 5, 5),
            // Gives people rights, or takes them.
            role_change: limit(100, 10, 10),
            // Which roles are worth it, only the customer knows.
            role: BTreeMap::new(),
            // A base or a filter that misses a branch looks like a company that lost a fifth of its people.
            shrink_percent: 20,
        }
    }
}

/// Over the limit is what exceeds `max`, or exceeds both `percent` of the active managed accounts and `floor`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    pub max: usize,
    pub percent: u32,
    /// Up to this count the percentage is not looked at, so that a small company can have one leaver.
    pub floor: usize,
}
