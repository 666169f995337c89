use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::table::{change, essence, table};
use crate::directory::Entry;
use crate::facts::Facts;
use crate::policy::{Change, Place, Point, Policy, RuleId, RulePoints, Sides, Traced, Tracer, Verdict};
use crate::testing::Fixtures;
use crate::testing::subject::Subject;
use crate::testing::world::default_clock;

/// A fixture that covers something that no test showed.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// What it covers: a term as a script would write it, and where it stands.
    pub term: String,
    pub at: Place,
    /// What the term comes to for it.
    pub decides: bool,
    /// The role, or the account's attribute.
    pub rule: String,
    /// Of how many terms it shows a side that no test showed.
    pub covers: usize,
    /// The fixture's name, which is free.
    pub name: String,
    /// Whom it is like.
    pub like: String,
    /// What is different about it: `title` were `Writer`.
    pub changes: Vec<String>,
    /// The fixture, as a table of TOML.
    pub toml: String,
    /// A test that decides it, and expects what the policy says today.
    pub test: String,
}

/// Sides that a fixture is looked for, and fixtures that each is made from, at most.
const LOOKED_FOR: usize = 200;
const TRIED: usize = 12;

type Side = (RuleId, u32, bool);

/// Fixtures for what is not known to be shown, the smallest change for each.
pub(super) fn proposals(
    policy: &Policy,
    points: &[RulePoints],
    known: &impl Fn(&Side) -> bool,
    fixtures: &Fixtures,
) -> Vec<Proposal> {
    let missing: Vec<(&RulePoints, &Point, bool)> = points
        .iter()
        .flat_map(|rule| rule.points.iter().map(move |point| (rule, point)))
        .flat_map(|(rule, point)| [true, false].map(|side| (rule, point, side)))
        .filter(|(rule, point, side)| {
            (*side || point.sides == Sides::Both) && !known(&(rule.id, point.id, *side))
        })
        .collect();
    if missing.is_empty() {
        return Vec::new();
    }
    let mut maker = Maker::new(policy, fixtures);
    let mut covered: BTreeSet<Side> = BTreeSet::new();
    let mut found = Vec::new();
    for (rule, point, side) in missing.iter().take(LOOKED_FOR) {
        if covered.contains(&(rule.id, point.id, *side)) {
            continue;
        }
        let Some(made) = maker.smallest((rule.id, point.id, *side)) else { continue };
        let before = covered.len();
        let wanted = |(rule, point, side): &&(&RulePoints, &Point, bool)| {
            made.traced.shown.contains(&(rule.id, point.id, *side))
        };
        covered.extend(missing.iter().filter(wanted).map(|(rule, point, side)| (rule.id, point.id, *side)));
        let name = maker.free_name(&made.like);
        found.push(Proposal {
            term: point.text.clone(),
            at: point.at.clone(),
            decides: *side,
            rule: rule.name.clone(),
            covers: covered.len() - before,
            toml: table(&name, &made.entry),
            test: maker.test(&name, &made),
            name,
            changes: made.changes.iter().map(ToString::to_string).collect(),
            like: made.like,
        });
    }
    found
}

/// A fixture that was made, and tried.
struct Made {
    like: String,
    changes: Vec<Change>,
    entry: Entry,
    subject: Subject,
    traced: Traced,
}

struct Maker<'a> {
    policy: &'a Policy,
    fixtures: &'a Fixtures,
    tracer: Tracer<'a>,
    now: Timestamp,
    facts: Arc<Facts>,
    /// Name, index into the facts, and what deciding the fixture shows.
    people: Vec<(String, usize, Traced)>,
    taken: BTreeSet<String>,
}

impl<'a> Maker<'a> {
    fn new(policy: &'a Policy, fixtures: &'a Fixtures) -> Self {
        let now = default_clock();
        let facts = Subject::facts_of(fixtures.entries(), now);
        let tracer = Tracer::new(policy);
        let person = |name: &str| {
            let entry = fixtures.entries().get(fixtures.named(name)?)?;
            let index = facts.index(&entry.object_guid()?)?;
            Some((name.to_owned(), index, tracer.trace(&facts, index)))
        };
        let people = fixtures.names().filter_map(person).collect();
        let taken = fixtures.names().map(str::to_owned).collect();
        Self { policy, fixtures, tracer, now, facts, people, taken }
    }

    /// The fixture that takes the fewest changes to show this side. Those of whom the rule is asked come first.
    fn smallest(&self, side: Side) -> Option<Made> {
        let asked = |asked: bool| {
            self.people.iter().filter(move |(.., traced)| traced.asked.contains(&side.0) == asked)
        };
        let mut best: Option<Made> = None;
        for (name, index, _) in asked(true).chain(asked(false)).take(TRIED) {
            let Some(changes) = self.tracer.nearest(side, &self.facts, *index) else { continue };
            if best.as_ref().is_some_and(|best| best.changes.len() <= changes.len()) {
                continue;
            }
            if let Some(made) = self.made(name, changes).filter(|made| made.traced.shown.contains(&side)) {
                let is_least = made.changes.len() <= 1;
                best = Some(made);
                if is_least {
                    break;
                }
            }
        }
        best
    }

    /// The changed fixture as it would be read, decided among the others.
    fn made(&self, like: &str, changes: Vec<Change>) -> Option<Made> {
        let before = self.fixtures.entries().get(self.fixtures.named(like)?)?;
        let mut entry = essence(before, self.policy);
        changes.iter().try_for_each(|to| change(&mut entry, to))?;
        let name = self.free_name_of(like);
        let subject = Subject::added(&name, entry.clone(), self.fixtures.entries(), self.now).ok()?;
        let traced = self.tracer.trace(subject.facts(), subject.index().ok()?);
        Some(Made { like: like.to_owned(), changes, entry, subject, traced })
    }

    fn free_name_of(&self, like: &str) -> String {
        let mut number = 2_usize;
        loop {
            let name = format!("{like}_{number}");
            if !self.taken.contains(&name) {
                return name;
            }
            number += 1;
        }
    }

    fn free_name(&mut self, like: &str) -> String {
        let name = self.free_name_of(like);
        self.taken.insert(name.clone());
        name
    }

    fn test(&self, name: &str, made: &Made) -> String {
        let index = made.subject.index().ok();
        let decision = index.and_then(|index| self.policy.decide(made.subject.facts(), index));
        let expected = match decision.map(|decision| decision.verdict) {
            Some(Verdict::Provision { profile }) => match profile.role {
                Some(role) => format!("role).to_be({role:?})"),
                None => "provisioned).to_be_true()".to_owned(),
            },
            Some(Verdict::Failed { .. }) => "failed).not_to_be(())".to_owned(),
            _ => "provisioned).to_be_false()".to_owned(),
        };
        format!("test({name:?}, || expect(decide(fixture({name:?})).{expected});")
    }
}
