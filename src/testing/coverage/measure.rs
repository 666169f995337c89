use std::collections::BTreeMap;

use super::proposal::{Proposal, proposals};
use crate::policy::{Place, Point, Policy, RuleId, RulePoints, Sides};
use crate::testing::Fixtures;
use crate::testing::share::Share;
use crate::testing::survey::Survey;

/// What the tests of a policy show of it.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// In the order in which they are asked.
    pub rules: Vec<CoveredRule>,
    /// Fixtures that would cover what is not covered, as far as there are any.
    pub proposals: Vec<Proposal>,
}

/// A role's condition, a mapping, a date, or a hook.
#[derive(Clone, Debug)]
pub struct CoveredRule {
    /// `role`, `mapping`, `date` or `hook`.
    pub kind: &'static str,
    /// The role, the account's attribute, or the word.
    pub name: String,
    pub at: Place,
    /// Why Rhai runs it as a whole, if it does: then it counts as one term.
    pub by_rhai: Option<String>,
    /// How often it was asked.
    pub asked: usize,
    pub terms: Vec<CoveredTerm>,
}

/// A term of a condition, a case of a `switch`, or a rule as a whole.
#[derive(Clone, Debug)]
pub struct CoveredTerm {
    /// As a script would write it.
    pub text: String,
    pub at: Place,
    /// Whether it has to be false for somebody, too.
    pub both: bool,
    /// How often it was true and decided; of what has one side only, how often it was come to.
    pub yes: usize,
    /// How often it was false and decided.
    pub no: usize,
}

impl CoveredTerm {
    #[must_use]
    pub fn is_covered(&self) -> bool {
        self.yes > 0 && (self.no > 0 || !self.both)
    }

    /// What no test showed of it, in words; `None` when it is covered.
    #[must_use]
    pub fn missing(&self) -> Option<&'static str> {
        match (self.both, self.yes, self.no) {
            (false, 0, _) => Some("never reached"),
            (true, 0, 0) => Some("never decided"),
            (true, 0, _) => Some("never decided true"),
            (true, _, 0) => Some("never decided false"),
            _ => None,
        }
    }
}

impl CoveredRule {
    #[must_use]
    pub fn share(&self) -> Share {
        let part = self.terms.iter().filter(|term| term.is_covered()).count();
        Share { part, whole: self.terms.len() }
    }
}

impl Coverage {
    /// Of all terms.
    #[must_use]
    pub fn share(&self) -> Share {
        self.rules.iter().map(CoveredRule::share).fold(Share::default(), |sum, share| Share {
            part: sum.part + share.part,
            whole: sum.whole + share.whole,
        })
    }

    pub(in crate::testing) fn of(policy: &Policy, survey: &Survey, fixtures: &Fixtures) -> Self {
        let mut times = vec![0_usize; survey.people.len()];
        for person in survey.tests.iter().flat_map(|test| &test.people) {
            if let Some(times) = times.get_mut(*person) {
                *times += 1;
            }
        }
        let mut asked: BTreeMap<RuleId, usize> = BTreeMap::new();
        let mut shown: BTreeMap<(RuleId, u32, bool), usize> = BTreeMap::new();
        for (person, times) in survey.people.iter().zip(&times) {
            person.traced.asked.iter().for_each(|rule| *asked.entry(*rule).or_default() += times);
            person.traced.shown.iter().for_each(|point| *shown.entry(*point).or_default() += times);
        }
        for (hook, spoke) in survey.tests.iter().flat_map(|test| &test.spoken) {
            *asked.entry(RuleId::Before(*hook)).or_default() += 1;
            *shown.entry((RuleId::Before(*hook), Point::WHOLE, *spoke)).or_default() += 1;
        }
        let points = policy.points();
        let rules = points.iter().map(|rule| {
            let count = |point: &Point, side| shown.get(&(rule.id, point.id, side)).copied().unwrap_or(0);
            let terms = rule.points.iter().map(|point| CoveredTerm {
                text: point.text.clone(),
                at: point.at.clone(),
                both: point.sides == Sides::Both,
                yes: count(point, true),
                no: if point.sides == Sides::Both { count(point, false) } else { 0 },
            });
            CoveredRule {
                kind: kind(rule),
                name: rule.name.clone(),
                at: rule.at.clone(),
                by_rhai: rule.by_rhai.clone(),
                asked: asked.get(&rule.id).copied().unwrap_or(0),
                terms: terms.collect(),
            }
        });
        let rules = rules.collect();
        let known = |point: &(RuleId, u32, bool)| shown.contains_key(point);
        let proposals = proposals(policy, &points, &known, fixtures);
        Self { rules, proposals }
    }
}

fn kind(rule: &RulePoints) -> &'static str {
    match rule.id {
        RuleId::Role(_) => "role",
        RuleId::Mapping(_) => "mapping",
        RuleId::Bound(_) => "date",
        RuleId::Before(_) => "hook",
    }
}
