use std::collections::{BTreeMap, BTreeSet};

use crate::policy::expr::{Kind, Method, Names, Node, Part, Terms, Tree, Virtual};
use crate::policy::fault::place;
use crate::policy::rules::{Hook, Rule, Rules};
use crate::policy::{Place, Policy};

/// A rule that deciding a person may ask, by its place among those of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RuleId {
    /// A start or an end.
    Bound(usize),
    Role(usize),
    Mapping(usize),
    /// Asked before an operation; without a tree.
    Before(usize),
}

/// What there is to see of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sides {
    /// It is true for somebody, and false for somebody.
    Both,
    /// It is come to.
    Once,
}

/// Something of a rule that tests can show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    /// The node's id; [`Point::WHOLE`] for the rule's own answer.
    pub(crate) id: u32,
    pub(crate) sides: Sides,
    pub(crate) at: Place,
    /// As a script would write it.
    pub(crate) text: String,
}

impl Point {
    /// The answer of a rule of which no term is known.
    pub(crate) const WHOLE: u32 = u32::MAX;
}

/// A rule, and everything of it that tests can show.
#[derive(Clone, Debug)]
pub(crate) struct RulePoints {
    pub(crate) id: RuleId,
    /// The role, the account's attribute, or the word.
    pub(crate) name: String,
    pub(crate) at: Place,
    /// Why Rhai runs the rule as a whole, if it does.
    pub(crate) by_rhai: Option<String>,
    /// In the order in which they are written.
    pub(crate) points: Vec<Point>,
}

/// A condition within a rule: the whole of a role's, or what an `if` asks.
pub(super) struct Decision<'t> {
    pub(super) root: &'t Node,
    /// Term to the node that stands for it: itself, or the call of a shipped function that it is in.
    pub(super) shown: BTreeMap<u32, &'t Node>,
}

/// The conditions and the arms of one tree.
pub(super) struct Shape<'t> {
    pub(super) terms: Terms<'t>,
    pub(super) decisions: Vec<Decision<'t>>,
    pub(super) arms: Vec<&'t Node>,
}

/// Whether a script ships with the program.
pub(crate) fn is_shipped(file: &str) -> bool {
    file.starts_with("std/")
}

impl<'t> Shape<'t> {
    pub(super) fn of(tree: &'t Tree, is_condition: bool) -> Self {
        let terms = Terms::of(tree);
        let mut shape = Self { terms, decisions: Vec::new(), arms: Vec::new() };
        let mut taken = BTreeSet::new();
        if is_condition {
            shape.decision(&tree.root, &mut taken);
        }
        let mut nodes = Vec::new();
        tree.root.visit(&mut |node| nodes.push(node));
        for node in nodes.into_iter().filter(|node| !is_shipped(&node.at.file)) {
            match &node.kind {
                Kind::If(parts) if !taken.contains(&node.id) => {
                    let [condition, ..] = &**parts;
                    shape.decision(condition, &mut taken);
                }
                Kind::Excel { function, arguments } if function.name == "IF" => {
                    if let Some(condition) = arguments.first().filter(|condition| is_truth(condition)) {
                        shape.decision(condition, &mut taken);
                    }
                }
                Kind::Switch(switch) => {
                    for case in &switch.cases {
                        if let Some(condition) = &case.condition {
                            shape.decision(condition, &mut taken);
                        }
                        shape.arms.push(&case.body);
                    }
                    shape.arms.extend(&switch.default);
                }
                _ => {}
            }
        }
        shape
    }

    /// `taken`: every node that belongs to the boolean structure of some decision.
    fn decision(&mut self, root: &'t Node, taken: &mut BTreeSet<u32>) {
        let mut shown = BTreeMap::new();
        collect(&self.terms, root, None, &mut shown, taken);
        self.decisions.push(Decision { root, shown });
    }
}

fn collect<'t>(
    terms: &Terms<'t>,
    node: &'t Node,
    call: Option<&'t Node>,
    shown: &mut BTreeMap<u32, &'t Node>,
    taken: &mut BTreeSet<u32>,
) {
    taken.insert(node.id);
    match terms.part(node) {
        Part::Term => drop(shown.insert(node.id, call.unwrap_or(node))),
        Part::All(parts) | Part::Any(parts) => {
            parts.iter().for_each(|part| collect(terms, part, call, shown, taken));
        }
        Part::Either(parts) => parts.iter().for_each(|part| collect(terms, part, call, shown, taken)),
        Part::Call(body) => {
            let enters = is_shipped(&body.at.file) && !is_shipped(&node.at.file);
            collect(terms, body, call.or(enters.then_some(node)), shown, taken);
        }
        Part::Not(of) | Part::Let(of) | Part::Named(of) => collect(terms, of, call, shown, taken),
        Part::Fixed(_) => {}
    }
}

/// Whether a node comes to true or false; of what cannot be told it is not said.
fn is_truth(node: &Node) -> bool {
    match &node.kind {
        Kind::And(_)
        | Kind::Or(_)
        | Kind::Not(_)
        | Kind::Compare(..)
        | Kind::Test(..)
        | Kind::AnyOf(_)
        | Kind::Contains(_)
        | Kind::Matches { .. }
        | Kind::InGroup { .. }
        | Kind::Method(Method::IsEmpty, _)
        | Kind::Virtual { what: Virtual::Enabled | Virtual::Expired, .. } => true,
        Kind::Call { body, .. } | Kind::Let { body, .. } => is_truth(body),
        Kind::Excel { function, .. } => {
            function.name.starts_with("IS") || matches!(function.name, "AND" | "OR" | "NOT" | "EXACT")
        }
        _ => false,
    }
}

impl Rules {
    /// The rules that deciding a person may ask, in that order.
    pub(crate) fn asked(&self) -> impl Iterator<Item = (RuleId, &str, &Rule)> {
        let bounds = self.bounds.iter().enumerate();
        let bounds = bounds.map(|(index, bound)| (RuleId::Bound(index), bound.side.word(), &bound.date));
        let roles = self.roles.iter().enumerate();
        let roles = roles.map(|(index, role)| (RuleId::Role(index), &*role.name, &role.condition));
        let maps = self.maps.iter().enumerate();
        bounds
            .chain(roles)
            .chain(maps.map(|(index, map)| (RuleId::Mapping(index), map.attribute.path(), &map.expression)))
    }

    pub(crate) fn rule(&self, id: RuleId) -> Option<&Rule> {
        match id {
            RuleId::Role(index) => self.roles.get(index).map(|role| &role.condition),
            RuleId::Mapping(index) => self.maps.get(index).map(|map| &map.expression),
            RuleId::Bound(index) => self.bounds.get(index).map(|bound| &bound.date),
            RuleId::Before(_) => None,
        }
    }

    pub(crate) fn rule_mut(&mut self, id: RuleId) -> Option<&mut Rule> {
        match id {
            RuleId::Role(index) => self.roles.get_mut(index).map(|role| &mut role.condition),
            RuleId::Mapping(index) => self.maps.get_mut(index).map(|map| &mut map.expression),
            RuleId::Bound(index) => self.bounds.get_mut(index).map(|bound| &mut bound.date),
            RuleId::Before(_) => None,
        }
    }
}

impl Policy {
    /// Everything that tests can show of the policy, by rule in the order in which they are asked.
    pub(crate) fn points(&self) -> Vec<RulePoints> {
        let rules = self.rules.asked();
        let rules = rules.map(|(id, name, rule)| of_rule(id, name, rule, &self.rules.names));
        let hooks = self.rules.hooks.iter().enumerate();
        rules.chain(hooks.map(|(index, hook)| of_hook(index, hook))).collect()
    }
}

/// What there is to see of a hook: that it says something of one operation, and nothing of another.
fn of_hook(index: usize, hook: &Hook) -> RulePoints {
    let text = "changes, skips or holds".to_owned();
    RulePoints {
        id: RuleId::Before(index),
        name: "before".to_owned(),
        at: hook.at.clone(),
        by_rhai: Some("it says what is to be done".to_owned()),
        points: vec![Point { id: Point::WHOLE, sides: Sides::Both, at: hook.at.clone(), text }],
    }
}

fn of_rule(id: RuleId, name: &str, rule: &Rule, names: &Names) -> RulePoints {
    let is_condition = matches!(id, RuleId::Role(_));
    let mut points = BTreeMap::new();
    let mut add = |tree: &Tree, node: &Node, sides| {
        let at = place(&node.at.file, node.at.position);
        points.entry(node.id).or_insert_with(|| Point {
            id: node.id,
            sides,
            at,
            text: tree.render(node, names),
        });
    };
    if let Ok(tree) = &rule.tree {
        let shape = Shape::of(tree, is_condition);
        shape.decisions.iter().flat_map(|decision| decision.shown.values()).for_each(|node| {
            add(tree, node, Sides::Both);
        });
        shape.arms.iter().for_each(|node| add(tree, node, Sides::Once));
    }
    let mut points: Vec<Point> = points.into_values().collect();
    if !is_condition || points.is_empty() {
        let sides = if is_condition && rule.tree.is_err() { Sides::Both } else { Sides::Once };
        let text = match id {
            RuleId::Role(_) => "the whole condition",
            RuleId::Bound(_) => "the whole date",
            RuleId::Mapping(_) | RuleId::Before(_) => "the whole mapping",
        };
        let text = text.to_owned();
        points.insert(0, Point { id: Point::WHOLE, sides, at: rule.at.clone(), text });
    }
    RulePoints {
        id,
        name: name.to_owned(),
        at: rule.at.clone(),
        by_rhai: rule.tree.as_ref().err().map(|unfit| unfit.why.clone()),
        points,
    }
}
