//! Conditions asked of everybody at once, column by column: for whoever asks them of the same people again and again.
//!
//! A term that reads one attribute is evaluated once for each value that the attribute has, a group is a bitmap, and
//! `&&`, `||` and `!` work on 64 people at a time. What a term of one person does not fit, and what a tree leaves to
//! Rhai, is asked person by person. The first pass has to number the values; it pays from about the third pass on.

use std::collections::HashMap;
use std::sync::Arc;

use super::expr::{AttributeId, Binding, GroupId, Kind, Node, Run, Silent, Val, Virtual};
use super::rules::Role;
use super::{Policy, with_room};
use crate::facts::{Facts, Standing, Value};

/// One bit a person, in the order of the facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn none(people: usize) -> Self {
        Self(vec![0; people.div_ceil(64)])
    }

    fn of(people: usize, mut is_set: impl FnMut(usize) -> bool) -> Self {
        let mut bits = Self::none(people);
        for person in 0..people {
            if is_set(person) {
                bits.set(person);
            }
        }
        bits
    }

    pub(super) fn set(&mut self, person: usize) {
        if let Some(word) = self.0.get_mut(person / 64) {
            *word |= 1 << (person % 64);
        }
    }

    #[must_use]
    pub fn has(&self, person: usize) -> bool {
        self.0.get(person / 64).is_some_and(|word| word >> (person % 64) & 1 == 1)
    }

    /// How many people there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The indices of the people.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(at, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
                rest &= rest - 1;
                Some(at * 64 + bit)
            })
        })
    }

    fn with(&self, other: &Self, combined: impl Fn(u64, u64) -> u64) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| combined(*a, *b)).collect())
    }

    fn and(&self, other: &Self) -> Self {
        self.with(other, |a, b| a & b)
    }

    fn or(&self, other: &Self) -> Self {
        self.with(other, |a, b| a | b)
    }

    fn without(&self, other: &Self) -> Self {
        self.with(other, |a, b| a & !b)
    }
}

/// The people of one snapshot by column, for one policy or several that follow each other.
pub struct Columns {
    facts: Arc<Facts>,
    /// By lower-case attribute name.
    attributes: HashMap<String, Numbered>,
    groups: HashMap<(String, bool), Bits>,
    enabled: Bits,
}

/// An attribute's values, numbered.
struct Numbered {
    by_person: Vec<u32>,
    /// Somebody who has the value.
    example: Vec<usize>,
}

impl Numbered {
    fn of(facts: &Facts, name: &str) -> Self {
        let column = facts.column(name);
        // Equal texts of one snapshot are one text, so most values are known by where they lie.
        let mut by_place: HashMap<usize, u32> = HashMap::new();
        let mut by_value: HashMap<String, u32> = HashMap::new();
        let mut numbered = Self { by_person: Vec::with_capacity(facts.people.len()), example: Vec::new() };
        for (index, person) in facts.people.iter().enumerate() {
            let next = u32::try_from(numbered.example.len()).unwrap_or(u32::MAX);
            let number = match column.and_then(|column| person.value(column)) {
                Some(Value::Text(text)) => *by_place.entry(Arc::as_ptr(text).addr()).or_insert(next),
                other => *by_value.entry(format!("{other:?}")).or_insert(next),
            };
            if number == next {
                numbered.example.push(index);
            }
            numbered.by_person.push(number);
        }
        numbered
    }
}

impl Columns {
    #[must_use]
    pub fn new(facts: &Arc<Facts>) -> Self {
        let is_enabled = |person: usize| {
            facts.people.get(person).is_some_and(|person| person.standing == Standing::Enabled)
        };
        Self {
            facts: Arc::clone(facts),
            attributes: HashMap::new(),
            groups: HashMap::new(),
            enabled: Bits::of(facts.people.len(), is_enabled),
        }
    }

    /// For each role in the order written: who passes its condition, whatever other roles say. Whoever a condition
    /// fails on does not pass it.
    #[must_use]
    pub fn roles(&mut self, policy: &Policy) -> Vec<Bits> {
        let facts = Arc::clone(&self.facts);
        with_room(|| {
            let binding = policy.binding(&facts);
            let mut pass = Pass { columns: self, policy, binding: &binding, unsure: Bits::default() };
            policy.rules.roles.iter().map(|role| pass.role(role)).collect()
        })
    }
}

/// One pass over everybody.
struct Pass<'p> {
    columns: &'p mut Columns,
    policy: &'p Policy,
    binding: &'p Binding<'p>,
    /// People for whom the tree had no answer.
    unsure: Bits,
}

impl<'p> Pass<'p> {
    fn people(&self) -> usize {
        self.binding.facts.people.len()
    }

    fn role(&mut self, role: &'p Role) -> Bits {
        let everybody = Bits::of(self.people(), |_| true);
        self.unsure = Bits::none(self.people());
        let by_tree = match &role.condition.tree {
            Ok(tree) if !tree.is_opaque && tree.slots == 0 && !self.binding.is_incomplete() => {
                self.truth(&tree.root, &everybody)
            }
            _ => {
                self.unsure = everybody;
                Bits::none(self.people())
            }
        };
        let unsure = std::mem::take(&mut self.unsure);
        let mut passed = by_tree.without(&unsure);
        for person in unsure.iter() {
            let user = self.policy.user(self.binding.facts, person);
            let answer = Run::new(&self.policy.engine, self.binding, &user, Silent)
                .and_then(|mut run| self.policy.condition(role, &mut run).ok());
            if answer == Some(true) {
                passed.set(person);
            }
        }
        passed
    }

    /// Those among `asked` for whom the node is true.
    fn truth(&mut self, node: &'p Node, asked: &Bits) -> Bits {
        match &node.kind {
            Kind::And(parts) => parts.iter().fold(asked.clone(), |left, part| self.truth(part, &left)),
            Kind::Or(parts) => parts.iter().fold(Bits::none(self.people()), |passed, part| {
                let rest = asked.without(&passed);
                passed.or(&self.truth(part, &rest))
            }),
            Kind::Not(of) => asked.without(&self.truth(of, asked)),
            Kind::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                let holds = self.truth(condition, asked);
                let rest = asked.without(&holds);
                self.truth(then, &holds).or(&self.truth(otherwise, &rest))
            }
            Kind::Call { body, .. } => self.truth(body, asked),
            Kind::Const(Val::Bool(true)) => asked.clone(),
            Kind::Const(Val::Bool(false)) => Bits::none(self.people()),
            Kind::InGroup { of, group, direct } if matches!(of.kind, Kind::User) => {
                self.members(*group, *direct).and(asked)
            }
            Kind::Virtual { of, what: Virtual::Enabled } if matches!(of.kind, Kind::User) => {
                self.columns.enabled.and(asked)
            }
            _ => match only_attribute(node) {
                Some(attribute) => self.by_value(node, attribute, asked),
                None => self.by_person(node, asked),
            },
        }
    }

    fn members(&mut self, group: GroupId, direct: bool) -> &Bits {
        let (facts, named) = (self.binding.facts, self.binding.group(group));
        let name = self.policy.rules.names.group_name(group).to_owned();
        self.columns.groups.entry((name, direct)).or_insert_with(|| {
            Bits::of(facts.people.len(), |person| {
                facts.people.get(person).is_some_and(|person| {
                    let held = if direct { &person.direct_groups } else { &person.groups };
                    named.iter().any(|group| held.binary_search(group).is_ok())
                })
            })
        })
    }

    /// A term that depends on one attribute alone.
    fn by_value(&mut self, node: &'p Node, attribute: AttributeId, asked: &Bits) -> Bits {
        let name = self.policy.rules.names.attribute_name(attribute).to_ascii_lowercase();
        let facts = self.binding.facts;
        let numbered =
            self.columns.attributes.entry(name.clone()).or_insert_with(|| Numbered::of(facts, &name));
        let mut answers: Vec<Option<Result<bool, ()>>> = vec![None; numbered.example.len()];
        let (mut passed, mut unsure) = (Bits::none(facts.people.len()), Vec::new());
        for person in asked.iter() {
            let Some(number) = numbered.by_person.get(person).map(|number| *number as usize) else {
                continue;
            };
            let Some(answer) = answers.get_mut(number) else { continue };
            let known = answer.get_or_insert_with(|| {
                let example = numbered.example.get(number).copied().unwrap_or(person);
                one(self.policy, self.binding, node, example).ok_or(())
            });
            match known {
                Ok(true) => passed.set(person),
                Ok(false) => {}
                Err(()) => unsure.push(person),
            }
        }
        for person in unsure {
            self.unsure.set(person);
        }
        passed
    }

    fn by_person(&mut self, node: &'p Node, asked: &Bits) -> Bits {
        let mut passed = Bits::none(self.people());
        for person in asked.iter() {
            match one(self.policy, self.binding, node, person) {
                Some(true) => passed.set(person),
                Some(false) => {}
                None => self.unsure.set(person),
            }
        }
        passed
    }
}

/// One term of one person; `None` when it is to be asked of Rhai.
fn one<'p>(policy: &'p Policy, binding: &'p Binding<'p>, node: &'p Node, person: usize) -> Option<bool> {
    let user = policy.user(binding.facts, person);
    // What a run borrows lives as long as the run alone.
    let mut run = Run::new(&policy.engine, binding, &user, Silent)?;
    run.truth(node).ok()
}

/// The attribute of the person that is all a term reads.
fn only_attribute(node: &Node) -> Option<AttributeId> {
    let mut found = Vec::new();
    let mut is_more = false;
    node.visit(&mut |node| match &node.kind {
        Kind::Attribute { of, attribute } if matches!(of.kind, Kind::User) => found.push(*attribute),
        Kind::User => {}
        Kind::Attribute { .. }
        | Kind::Virtual { .. }
        | Kind::InGroup { .. }
        | Kind::Slot(_)
        | Kind::Opaque(_)
        | Kind::Decided(_) => is_more = true,
        _ => {}
    });
    found.dedup();
    match *found {
        [attribute] if !is_more => Some(attribute),
        _ => None,
    }
}
