use std::collections::HashMap;
use std::fmt::Write as _;

use super::names::Names;
use super::node::{Arithmetic, Comparison, Kind, Node, Subject, Tree};
use super::value::{List, Val};
use crate::policy::host::excel::script_name;

/// How tightly an operator binds; what binds less is put in brackets.
const LOOSEST: u8 = 0;
const OR: u8 = 1;
const AND: u8 = 2;
const EQUALITY: u8 = 3;
const CONTAINS: u8 = 4;
const ORDER: u8 = 5;
const SUM: u8 = 6;
const PRODUCT: u8 = 7;
const UNARY: u8 = 8;
const TIGHTEST: u8 = 9;

impl Tree {
    /// A node of the tree as a script would write it, on one line: the person is `user`, what a `let` named has its
    /// name, and in a function that was inlined what it was called with.
    pub(crate) fn render(&self, node: &Node, names: &Names) -> String {
        let mut slots = HashMap::new();
        self.root.visit(&mut |node| match &node.kind {
            Kind::Let { name, slot, .. } => drop(slots.insert(*slot, Held::Named(name))),
            Kind::Call { slots: filled, .. } => {
                slots.extend(filled.iter().map(|(slot, node)| (*slot, Held::Argument(node))));
            }
            _ => {}
        });
        let mut writer = Writer { names, slots, out: String::new() };
        writer.node(node, LOOSEST);
        writer.out
    }
}

/// A written value, as a script would write it.
pub(crate) fn literal(value: &Val<'_>) -> String {
    match value {
        Val::Unit => "()".to_owned(),
        Val::Bool(boolean) => boolean.to_string(),
        Val::Int(number) => number.to_string(),
        Val::Float(number) => format!("{number:?}"),
        Val::Char(character) => format!("{character:?}"),
        Val::Text(text) => format!("{:?}", &**text),
        Val::Time(time) => time.to_string(),
        Val::Error(code) => code.to_string(),
        Val::List(List::Made(values)) => listed(values),
        Val::List(List::Written(values)) => listed(values),
        Val::List(_) => "[..]".to_owned(),
        Val::Person(..) => "user".to_owned(),
        Val::Table(table) => table.table_name().map_or_else(|| "..".to_owned(), ToString::to_string),
        Val::Binary(_) | Val::Other(_) => "..".to_owned(),
    }
}

fn listed(values: &[Val<'_>]) -> String {
    format!("[{}]", values.iter().map(literal).collect::<Vec<_>>().join(", "))
}

struct Writer<'n> {
    names: &'n Names,
    slots: HashMap<usize, Held<'n>>,
    out: String,
}

/// What a slot stands for.
#[derive(Clone, Copy)]
enum Held<'n> {
    Named(&'n str),
    Argument(&'n Node),
}

impl<'n> Writer<'n> {
    fn node(&mut self, node: &'n Node, around: u8) {
        let binds = strength(&node.kind);
        if binds < around {
            self.out.push('(');
        }
        self.bare(node, binds);
        if binds < around {
            self.out.push(')');
        }
    }

    fn bare(&mut self, node: &'n Node, binds: u8) {
        match &node.kind {
            Kind::Const(value) => self.out.push_str(&literal(value)),
            Kind::User => self.out.push_str("user"),
            Kind::Decided(Subject::Whole) => self.out.push('d'),
            Kind::Decided(Subject::Role) => self.out.push_str("d.role"),
            Kind::Decided(Subject::Provisioned) => self.out.push_str("d.provisioned"),
            Kind::Slot(slot) => match self.slots.get(slot).copied() {
                Some(Held::Named(name)) => self.out.push_str(name),
                Some(Held::Argument(argument)) => self.node(argument, TIGHTEST),
                None => self.out.push_str(".."),
            },
            Kind::Attribute { of, attribute } => {
                self.node(of, TIGHTEST);
                let _ = write!(self.out, ".{}", self.names.attribute_name(*attribute));
            }
            Kind::Virtual { of, what } => {
                self.node(of, TIGHTEST);
                let _ = write!(self.out, ".{}", what.name());
            }
            Kind::And(parts) => self.joined(parts, " && ", binds + 1),
            Kind::Or(parts) => self.joined(parts, " || ", binds + 1),
            Kind::Coalesce(parts) => self.joined(parts, " ?? ", binds + 1),
            Kind::Not(of) => {
                self.out.push('!');
                self.node(of, binds);
            }
            Kind::Negate(of) => {
                self.out.push('-');
                self.node(of, binds);
            }
            Kind::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                self.out.push_str("if ");
                self.node(condition, LOOSEST);
                self.out.push_str(" { ");
                self.node(then, LOOSEST);
                self.out.push_str(" } else { ");
                self.node(otherwise, LOOSEST);
                self.out.push_str(" }");
            }
            Kind::Switch(switch) => {
                self.out.push_str("switch ");
                self.node(&switch.of, LOOSEST);
                self.out.push_str(" { ");
                for case in &switch.cases {
                    let labels: Vec<_> = case.labels.iter().map(literal).collect();
                    self.out.push_str(&labels.join(" | "));
                    if let Some(condition) = &case.condition {
                        self.out.push_str(" if ");
                        self.node(condition, LOOSEST);
                    }
                    self.out.push_str(" => ");
                    self.node(&case.body, LOOSEST);
                    self.out.push_str(", ");
                }
                if let Some(default) = &switch.default {
                    self.out.push_str("_ => ");
                    self.node(default, LOOSEST);
                }
                self.out.push_str(" }");
            }
            Kind::Compare(comparison, pair) => self.infix(pair, comparison.sign(), binds),
            Kind::Arithmetic(arithmetic, pair) => self.infix(pair, arithmetic.sign(), binds),
            Kind::Contains(pair) => {
                let [container, item] = &**pair;
                // A list is asked by `in`, a text by its method.
                if is_list(pair) {
                    self.node(item, binds + 1);
                    self.out.push_str(" in ");
                    self.node(container, binds + 1);
                } else {
                    self.method(container, "contains", [item]);
                }
            }
            Kind::Interpolate(parts) => {
                self.out.push('`');
                for part in parts {
                    match part.literal() {
                        Some(text) => self.out.push_str(text),
                        None => {
                            self.out.push_str("${");
                            self.node(part, LOOSEST);
                            self.out.push('}');
                        }
                    }
                }
                self.out.push('`');
            }
            Kind::List(parts) => {
                self.out.push('[');
                self.joined(parts, ", ", LOOSEST);
                self.out.push(']');
            }
            Kind::Element(pair) => {
                let [list, index] = &**pair;
                self.node(list, TIGHTEST);
                self.out.push('[');
                self.node(index, LOOSEST);
                self.out.push(']');
            }
            Kind::InGroup { of, group, direct } => {
                self.node(of, TIGHTEST);
                let word = if *direct { "in_direct_group" } else { "in_group" };
                let _ = write!(self.out, ".{word}({:?})", self.names.group_name(*group));
            }
            Kind::Test(test, pair) => {
                let [of, other] = &**pair;
                self.method(of, test.name(), [other]);
            }
            Kind::AnyOf(pair) => {
                let [of, list] = &**pair;
                self.method(of, "any_of", [list]);
            }
            Kind::Matches { of, pattern } => {
                self.node(of, TIGHTEST);
                let _ = write!(self.out, ".matches({:?})", pattern.as_str());
            }
            Kind::Now => self.out.push_str("now()"),
            Kind::PlusDays(pair) => {
                let [time, days] = &**pair;
                self.method(time, "plus_days", [days]);
            }
            Kind::Method(method, of) => self.method(of, method.name(), []),
            Kind::Excel { function, arguments } => {
                self.out.push_str(&script_name(function));
                self.arguments(arguments);
            }
            Kind::Formula { formula, .. } => {
                let _ = write!(self.out, "formula(`{}`)", formula.text().replace('`', "``"));
            }
            Kind::Call { name, arguments, .. } => {
                self.out.push_str(name);
                self.arguments(arguments);
            }
            Kind::Let { name, value, body, .. } => {
                let _ = write!(self.out, "let {name} = ");
                self.node(value, LOOSEST);
                self.out.push_str("; ");
                self.node(body, LOOSEST);
            }
            Kind::Opaque(opaque) => self.out.push_str(&opaque.text),
        }
    }

    fn method<const N: usize>(&mut self, of: &'n Node, name: &str, arguments: [&'n Node; N]) {
        self.node(of, TIGHTEST);
        let _ = write!(self.out, ".{name}(");
        for (index, argument) in arguments.into_iter().enumerate() {
            if index > 0 {
                self.out.push_str(", ");
            }
            self.node(argument, LOOSEST);
        }
        self.out.push(')');
    }

    fn arguments(&mut self, arguments: &'n [Node]) {
        self.out.push('(');
        self.joined(arguments, ", ", LOOSEST);
        self.out.push(')');
    }

    fn joined(&mut self, parts: &'n [Node], between: &str, around: u8) {
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                self.out.push_str(between);
            }
            self.node(part, around);
        }
    }

    fn infix(&mut self, pair: &'n [Node; 2], sign: &str, binds: u8) {
        let [left, right] = pair;
        self.node(left, binds);
        let _ = write!(self.out, " {sign} ");
        self.node(right, binds + 1);
    }
}

fn strength(kind: &Kind) -> u8 {
    match kind {
        Kind::Let { .. } | Kind::If(_) | Kind::Switch(_) | Kind::Coalesce(_) => LOOSEST,
        Kind::Or(_) => OR,
        Kind::And(_) => AND,
        Kind::Compare(Comparison::Equal | Comparison::NotEqual, _) => EQUALITY,
        Kind::Compare(..) => ORDER,
        Kind::Contains(pair) if is_list(pair) => CONTAINS,
        Kind::Arithmetic(Arithmetic::Add | Arithmetic::Subtract, _) => SUM,
        Kind::Arithmetic(..) => PRODUCT,
        Kind::Not(_) | Kind::Negate(_) => UNARY,
        _ => TIGHTEST,
    }
}

/// Whether it is a list, and not a text, that is asked whether it contains something.
fn is_list(pair: &[Node; 2]) -> bool {
    let [container, _] = pair;
    matches!(container.kind, Kind::Const(Val::List(_)) | Kind::List(_))
}
