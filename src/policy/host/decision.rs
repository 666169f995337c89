//! A decision as invariants see it: `d.user`, `d.role`, `d.provisioned`.

use rhai::{Dynamic, Engine, EvalAltResult, ImmutableString};

use super::User;
use crate::policy::expr::Outcome;
use crate::policy::{Decision, Verdict};

/// What can be read of a decision.
pub(crate) const MEMBERS: [&str; 3] = ["user", "role", "provisioned"];

#[derive(Clone)]
pub(crate) struct Seen {
    user: User,
    role: Option<ImmutableString>,
    provisioned: bool,
}

impl Seen {
    pub(crate) fn new(decision: &Decision, user: User) -> Self {
        let profile = match &decision.verdict {
            Verdict::Provision { profile } => Some(profile),
            _ => None,
        };
        let role = profile.and_then(|profile| profile.role.as_deref()).map(ImmutableString::from);
        Self { user, role, provisioned: profile.is_some() }
    }

    /// What a tree sees of it.
    pub(crate) fn outcome(&self) -> Outcome<'_> {
        Outcome { role: self.role.as_deref(), provisioned: self.provisioned }
    }

    fn get(&self, name: &str) -> Result<Dynamic, Box<EvalAltResult>> {
        match name {
            "user" => Ok(Dynamic::from(self.user.clone())),
            "role" => Ok(self.role.clone().map_or(Dynamic::UNIT, Into::into)),
            "provisioned" => Ok(self.provisioned.into()),
            // Blank would let a misspelt invariant hold for everybody.
            other => Err(format!("a decision has no `{other}`").into()),
        }
    }
}

pub(crate) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Seen>("decision");
    engine.register_indexer_get(|seen: &mut Seen, name: &str| seen.get(name));
}
