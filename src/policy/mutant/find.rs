use std::collections::{BTreeMap, BTreeSet};

use super::edit::{Edit, Mutant, Slip};
use super::literals::slips;
use crate::policy::expr::{Kind, Node, Terms, Tree, literal};
use crate::policy::fault::place;
use crate::policy::space::{Answer, Asked, Goal, Space, World};
use crate::policy::stack::with_room;
use crate::policy::trace::{RuleId, is_shipped};
use crate::policy::{Place, Policy};

/// Where a slip stands, what it was, and what became of it.
type Seen = (Place, String, String);

/// Finds the slips that a policy has room for.
pub(crate) struct Finder<'p> {
    policy: &'p Policy,
    found: BTreeMap<Seen, Vec<(RuleId, u32, Edit)>>,
}

impl<'p> Finder<'p> {
    /// Every slip once, by place.
    pub(crate) fn all(policy: &'p Policy) -> Vec<Mutant> {
        with_room(|| {
            let mut finder = Self { policy, found: BTreeMap::new() };
            for (id, _, rule) in policy.rules.asked() {
                if let Ok(tree) = &rule.tree {
                    finder.tree(id, tree);
                }
            }
            let nodes = finder.found.into_iter().map(|((at, text, what), edits)| Mutant {
                at,
                text,
                what,
                slip: Slip::Nodes(edits),
            });
            let mut mutants: Vec<Mutant> = nodes.chain(swaps(policy)).chain(left_out(policy)).collect();
            mutants.sort_by(|a, b| a.at.cmp(&b.at));
            mutants
        })
    }

    fn tree(&mut self, id: RuleId, tree: &Tree) {
        let terms: BTreeSet<u32> = match id {
            RuleId::Role(_) => terms_of(tree),
            RuleId::Bound(_) | RuleId::Mapping(_) | RuleId::Before(_) => BTreeSet::new(),
        };
        self.node(id, tree, &tree.root, None, &terms);
    }

    fn node(&mut self, id: RuleId, tree: &Tree, node: &Node, around: Option<&Node>, terms: &BTreeSet<u32>) {
        // What Rhai evaluates sees the variables that it names; they are left as they are.
        if matches!(node.kind, Kind::Opaque(_)) {
            return;
        }
        if !is_shipped(&node.at.file) {
            self.slips(id, tree, node, around, terms);
        }
        for child in node.kind.children() {
            self.node(id, tree, child, Some(node), terms);
        }
    }

    fn slips(&mut self, id: RuleId, tree: &Tree, node: &Node, around: Option<&Node>, terms: &BTreeSet<u32>) {
        let is_asked = terms.contains(&node.id) || around.is_some_and(|around| is_condition_of(around, node));
        if is_asked && !is_structure(&node.kind) {
            self.add(id, tree, node, node, "negated".to_owned(), Edit::Negate);
        }
        match &node.kind {
            Kind::And(parts) | Kind::Or(parts) => {
                let (sign, other) =
                    if matches!(node.kind, Kind::And(_)) { ("&&", "||") } else { ("||", "&&") };
                self.add(id, tree, node, node, format!("`{sign}` became `{other}`"), Edit::Join);
                for (index, part) in parts.iter().enumerate() {
                    // At the part's place, but it is the whole that changes.
                    self.add(id, tree, node, part, "left out".to_owned(), Edit::DropPart(index));
                }
            }
            Kind::Switch(switch) => {
                for (index, case) in switch.cases.iter().enumerate() {
                    let labels: Vec<_> = case.labels.iter().map(literal).collect();
                    let what = format!("the case {} left out", labels.join(" | "));
                    self.add(id, tree, node, &case.body, what, Edit::DropCase(index));
                }
            }
            _ => {}
        }
        let shown = match &node.kind {
            Kind::Const(_) => around.unwrap_or(node),
            _ => node,
        };
        for (edit, what) in slips(node, &self.policy.rules.names) {
            self.add(id, tree, node, shown, what, edit);
        }
    }

    fn add(&mut self, id: RuleId, tree: &Tree, node: &Node, shown: &Node, what: String, edit: Edit) {
        if is_shipped(&shown.at.file) {
            return;
        }
        let at = place(&shown.at.file, shown.at.position);
        let text = tree.render(shown, &self.policy.rules.names);
        self.found.entry((at, text, what)).or_default().push((id, node.id, edit));
    }
}

/// What an `if`, a case or `IF` asks.
fn is_condition_of(around: &Node, node: &Node) -> bool {
    match &around.kind {
        Kind::If(parts) => {
            let [condition, ..] = &**parts;
            condition.id == node.id
        }
        Kind::Switch(switch) => {
            switch.cases.iter().filter_map(|case| case.condition.as_ref()).any(|known| known.id == node.id)
        }
        Kind::Excel { function, arguments } if function.name == "IF" => {
            arguments.first().is_some_and(|first| first.id == node.id)
                && !matches!(node.kind, Kind::Const(_) | Kind::Attribute { .. })
        }
        Kind::And(_) | Kind::Or(_) => true,
        _ => false,
    }
}

/// What is made of other conditions: each of these is negated by itself.
fn is_structure(kind: &Kind) -> bool {
    match kind {
        Kind::And(_) | Kind::Or(_) | Kind::Not(_) | Kind::If(_) | Kind::Let { .. } | Kind::Const(_) => true,
        // A shipped function is a term of its own.
        Kind::Call { body, .. } => !is_shipped(&body.at.file),
        _ => false,
    }
}

/// The terms of a condition, a call of a shipped function being one.
fn terms_of(tree: &Tree) -> BTreeSet<u32> {
    let mut found: BTreeSet<u32> = Terms::of(tree).all().iter().map(|term| term.id).collect();
    tree.root.visit(&mut |node| {
        if let Kind::Call { body, .. } = &node.kind
            && is_shipped(&body.at.file)
        {
            found.insert(node.id);
        }
    });
    found
}

/// Each hook left out.
fn left_out(policy: &Policy) -> impl Iterator<Item = Mutant> {
    policy.rules.hooks.iter().enumerate().map(|(index, hook)| Mutant {
        at: hook.at.clone(),
        text: "before(..)".to_owned(),
        what: "left out".to_owned(),
        slip: Slip::NoHook(index),
    })
}

/// Neighbours that somebody can both pass: only then does it matter which is tried first.
fn swaps(policy: &Policy) -> Vec<Mutant> {
    let roles = &policy.rules.roles;
    let mut found = Vec::new();
    for (index, pair) in roles.windows(2).enumerate() {
        let [first, second] = pair else { continue };
        if let (Ok(one), Ok(other)) = (&first.condition.tree, &second.condition.tree) {
            let mut space = Space::new(policy);
            let (one, other) = (space.term(one), space.term(other));
            if let (Some(one), Some(other)) = (&one, &other)
                && let Some(world) =
                    World::new(&space, one.atoms().into_iter().chain(other.atoms()), Asked::Enabled)
                && world.solve(&[Goal::Is(one, true), Goal::Is(other, true)], &[]) == Answer::Never
            {
                continue;
            }
        }
        found.push(Mutant {
            at: second.condition.at.clone(),
            text: format!("role(\"{}\", ..)", second.name),
            what: format!("tried before `{}`", first.name),
            slip: Slip::Swap(index),
        });
    }
    found
}
