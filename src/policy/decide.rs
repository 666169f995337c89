//! A policy and a person -> a decision.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use rhai::{Dynamic, ImmutableString};

use super::expr::{Binding, People, Recorder, Run, Silent, Val};
use super::fault::{Fault, grouped, place};
use super::host::User;
use super::host::decision::Seen;
use super::host::excel::{ERROR_IN_TEXT, ExcelError};
use super::host::user::in_short;
use super::period::{self, Side};
use super::rules::{Bound, Invariant, Mapping, Role, Rule};
use super::stack::with_room;
use super::{Attribute, Decision, Policy, Profile, Reason, RoleAnswer, Verdict, excel};
use crate::directory::first_rdn;
use crate::facts::{Facts, Rejected, Standing};

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
            let binding = self.binding(facts);
            let people = (0..facts.people.len()).filter_map(|index| {
                let user = self.user(facts, index);
                Some(self.decision(&mut Run::new(&self.engine, &binding, &user, Silent)?))
            });
            people.chain(facts.rejected.iter().filter_map(unusable)).collect()
        })
    }

    /// As [`Self::decide_all`], but takes what it said of `before` for people of whom nothing differs since then that it
    /// can see: `before` are the facts, in the order of whose people the decisions are.
    #[must_use]
    pub fn decide_again(&self, facts: &Arc<Facts>, before: (&Facts, &[Decision])) -> Vec<Decision> {
        if self.depends_on_time() {
            return self.decide_all(facts);
        }
        let (old, decisions) = before;
        let same = facts.unchanged_since(old, self.reads().contains("manager"));
        with_room(|| {
            let binding = self.binding(facts);
            let people = facts.people.iter().zip(same).enumerate().filter_map(|(index, (person, same))| {
                let known =
                    same.and_then(|same| decisions.get(same)).filter(|known| known.user == person.guid);
                if let Some(known) = known {
                    return Some(known.clone());
                }
                let user = self.user(facts, index);
                Some(self.decision(&mut Run::new(&self.engine, &binding, &user, Silent)?))
            });
            people.chain(facts.rejected.iter().filter_map(unusable)).collect()
        })
    }

    /// Decides one person; `None` when there is none at this index.
    #[must_use]
    pub fn decide(&self, facts: &Arc<Facts>, index: usize) -> Option<Decision> {
        with_room(|| {
            let (binding, user) = (self.binding(facts), self.user(facts, index));
            let mut run = Run::new(&self.engine, &binding, &user, Silent)?;
            Some(self.decision(&mut run))
        })
    }

    /// The names of the policy in these facts.
    pub(crate) fn binding<'a>(&self, facts: &'a Arc<Facts>) -> Binding<'a> {
        Binding::new(&self.rules.names, facts)
    }

    /// The person as scripts see them.
    #[must_use]
    pub fn user(&self, facts: &Arc<Facts>, index: usize) -> User {
        User::new(Arc::clone(facts), index, Arc::clone(&self.extra))
    }

    /// Decides the person whom `run` is about.
    pub(crate) fn decision<'a, R: Recorder>(&'a self, run: &mut Run<'a, R>) -> Decision {
        let person = run.person();
        let mut decision = Decision {
            user: person.guid,
            name: person.name.to_string(),
            dn: person.dn.to_string(),
            user_name: None,
            verdict: Verdict::NotEntitled,
            roles: Vec::new(),
            reasons: Vec::new(),
        };
        // Whoever is disabled has no account, though nobody can read when it should have ended.
        let barred = barred(person.standing).map_or_else(|| self.outside(run), |why| Ok(Some(why)));
        decision.verdict = match barred {
            Ok(Some(why)) => {
                decision.reasons.push(why);
                Verdict::Barred
            }
            Ok(None) => self.verdict(run, &mut decision).unwrap_or_else(|why| Verdict::Failed { why }),
            Err(why) => Verdict::Failed { why },
        };
        decision.user_name = match &decision.verdict {
            Verdict::Provision { profile } => profile.user_name().map(str::to_owned),
            _ => self.user_name(run),
        };
        decision
    }

    /// What the rules say of somebody who may have an account; the answers and reasons go into `decision`.
    fn verdict<'a, R: Recorder>(
        &'a self,
        run: &mut Run<'a, R>,
        decision: &mut Decision,
    ) -> Result<Verdict, Reason> {
        let role = self.first_role(run, decision)?;
        if role.is_none() && !self.rules.switches.everyone {
            decision.reasons.push(Reason::new("passes no rule"));
            return Ok(Verdict::NotEntitled);
        }
        Ok(Verdict::Provision { profile: self.profile(run, role)? })
    }

    /// Why the person's account has not begun yet, or has ended, by the cycle's clock.
    fn outside<'a, R: Recorder>(&'a self, run: &mut Run<'a, R>) -> Result<Option<Reason>, Reason> {
        let now = run.people().facts.now;
        for bound in &self.rules.bounds {
            let Some(moment) = self.bound(bound, run)? else { continue };
            if bound.side.holds(now, moment) {
                continue;
            }
            let what = match bound.side {
                Side::From => "has no account before",
                Side::Until => "had an account until",
            };
            let why = format!("{what} {}", in_zone(moment, bound));
            return Ok(Some(Reason::new(why).at(bound.date.at.clone())));
        }
        Ok(None)
    }

    /// The moment that a start or an end means for the person; `None` where there is no bound.
    pub(crate) fn bound<'a, R: Recorder>(
        &'a self,
        bound: &'a Bound,
        run: &mut Run<'a, R>,
    ) -> Result<Option<Timestamp>, Reason> {
        let rule = &bound.date;
        let value = if let Ok(tree) = &rule.tree
            && let Ok(value) = run.expression(tree, &rule.closure)
        {
            value.to_dynamic(run.people())
        } else {
            let failed = |fault: Fault| fault.reason(&format!("`{}` failed", bound.side.word()));
            self.by_rhai(rule, run.user()).map_err(failed)?
        };
        period::bound(&value, bound.side, &bound.zone)
            .map_err(|why| Reason::new(format!("`{}` failed: {why}", bound.side.word())).at(rule.at.clone()))
    }

    /// What `userName` is mapped to; a mapping that fails on somebody who has no right to an account finds nothing.
    fn user_name<'a, R: Recorder>(&'a self, run: &mut Run<'a, R>) -> Option<String> {
        let mapping = self.rules.maps.iter().find(|mapping| mapping.attribute == Attribute::USER_NAME)?;
        self.mapping(mapping, run).ok().flatten()
    }

    /// The first role whose condition passes, or the default role; the answers and reasons go into `decision`.
    fn first_role<'a, R: Recorder>(
        &'a self,
        run: &mut Run<'a, R>,
        decision: &mut Decision,
    ) -> Result<Option<String>, Reason> {
        for role in &self.rules.roles {
            let at = role.condition.at.clone();
            let passed = self.condition(role, run)?;
            decision.roles.push(RoleAnswer { name: Arc::clone(&role.name), passed, at: at.clone() });
            if passed {
                decision.reasons.push(Reason::new(format!("passes `{}`", role.name)).at(at));
                return Ok(Some(role.name.to_string()));
            }
        }
        if self.rules.switches.everyone {
            let mut reason = Reason::new("everyone is provisioned");
            if let Some((file, position)) = &self.rules.mode {
                reason = reason.at(place(file, *position));
            }
            decision.reasons.push(reason);
        }
        Ok(self.rules.switches.default_role.clone())
    }

    /// Whether the person passes a role's condition: by its tree, and by Rhai where the tree has no answer.
    pub(crate) fn condition<'a, R: Recorder>(
        &'a self,
        role: &'a Role,
        run: &mut Run<'a, R>,
    ) -> Result<bool, Reason> {
        if let Ok(tree) = &role.condition.tree
            && let Ok(passed) = run.condition(tree, &role.condition.closure)
        {
            return Ok(passed);
        }
        self.condition_by_rhai(role, run.user())
    }

    pub(super) fn condition_by_rhai(&self, role: &Role, user: &User) -> Result<bool, Reason> {
        let value = self
            .by_rhai(&role.condition, user)
            .map_err(|fault| fault.reason(&format!("the condition of `{}` failed", role.name)))?;
        value.as_bool().map_err(|_| {
            Reason::new(format!(
                "the condition of `{}` gave {}, neither true nor false",
                role.name,
                in_short(&value)
            ))
            .at(role.condition.at.clone())
        })
    }

    pub(super) fn by_rhai(&self, rule: &Rule, user: &User) -> Result<Dynamic, Fault> {
        if rule.is_changed {
            return Err(Fault::without_an_answer(&rule.closure));
        }
        rule.closure.call(&self.engine, [Dynamic::from(user.clone())], user.facts().now)
    }

    fn profile<'a, R: Recorder>(
        &'a self,
        run: &mut Run<'a, R>,
        role: Option<String>,
    ) -> Result<Profile, Reason> {
        let mut profile = Profile { role, ..Profile::default() };
        for mapping in &self.rules.maps {
            let value = self.mapping(mapping, run)?;
            let side = if mapping.on_create { &mut profile.on_create } else { &mut profile.attributes };
            side.insert(mapping.attribute, value);
        }
        Ok(profile)
    }

    /// What a mapping gives the account: by its tree, and by Rhai where the tree has no answer.
    pub(crate) fn mapping<'a, R: Recorder>(
        &'a self,
        mapping: &'a Mapping,
        run: &mut Run<'a, R>,
    ) -> Result<Option<String>, Reason> {
        if let Ok(tree) = &mapping.expression.tree
            && let Ok(value) = run.expression(tree, &mapping.expression.closure)
        {
            return text_of(value, run.people()).map_err(|why| failed(mapping, &why));
        }
        self.mapping_by_rhai(mapping, run.user())
    }

    pub(super) fn mapping_by_rhai(&self, mapping: &Mapping, user: &User) -> Result<Option<String>, Reason> {
        let value = self
            .by_rhai(&mapping.expression, user)
            .map_err(|fault| fault.reason(&format!("the mapping of `{}` failed", mapping.attribute)))?;
        dynamic_text(&value).map_err(|why| failed(mapping, &why))
    }

    #[must_use]
    pub fn has_invariants(&self) -> bool {
        !self.rules.invariants.is_empty()
    }

    /// The invariants that do not hold over these decisions. One that fails on somebody does not hold for them.
    #[must_use]
    pub fn broken_invariants(&self, facts: &Arc<Facts>, decisions: &[Decision]) -> Vec<Broken> {
        with_room(|| self.broken(facts, decisions))
    }

    fn broken(&self, facts: &Arc<Facts>, decisions: &[Decision]) -> Vec<Broken> {
        let binding = self.binding(facts);
        let mut broken = Vec::new();
        for invariant in &self.rules.invariants {
            let mut people = Vec::new();
            for decision in decisions {
                let Some(index) = facts.index(&decision.user) else { continue };
                if !self.holds(invariant, decision, &self.user(facts, index), &binding) {
                    people.push(decision.name.clone());
                }
            }
            if !people.is_empty() {
                let reason = Reason::new(&*invariant.text).at(invariant.holds.at.clone());
                broken.push(Broken { reason, people });
            }
        }
        broken
    }

    fn holds(&self, invariant: &Invariant, decision: &Decision, user: &User, binding: &Binding<'_>) -> bool {
        let seen = Seen::new(decision, user.clone());
        if let Ok(tree) = &invariant.holds.tree
            && let Some(run) = Run::new(&self.engine, binding, user, Silent)
            && let Ok(holds) = run.about(seen.outcome()).condition(tree, &invariant.holds.closure)
        {
            return holds;
        }
        let closure = &invariant.holds.closure;
        closure
            .call(&self.engine, [Dynamic::from(seen)], binding.facts.now)
            .is_ok_and(|value| value.as_bool() == Ok(true))
    }
}

/// A moment on the clocks of the zone, with its offset.
pub(crate) fn in_zone(moment: Timestamp, bound: &Bound) -> String {
    moment.to_zoned_datetime(bound.zone.clone()).strftime("%Y-%m-%d %H:%M %:z").to_string()
}

fn failed(mapping: &Mapping, why: &str) -> Reason {
    Reason::new(format!("the mapping of `{}` failed: {why}", mapping.attribute))
        .at(mapping.expression.at.clone())
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

/// What a mapping gave, as the account takes it.
fn text_of(value: Val<'_>, people: People<'_>) -> Result<Option<String>, String> {
    match value {
        Val::Unit => Ok(None),
        Val::Text(text) => account_text(text),
        Val::Int(number) => Ok(Some(number.to_string())),
        Val::Bool(boolean) => Ok(Some(boolean_text(boolean).to_owned())),
        value => dynamic_text(&value.to_dynamic(people)),
    }
}

fn boolean_text(boolean: bool) -> &'static str {
    if boolean { "TRUE" } else { "FALSE" }
}

/// Blank is no value.
fn account_text(text: Cow<'_, str>) -> Result<Option<String>, String> {
    let length = text.trim().chars().count();
    if length > excel::MAX_TEXT {
        let (length, limit) = (grouped(length), grouped(excel::MAX_TEXT));
        return Err(format!("the text is {length} characters long: the limit is {limit}"));
    }
    match text.trim().chars().find(|c| c.is_control() || turns_text_round(*c)) {
        Some(ERROR_IN_TEXT) => Err("an error is part of the text: catch it with `IFERROR`".into()),
        Some(control) => Err(format!("the text holds the control character {control:?}")),
        None if text.trim().is_empty() => Ok(None),
        None if text.trim().len() == text.len() => Ok(Some(text.into_owned())),
        None => Ok(Some(text.trim().to_owned())),
    }
}

/// The same of what Rhai gave.
pub(crate) fn dynamic_text(value: &Dynamic) -> Result<Option<String>, String> {
    if value.is_unit() {
        return Ok(None);
    }
    if let Some(text) = value.read_lock::<ImmutableString>() {
        return account_text(Cow::Borrowed(text.as_str()));
    }
    if let Ok(character) = value.as_char() {
        return account_text(Cow::Owned(character.to_string()));
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
        return Ok(Some(boolean_text(boolean).to_owned()));
    }
    if let Some(time) = value.read_lock::<jiff::Timestamp>() {
        return Ok(Some(time.to_string()));
    }
    Err(format!("{} is not one value; an account's attribute takes one", in_short(value)))
}
