use std::sync::Arc;

use super::atom::{Question, Subject};
use super::evaluate::NOW;
use super::formula::{Formula, Term};
use super::world::{Candidate, World};
use crate::facts::Facts;
use crate::policy::expr::{Run, Silent};

/// What somebody is looked for to do.
#[derive(Clone, Copy)]
pub(crate) enum Goal<'t> {
    /// The condition comes to this.
    Is(&'t Term, bool),
    /// It makes a difference to the condition what the term with this number comes to.
    Decides(&'t Term, u32),
}

/// Whether there can be somebody who meets all goals.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    /// Nobody.
    Never,
    /// Somebody with these values, whatever the others are.
    Found(Vec<(Subject, Candidate)>),
    /// That is not known here, or not in the time that it is worth.
    Perhaps,
}

/// How many times a value is tried before an answer is given up.
const TRIES: usize = 4_000;

struct Search<'w, 't> {
    world: &'w World<'w, 'w>,
    goals: &'t [Goal<'t>],
    /// Terms that are to be taken for true or false, by number.
    taken: &'t [(u32, bool)],
    /// The chosen point of each domain.
    chosen: Vec<Option<usize>>,
    left: usize,
}

impl World<'_, '_> {
    /// `taken`: terms that are taken to be true or false in every [`Goal::Decides`], whatever they come to.
    pub(crate) fn solve(&self, goals: &[Goal<'_>], taken: &[(u32, bool)]) -> Answer {
        let chosen = vec![None; self.domains.len()];
        let mut search = Search { world: self, goals, taken, chosen, left: TRIES };
        search.step()
    }

    /// The first of some conditions that somebody passes who has these values and nothing else. The conditions may ask
    /// what this world does not know of.
    pub(crate) fn passed<'t, T>(
        &self,
        values: &[(Subject, Candidate)],
        conditions: impl IntoIterator<Item = (T, &'t Term)>,
    ) -> Option<T> {
        let policy = self.space.policy;
        let attributes = values.iter().filter_map(|(subject, candidate)| match (subject, candidate) {
            (Subject::Attribute { name, .. }, Candidate::Value(value)) => Some((subject, name, value)),
            _ => None,
        });
        let held: Vec<_> = attributes.collect();
        let rows = held.iter().map(|(_, name, value)| (name.as_str(), (*value).clone()));
        // The last one has nothing.
        let facts = Arc::new(Facts::imagined(NOW, rows.chain([("", None)])));
        let binding = policy.binding(&facts);
        let users: Vec<_> = (0..=held.len()).map(|row| policy.user(&facts, row)).collect();
        let answer = |index: usize| {
            let atom = self.space.atom(index)?;
            let has = values.iter().find(|(subject, _)| *subject == atom.subject).map(|(_, value)| value);
            match (&atom.question, has) {
                (Question::Asked { node, .. }, _) if atom.subject != Subject::Outcome => {
                    let row = held.iter().position(|(subject, ..)| **subject == atom.subject);
                    let user = users.get(row.unwrap_or(held.len()))?;
                    Run::new(&policy.engine, &binding, user, Silent)?.truth(node).ok()
                }
                (Question::Member { direct }, Some(Candidate::Member { nested, direct: is_direct })) => {
                    Some(if *direct { *is_direct } else { *nested })
                }
                (Question::Member { .. } | Question::Expired, None) => Some(false),
                (Question::Enabled, None) => Some(true),
                _ => None,
            }
        };
        let mut conditions = conditions.into_iter();
        conditions.find(|(_, term)| truth(term, None, &[], &answer) == Some(true)).map(|(what, _)| what)
    }
}

impl Search<'_, '_> {
    fn step(&mut self) -> Answer {
        let mut open = None;
        let mut is_met = true;
        for goal in self.goals {
            match self.meets(goal) {
                Some(true) => {}
                Some(false) => return Answer::Never,
                None => {
                    is_met = false;
                    open = open.or_else(|| self.open(goal));
                }
            }
        }
        if is_met {
            return Answer::Found(self.values());
        }
        // Only what nobody knows is left.
        let Some(domain) = open else { return Answer::Perhaps };
        let count = self.world.domains.get(domain).map_or(0, |domain| domain.points.len());
        for point in 0..count {
            let Some(left) = self.left.checked_sub(1) else { return Answer::Perhaps };
            self.left = left;
            if self.world.space.look(1).is_none() {
                return Answer::Perhaps;
            }
            self.choose(domain, Some(point));
            match self.step() {
                Answer::Never => {}
                answer => return answer,
            }
        }
        self.choose(domain, None);
        Answer::Never
    }

    fn choose(&mut self, domain: usize, point: Option<usize>) {
        if let Some(chosen) = self.chosen.get_mut(domain) {
            *chosen = point;
        }
    }

    fn values(&self) -> Vec<(Subject, Candidate)> {
        let chosen = self.world.domains.iter().zip(&self.chosen);
        chosen
            .filter_map(|(domain, chosen)| {
                let point = domain.points.get((*chosen)?)?;
                Some((domain.subject.clone(), point.candidate.clone()))
            })
            .collect()
    }

    fn meets(&self, goal: &Goal<'_>) -> Option<bool> {
        let answer = |atom: usize| self.answer(atom);
        match goal {
            Goal::Is(term, wanted) => truth(term, None, &[], &answer).map(|truth| truth == *wanted),
            Goal::Decides(term, id) => {
                let yes = truth(term, Some((*id, true)), self.taken, &answer)?;
                let no = truth(term, Some((*id, false)), self.taken, &answer)?;
                Some(yes != no)
            }
        }
    }

    fn answer(&self, atom: usize) -> Option<bool> {
        let (domain, place) = *self.world.places.get(&atom)?;
        let point = (*self.chosen.get(domain)?)?;
        *self.world.domains.get(domain)?.points.get(point)?.answers.get(place)?
    }

    /// A domain without a value on which the goal still depends.
    fn open(&self, goal: &Goal<'_>) -> Option<usize> {
        match goal {
            Goal::Is(term, _) => self.first(term, None, &[]),
            Goal::Decides(term, id) => self
                .first(term, Some((*id, true)), self.taken)
                .or_else(|| self.first(term, Some((*id, false)), self.taken)),
        }
    }

    fn first(&self, term: &Term, forced: Option<(u32, bool)>, taken: &[(u32, bool)]) -> Option<usize> {
        let answer = |atom: usize| self.answer(atom);
        if truth(term, forced, taken, &answer).is_some() {
            return None;
        }
        if let Formula::Atom(atom) = &term.formula {
            let (domain, _) = *self.world.places.get(atom)?;
            return self.chosen.get(domain).is_some_and(Option::is_none).then_some(domain);
        }
        term.children().iter().find_map(|child| self.first(child, forced, taken))
    }
}

/// What a condition comes to as far as the questions are answered. The term that is forced comes to what it is forced
/// to, and so do those that are taken for true or false.
pub(super) fn truth(
    term: &Term,
    forced: Option<(u32, bool)>,
    taken: &[(u32, bool)],
    answer: &impl Fn(usize) -> Option<bool>,
) -> Option<bool> {
    if let Some((_, value)) = forced.iter().chain(taken).find(|(id, _)| *id == term.id) {
        return Some(*value);
    }
    let of = |term: &Term| truth(term, forced, taken, answer);
    match &term.formula {
        Formula::Known(value) => Some(*value),
        Formula::Atom(atom) => answer(*atom),
        Formula::Not(term) => of(term).map(|truth| !truth),
        Formula::All(parts) => joined(parts.iter().map(of), false),
        Formula::Any(parts) => joined(parts.iter().map(of), true),
        Formula::If(parts) => {
            let [condition, then, otherwise] = &**parts;
            match of(condition) {
                Some(true) => of(then),
                Some(false) => of(otherwise),
                None => of(then).filter(|then| of(otherwise) == Some(*then)),
            }
        }
    }
}

/// `ending` wherever a part comes to it, else its opposite when all are known.
fn joined(parts: impl Iterator<Item = Option<bool>>, ending: bool) -> Option<bool> {
    let mut all = Some(!ending);
    for part in parts {
        match part {
            Some(value) if value == ending => return Some(ending),
            Some(_) => {}
            None => all = None,
        }
    }
    all
}
