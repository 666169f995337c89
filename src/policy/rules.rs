//! What a policy said, each rule with its tree.

use std::collections::BTreeMap;
use std::sync::Arc;

use rhai::Position;

use super::closure::Closure;
use super::expr::{Lowering, Names, Parameter, Tree, Unfit};
use super::fault::place;
use super::host::vocabulary::Registry;
use super::modules::Modules;
use super::parse::Parsed;
use super::tables::Tables;
use super::{Attribute, Place, Switches};

/// A condition, a mapping or an invariant: the closure that Rhai runs, and what is known of it.
#[derive(Clone)]
pub(crate) struct Rule {
    pub(crate) closure: Closure,
    /// Why the rule stays with Rhai as a whole, if there is no tree.
    pub(crate) tree: Result<Arc<Tree>, Unfit>,
    pub(crate) at: Place,
    /// The tree is not what the closure says: Rhai must not be asked in its place.
    pub(crate) is_changed: bool,
}

#[derive(Clone)]
pub(crate) struct Role {
    pub(crate) name: Arc<str>,
    pub(crate) condition: Rule,
}

#[derive(Clone)]
pub(crate) struct Mapping {
    pub(crate) attribute: Attribute,
    pub(crate) on_create: bool,
    pub(crate) expression: Rule,
}

#[derive(Clone)]
pub(crate) struct Invariant {
    pub(crate) text: Arc<str>,
    pub(crate) holds: Rule,
}

/// Everything that a policy says.
#[derive(Clone)]
pub(crate) struct Rules {
    pub(crate) switches: Switches,
    /// Where it is said who is provisioned.
    pub(crate) mode: Option<(String, Position)>,
    pub(crate) roles: Vec<Role>,
    pub(crate) maps: Vec<Mapping>,
    pub(crate) invariants: Vec<Invariant>,
    pub(crate) names: Arc<Names>,
}

impl Rules {
    pub(crate) fn of(
        registry: Registry,
        scripts: &BTreeMap<String, Parsed>,
        modules: &Modules,
        extra: &[String],
        tables: &Tables,
    ) -> Self {
        let mut names = Names::default();
        let mut lowering = Lowering::new(scripts, modules, extra, tables, &mut names);
        let mut rule = |closure: Closure, parameter| {
            let tree = lowering.rule(&closure, parameter).map(Arc::new);
            let at = place(&closure.file, closure.position);
            Rule { closure, tree, at, is_changed: false }
        };
        let roles = registry
            .roles
            .into_iter()
            .map(|role| Role { name: role.name.into(), condition: rule(role.condition, Parameter::User) })
            .collect();
        let maps = registry
            .maps
            .into_iter()
            .map(|map| Mapping {
                attribute: map.attribute,
                on_create: map.on_create,
                expression: rule(map.expression, Parameter::User),
            })
            .collect();
        let invariants = registry
            .invariants
            .into_iter()
            .map(|invariant| Invariant {
                text: invariant.text.into(),
                holds: rule(invariant.holds, Parameter::Decision),
            })
            .collect();
        Self {
            switches: registry.switches,
            mode: registry.mode,
            roles,
            maps,
            invariants,
            names: Arc::new(names),
        }
    }
}
