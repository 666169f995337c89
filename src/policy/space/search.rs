use super::atom::{Question, Subject};
use super::evaluate::{NOW, answers};
use super::formula::{Formula, Term};
use super::world::{Candidate, World};

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

    /// What a condition comes to for somebody with these values who has nothing else; `None` when that is not known.
    /// The condition may ask what this world does not know of.
    pub(crate) fn model(&self, term: &Term, values: &[(Subject, Candidate)]) -> Option<bool> {
        let atoms = term.atoms();
        let (mut rows, mut questions, mut places) = (Vec::new(), Vec::new(), Vec::new());
        let mut found: Vec<(usize, Option<bool>)> = Vec::new();
        for index in atoms {
            let Some(atom) = self.space.atom(index) else { continue };
            let candidate =
                values.iter().find(|(subject, _)| *subject == atom.subject).map(|(_, value)| value);
            match (&atom.subject, &atom.question, candidate) {
                (Subject::Attribute { name, .. }, Question::Asked { node, .. }, candidate) => {
                    let value = match candidate {
                        Some(Candidate::Value(value)) => value.clone(),
                        _ => None,
                    };
                    questions.push((rows.len(), &**node));
                    rows.push((name.as_str(), value));
                    places.push(index);
                }
                (_, Question::Member { direct }, Some(Candidate::Member { nested, direct: is_direct })) => {
                    found.push((index, Some(if *direct { *is_direct } else { *nested })));
                }
                (_, Question::Member { .. } | Question::Expired, None) => found.push((index, Some(false))),
                (_, Question::Enabled, None) => found.push((index, Some(true))),
                _ => {}
            }
        }
        if !questions.is_empty() {
            let asked = answers(self.space.policy, NOW, rows, &questions);
            found.extend(places.into_iter().zip(asked));
        }
        truth(term, None, &[], &|atom| {
            found.iter().find(|(known, _)| *known == atom).and_then(|(_, answer)| *answer)
        })
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
