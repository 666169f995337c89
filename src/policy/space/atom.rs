use std::cell::Cell;
use std::collections::HashMap;

use super::candidates::is_list;
use super::literals::{Literals, Trust};
use crate::facts::{Syntax, attribute_type};
use crate::policy::Policy;
use crate::policy::expr::{self, Comparison, Kind, Method, Names, Node, Tree, Val, Virtual};

/// What a question is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    /// By its lower-case name; `above`: of how many managers up.
    Attribute { above: usize, name: String },
    /// By its name in lower case.
    Group { above: usize, name: String },
    /// Enabled, disabled or expired.
    Standing,
    /// What an invariant sees of the decision.
    Outcome,
    /// Whatever the expression, which is written out, is about.
    Unknown(String),
}

/// A question that is true or false.
#[derive(Clone, Debug)]
pub(crate) struct Atom {
    pub(crate) subject: Subject,
    pub(crate) question: Question,
}

#[derive(Clone, Debug)]
pub(crate) enum Question {
    /// To be put to the evaluator, on a person who has the subject's value themselves.
    Asked {
        node: Box<Node>,
        literals: Literals,
        trust: Trust,
    },
    Member {
        direct: bool,
    },
    Enabled,
    Expired,
    /// Not understood. `attribute`: the only thing that the answer depends on, if that is one attribute.
    Free {
        node: Box<Node>,
        attribute: Option<Subject>,
    },
}

/// The questions that the rules of a policy ask, each once.
pub(crate) struct Space<'p> {
    pub(super) policy: &'p Policy,
    pub(super) atoms: Vec<Atom>,
    known: HashMap<String, usize>,
    /// Looks that may still be taken at values, so that no policy takes long to reason about.
    left: Cell<usize>,
}

/// Looks that are taken at values altogether.
const LOOKS: usize = 400_000;

impl<'p> Space<'p> {
    pub(crate) fn new(policy: &'p Policy) -> Self {
        Self { policy, atoms: Vec::new(), known: HashMap::new(), left: Cell::new(LOOKS) }
    }

    pub(crate) fn atom(&self, index: usize) -> Option<&Atom> {
        self.atoms.get(index)
    }

    /// Takes so many looks at values; `None` when they are used up.
    pub(super) fn look(&self, values: usize) -> Option<()> {
        self.left.set(self.left.get().checked_sub(values)?);
        Some(())
    }

    fn names(&self) -> &'p Names {
        &self.policy.rules.names
    }

    /// The question that an expression without calls, `let` and slots asks.
    pub(super) fn question(&mut self, node: Node) -> usize {
        let has_opaque = {
            let mut found = false;
            node.visit(&mut |node| found |= matches!(node.kind, Kind::Opaque(_) | Kind::Slot(_)));
            found
        };
        let key = Tree::new(node.clone(), 0);
        let mut key = key.render(&key.root, self.names());
        if has_opaque {
            // What Rhai evaluates is not known to be the same twice.
            key = format!("{key} #{}", self.atoms.len());
        }
        if let Some(index) = self.known.get(&key) {
            return *index;
        }
        let atom = self
            .member(&node)
            .or_else(|| self.standing(&node))
            .or_else(|| about_outcome(&node))
            .or_else(|| self.about_attribute(&node))
            .unwrap_or_else(|| self.free(&node, key.clone()));
        let index = self.atoms.len();
        self.atoms.push(atom);
        self.known.insert(key, index);
        index
    }

    fn member(&self, node: &Node) -> Option<Atom> {
        let Kind::InGroup { of, group, direct } = &node.kind else { return None };
        let name = self.names().group_name(*group).to_lowercase();
        let subject = Subject::Group { above: above(of)?, name };
        Some(Atom { subject, question: Question::Member { direct: *direct } })
    }

    fn standing(&self, node: &Node) -> Option<Atom> {
        let Kind::Virtual { of, what } = &node.kind else { return None };
        let question = match what {
            Virtual::Enabled => Question::Enabled,
            Virtual::Expired => Question::Expired,
            _ => return None,
        };
        (above(of)? == 0).then_some(Atom { subject: Subject::Standing, question })
    }

    fn about_attribute(&self, node: &Node) -> Option<Atom> {
        let (read, literals, trust) = self.written(node)?;
        let Kind::Attribute { of, attribute } = &read.kind else { return None };
        let name = self.names().attribute_name(*attribute).to_ascii_lowercase();
        let kind = attribute_type(&name);
        let is_truth = matches!(node.kind, Kind::Attribute { .. });
        let fits = match kind {
            Some((_, Syntax::Binary, _)) => false,
            Some((_, Syntax::Boolean, _)) => true,
            // Of lists only texts are asked for, and a list of what is no text is left alone.
            Some((_, syntax, several)) => {
                let is_text =
                    matches!(syntax, Syntax::Text | Syntax::DistinguishedName | Syntax::Guid | Syntax::Sid);
                !is_truth && (is_text || !several)
            }
            None => !is_truth,
        };
        // A function makes of a list what it makes of no element.
        let is_plain = !is_wrapped(node) || is_list(&name) == Some(false);
        if !fits || !is_plain {
            return None;
        }
        let subject = Subject::Attribute { above: above(of)?, name };
        let node = Box::new(of_the_person(node));
        Some(Atom { subject, question: Question::Asked { node, literals, trust } })
    }

    fn free(&self, node: &Node, key: String) -> Atom {
        let attribute = self.only_attribute(node);
        let node = Box::new(if attribute.is_some() { of_the_person(node) } else { node.clone() });
        Atom { subject: Subject::Unknown(key), question: Question::Free { node, attribute } }
    }

    /// The one attribute that the answer depends on.
    fn only_attribute(&self, node: &Node) -> Option<Subject> {
        let mut found: Vec<Option<Subject>> = Vec::new();
        node.visit(&mut |node| match &node.kind {
            Kind::Attribute { of, attribute } => {
                let name = self.names().attribute_name(*attribute).to_ascii_lowercase();
                found.push(above(of).map(|above| Subject::Attribute { above, name }));
            }
            Kind::Virtual { what: Virtual::Manager, .. } => {}
            Kind::Virtual { .. }
            | Kind::InGroup { .. }
            | Kind::Opaque(_)
            | Kind::Decided(_)
            | Kind::Slot(_) => {
                found.push(None);
            }
            _ => {}
        });
        let first = found.first()?.clone()?;
        found.iter().all(|other| other.as_ref() == Some(&first)).then_some(first)
    }

    /// The read that a question is about, and what it is written with.
    fn written<'n>(&self, node: &'n Node) -> Option<(&'n Node, Literals, Trust)> {
        match &node.kind {
            Kind::Compare(comparison, pair) => {
                let [left, right] = &**pair;
                let (read, other) = match (wrapped(left), wrapped(right)) {
                    (Some(read), None) => (read, right),
                    (None, Some(read)) => (read, left),
                    _ => return None,
                };
                let (literals, trust) = Literals::compared(*comparison, &self.closed(other)?)?;
                Some((read, literals, trust))
            }
            Kind::Test(test, pair) => {
                let [of, other] = &**pair;
                Some((wrapped(of)?, Literals::tested(*test, &self.closed(other)?)?, Trust::All))
            }
            Kind::AnyOf(pair) => {
                let [of, list] = &**pair;
                Some((wrapped(of)?, Literals::listed(&self.closed(list)?)?, Trust::All))
            }
            Kind::Contains(pair) => {
                let [container, item] = &**pair;
                match (wrapped(container), wrapped(item)) {
                    (Some(read), None) => Some((read, Literals::contained(&self.closed(item)?)?, Trust::All)),
                    (None, Some(read)) => {
                        Some((read, Literals::listed(&self.closed(container)?)?, Trust::All))
                    }
                    _ => None,
                }
            }
            Kind::Matches { of, pattern } => {
                let (literals, trust) = Literals::pattern(pattern.as_str());
                Some((wrapped(of)?, literals, trust))
            }
            Kind::Method(Method::IsEmpty, of) => Some((read(of)?, Literals::default(), Trust::All)),
            Kind::Excel { function, arguments } if function.name == "ISBLANK" => {
                let [of] = arguments.as_slice() else { return None };
                Some((read(of)?, Literals::default(), Trust::All))
            }
            Kind::Attribute { .. } => Some((node, Literals::default(), Trust::All)),
            _ => None,
        }
    }

    /// The value of an expression that reads nothing of anybody.
    fn closed(&self, node: &Node) -> Option<Val<'static>> {
        if let Kind::Const(value) = &node.kind {
            return Some(value.clone());
        }
        let mut is_closed = true;
        node.visit(&mut |node| {
            is_closed &= matches!(
                node.kind,
                Kind::Const(_)
                    | Kind::Now
                    | Kind::PlusDays(_)
                    | Kind::Negate(_)
                    | Kind::Arithmetic(..)
                    | Kind::List(_)
            );
        });
        if is_closed { super::evaluate::value(self.policy, node) } else { None }
    }
}

/// Of how many managers up something is read.
fn above(of: &Node) -> Option<usize> {
    match &of.kind {
        Kind::User => Some(0),
        Kind::Virtual { of, what: Virtual::Manager } => Some(above(of)? + 1),
        _ => None,
    }
}

/// The same question about somebody's own attribute.
fn of_the_person(node: &Node) -> Node {
    let mut node = node.clone();
    node.visit_mut(&mut |node| {
        if let Kind::Attribute { of, .. } = &mut node.kind {
            of.kind = Kind::User;
        }
    });
    node
}

fn read(node: &Node) -> Option<&Node> {
    matches!(node.kind, Kind::Attribute { .. }).then_some(node)
}

/// An attribute, in lower or upper case or as it is.
fn wrapped(node: &Node) -> Option<&Node> {
    match &node.kind {
        Kind::Method(Method::ToLower | Method::ToUpper, of) => read(of),
        Kind::Excel { function, arguments } if matches!(function.name, "LOWER" | "UPPER") => {
            match arguments.as_slice() {
                [of] => read(of),
                _ => None,
            }
        }
        _ => read(node),
    }
}

fn is_wrapped(node: &Node) -> bool {
    let mut found = false;
    node.visit(&mut |node| found |= matches!(node.kind, Kind::Method(..) | Kind::Excel { .. }));
    found
}

/// A question about nothing but the decision.
fn about_outcome(node: &Node) -> Option<Atom> {
    let (mut decided, mut other) = (false, false);
    node.visit(&mut |node| match node.kind {
        Kind::Decided(expr::Subject::Role | expr::Subject::Provisioned) => decided = true,
        Kind::User
        | Kind::Decided(_)
        | Kind::Opaque(_)
        | Kind::Slot(_)
        | Kind::Call { .. }
        | Kind::Let { .. } => {
            other = true;
        }
        _ => {}
    });
    (decided && !other).then(|| Atom {
        subject: Subject::Outcome,
        question: Question::Asked {
            node: Box::new(node.clone()),
            literals: Literals::default(),
            trust: Trust::All,
        },
    })
}

/// Whether a comparison asks for blank: a guard before what asks for more.
pub(crate) fn is_blank_guard(node: &Node) -> bool {
    match &node.kind {
        Kind::Compare(Comparison::Equal | Comparison::NotEqual, pair) => {
            pair.iter().any(|side| matches!(side.kind, Kind::Const(Val::Unit)))
        }
        Kind::Not(of) => is_blank_guard(of),
        Kind::Method(Method::IsEmpty, _) => true,
        Kind::Excel { function, .. } => function.name == "ISBLANK",
        _ => false,
    }
}
