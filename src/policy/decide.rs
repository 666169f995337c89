//! A policy and a person -> a decision.

use std::sync::Arc;

use rhai::{Dynamic, ImmutableString};

use super::closure::Closure;
use super::fault::{grouped, place};
use super::host::User;
use super::host::decision::Seen;
use super::host::excel::{ERROR_IN_TEXT, ExcelError};
use super::host::user::in_short;
use super::stack::with_room;
use super::{Attribute, Decision, Policy, Profile, Reason, RoleAnswer, Verdict, excel};
use crate::directory::first_rdn;
use crate::facts::{Facts, Person, Rejected, Standing};

/// An invariant that does not hold, and for whom.
#[derive(Clone, Debug, PartialEq)]
pub struct Broken {
    pub reason: Reason,
    /// Names, in the order of the decisions.
    pub people: Vec<String>,
}

impl Policy {
    /// Decides everyone, in the order of [`Facts::people`]; then those whose entry is not usable, who fail.
    #[must_use]
    pub fn decide_all(&self, facts: &Arc<Facts>) -> Vec<Decision> {
        with_room(|| {
            let people = (0..facts.people.len()).filter_map(|index| self.decide(facts, index));
            people.chain(facts.rejected.iter().filter_map(unusable)).collect()
        })
    }

    /// Decides one person; `None` when there is none at this index.
    #[must_use]
    pub fn decide(&self, facts: &Arc<Facts>, index: usize) -> Option<Decision> {
        let user = self.user(facts, index);
        let person = user.person()?;
        Some(with_room(|| self.decide_person(&user, person)))
    }

    /// The person as scripts see them.
    #[must_use]
    pub fn user(&self, facts: &Arc<Facts>, index: usize) -> User {
        User::new(Arc::clone(facts), index, Arc::clone(&self.extra))
    }

    fn decide_person(&self, user: &User, person: &Person) -> Decision {
        let mut decision = Decision {
            user: person.guid,
            name: person.name.to_string(),
            dn: person.dn.to_string(),
            user_name: None,
            verdict: Verdict::NotEntitled,
            roles: Vec::new(),
            reasons: Vec::new(),
        };
        decision.verdict = match barred(person.standing) {
            Some(why) => {
                decision.reasons.push(why);
                Verdict::Barred
            }
            None => self.verdict(user, &mut decision).unwrap_or_else(|why| Verdict::Failed { why }),
        };
        decision.user_name = match &decision.verdict {
            Verdict::Provision { profile } => profile.user_name().map(str::to_owned),
            _ => self.user_name(user),
        };
        decision
    }

    /// What the rules say of somebody who may have an account; the answers and reasons go into `decision`.
    fn verdict(&self, user: &User, decision: &mut Decision) -> Result<Verdict, Reason> {
        let role = self.first_role(user, decision)?;
        if role.is_none() && !self.registry.switches.everyone {
            decision.reasons.push(Reason::new("passes no rule"));
            return Ok(Verdict::NotEntitled);
        }
        Ok(Verdict::Provision { profile: self.profile(user, role)? })
    }

    /// What `userName` is mapped to; a mapping that fails on somebody who has no right to an account finds nothing.
    fn user_name(&self, user: &User) -> Option<String> {
        let rule = self.registry.maps.iter().find(|rule| rule.attribute == Attribute::USER_NAME)?;
        self.mapping(rule.attribute.path(), &rule.expression, user).ok().flatten()
    }

    /// The first role whose condition passes, or the default role; the answers and reasons go into `decision`.
    fn first_role(&self, user: &User, decision: &mut Decision) -> Result<Option<String>, Reason> {
        for rule in &self.registry.roles {
            let at = place(&rule.condition.file, rule.condition.position);
            let passed = self.condition(&rule.name, &rule.condition, user)?;
            decision.roles.push(RoleAnswer { name: rule.name.clone(), passed, at: at.clone() });
            if passed {
                decision.reasons.push(Reason::new(format!("passes `{}`", rule.name)).at(at));
                return Ok(Some(rule.name.clone()));
            }
        }
        if self.registry.switches.everyone {
            let mut reason = Reason::new("everyone is provisioned");
            if let Some((file, position)) = &self.registry.mode {
                reason = reason.at(place(file, *position));
            }
            decision.reasons.push(reason);
        }
        Ok(self.registry.switches.default_role.clone())
    }

    pub(super) fn condition(&self, role: &str, condition: &Closure, user: &User) -> Result<bool, Reason> {
        let value = condition
            .call(&self.engine, [Dynamic::from(user.clone())], user.facts().now)
            .map_err(|fault| fault.reason(&format!("the condition of `{role}` failed")))?;
        value.as_bool().map_err(|_| {
            Reason::new(format!(
                "the condition of `{role}` gave {}, neither true nor false",
                in_short(&value)
            ))
            .at(place(&condition.file, condition.position))
        })
    }

    fn profile(&self, user: &User, role: Option<String>) -> Result<Profile, Reason> {
        let mut profile = Profile { role, ..Profile::default() };
        for rule in &self.registry.maps {
            let value = self.mapping(rule.attribute.path(), &rule.expression, user)?;
            let side = if rule.on_create { &mut profile.on_create } else { &mut profile.attributes };
            side.insert(rule.attribute, value);
        }
        Ok(profile)
    }

    pub(super) fn mapping(
        &self,
        path: &str,
        expression: &Closure,
        user: &User,
    ) -> Result<Option<String>, Reason> {
        let what = || format!("the mapping of `{path}` failed");
        let value = expression
            .call(&self.engine, [Dynamic::from(user.clone())], user.facts().now)
            .map_err(|fault| fault.reason(&what()))?;
        text_of(&value).map_err(|why| {
            Reason::new(format!("{}: {why}", what())).at(place(&expression.file, expression.position))
        })
    }

    /// The invariants that do not hold over these decisions. One that fails on somebody does not hold for them.
    #[must_use]
    pub fn broken_invariants(&self, facts: &Arc<Facts>, decisions: &[Decision]) -> Vec<Broken> {
        with_room(|| self.broken(facts, decisions))
    }

    fn broken(&self, facts: &Arc<Facts>, decisions: &[Decision]) -> Vec<Broken> {
        let mut broken = Vec::new();
        for rule in &self.registry.invariants {
            let mut people = Vec::new();
            for decision in decisions {
                let Some(index) = facts.index(&decision.user) else { continue };
                let seen = Seen::new(decision, self.user(facts, index));
                let holds = rule
                    .holds
                    .call(&self.engine, [Dynamic::from(seen)], facts.now)
                    .is_ok_and(|value| value.as_bool() == Ok(true));
                if !holds {
                    people.push(decision.name.clone());
                }
            }
            if !people.is_empty() {
                let reason = Reason::new(rule.text.clone()).at(place(&rule.holds.file, rule.holds.position));
                broken.push(Broken { reason, people });
            }
        }
        broken
    }
}

/// Nobody knows what is right for somebody whose entry cannot be read, so nothing may be done.
fn unusable(rejected: &Rejected) -> Option<Decision> {
    Some(Decision {
        user: rejected.guid?,
        name: first_rdn(&rejected.dn),
        dn: rejected.dn.clone(),
        user_name: None,
        verdict: Verdict::Failed { why: Reason::new(rejected.why.clone()) },
        roles: Vec::new(),
        reasons: Vec::new(),
    })
}

fn barred(standing: Standing) -> Option<Reason> {
    match standing {
        Standing::Enabled => None,
        Standing::Disabled => Some(Reason::new("is disabled in the directory")),
        Standing::Expired { at } => Some(Reason::new(format!("expired in the directory at {at}"))),
    }
}

/// Characters that show what follows in the other direction (Unicode annex 9): a name could pass for another.
fn turns_text_round(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What a mapping gave, as the account takes it. Blank is no value.
pub(crate) fn text_of(value: &Dynamic) -> Result<Option<String>, String> {
    if value.is_unit() {
        return Ok(None);
    }
    if let Some(text) = value.read_lock::<ImmutableString>() {
        let text = text.trim();
        let length = text.chars().count();
        if length > excel::MAX_TEXT {
            let (length, limit) = (grouped(length), grouped(excel::MAX_TEXT));
            return Err(format!("the text is {length} characters long: the limit is {limit}"));
        }
        return match text.chars().find(|c| c.is_control() || turns_text_round(*c)) {
            Some(ERROR_IN_TEXT) => Err("an error is part of the text: catch it with `IFERROR`".into()),
            Some(control) => Err(format!("the text holds the control character {:?}", control)),
            None => Ok((!text.is_empty()).then(|| text.to_owned())),
        };
    }
    if let Ok(character) = value.as_char() {
        return text_of(&ImmutableString::from(character.to_string()).into());
    }
    if let Some(error) = value.read_lock::<ExcelError>() {
        return Err(format!("the value is {}", error.0));
    }
    if let Ok(number) = value.as_int() {
        return Ok(Some(number.to_string()));
    }
    if let Ok(number) = value.as_float() {
        return Ok(Some(number.to_string()));
    }
    if let Ok(boolean) = value.as_bool() {
        return Ok(Some(if boolean { "TRUE" } else { "FALSE" }.to_owned()));
    }
    if let Some(time) = value.read_lock::<jiff::Timestamp>() {
        return Ok(Some(time.to_string()));
    }
    Err(format!("{} is not one value; an account's attribute takes one", in_short(value)))
}
