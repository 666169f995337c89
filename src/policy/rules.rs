//! What a policy said, each rule with its tree.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use rhai::Position;

use super::closure::Closure;
use super::expr::{Lowering, Names, Parameter, Tree, Unfit};
use super::fault::place;
use super::host::vocabulary::Registry;
use super::modules::Modules;
use super::parse::Parsed;
use super::period::Side;
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

/// When somebody's account may begin, or ends.
#[derive(Clone)]
pub(crate) struct Bound {
    pub(crate) side: Side,
    pub(crate) date: Rule,
    /// In which a day starts and ends.
    pub(crate) zone: TimeZone,
}

/// What is asked before an operation; no tree, since it says what is to be done.
#[derive(Clone)]
pub(crate) struct Hook {
    pub(crate) closure: Closure,
    pub(crate) at: Place,
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
    /// At most one a side, the start first.
    pub(crate) bounds: Vec<Bound>,
    pub(crate) hooks: Vec<Hook>,
    pub(crate) names: Arc<Names>,
}

impl Rules {
    /// Every rule that has a tree or might have one: what is asked when, then roles, mappings, invariants.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Rule> {
        let bounds = self.bounds.iter().map(|bound| &bound.date);
        let roles = self.roles.iter().map(|role| &role.condition);
        let maps = self.maps.iter().map(|map| &map.expression);
        let invariants = self.invariants.iter().map(|invariant| &invariant.holds);
        bounds.chain(roles).chain(maps).chain(invariants)
    }

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
        let sides = [(Side::From, registry.from), (Side::Until, registry.until)];
        let bounds = sides
            .into_iter()
            .filter_map(|(side, bound)| Some((side, bound?)))
            .map(|(side, bound)| Bound { side, date: rule(bound.date, Parameter::User), zone: bound.zone })
            .collect();
        let hooks = registry
            .hooks
            .into_iter()
            .map(|closure| Hook { at: place(&closure.file, closure.position), closure })
            .collect();
        Self {
            switches: registry.switches,
            mode: registry.mode,
            roles,
            maps,
            invariants,
            bounds,
            hooks,
            names: Arc::new(names),
        }
    }
}
