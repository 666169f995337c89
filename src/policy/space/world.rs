use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::atom::{Atom, Question, Space, Subject};
use super::candidates::{Sample, is_list, samples};
use super::evaluate::{NOW, answers, of_outcome};
use super::literals::Trust;
use crate::facts::{Standing, Value};
use crate::policy::expr::{Node, Outcome};

/// A value that a subject can have.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Candidate {
    Value(Option<Value>),
    Member {
        nested: bool,
        direct: bool,
    },
    Standing(Standing),
    Outcome {
        role: Option<Arc<str>>,
        provisioned: bool,
    },
    /// Nobody knows of what; only the answer.
    Unknown,
}

/// A value and what the questions about its subject come to, in the order of [`Domain::atoms`]; `None`: either.
#[derive(Clone, Debug)]
pub(super) struct Point {
    pub(super) candidate: Candidate,
    pub(super) answers: Vec<Option<bool>>,
}

/// Everything that can be asked of one subject, and everything that can be answered.
#[derive(Clone, Debug)]
pub(super) struct Domain {
    pub(super) subject: Subject,
    pub(super) atoms: Vec<usize>,
    pub(super) points: Vec<Point>,
}

/// Whom a rule is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Those who may have an account.
    Enabled,
    Everybody,
}

/// All people, as far as some questions can tell them apart.
pub(crate) struct World<'s, 'p> {
    pub(super) space: &'s Space<'p>,
    pub(super) domains: Vec<Domain>,
    /// Where each atom stands: its domain, and its place among that one's atoms.
    pub(super) places: HashMap<usize, (usize, usize)>,
}

/// Unions of lists that are told apart at most.
const LISTS: usize = 256;

impl<'s, 'p> World<'s, 'p> {
    /// `None` when there is too much to tell apart.
    pub(crate) fn new(
        space: &'s Space<'p>,
        atoms: impl IntoIterator<Item = usize>,
        asked: Asked,
    ) -> Option<Self> {
        let mut subjects: BTreeMap<&Subject, Vec<usize>> = BTreeMap::new();
        for index in atoms {
            let of_subject = subjects.entry(&space.atom(index)?.subject).or_default();
            if !of_subject.contains(&index) {
                of_subject.push(index);
            }
        }
        let mut domains = Vec::with_capacity(subjects.len());
        for (subject, atoms) in subjects {
            let questions: Vec<&Atom> = atoms.iter().filter_map(|index| space.atom(*index)).collect();
            let points = match subject {
                Subject::Attribute { name, .. } => space.attribute(name, &questions)?,
                Subject::Group { .. } => memberships(&questions),
                Subject::Standing => standings(&questions, asked),
                Subject::Outcome => space.outcomes(&questions),
                Subject::Unknown(_) => [true, false]
                    .map(|answer| Point { candidate: Candidate::Unknown, answers: vec![Some(answer)] })
                    .into(),
            };
            domains.push(Domain { subject: subject.clone(), atoms, points: distinct(points) });
        }
        let places = domains
            .iter()
            .enumerate()
            .flat_map(|(at, domain)| {
                domain.atoms.iter().enumerate().map(move |(place, atom)| (*atom, (at, place)))
            })
            .collect();
        Some(Self { space, domains, places })
    }
}

/// Those that no question tells from an earlier one are left out.
fn distinct(points: Vec<Point>) -> Vec<Point> {
    let mut seen = std::collections::HashSet::new();
    points.into_iter().filter(|point| seen.insert(point.answers.clone())).collect()
}

fn memberships(questions: &[&Atom]) -> Vec<Point> {
    [(false, false), (true, true), (true, false)]
        .into_iter()
        .map(|(nested, direct)| Point {
            candidate: Candidate::Member { nested, direct },
            answers: questions
                .iter()
                .map(|atom| match atom.question {
                    Question::Member { direct: true } => Some(direct),
                    _ => Some(nested),
                })
                .collect(),
        })
        .collect()
}

fn standings(questions: &[&Atom], asked: Asked) -> Vec<Point> {
    let all = [Standing::Enabled, Standing::Disabled, Standing::Expired { at: jiff::Timestamp::UNIX_EPOCH }];
    let all = all.into_iter().filter(|standing| asked == Asked::Everybody || *standing == Standing::Enabled);
    all.map(|standing| Point {
        answers: questions
            .iter()
            .map(|atom| match atom.question {
                Question::Expired => Some(matches!(standing, Standing::Expired { .. })),
                _ => Some(standing == Standing::Enabled),
            })
            .collect(),
        candidate: Candidate::Standing(standing),
    })
    .collect()
}

impl Space<'_> {
    fn outcomes(&self, questions: &[&Atom]) -> Vec<Point> {
        let nodes: Vec<&Node> = questions
            .iter()
            .filter_map(|atom| match &atom.question {
                Question::Asked { node, .. } => Some(&**node),
                _ => None,
            })
            .collect();
        let switches = self.policy.switches();
        let roles = self.policy.rules.roles.iter().map(|role| (Some(Arc::clone(&role.name)), true));
        let everyone = switches.everyone.then(|| (switches.default_role.as_deref().map(Arc::from), true));
        roles
            .chain(everyone)
            .chain([(None, false)])
            .map(|(role, provisioned)| Point {
                answers: of_outcome(self.policy, Outcome { role: role.as_deref(), provisioned }, &nodes),
                candidate: Candidate::Outcome { role, provisioned },
            })
            .collect()
    }

    fn attribute(&self, name: &str, questions: &[&Atom]) -> Option<Vec<Point>> {
        let asked: Vec<_> = questions
            .iter()
            .filter_map(|atom| match &atom.question {
                Question::Asked { node, literals, trust } => Some((&**node, literals, *trust)),
                _ => None,
            })
            .collect();
        let literals: Vec<_> = asked.iter().map(|(_, literals, _)| *literals).collect();
        let samples = samples(name, &literals)?;
        self.look(samples.len() * asked.len())?;
        let mut points = Vec::new();
        if is_list(name) != Some(true) {
            points.extend(self.points(name, &samples, &asked, |value| value));
        }
        if is_list(name) != Some(false) {
            let single = self.points(name, &samples, &asked, |value| Value::List(Arc::from([value])));
            points.extend(unions(single)?);
        }
        Some(points)
    }

    fn points(
        &self,
        name: &str,
        samples: &[Sample],
        asked: &[(&Node, &super::literals::Literals, Trust)],
        shape: impl Fn(Value) -> Value,
    ) -> Vec<Point> {
        let values: Vec<Option<Value>> =
            samples.iter().map(|sample| sample.value.clone().map(&shape)).collect();
        let rows = values.iter().map(|value| (name, value.clone()));
        let questions: Vec<_> =
            (0..samples.len()).flat_map(|row| asked.iter().map(move |(node, ..)| (row, *node))).collect();
        let answers = answers(self.policy, NOW, rows, &questions);
        let mut answers = answers.into_iter();
        values
            .into_iter()
            .zip(samples)
            .map(|(value, sample)| Point {
                candidate: Candidate::Value(value),
                answers: asked
                    .iter()
                    .map(|(_, _, trust)| {
                        let answer = answers.next().flatten();
                        let trusted = match trust {
                            Trust::All => true,
                            Trust::Written => sample.written,
                            Trust::Nothing => sample.value.is_none(),
                        };
                        answer.filter(|_| trusted)
                    })
                    .collect(),
            })
            .collect()
    }
}

/// Every list of which the elements are told apart: a question about a list is true when it is of any element.
fn unions(single: Vec<Point>) -> Option<Vec<Point>> {
    let single = distinct(single);
    let mut all = single.clone();
    let mut next = 0;
    while let Some(point) = all.get(next).cloned() {
        next += 1;
        let Candidate::Value(Some(Value::List(values))) = &point.candidate else { continue };
        for other in &single {
            let Candidate::Value(Some(Value::List(more))) = &other.candidate else { continue };
            let answers: Vec<_> = point
                .answers
                .iter()
                .zip(&other.answers)
                .map(|pair| match pair {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (Some(false), Some(false)) => Some(false),
                    _ => None,
                })
                .collect();
            if all.iter().any(|known| known.answers == answers) {
                continue;
            }
            if all.len() >= LISTS {
                return None;
            }
            let both = values.iter().chain(more.iter()).cloned().collect();
            all.push(Point { candidate: Candidate::Value(Some(Value::List(both))), answers });
        }
    }
    Some(all)
}
