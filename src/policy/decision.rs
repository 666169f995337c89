use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Profile;

/// Where a rule stands: a file relative to the policy folder, a 1-based line and column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    pub file: Arc<str>,
    pub line: usize,
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// One sentence that says why, with the rule that it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    pub text: String,
    pub at: Option<Place>,
}

impl Reason {
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), at: None }
    }

    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.at = Some(place);
        self
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.at {
            Some(place) => write!(f, "{} ({place})", self.text),
            None => f.write_str(&self.text),
        }
    }
}

/// What the policy says of one person.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decision {
    pub user: Uuid,
    /// For reports.
    pub name: String,
    pub dn: String,
    /// What `userName` is mapped to, whether or not there is a right to an account: an account that nobody linked yet
    /// is found by it. Absent where the mapping gives nothing.
    pub user_name: Option<String>,
    pub verdict: Verdict,
    /// Every role in the order written, and whether its condition passed. Empty where no condition was asked.
    pub roles: Vec<RoleAnswer>,
    pub reasons: Vec<Reason>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoleAnswer {
    pub name: Arc<str>,
    pub passed: bool,
    pub at: Place,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Verdict {
    /// Has the right to an account that looks like this. `profile.role` may be absent (`provision_everyone()`).
    Provision { profile: Profile },
    /// Enabled, but no rule passes.
    NotEntitled,
    /// Disabled or expired: has no account, whatever the rules say.
    Barred,
    /// The policy failed on this person; nothing may be done to the account.
    Failed { why: Reason },
}
