use std::collections::BTreeMap;
use std::sync::Arc;

use super::effect::{Effect, EffectKind, RoleTurn, changes, kind, role};
use super::settings::{Setting, settings};
use crate::config::Revision;
use crate::desired::{Desired, Wish};
use crate::directory::Completeness;
use crate::facts::Facts;
use crate::policy::{Attribute, Decision, Explanation, Policy, Verdict};

/// What changes for whom when one policy takes another's place, in one and the same directory.
#[derive(Clone, Debug, PartialEq)]
pub struct Impact {
    pub from: Revision,
    pub to: Revision,
    /// How many people were asked about.
    pub people: usize,
    /// Why the directory was not read whole, so that there may be more to it.
    pub partial: Option<String>,
    /// How many are to have an account under the old rules: what percentages are of.
    pub had: usize,
    pub has: usize,
    pub settings: Vec<Setting>,
    /// By kind, then by name.
    pub effects: Vec<Effect>,
}

impl Impact {
    /// Decides everybody under both. `explained`: for so many of each kind the terms that decided are told.
    #[must_use]
    pub fn of(facts: &Arc<Facts>, old: &Policy, new: &Policy, explained: usize) -> Self {
        let (before, after) = (wishes(old, facts), wishes(new, facts));
        let has = |desired: &Desired| {
            desired.wishes.values().filter(|(_, wish, _)| matches!(wish, Wish::Have(_))).count()
        };
        let mut effects = effects(&before, &after);
        effects.sort_by(|a, b| (a.kind, &a.user.name, a.user.guid).cmp(&(b.kind, &b.user.name, b.user.guid)));
        let mut impact = Self {
            from: old.revision(),
            to: new.revision(),
            people: facts.people.len(),
            partial: match &facts.completeness {
                Completeness::Whole => None,
                Completeness::Partial { why } => Some(why.clone()),
            },
            had: has(&before),
            has: has(&after),
            settings: settings(old.switches(), new.switches()),
            effects,
        };
        impact.explain(facts, old, new, explained);
        impact
    }

    /// Whether nobody sees a difference, and nothing that holds for everyone is said otherwise.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.effects.is_empty() && self.settings.is_empty()
    }

    pub fn of_kind(&self, kind: EffectKind) -> impl Iterator<Item = &Effect> {
        self.effects.iter().filter(move |effect| effect.kind == kind)
    }

    #[must_use]
    pub fn count(&self, kind: EffectKind) -> usize {
        self.of_kind(kind).count()
    }

    /// How many people of a kind go from which role to which, the most first.
    #[must_use]
    pub fn turns(&self, kind: EffectKind) -> Vec<(&RoleTurn, usize)> {
        let mut turns: BTreeMap<&RoleTurn, usize> = BTreeMap::new();
        for effect in self.of_kind(kind) {
            *turns.entry(&effect.role).or_default() += 1;
        }
        let mut turns: Vec<_> = turns.into_iter().collect();
        turns.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        turns
    }

    /// In how many people which attribute changes; the role apart.
    #[must_use]
    pub fn attributes(&self) -> BTreeMap<Attribute, usize> {
        let mut attributes = BTreeMap::new();
        let changes = self.effects.iter().flat_map(|effect| &effect.changes);
        for change in changes.filter(|change| change.attribute != Attribute::ROLE) {
            *attributes.entry(change.attribute).or_default() += 1;
        }
        attributes
    }

    /// Looks closer at the first people of each kind.
    fn explain(&mut self, facts: &Arc<Facts>, old: &Policy, new: &Policy, most: usize) {
        let mut told: BTreeMap<EffectKind, usize> = BTreeMap::new();
        for effect in &mut self.effects {
            let told = told.entry(effect.kind).or_default();
            if *told >= most {
                continue;
            }
            *told += 1;
            let Some(index) = facts.index(&effect.user.guid) else { continue };
            effect.because = match effect.kind {
                EffectKind::Undecided => Vec::new(),
                EffectKind::Changes => attribute_terms(effect, new.explain(facts, index)),
                _ => role_terms(effect, old.explain(facts, index), new.explain(facts, index)),
            };
        }
    }
}

fn wishes(policy: &Policy, facts: &Arc<Facts>) -> Desired {
    Desired::of(&policy.decide_all(facts), policy.switches())
}

fn effects(before: &Desired, after: &Desired) -> Vec<Effect> {
    let pairs = after.wishes.iter().filter_map(|(guid, after)| Some((before.wishes.get(guid)?, after)));
    pairs
        .filter_map(|((_, old, why), (person, new, reasons))| {
            let kind = kind(old, new)?;
            let changes = match (old, new) {
                (Wish::Have(old), Wish::Have(new)) => changes(old, new),
                _ => Vec::new(),
            };
            let mut reasons = reasons.clone();
            if let Wish::Unknown { why } = new {
                reasons = vec![why.clone()];
            }
            let mut why = why.clone();
            if let Wish::Unknown { why: unknown } = old {
                why = vec![unknown.clone()];
            }
            Some(Effect {
                kind,
                user: person.clone(),
                user_name: user_name(new).or_else(|| user_name(old)),
                role: RoleTurn { from: role(old), to: role(new) },
                changes,
                before: why,
                after: reasons,
                because: Vec::new(),
            })
        })
        .collect()
}

fn user_name(wish: &Wish) -> Option<String> {
    match wish {
        Wish::Have(profile) => profile.user_name().map(str::to_owned),
        Wish::HaveNot { user_name, .. } | Wish::Keep { user_name } => user_name.clone(),
        Wish::Unknown { .. } => None,
    }
}

/// On what the old role is lost, and on what the new one is given.
fn role_terms(effect: &Effect, old: Option<Explanation>, new: Option<Explanation>) -> Vec<String> {
    let Some(new) = new else { return Vec::new() };
    let mut because = Vec::new();
    if let Some(from) = &effect.role.from {
        match new.roles.iter().find(|role| role.name == *from) {
            Some(role) if role.answer == Ok(false) => {
                because.push(sentence(&role.name, &role.at.to_string(), "does not pass", role.because()));
            }
            Some(_) => {}
            None if old.is_some_and(|old| old.roles.iter().any(|role| role.name == *from)) => {
                because.push(format!("there is no role `{from}` any more"));
            }
            None => {}
        }
    }
    if let (Some(to), true) = (&effect.role.to, provides(&new.decision))
        && let Some(role) = new.roles.iter().find(|role| role.name == *to && role.answer == Ok(true))
    {
        because.push(sentence(&role.name, &role.at.to_string(), "passes", role.because()));
    }
    because
}

fn provides(decision: &Decision) -> bool {
    matches!(decision.verdict, Verdict::Provision { .. })
}

fn sentence(role: &str, at: &str, does: &str, terms: Vec<String>) -> String {
    let terms = if terms.is_empty() { String::new() } else { format!(": {}", terms.join(", ")) };
    format!("`{role}` ({at}) {does}{terms}")
}

/// The mappings that give something else, with what went in.
fn attribute_terms(effect: &Effect, new: Option<Explanation>) -> Vec<String> {
    let Some(new) = new else { return Vec::new() };
    let changed = |attribute| effect.changes.iter().any(|change| change.attribute == attribute);
    let mappings = new.mappings.iter().filter(|mapping| changed(mapping.attribute) && !mapping.on_create);
    mappings
        .map(|mapping| {
            let reads: Vec<_> =
                mapping.reads.iter().map(|read| format!("{} is {}", read.what, read.value)).collect();
            let reads = if reads.is_empty() { String::new() } else { format!(": {}", reads.join(", ")) };
            format!("`{}` ({}) maps `{}`{reads}", mapping.attribute, mapping.at, mapping.expression)
        })
        .collect()
}
