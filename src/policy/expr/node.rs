use std::sync::Arc;

use regex::Regex;
use rhai::{Expr, Position};

use super::lower::Unfit;
use super::names::{AttributeId, GroupId};
use super::value::Val;
use crate::policy::casefold;
use crate::policy::excel::Function;
use crate::policy::formula::Formula;

/// Where a node starts: the script's path below its folder, and a position in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Spot {
    pub(crate) file: Arc<str>,
    pub(crate) position: Position,
}

/// One rule's expression.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    pub(crate) root: Node,
    /// How many values `let` and inlined calls keep while it is evaluated.
    pub(crate) slots: usize,
    /// Rhai has to evaluate some of it.
    pub(crate) is_opaque: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) at: Spot,
    /// Counts the nodes of a tree in the order in which they are written, from 0; names a term for recorders.
    pub(crate) id: u32,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Const(Val<'static>),
    /// The person whom the rule is about.
    User,
    /// What an invariant sees of a decision.
    Decided(Subject),
    Slot(usize),
    Attribute {
        of: Box<Node>,
        attribute: AttributeId,
    },
    Virtual {
        of: Box<Node>,
        what: Virtual,
    },
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    /// `a ?? b`
    Coalesce(Vec<Node>),
    If(Box<[Node; 3]>),
    Switch(Box<Switch>),
    Compare(Comparison, Box<[Node; 2]>),
    Arithmetic(Arithmetic, Box<[Node; 2]>),
    Negate(Box<Node>),
    Interpolate(Vec<Node>),
    List(Vec<Node>),
    Element(Box<[Node; 2]>),
    /// `user.in_group("name")` with a name that is written out.
    InGroup {
        of: Box<Node>,
        group: GroupId,
        direct: bool,
    },
    Test(Test, Box<[Node; 2]>),
    AnyOf(Box<[Node; 2]>),
    /// `contains` and `in`: part of a text, element of a list.
    Contains(Box<[Node; 2]>),
    /// `matches` with a pattern that is written out.
    Matches {
        of: Box<Node>,
        pattern: Regex,
    },
    Now,
    PlusDays(Box<[Node; 2]>),
    Method(Method, Box<Node>),
    Excel {
        function: &'static Function,
        arguments: Vec<Node>,
    },
    /// `user.formula("=..")`, with what its attributes are, in their order.
    Formula {
        formula: Arc<Formula>,
        attributes: Vec<Node>,
    },
    /// A call of a script's function, as the function's body. What its arguments come to is kept in slots; an argument
    /// that is a person, an attribute or written out stands in the body itself.
    Call {
        name: Arc<str>,
        arguments: Vec<Node>,
        slots: Vec<(usize, Node)>,
        body: Box<Node>,
    },
    /// `let name = value;` and what follows.
    Let {
        name: Arc<str>,
        slot: usize,
        value: Box<Node>,
        body: Box<Node>,
    },
    Opaque(Box<Opaque>),
}

/// `switch of { label | label if condition => body, _ => default }`; without a default what matches nothing is blank.
#[derive(Clone, Debug)]
pub(crate) struct Switch {
    pub(crate) of: Node,
    pub(crate) cases: Vec<Case>,
    pub(crate) default: Option<Node>,
}

#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// Whole numbers, texts, characters, booleans or blank: equal in type, too.
    pub(crate) labels: Vec<Val<'static>>,
    pub(crate) condition: Option<Node>,
    pub(crate) body: Node,
}

/// What stays with Rhai.
#[derive(Clone, Debug)]
pub(crate) struct Opaque {
    pub(crate) expression: Expr,
    /// Every variable in the order in which Rhai's scope has it; those that the expression does not name are blank.
    pub(crate) variables: Vec<(String, Option<Node>)>,
    pub(crate) why: Unfit,
    /// As it is written.
    pub(crate) text: Arc<str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Whole,
    Role,
    Provisioned,
}

/// What a person has beside attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Virtual {
    Enabled,
    Expired,
    Groups,
    DirectGroups,
    Manager,
    Dn,
    Guid,
    DistributionGroups,
    AccountFlags,
    PrimarySmtp,
}

impl Virtual {
    pub(crate) const ALL: [(&'static str, Self); 10] = [
        ("enabled", Self::Enabled),
        ("expired", Self::Expired),
        ("groups", Self::Groups),
        ("direct_groups", Self::DirectGroups),
        ("manager", Self::Manager),
        ("dn", Self::Dn),
        ("guid", Self::Guid),
        ("distribution_groups", Self::DistributionGroups),
        ("account_flags", Self::AccountFlags),
        ("primary_smtp", Self::PrimarySmtp),
    ];

    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, what)| *what == self).map_or("", |(name, _)| name)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    pub(crate) const ALL: [(&'static str, Self); 6] = [
        ("==", Self::Equal),
        ("!=", Self::NotEqual),
        ("<", Self::Less),
        ("<=", Self::LessOrEqual),
        (">", Self::Greater),
        (">=", Self::GreaterOrEqual),
    ];

    pub(crate) fn sign(self) -> &'static str {
        Self::ALL.iter().find(|(_, comparison)| *comparison == self).map_or("", |(sign, _)| sign)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Arithmetic {
    pub(crate) const ALL: [(&'static str, Self); 5] = [
        ("+", Self::Add),
        ("-", Self::Subtract),
        ("*", Self::Multiply),
        ("/", Self::Divide),
        ("%", Self::Remainder),
    ];

    pub(crate) fn sign(self) -> &'static str {
        Self::ALL.iter().find(|(_, arithmetic)| *arithmetic == self).map_or("", |(sign, _)| sign)
    }
}

/// Tests of one text against another, letter case apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Test {
    Equals,
    StartsWith,
    EndsWith,
}

impl Test {
    pub(crate) const ALL: [(&'static str, Self); 3] =
        [("equals", Self::Equals), ("starts_with", Self::StartsWith), ("ends_with", Self::EndsWith)];

    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, test)| *test == self).map_or("", |(name, _)| name)
    }

    pub(crate) fn holds(self, text: &str, other: &str) -> bool {
        match self {
            Self::Equals => casefold::equals(text, other),
            Self::StartsWith => casefold::starts_with(text, other),
            Self::EndsWith => casefold::ends_with(text, other),
        }
    }
}

/// Methods without arguments that change nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    ToUpper,
    ToLower,
    Length,
    IsEmpty,
}

impl Method {
    pub(crate) const ALL: [(&'static str, Self); 4] = [
        ("to_upper", Self::ToUpper),
        ("to_lower", Self::ToLower),
        ("len", Self::Length),
        ("is_empty", Self::IsEmpty),
    ];

    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, method)| *method == self).map_or("", |(name, _)| name)
    }
}

impl Kind {
    /// The parts, in the order in which they are evaluated; of a call what its slots are filled with and its body.
    pub(crate) fn children(&self) -> Vec<&Node> {
        match self {
            Self::Const(_) | Self::User | Self::Decided(_) | Self::Slot(_) | Self::Now => Vec::new(),
            Self::Attribute { of, .. }
            | Self::Virtual { of, .. }
            | Self::InGroup { of, .. }
            | Self::Matches { of, .. }
            | Self::Not(of)
            | Self::Negate(of)
            | Self::Method(_, of) => vec![of],
            Self::And(parts)
            | Self::Or(parts)
            | Self::Coalesce(parts)
            | Self::Interpolate(parts)
            | Self::List(parts) => parts.iter().collect(),
            Self::Excel { arguments, .. } | Self::Formula { attributes: arguments, .. } => {
                arguments.iter().collect()
            }
            Self::If(parts) => parts.iter().collect(),
            Self::Switch(switch) => {
                let cases = switch.cases.iter().flat_map(|case| case.condition.iter().chain([&case.body]));
                [&switch.of].into_iter().chain(cases).chain(&switch.default).collect()
            }
            Self::Compare(_, pair)
            | Self::Arithmetic(_, pair)
            | Self::Element(pair)
            | Self::Test(_, pair)
            | Self::AnyOf(pair)
            | Self::Contains(pair)
            | Self::PlusDays(pair) => pair.iter().collect(),
            Self::Call { slots, body, .. } => slots.iter().map(|(_, node)| node).chain([&**body]).collect(),
            Self::Let { value, body, .. } => vec![value, body],
            Self::Opaque(opaque) => opaque.variables.iter().filter_map(|(_, node)| node.as_ref()).collect(),
        }
    }

    pub(crate) fn children_mut(&mut self) -> Vec<&mut Node> {
        match self {
            Self::Const(_) | Self::User | Self::Decided(_) | Self::Slot(_) | Self::Now => Vec::new(),
            Self::Attribute { of, .. }
            | Self::Virtual { of, .. }
            | Self::InGroup { of, .. }
            | Self::Matches { of, .. }
            | Self::Not(of)
            | Self::Negate(of)
            | Self::Method(_, of) => vec![of],
            Self::And(parts)
            | Self::Or(parts)
            | Self::Coalesce(parts)
            | Self::Interpolate(parts)
            | Self::List(parts) => parts.iter_mut().collect(),
            Self::Excel { arguments, .. } | Self::Formula { attributes: arguments, .. } => {
                arguments.iter_mut().collect()
            }
            Self::If(parts) => parts.iter_mut().collect(),
            Self::Switch(switch) => {
                let cases = switch
                    .cases
                    .iter_mut()
                    .flat_map(|case| case.condition.iter_mut().chain([&mut case.body]));
                [&mut switch.of].into_iter().chain(cases).chain(&mut switch.default).collect()
            }
            Self::Compare(_, pair)
            | Self::Arithmetic(_, pair)
            | Self::Element(pair)
            | Self::Test(_, pair)
            | Self::AnyOf(pair)
            | Self::Contains(pair)
            | Self::PlusDays(pair) => pair.iter_mut().collect(),
            Self::Call { slots, body, .. } => {
                slots.iter_mut().map(|(_, node)| node).chain([&mut **body]).collect()
            }
            Self::Let { value, body, .. } => vec![value, body],
            Self::Opaque(opaque) => {
                opaque.variables.iter_mut().filter_map(|(_, node)| node.as_mut()).collect()
            }
        }
    }
}

impl Node {
    /// Calls `each` with this node and everything below it.
    pub(crate) fn visit<'n>(&'n self, each: &mut impl FnMut(&'n Self)) {
        each(self);
        for child in self.kind.children() {
            child.visit(each);
        }
    }

    pub(crate) fn visit_mut(&mut self, each: &mut impl FnMut(&mut Self)) {
        each(self);
        for child in self.kind.children_mut() {
            child.visit_mut(each);
        }
    }

    /// The text that is written here, if the node is one.
    pub(crate) fn literal(&self) -> Option<&str> {
        match &self.kind {
            Kind::Const(Val::Text(text)) => Some(text),
            _ => None,
        }
    }
}

impl Tree {
    /// Numbers the nodes.
    pub(crate) fn new(mut root: Node, slots: usize) -> Self {
        let (mut next, mut is_opaque) = (0, false);
        root.visit_mut(&mut |node| {
            node.id = next;
            next += 1;
            is_opaque |= matches!(node.kind, Kind::Opaque(_));
        });
        Self { root, slots, is_opaque }
    }
}
