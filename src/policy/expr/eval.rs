use std::borrow::Cow;

use rhai::Engine;

use super::binding::{Binding, Place};
use super::names::AttributeId;
use super::node::{Kind, Method, Node, Subject, Tree, Virtual};
use super::operators::{arithmetic, compare, contains, joined, negate};
use super::quick;
use super::value::{List, People, Val};
use crate::facts::{Person, Standing};
use crate::policy::casefold;
use crate::policy::closure::Closure;
use crate::policy::engine::Limited;
use crate::policy::excel::{self, Clock};
use crate::policy::formula::Formula;
use crate::policy::host::User;
use crate::policy::host::excel::is_too_much;
use crate::policy::host::text::MATCHED_TEXT;
use crate::policy::host::time::plus_days;

/// Pairs of texts of two lists that are held against each other; Rhai's own way with more of them is another.
const MOST_PAIRS: usize = 10_000;

/// In bytes: a text that is kept longer than this counts as long.
const LONG: usize = 10_000;
/// Long texts that variables may hold at a time.
const MOST_KEPT: usize = 10;

/// The tree has met what Rhai would call an error, or what only Rhai knows: the rule is to be asked of Rhai.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bail;

pub(super) type Worth<T> = Result<T, Bail>;

/// Is shown what every node comes to, in the order in which they are evaluated. What `&&`, `||`, `??` and `if` pass
/// over is not shown.
pub(crate) trait Recorder {
    /// Off: evaluation pays nothing for it.
    const ON: bool;

    fn saw(&mut self, node: &Node, value: &Val<'_>);
}

/// Records nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Silent;

impl Recorder for Silent {
    const ON: bool = false;

    fn saw(&mut self, _: &Node, _: &Val<'_>) {}
}

/// What an invariant is asked about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome<'a> {
    pub(crate) role: Option<&'a str>,
    pub(crate) provisioned: bool,
}

/// The evaluation of trees for one person.
pub(crate) struct Run<'a, R> {
    pub(super) binding: &'a Binding<'a>,
    pub(super) user: &'a User,
    pub(super) engine: &'a Engine,
    pub(super) recorder: R,
    person: &'a Person,
    outcome: Option<Outcome<'a>>,
    slots: Vec<Val<'a>>,
    /// Long texts that slots hold.
    kept: usize,
    pub(super) closure: Option<&'a Closure>,
}

impl<'a, R: Recorder> Run<'a, R> {
    /// `None` when the facts have no such person.
    pub(crate) fn new(
        engine: &'a Engine,
        binding: &'a Binding<'a>,
        user: &'a User,
        recorder: R,
    ) -> Option<Self> {
        let person = binding.facts.people.get(user.position().0)?;
        Some(Self {
            binding,
            user,
            engine,
            recorder,
            person,
            outcome: None,
            slots: Vec::new(),
            kept: 0,
            closure: None,
        })
    }

    #[must_use]
    pub(crate) fn about(mut self, outcome: Outcome<'a>) -> Self {
        self.outcome = Some(outcome);
        self
    }

    pub(crate) fn user(&self) -> &'a User {
        self.user
    }

    pub(crate) fn person(&self) -> &'a Person {
        self.person
    }

    pub(crate) fn recorder(&mut self) -> &mut R {
        &mut self.recorder
    }

    pub(crate) fn people(&self) -> People<'a> {
        People { facts: self.binding.facts, user: self.user }
    }

    /// Whether the condition holds. `closure` is where the rule stands, for what Rhai has to evaluate.
    pub(crate) fn condition(&mut self, tree: &'a Tree, closure: &'a Closure) -> Worth<bool> {
        let _limited = self.start(tree, closure)?;
        self.truth(&tree.root)
    }

    /// What the expression comes to.
    pub(crate) fn expression(&mut self, tree: &'a Tree, closure: &'a Closure) -> Worth<Val<'a>> {
        let _limited = self.start(tree, closure)?;
        self.value(&tree.root)
    }

    pub(super) fn start(&mut self, tree: &'a Tree, closure: &'a Closure) -> Worth<Option<Limited>> {
        if self.binding.is_incomplete {
            return Err(Bail);
        }
        self.closure = Some(closure);
        self.slots.clear();
        self.kept = 0;
        self.slots.resize(tree.slots, Val::Unit);
        Ok(tree.is_opaque.then(Limited::start))
    }

    /// A node that must come to true or false.
    pub(crate) fn truth(&mut self, node: &'a Node) -> Worth<bool> {
        let answer = match &node.kind {
            Kind::And(parts) => self.all(parts)?,
            Kind::Or(parts) => self.any(parts)?,
            Kind::Not(of) => !self.truth(of)?,
            Kind::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                if self.truth(condition)? { self.truth(then)? } else { self.truth(otherwise)? }
            }
            Kind::Switch(switch) => match self.side(switch)? {
                Some(body) => self.truth(body)?,
                None => return Err(Bail),
            },
            Kind::Call { slots, body, .. } => {
                self.fill(slots)?;
                self.truth(body)?
            }
            Kind::Let { slot, value, body, .. } => {
                self.set(*slot, value)?;
                self.truth(body)?
            }
            Kind::Compare(comparison, pair) => {
                let [left, right] = &**pair;
                let (left, right) = (self.value(left)?, self.value(right)?);
                compare(*comparison, &left, &right)?
            }
            Kind::Test(test, pair) => {
                let [of, other] = &**pair;
                let (of, other) = (self.value(of)?, self.value(other)?);
                self.text_test(&of, &other, |text, other| test.holds(text, other))?
            }
            Kind::Contains(pair) => {
                let [container, item] = &**pair;
                let (container, item) = (self.value(container)?, self.value(item)?);
                contains(&container, &item, self.binding.facts)?
            }
            Kind::AnyOf(pair) => {
                let [of, list] = &**pair;
                let (of, list) = (self.value(of)?, self.value(list)?);
                self.any_of(&of, &list)?
            }
            Kind::Matches { of, pattern } => match self.value(of)? {
                Val::Text(text) if text.len() <= MATCHED_TEXT => pattern.is_match(&text),
                Val::Unit => false,
                Val::List(list) if list.text_length(self.binding.facts) <= MATCHED_TEXT => {
                    list.any_text(self.binding.facts, |text| pattern.is_match(text))
                }
                _ => return Err(Bail),
            },
            Kind::InGroup { of, group, direct } => match self.value(of)? {
                Val::Person(index, _) => {
                    let person = self.binding.facts.people.get(index).ok_or(Bail)?;
                    let held = if *direct { &person.direct_groups } else { &person.groups };
                    let named = self.binding.group(*group);
                    named.iter().any(|group| held.binary_search(group).is_ok())
                }
                Val::Unit => false,
                _ => return Err(Bail),
            },
            _ => {
                return match self.value(node)? {
                    Val::Bool(answer) => Ok(answer),
                    _ => Err(Bail),
                };
            }
        };
        if R::ON {
            self.recorder.saw(node, &Val::Bool(answer));
        }
        Ok(answer)
    }

    fn all(&mut self, parts: &'a [Node]) -> Worth<bool> {
        for part in parts {
            if !self.truth(part)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn any(&mut self, parts: &'a [Node]) -> Worth<bool> {
        for part in parts {
            if self.truth(part)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(crate) fn fill(&mut self, slots: &'a [(usize, Node)]) -> Worth<()> {
        slots.iter().try_for_each(|(slot, node)| self.set(*slot, node))
    }

    pub(crate) fn set(&mut self, slot: usize, node: &'a Node) -> Worth<()> {
        let value = self.value(node)?;
        // Rhai stops what holds too much memory, and says so.
        if matches!(&value, Val::Text(Cow::Owned(text)) if text.len() > LONG) {
            self.kept += 1;
            if self.kept > MOST_KEPT {
                return Err(Bail);
            }
        }
        *self.slots.get_mut(slot).ok_or(Bail)? = value;
        Ok(())
    }

    #[inline]
    pub(crate) fn value(&mut self, node: &'a Node) -> Worth<Val<'a>> {
        // What terms are mostly made of goes straight; the way through every kind of node takes its time.
        if !R::ON {
            match &node.kind {
                Kind::Const(Val::Text(text)) => return Ok(Val::Text(Cow::Borrowed(text))),
                Kind::Attribute { of, attribute } if matches!(of.kind, Kind::User) => {
                    return self.attribute(Some(self.person), *attribute);
                }
                _ => {}
            }
        }
        self.any_value(node)
    }

    #[inline]
    fn attribute(&self, person: Option<&'a Person>, attribute: AttributeId) -> Worth<Val<'a>> {
        match (person, self.binding.place(attribute)) {
            (Some(person), Place::At(column)) => Ok(person.value(column).map_or(Val::Unit, Val::from)),
            (_, Place::Absent) | (None, _) => Ok(Val::Unit),
            (Some(_), Place::NotAsked) => Err(Bail),
        }
    }

    fn any_value(&mut self, node: &'a Node) -> Worth<Val<'a>> {
        let value = match &node.kind {
            Kind::Const(Val::List(List::Made(values))) => Val::List(List::Written(values)),
            Kind::Const(Val::Text(text)) => Val::Text(Cow::Borrowed(text)),
            Kind::Const(value) => value.clone(),
            Kind::User => Val::Person(self.user.position().0, self.user.position().1),
            Kind::Decided(subject) => self.decided(*subject)?,
            Kind::Slot(slot) => self.slots.get(*slot).cloned().ok_or(Bail)?,
            Kind::Attribute { of, attribute } => {
                let person = match of.kind {
                    Kind::User => Some(self.person),
                    _ => self.somebody(of)?,
                };
                self.attribute(person, *attribute)?
            }
            Kind::Virtual { of, what } => match self.value(of)? {
                Val::Person(index, above) => self.virtual_value(index, above, *what)?,
                Val::Unit => Val::Unit,
                _ => return Err(Bail),
            },
            Kind::Coalesce(parts) => {
                let mut value = Val::Unit;
                for part in parts {
                    value = self.value(part)?;
                    if !matches!(value, Val::Unit) {
                        break;
                    }
                }
                value
            }
            Kind::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                if self.truth(condition)? { self.value(then)? } else { self.value(otherwise)? }
            }
            Kind::Switch(switch) => match self.side(switch)? {
                Some(body) => self.value(body)?,
                None => Val::Unit,
            },
            Kind::Call { slots, body, .. } => {
                self.fill(slots)?;
                self.value(body)?
            }
            Kind::Let { slot, value, body, .. } => {
                self.set(*slot, value)?;
                self.value(body)?
            }
            Kind::Arithmetic(operator, pair) => {
                let [left, right] = &**pair;
                let (left, right) = (self.value(left)?, self.value(right)?);
                arithmetic(*operator, left, right, self.engine.max_string_size())?
            }
            Kind::Negate(of) => negate(&self.value(of)?)?,
            Kind::Interpolate(parts) => {
                let mut text = String::new();
                for part in parts {
                    let value = self.value(part)?;
                    joined(&mut text, &value, self.engine.max_string_size())?;
                }
                Val::Text(Cow::Owned(text))
            }
            Kind::List(parts) => {
                let list = List::Made(parts.iter().map(|part| self.value(part)).collect::<Worth<_>>()?);
                if list.text_length(self.binding.facts) > self.engine.max_string_size() {
                    return Err(Bail);
                }
                Val::List(list)
            }
            Kind::Element(pair) => {
                let [list, index] = &**pair;
                let (list, index) = (self.value(list)?, self.value(index)?);
                self.element(&list, &index)?
            }
            Kind::Now => Val::Time(self.binding.facts.now),
            Kind::PlusDays(pair) => {
                let [time, days] = &**pair;
                match (self.value(time)?, self.value(days)?) {
                    (Val::Time(time), Val::Int(days)) => {
                        plus_days(time, days).map(Val::Time).map_err(|_| Bail)?
                    }
                    (Val::Unit, Val::Int(_)) => Val::Unit,
                    _ => return Err(Bail),
                }
            }
            Kind::Method(method, of) => {
                let of = self.value(of)?;
                self.method(*method, of)?
            }
            Kind::Excel { function, arguments } if function.is_lazy() => self.lazy(function, arguments)?,
            Kind::Excel { function, arguments } => self.excel(function, arguments)?,
            Kind::Formula { formula, attributes } => self.formula(formula, attributes)?,
            Kind::Opaque(opaque) => self.opaque(opaque)?,
            // What comes to true or false is shown to the recorder there.
            _ => return self.truth(node).map(Val::Bool),
        };
        if R::ON {
            self.recorder.saw(node, &value);
        }
        Ok(value)
    }

    fn somebody(&mut self, of: &'a Node) -> Worth<Option<&'a Person>> {
        match self.value(of)? {
            Val::Person(index, _) => self.binding.facts.people.get(index).map(Some).ok_or(Bail),
            Val::Unit => Ok(None),
            _ => Err(Bail),
        }
    }

    fn decided(&self, subject: Subject) -> Worth<Val<'a>> {
        let outcome = self.outcome.ok_or(Bail)?;
        match subject {
            Subject::Role => Ok(outcome.role.map_or(Val::Unit, |role| Val::Text(Cow::Borrowed(role)))),
            Subject::Provisioned => Ok(Val::Bool(outcome.provisioned)),
            Subject::Whole => Err(Bail),
        }
    }

    fn virtual_value(&self, index: usize, above: usize, what: Virtual) -> Worth<Val<'a>> {
        let person = self.binding.facts.people.get(index).ok_or(Bail)?;
        Ok(match what {
            Virtual::Enabled => Val::Bool(person.standing == Standing::Enabled),
            Virtual::Expired => Val::Bool(matches!(person.standing, Standing::Expired { .. })),
            Virtual::Groups => Val::List(List::Groups(&person.groups)),
            Virtual::DirectGroups => Val::List(List::Groups(&person.direct_groups)),
            Virtual::Manager => person.manager.map_or(Val::Unit, |index| Val::Person(index, above + 1)),
            Virtual::Dn => Val::Text(Cow::Borrowed(&person.dn)),
            Virtual::Guid => Val::Text(Cow::Owned(person.guid.to_string())),
            Virtual::DistributionGroups => {
                let groups = self.binding.facts.distribution_groups(person);
                let groups = groups.into_iter().filter_map(|index| self.binding.facts.groups.get(index));
                Val::List(List::Made(groups.map(|group| Val::Text(Cow::Borrowed(&*group.name))).collect()))
            }
            Virtual::AccountFlags => {
                let flags = self.binding.facts.account_flags(person);
                Val::List(List::Made(flags.map(|flag| Val::Text(Cow::Borrowed(flag))).collect()))
            }
            // Who asks it wrongly, though nobody asked the directory, is told by Rhai.
            Virtual::PrimarySmtp if !self.binding.facts.knows_proxies() => return Err(Bail),
            Virtual::PrimarySmtp => self
                .binding
                .facts
                .primary_smtp(person)
                .map_or(Val::Unit, |text| Val::Text(Cow::Borrowed(text))),
        })
    }

    fn text_test(&self, of: &Val<'a>, other: &Val<'a>, holds: impl Fn(&str, &str) -> bool) -> Worth<bool> {
        match (of, other) {
            (Val::Text(text), Val::Text(other)) => Ok(holds(text, other)),
            (Val::List(list), Val::Text(other)) => {
                Ok(list.any_text(self.binding.facts, |text| holds(text, other)))
            }
            (Val::Unit, Val::Text(_) | Val::Unit) | (Val::Text(_) | Val::List(_), Val::Unit) => Ok(false),
            _ => Err(Bail),
        }
    }

    fn any_of(&self, of: &Val<'a>, list: &Val<'a>) -> Worth<bool> {
        let facts = self.binding.facts;
        match (of, list) {
            (Val::Text(text), Val::List(list)) => {
                Ok(list.any_text(facts, |other| casefold::equals(text, other)))
            }
            (Val::List(texts), Val::List(list)) if texts.len().saturating_mul(list.len()) <= MOST_PAIRS => {
                Ok(texts.any_text(facts, |text| list.any_text(facts, |other| casefold::equals(text, other))))
            }
            (Val::Unit, Val::List(_) | Val::Unit) | (Val::Text(_) | Val::List(_), Val::Unit) => Ok(false),
            _ => Err(Bail),
        }
    }

    fn element(&self, list: &Val<'a>, index: &Val<'a>) -> Worth<Val<'a>> {
        match (list, index) {
            (Val::List(list), Val::Int(index)) => {
                let length = i64::try_from(list.len()).map_err(|_| Bail)?;
                let at = if *index < 0 { length.checked_add(*index).ok_or(Bail)? } else { *index };
                let at = usize::try_from(at).ok().filter(|at| *at < list.len()).ok_or(Bail)?;
                Ok(list.get(at, self.binding.facts))
            }
            (Val::Unit, Val::Int(_)) => Ok(Val::Unit),
            _ => Err(Bail),
        }
    }

    fn method(&self, method: Method, of: Val<'a>) -> Worth<Val<'a>> {
        Ok(match (method, of) {
            (Method::Length, Val::Text(text)) => {
                Val::Int(i64::try_from(text.chars().count()).map_err(|_| Bail)?)
            }
            (Method::Length, Val::List(list)) => Val::Int(i64::try_from(list.len()).map_err(|_| Bail)?),
            (Method::Length, Val::Unit) => Val::Int(0),
            (Method::IsEmpty, Val::Text(text)) => Val::Bool(text.is_empty()),
            (Method::IsEmpty, Val::List(list)) => Val::Bool(list.len() == 0),
            (Method::IsEmpty, Val::Unit) => Val::Bool(true),
            (Method::ToUpper, Val::Text(text)) => Val::Text(Cow::Owned(text.to_uppercase())),
            (Method::ToLower, Val::Text(text)) => Val::Text(Cow::Owned(text.to_lowercase())),
            (Method::ToUpper | Method::ToLower, Val::Unit) => Val::Unit,
            _ => return Err(Bail),
        })
    }

    fn formula(&mut self, formula: &'a Formula, attributes: &'a [Node]) -> Worth<Val<'a>> {
        let facts = self.binding.facts;
        let clock = Clock { now: excel::serial_of(facts.now) };
        let value = formula.evaluate(&clock, &mut |index| {
            let attribute = attributes.get(index).ok_or(Bail)?;
            self.value(attribute)?.to_excel(facts).ok_or(Bail)
        });
        value.map(Val::from_excel)
    }

    fn excel(&mut self, function: &'static excel::Function, arguments: &'a [Node]) -> Worth<Val<'a>> {
        match arguments {
            [one] => {
                let mut values = [self.value(one)?];
                self.answer(function, &mut values)
            }
            [one, two] => {
                let mut values = [self.value(one)?, self.value(two)?];
                self.answer(function, &mut values)
            }
            [one, two, three] => {
                let mut values = [self.value(one)?, self.value(two)?, self.value(three)?];
                self.answer(function, &mut values)
            }
            all => {
                let mut values =
                    all.iter().map(|argument| self.value(argument)).collect::<Worth<Vec<_>>>()?;
                self.answer(function, &mut values)
            }
        }
    }

    fn answer(&self, function: &'static excel::Function, values: &mut [Val<'a>]) -> Worth<Val<'a>> {
        if let Some(value) = quick::call(function.name, values) {
            return Ok(value);
        }
        let facts = self.binding.facts;
        let values: Vec<_> =
            values.iter().map(|value| value.to_excel(facts)).collect::<Option<_>>().ok_or(Bail)?;
        if is_too_much(&values) {
            return Err(Bail);
        }
        let clock = Clock { now: excel::serial_of(facts.now) };
        Ok(Val::from_excel(function.call(&values, &clock)))
    }
}
