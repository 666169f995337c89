//! What a test gets from `decide(..)` and holds it against: decisions, and accounts.

use jiff::Timestamp;
use rhai::{Array, Dynamic, EvalAltResult, ImmutableString, Map};

use super::subject::Subject;
use crate::desired::Account;
use crate::diagnostic::closest;
use crate::policy::{Attribute, Decision, Profile, Verdict};

/// What a test asks of a decision, beside attributes by their paths.
pub(super) const MEMBERS: [&str; 6] = ["role", "provisioned", "profile", "reasons", "failed", "user"];

/// What the policy decided on one person.
#[derive(Clone)]
pub(super) struct Decided {
    pub(super) decision: Decision,
    pub(super) subject: Subject,
}

impl Decided {
    /// # Errors
    /// When a decision has nothing of this name.
    pub(super) fn get(&self, name: &str) -> Result<Dynamic, Box<EvalAltResult>> {
        Ok(match name {
            "role" => optional(self.profile().and_then(|profile| profile.role.as_deref())),
            "provisioned" => self.profile().is_some().into(),
            "failed" => match &self.decision.verdict {
                Verdict::Failed { why } => text(&why.to_string()),
                _ => Dynamic::UNIT,
            },
            "reasons" => self.decision.reasons.iter().map(|r| text(&r.to_string())).collect::<Array>().into(),
            "user" => Dynamic::from(self.subject.clone()),
            "profile" => self.profile().map_or(Dynamic::UNIT, |profile| map_of(profile).into()),
            path => {
                let Some(attribute) = Attribute::parse(path) else {
                    let near =
                        closest(path, MEMBERS.into_iter().chain(Attribute::all().map(Attribute::path)));
                    let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                    return Err(format!("a decision has no `{path}`{near}").into());
                };
                let find = |profile: &Profile| {
                    let found =
                        profile.attributes.get(&attribute).or_else(|| profile.on_create.get(&attribute));
                    optional(found.and_then(Option::as_deref))
                };
                self.profile().map_or(Dynamic::UNIT, find)
            }
        })
    }

    fn profile(&self) -> Option<&Profile> {
        match &self.decision.verdict {
            Verdict::Provision { profile } => Some(profile),
            _ => None,
        }
    }

    /// `Mia Fischer: role "manager"`.
    pub(super) fn shown(&self) -> String {
        let what = match &self.decision.verdict {
            Verdict::Provision { profile } => match &profile.role {
                Some(role) => format!("role {role:?}"),
                None => "an account without a role".to_owned(),
            },
            Verdict::NotEntitled | Verdict::Barred => "no account".to_owned(),
            Verdict::Failed { .. } => "failed".to_owned(),
        };
        format!("{}: {what}", self.decision.name)
    }

    /// Everything that comes of the decision; neither whom it is about nor where the rules stand.
    pub(super) fn lines(&self) -> Vec<String> {
        match &self.decision.verdict {
            Verdict::Provision { profile } => {
                let role = profile.role.as_ref().map(|role| format!("role: {role:?}"));
                let side =
                    |name: &'static str, values: &std::collections::BTreeMap<Attribute, Option<String>>| {
                        values
                            .iter()
                            .map(|(path, value)| format!("{path}: {}{name}", quoted(value)))
                            .collect()
                    };
                let sides: [Vec<String>; 2] =
                    [side("", &profile.attributes), side(" (on create)", &profile.on_create)];
                role.into_iter().chain(sides.concat()).collect()
            }
            Verdict::Failed { why } => vec![format!("failed: {}", why.text)],
            Verdict::NotEntitled | Verdict::Barred => {
                let reasons = self.decision.reasons.iter().map(|reason| format!("  {}", reason.text));
                std::iter::once("no account:".to_owned()).chain(reasons).collect()
            }
        }
    }

    /// Why it was decided so, a sentence each.
    pub(super) fn because(&self) -> Vec<String> {
        let why = match &self.decision.verdict {
            Verdict::Failed { why } => std::slice::from_ref(why),
            _ => self.decision.reasons.as_slice(),
        };
        why.iter().map(|reason| format!("{}: {reason}", self.decision.name)).collect()
    }
}

fn text(text: &str) -> Dynamic {
    ImmutableString::from(text).into()
}

fn optional(value: Option<&str>) -> Dynamic {
    value.map_or(Dynamic::UNIT, text)
}

fn quoted(value: &Option<String>) -> String {
    value.as_ref().map_or_else(|| "blank".to_owned(), |value| format!("{value:?}"))
}

/// The profile by SCIM path; what should have no value is blank.
fn map_of(profile: &Profile) -> Map {
    let mut map = Map::new();
    for (attribute, value) in profile.on_create.iter().chain(&profile.attributes) {
        map.insert(attribute.path().into(), optional(value.as_deref()));
    }
    if let Some(role) = &profile.role {
        map.insert("role".into(), text(role));
    }
    map
}

/// What Klaviyo has of the person: nothing, or an account.
#[derive(Clone, Default)]
pub(super) struct TestAccount {
    pub(super) account: Option<Account>,
    /// Since when its deactivation is wanted, where an earlier cycle wanted it.
    pub(super) unwanted_since: Option<Timestamp>,
}

impl TestAccount {
    /// # Errors
    /// When there is no account, or it has no attribute of such a name.
    pub(super) fn with(&self, changes: &Map) -> Result<Self, Box<EvalAltResult>> {
        let Some(mut account) = self.account.clone() else {
            return Err("there is no account to change".into());
        };
        for (path, value) in changes {
            let value = if value.is_unit() { None } else { Some(value.to_string()) };
            let attribute =
                Attribute::parse(path).ok_or_else(|| format!("an account has no attribute `{path}`"))?;
            match (attribute, value) {
                (Attribute::USER_NAME, value) => account.user_name = value.unwrap_or_default(),
                (Attribute::ACTIVE, value) => account.active = value.as_deref() == Some("true"),
                (Attribute::ROLE, value) => account.role = value,
                (attribute, Some(value)) => drop(account.attributes.insert(attribute, value)),
                (attribute, None) => drop(account.attributes.remove(&attribute)),
            }
        }
        Ok(Self { account: Some(account), ..*self })
    }

    /// `an active account, role "manager"`.
    pub(super) fn shown(&self) -> String {
        let Some(account) = &self.account else { return "no account".to_owned() };
        let state = if account.active { "an active account" } else { "an inactive account" };
        match &account.role {
            Some(role) => format!("{state}, role {role:?}"),
            None => format!("{state} without a role"),
        }
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let Some(account) = &self.account else { return vec!["no account".to_owned()] };
        let attributes = account.attributes.iter().map(|(path, value)| format!("{path}: {value:?}"));
        [
            format!("active: {}", account.active),
            format!("role: {}", quoted(&account.role)),
            format!("userName: {:?}", account.user_name),
        ]
        .into_iter()
        .chain(attributes)
        .collect()
    }
}
