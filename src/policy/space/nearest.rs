use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::SignedDuration;

use super::atom::{Question, Space, Subject};
use super::candidates::is_list;
use super::evaluate::{NOW, answers};
use super::formula::Term;
use super::literals::Literals;
use super::search::truth;
use crate::facts::{Facts, Standing, Syntax, Value, attribute_type};
use crate::policy::Policy;
use crate::policy::expr::{Node, Recorder, Run, Tree, Val};
use crate::policy::rules::Rule;
use crate::policy::stack::with_room;

/// One thing that would be different about a person.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// By its lower-case name; `value`: what it would be, `None` for absent.
    Attribute {
        /// Of how many managers up.
        above: usize,
        name: String,
        value: Option<Value>,
    },
    /// As the rule names it.
    Group {
        above: usize,
        name: String,
        member: bool,
        direct: bool,
    },
    Standing(Standing),
}

impl fmt::Display for Change {
    /// `title` were "Head of Sales".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = |above: &usize| "manager.".repeat(*above);
        match self {
            Self::Attribute { above, name, value } => {
                let name = attribute_type(name).map_or(name.as_str(), |(name, ..)| name);
                let whose = whose(above);
                match value {
                    Some(Value::List(values)) => match values.last() {
                        Some(last) => write!(f, "`{whose}{name}` had `{}`", written(last)),
                        None => write!(f, "`{whose}{name}` were blank"),
                    },
                    Some(value) => write!(f, "`{whose}{name}` were `{}`", written(value)),
                    None => write!(f, "`{whose}{name}` were blank"),
                }
            }
            Self::Group { above, name, member, direct } => {
                let who = if *above == 0 { "they" } else { "their manager" };
                let not = if *member { "" } else { "not " };
                let directly = if *direct { " directly" } else { "" };
                write!(f, "{who} were {not}in the group `{name}`{}", if *member { directly } else { "" })
            }
            Self::Standing(Standing::Enabled) => write!(f, "they were enabled"),
            Self::Standing(Standing::Disabled) => write!(f, "they were disabled"),
            Self::Standing(Standing::Expired { .. }) => write!(f, "they were expired"),
        }
    }
}

fn written(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Boolean(boolean) => boolean.to_string(),
        Value::Time(time) => time.to_string(),
        Value::Binary(bytes) => format!("{} bytes", bytes.len()),
        Value::List(values) => values.iter().map(written).collect::<Vec<_>>().join(", "),
    }
}

/// Things that are changed at once, at most, and people who are looked at before it is given up.
const CHANGES: usize = 3;
const LOOKS: usize = 60_000;

/// What a subject is, or would be after a change; and what the questions that depend on it come to then.
struct State {
    change: Option<Change>,
    answers: Vec<(usize, Option<bool>)>,
}

/// Remembers what one term came to.
struct Watch {
    term: u32,
    came_to: Option<bool>,
}

impl Recorder for Watch {
    const ON: bool = true;

    fn saw(&mut self, node: &Node, value: &Val<'_>) {
        if let (true, Val::Bool(answer)) = (node.id == self.term, value) {
            self.came_to = Some(*answer);
        }
    }
}

impl Policy {
    /// The smallest change of a person with which the person passes the role's condition; empty when that is so
    /// without any. `None` when there is no such role, when it is none of those that are looked for (at most three
    /// changes, each to what the condition asks for), or when Rhai runs the condition.
    #[must_use]
    pub fn nearest_to_role(&self, role: &str, facts: &Facts, index: usize) -> Option<Vec<Change>> {
        let role = self.rules.roles.iter().find(|known| &*known.name == role)?;
        let tree = role.condition.tree.as_ref().ok()?;
        self.nearest(&role.condition, tree.root.id, true, facts, index)
    }

    /// The smallest change of a person with which a term of a rule comes to `wanted` and decides: were it the opposite,
    /// the rule's answer would be the opposite, too. `term` is a [`Node::id`]; the root decides always. What is found
    /// is tried: the changed person is evaluated.
    pub(crate) fn nearest(
        &self,
        rule: &Rule,
        term: u32,
        wanted: bool,
        facts: &Facts,
        index: usize,
    ) -> Option<Vec<Change>> {
        with_room(|| {
            let tree = rule.tree.as_ref().ok()?;
            let mut space = Space::new(self);
            let condition = space.term(tree)?;
            let person = facts.alone(index)?;
            let inquiry =
                Inquiry { policy: self, space: &space, rule, tree, condition: &condition, term, wanted };
            inquiry.smallest(&person)
        })
    }
}

struct Inquiry<'a, 'p> {
    policy: &'p Policy,
    space: &'a Space<'p>,
    rule: &'a Rule,
    tree: &'a Tree,
    condition: &'a Term,
    term: u32,
    wanted: bool,
}

impl Inquiry<'_, '_> {
    fn smallest(&self, person: &Facts) -> Option<Vec<Change>> {
        let mut subjects: BTreeMap<Subject, Vec<usize>> = BTreeMap::new();
        for index in self.condition.atoms() {
            let atom = self.space.atom(index)?;
            let subject = match &atom.question {
                Question::Free { attribute: Some(attribute), .. } => attribute,
                _ => &atom.subject,
            };
            let atoms = subjects.entry(subject.clone()).or_default();
            if !atoms.contains(&index) {
                atoms.push(index);
            }
        }
        let states: Vec<Vec<State>> =
            subjects.iter().map(|(subject, atoms)| self.states(subject, atoms, person)).collect();
        let mut looks = LOOKS;
        (0..=CHANGES).find_map(|changes| {
            let mut chosen: Vec<&State> = states.iter().filter_map(|states| states.first()).collect();
            self.changed(&states, 0, changes, &mut chosen, person, &mut looks)
        })
    }

    /// Tries every choice of so many changes among the subjects from `from` on.
    fn changed<'s>(
        &self,
        states: &'s [Vec<State>],
        from: usize,
        changes: usize,
        chosen: &mut Vec<&'s State>,
        person: &Facts,
        looks: &mut usize,
    ) -> Option<Vec<Change>> {
        if changes == 0 {
            *looks = looks.checked_sub(1)?;
            return self.fits(chosen, person);
        }
        for (at, subject) in states.iter().enumerate().skip(from) {
            let (now, others) = subject.split_first()?;
            for state in others {
                *chosen.get_mut(at)? = state;
                if let Some(found) = self.changed(states, at + 1, changes - 1, chosen, person, looks) {
                    return Some(found);
                }
            }
            *chosen.get_mut(at)? = now;
        }
        None
    }

    fn fits(&self, chosen: &[&State], person: &Facts) -> Option<Vec<Change>> {
        let answer =
            |atom: usize| chosen.iter().flat_map(|state| &state.answers).find(|(known, _)| *known == atom)?.1;
        let of = |forced| truth(self.condition, forced, &[], &answer);
        // What is not known is left to the trial.
        let opposite = of(Some((self.term, !self.wanted)));
        let is = of(Some((self.term, self.wanted)));
        if is.is_some() && is == opposite {
            return None;
        }
        let term = part(self.condition, self.term)?;
        if truth(term, None, &[], &answer).is_some_and(|truth| truth != self.wanted) {
            return None;
        }
        let changes: Vec<Change> = chosen.iter().filter_map(|state| state.change.clone()).collect();
        self.is_so(&changes, person).then_some(changes)
    }

    /// Evaluates the changed person: the term comes to what is wanted, and the condition follows it.
    fn is_so(&self, changes: &[Change], person: &Facts) -> bool {
        let Some(mut changed) = person.alone(0) else { return false };
        changes.iter().for_each(|change| change.apply(&mut changed));
        let changed = Arc::new(changed);
        let (binding, user) = (self.policy.binding(&changed), self.policy.user(&changed, 0));
        let watch = Watch { term: self.term, came_to: None };
        let Some(mut run) = Run::new(&self.policy.engine, &binding, &user, watch) else { return false };
        let answer = run.condition(self.tree, &self.rule.closure);
        answer.is_ok() && run.recorder().came_to == Some(self.wanted)
    }

    /// What the subject is now, and then what it could be.
    fn states(&self, subject: &Subject, atoms: &[usize], person: &Facts) -> Vec<State> {
        match subject {
            Subject::Attribute { above, name } => self.values(*above, name, atoms, person),
            Subject::Group { above, name } => self.memberships(*above, name, atoms, person),
            Subject::Standing => self.standings(atoms, person),
            Subject::Outcome | Subject::Unknown(_) => vec![self.fixed(atoms, person)],
        }
    }

    fn fixed(&self, atoms: &[usize], person: &Facts) -> State {
        let answer = |index: &usize| {
            let atom = self.space.atom(*index)?;
            let Question::Free { node, attribute: None } = &atom.question else { return None };
            let facts = Arc::new(person.alone(0)?);
            let (binding, user) = (self.policy.binding(&facts), self.policy.user(&facts, 0));
            Run::new(&self.policy.engine, &binding, &user, crate::policy::expr::Silent)?.truth(node).ok()
        };
        State { change: None, answers: atoms.iter().map(|index| (*index, answer(index))).collect() }
    }

    fn values(&self, above: usize, name: &str, atoms: &[usize], person: &Facts) -> Vec<State> {
        let whose = person.people.get(above);
        let now = whose.and_then(|whose| person.value(whose, name)).cloned();
        let mut literals = Literals::default();
        let mut nodes: Vec<&Node> = Vec::new();
        for atom in atoms.iter().filter_map(|index| self.space.atom(*index)) {
            match &atom.question {
                Question::Asked { node, literals: own, .. } => {
                    literals.append(own);
                    nodes.push(node);
                }
                Question::Free { node, .. } => {
                    literals.append(&Literals::within(node));
                    nodes.push(node);
                }
                _ => {}
            }
        }
        let since = person.now.duration_since(NOW);
        let others =
            if whose.is_some() { proposals(name, &literals, now.as_ref(), since) } else { Vec::new() };
        let values: Vec<Option<Value>> =
            std::iter::once(now.clone()).chain(others.into_iter().filter(|other| *other != now)).collect();
        let questions: Vec<_> =
            (0..values.len()).flat_map(|row| nodes.iter().map(move |node| (row, *node))).collect();
        let rows = values.iter().map(|value| (name, value.clone()));
        let mut answers = answers(self.policy, person.now, rows, &questions).into_iter();
        values
            .iter()
            .enumerate()
            .map(|(at, value)| State {
                change: (at > 0).then(|| Change::Attribute {
                    above,
                    name: name.to_owned(),
                    value: value.clone(),
                }),
                answers: atoms.iter().map(|index| (*index, answers.next().flatten())).collect(),
            })
            .collect()
    }

    fn memberships(&self, above: usize, name: &str, atoms: &[usize], person: &Facts) -> Vec<State> {
        let whose = person.people.get(above);
        let spelt =
            self.policy.rules.names.groups().find(|known| known.to_lowercase() == name).unwrap_or(name);
        let is = |find: fn(&Facts, &crate::facts::Person, &str) -> Option<bool>| {
            whose.and_then(|whose| find(person, whose, name)).unwrap_or(false)
        };
        let now = (is(Facts::in_group), is(Facts::in_direct_group));
        let asks_direct = |index: &usize| {
            let atom = self.space.atom(*index);
            atom.is_some_and(|atom| matches!(atom.question, Question::Member { direct: true }))
        };
        // Being in a group by way of another is what most rules ask for, and it is enough where no rule asks for more.
        let direct = atoms.iter().any(asks_direct);
        let others = [(true, false), (true, true), (false, false)].into_iter();
        let others = others.filter(|other| if direct { *other != now } else { !other.1 && other.0 != now.0 });
        let others = others.filter(|_| whose.is_some());
        std::iter::once(now)
            .chain(others)
            .enumerate()
            .map(|(at, (member, direct))| State {
                change: (at > 0).then(|| Change::Group { above, name: spelt.to_owned(), member, direct }),
                answers: atoms
                    .iter()
                    .map(|index| (*index, Some(if asks_direct(index) { direct } else { member })))
                    .collect(),
            })
            .collect()
    }

    fn standings(&self, atoms: &[usize], person: &Facts) -> Vec<State> {
        let now = person.people.first().map_or(Standing::Enabled, |person| person.standing);
        let all = [Standing::Enabled, Standing::Disabled, Standing::Expired { at: person.now }];
        std::iter::once(now)
            .chain(
                all.into_iter().filter(|other| std::mem::discriminant(other) != std::mem::discriminant(&now)),
            )
            .enumerate()
            .map(|(at, standing)| State {
                change: (at > 0).then_some(Change::Standing(standing)),
                answers: atoms
                    .iter()
                    .map(|index| {
                        let asks_enabled = self
                            .space
                            .atom(*index)
                            .is_some_and(|atom| matches!(atom.question, Question::Enabled));
                        let answer = if asks_enabled {
                            standing == Standing::Enabled
                        } else {
                            matches!(standing, Standing::Expired { .. })
                        };
                        (*index, Some(answer))
                    })
                    .collect(),
            })
            .collect()
    }
}

impl Change {
    /// Makes the change to the person who stands first, or to a manager above, who stand behind.
    pub(crate) fn apply(&self, facts: &mut Facts) {
        match self {
            Self::Attribute { above, name, value } => facts.set_value(*above, name, value.clone()),
            Self::Group { above, name, member, direct } => facts.set_member(*above, name, *member, *direct),
            Self::Standing(standing) => facts.set_standing(0, *standing),
        }
    }
}

/// The part of a condition that has this number.
fn part(term: &Term, id: u32) -> Option<&Term> {
    if term.id == id { Some(term) } else { term.children().iter().find_map(|child| part(child, id)) }
}

/// Values that a person would write, in the order in which they are tried.
fn proposals(
    attribute: &str,
    literals: &Literals,
    now: Option<&Value>,
    since: SignedDuration,
) -> Vec<Option<Value>> {
    let syntax = attribute_type(attribute).map_or(Syntax::Text, |(_, syntax, _)| syntax);
    let mut values: Vec<Value> = match syntax {
        Syntax::Integer => {
            let near = |number: &i64| [*number, number.saturating_add(1), number.saturating_sub(1)];
            literals.integers.iter().flat_map(near).chain([0]).map(Value::Integer).collect()
        }
        Syntax::Boolean => [true, false].map(Value::Boolean).into(),
        Syntax::GeneralizedTime | Syntax::FileTime => literals
            .times
            .iter()
            .filter_map(|time| time.checked_add(since).ok())
            .flat_map(|time| {
                let day = SignedDuration::from_hours(24);
                [Some(time), time.checked_add(day).ok(), time.checked_sub(day).ok()]
            })
            .flatten()
            .map(Value::Time)
            .collect(),
        Syntax::Binary => Vec::new(),
        Syntax::Text | Syntax::DistinguishedName | Syntax::Guid | Syntax::Sid => {
            texts(literals, now).into_iter().map(|text| Value::Text(Arc::from(text))).collect()
        }
    };
    if is_list(attribute) == Some(true) {
        let held: &[Value] = match now {
            Some(Value::List(held)) => held,
            _ => &[],
        };
        values = values
            .into_iter()
            .map(|value| Value::List(held.iter().cloned().chain([value]).collect()))
            .collect();
    }
    values.into_iter().map(Some).chain([None]).collect()
}

fn texts(literals: &Literals, now: Option<&Value>) -> Vec<String> {
    let now = match now {
        Some(Value::Text(text)) => text.as_ref(),
        _ => "",
    };
    let mut texts: Vec<String> = literals.exact.clone();
    texts.extend(literals.parts.iter().chain(&literals.starts).cloned());
    texts.extend(literals.ends.iter().map(|end| match (end.starts_with('@'), now.split_once('@')) {
        (true, Some((local, _))) => format!("{local}{end}"),
        (true, None) => format!("someone{end}"),
        _ => end.clone(),
    }));
    let pieces: Vec<&String> = literals.texts().collect();
    for start in &pieces {
        for end in &pieces {
            if start != end && texts.len() < 200 {
                texts.push(format!("{start} {end}"));
            }
        }
    }
    texts.push("something else".to_owned());
    texts
}
