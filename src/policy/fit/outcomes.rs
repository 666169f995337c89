use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::people::{People, listed, users};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::facts::{Facts, Standing, Value};
use crate::policy::expr::{Run, Silent};
use crate::policy::rules::Role;
use crate::policy::space::Change;
use crate::policy::{Attribute, Decision, Policy, Profile, Verdict, user_name_key};

/// People who are looked at for the one who is nearest to a role.
const LOOKED_AT: usize = 60;

/// What comes of the rules for these people: roles that nobody or everybody gets (`P0404`, `P0405`), mappings that fail
/// or give blank (`P0406`), people who would share an account (`P0407`).
/// `missing`: texts, in lower case, of which it was said that nobody has them.
pub(super) fn outcomes(
    policy: &Policy,
    people: &mut People<'_>,
    missing: &BTreeSet<String>,
    findings: &mut Diagnostics,
) {
    let facts = people.facts;
    let decisions = policy.decide_all(facts);
    let decided = Decided { policy, facts, decisions: &decisions };
    decided.roles(people, missing, findings);
    decided.failures(findings);
    decided.mappings(findings);
    decided.collisions(findings);
}

struct Decided<'a> {
    policy: &'a Policy,
    facts: &'a Arc<Facts>,
    decisions: &'a [Decision],
}

impl Decided<'_> {
    fn profiles(&self) -> impl Iterator<Item = (&Decision, &Profile)> {
        self.decisions.iter().filter_map(|decision| match &decision.verdict {
            Verdict::Provision { profile } => Some((decision, profile)),
            _ => None,
        })
    }

    fn roles(&self, people: &mut People<'_>, missing: &BTreeSet<String>, findings: &mut Diagnostics) {
        let enabled = self.facts.people.iter().filter(|person| person.standing == Standing::Enabled).count();
        if enabled == 0 {
            return;
        }
        let mut got: BTreeMap<&str, usize> = BTreeMap::new();
        for role in self.profiles().filter_map(|(_, profile)| profile.role.as_deref()) {
            *got.entry(role).or_default() += 1;
        }
        let roles = &self.policy.rules.roles;
        for role in roles {
            match got.get(&*role.name) {
                None => findings.0.extend(self.not_got(role, enabled, people, missing)),
                Some(count) if *count == enabled && roles.len() > 1 => {
                    let message = format!("everybody, {}, gets the role `{}`", users(enabled), role.name);
                    let finding = self.policy.of_role("P0405", &message, &role.name, &role.condition);
                    findings.push(Diagnostic { severity: Severity::Note, ..finding });
                }
                Some(_) => {}
            }
        }
    }

    /// A role that nobody gets. Nothing, when all that keeps the nearest away was said before: what nobody has.
    fn not_got(
        &self,
        role: &Role,
        enabled: usize,
        people: &mut People<'_>,
        missing: &BTreeSet<String>,
    ) -> Option<Diagnostic> {
        let mut takers: BTreeMap<&str, usize> = BTreeMap::new();
        let mut passed = 0;
        for (index, person) in self.facts.people.iter().enumerate() {
            if person.standing != Standing::Enabled || !self.passes(role, index) {
                continue;
            }
            passed += 1;
            let decision = self.decisions.get(index).map(|decision| &decision.verdict);
            if let Some(Verdict::Provision { profile }) = decision
                && let Some(taker) = profile.role.as_deref()
            {
                *takers.entry(taker).or_default() += 1;
            }
        }
        let of = |message: &str| self.policy.of_role("P0404", message, &role.name, &role.condition);
        if passed > 0 {
            let message = format!(
                "nobody gets the role `{}`: {} would, and earlier roles take them",
                role.name,
                users(passed)
            );
            let mut takers: Vec<_> = takers.into_iter().collect();
            takers.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            let takers: Vec<_> =
                takers.iter().take(3).map(|(taker, count)| format!("`{taker}` takes {count}")).collect();
            return Some(of(&message).under(takers.join(", ")));
        }
        let mut finding =
            of(&format!("nobody passes `{}`, of {} who may have an account", role.name, users(enabled)));
        if let Some(changes) = self.nearest(role) {
            let mut is_said = |change: &Change| match change {
                Change::Attribute { name, value: Some(Value::Text(text)), .. } => {
                    missing.contains(&text.to_lowercase()) || people.values(name).held == 0
                }
                Change::Attribute { name, .. } => people.values(name).held == 0,
                Change::Group { name, member, .. } => *member && self.facts.groups_named(name).is_empty(),
                Change::Standing(_) => false,
            };
            if changes.iter().all(&mut is_said) {
                return None;
            }
            let changes: Vec<_> = changes.iter().map(ToString::to_string).collect();
            finding.hint = Some(format!("the nearest would pass if {}", changes.join(" and ")));
        }
        Some(finding)
    }

    fn passes(&self, role: &Role, index: usize) -> bool {
        let (binding, user) = (self.policy.binding(self.facts), self.policy.user(self.facts, index));
        Run::new(&self.policy.engine, &binding, &user, Silent)
            .is_some_and(|mut run| self.policy.condition(role, &mut run) == Ok(true))
    }

    /// What somebody would have to be to pass, of the people looked at whoever needs least.
    fn nearest(&self, role: &Role) -> Option<Vec<Change>> {
        let people = self.facts.people.len();
        let step = people.div_ceil(LOOKED_AT).max(1);
        let mut best: Option<Vec<Change>> = None;
        for index in (0..people).step_by(step) {
            let is_enabled =
                self.facts.people.get(index).is_some_and(|person| person.standing == Standing::Enabled);
            if !is_enabled {
                continue;
            }
            let Some(changes) = self.policy.nearest_to_role(&role.name, self.facts, index) else { continue };
            if best.as_ref().is_none_or(|best| changes.len() < best.len()) {
                best = Some(changes);
            }
            if best.as_ref().is_some_and(|best| best.len() == 1) {
                break;
            }
        }
        best
    }

    fn failures(&self, findings: &mut Diagnostics) {
        let mut failed: BTreeMap<String, (&Decision, Vec<&str>)> = BTreeMap::new();
        for decision in self.decisions {
            if let Verdict::Failed { why } = &decision.verdict {
                failed.entry(why.to_string()).or_insert((decision, Vec::new())).1.push(&decision.name);
            }
        }
        for (decision, names) in failed.values() {
            let Verdict::Failed { why } = &decision.verdict else { continue };
            let mut finding =
                Diagnostic::warning("P0406", format!("{} fail: {}", users(names.len()), why.text));
            if names.len() == 1 {
                finding.message = format!("1 user fails: {}", why.text);
            }
            if let Some(place) = &why.at
                && let Some(text) = self.policy.script_text(&place.file)
            {
                let position = rhai::Position::new(
                    u16::try_from(place.line).unwrap_or(u16::MAX),
                    u16::try_from(place.column).unwrap_or(u16::MAX),
                );
                let at = crate::policy::position::offset(text, position);
                finding =
                    finding.at(&*place.file, Arc::clone(text), crate::policy::position::span(text, at, None));
            }
            findings.push(
                finding.hint(format!(
                    "it is left alone until this is mended: {}",
                    listed(names.iter().copied())
                )),
            );
        }
    }

    fn mappings(&self, findings: &mut Diagnostics) {
        let all = self.profiles().count();
        for mapping in &self.policy.rules.maps {
            let blank: Vec<&str> = self
                .profiles()
                .filter(|(_, profile)| {
                    let side = if mapping.on_create { &profile.on_create } else { &profile.attributes };
                    matches!(side.get(&mapping.attribute), Some(None))
                })
                .map(|(decision, _)| &*decision.name)
                .collect();
            if blank.is_empty() {
                continue;
            }
            let message =
                format!("`{}` is blank for {} of {all} who get an account", mapping.attribute, blank.len());
            let finding = self.of_mapping("P0406", &message, mapping.attribute);
            // Without a userName nothing can be done; without a middle name people get along.
            let severity =
                if mapping.attribute == Attribute::USER_NAME { Severity::Warning } else { Severity::Note };
            findings.push(
                Diagnostic { severity, ..finding }.hint(format!("for {}", listed(blank.iter().copied()))),
            );
        }
    }

    fn collisions(&self, findings: &mut Diagnostics) {
        let mut by_name: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (decision, profile) in self.profiles() {
            if let Some(name) = profile.user_name() {
                by_name.entry(user_name_key(name)).or_default().push(&decision.name);
            }
        }
        by_name.retain(|_, people| people.len() > 1);
        let Some((name, people)) = by_name.first_key_value() else { return };
        let message = match by_name.len() {
            1 => format!("{} people would share the account `{name}`", people.len()),
            count => format!("{count} accounts would each be shared by several people"),
        };
        let finding = self.of_mapping("P0407", &message, Attribute::USER_NAME);
        findings.push(finding.hint(format!("`{name}` is {}", listed(people.iter().copied()))));
    }

    fn of_mapping(&self, code: &'static str, message: &str, attribute: Attribute) -> Diagnostic {
        let mapping = self.policy.rules.maps.iter().find(|mapping| mapping.attribute == attribute);
        match mapping {
            Some(mapping) => {
                let path = attribute.path().replace('"', "\\\"");
                self.policy.of_role(code, message, &path, &mapping.expression)
            }
            None => Diagnostic::warning(code, message),
        }
    }
}
