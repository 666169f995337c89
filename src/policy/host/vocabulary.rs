//! The words that a policy registers its rules with: `role`, `map`, `lifecycle` and the rest.
//!
//! They may be said while the policy loads, and only then. What is wrong with what was said is collected, so that one
//! look shows everything.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use rhai::{Engine, EvalAltResult, FnPtr, Map, NativeCallContext, Position};

use super::lifecycle::{self, BoundRule};
use crate::diagnostic::closest;
use crate::policy::closure::{Closure, here};
use crate::policy::period::Side;
use crate::policy::reference::{Documented, WORDS};
use crate::policy::{Attribute, Switches, user_name_key};

pub(crate) struct RoleRule {
    pub(crate) name: String,
    pub(crate) condition: Closure,
}

pub(crate) struct MapRule {
    pub(crate) attribute: Attribute,
    pub(crate) on_create: bool,
    pub(crate) expression: Closure,
}

pub(crate) struct InvariantRule {
    pub(crate) text: String,
    pub(crate) holds: Closure,
}

/// A mistake in what was said at load.
pub(crate) struct Mistake {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    pub(crate) file: String,
    pub(crate) position: Position,
    /// Text to put the carets under, when it stands in the same statement; else the word itself.
    pub(crate) words: Option<String>,
}

/// Everything that a policy said while it loaded.
#[derive(Default)]
pub(crate) struct Registry {
    pub(crate) switches: Switches,
    pub(crate) mode: Option<(String, Position)>,
    pub(crate) roles: Vec<RoleRule>,
    /// Where in `roles` each name stands.
    role_names: HashMap<String, usize>,
    pub(crate) maps: Vec<MapRule>,
    pub(crate) invariants: Vec<InvariantRule>,
    /// Where it is said how long a deactivation waits.
    pub(crate) grace: Option<(String, Position)>,
    pub(crate) from: Option<BoundRule>,
    pub(crate) until: Option<BoundRule>,
    pub(crate) hooks: Vec<Closure>,
    pub(crate) mistakes: Vec<Mistake>,
    /// After the load nothing can be said any more.
    sealed: bool,
}

pub(crate) type SharedRegistry = Arc<Mutex<Registry>>;

impl Registry {
    pub(crate) fn seal(shared: &SharedRegistry) -> Self {
        let sealed = Self { sealed: true, ..Self::default() };
        std::mem::replace(&mut *shared.lock().unwrap_or_else(PoisonError::into_inner), sealed)
    }

    pub(super) fn bound(&mut self, side: Side) -> &mut Option<BoundRule> {
        match side {
            Side::From => &mut self.from,
            Side::Until => &mut self.until,
        }
    }

    pub(super) fn mistake(
        &mut self,
        context: &NativeCallContext<'_>,
        code: &'static str,
        message: String,
        words: &str,
        hint: Option<String>,
    ) {
        let (file, position) = here(context);
        self.mistakes.push(Mistake { code, message, hint, file, position, words: Some(words.to_owned()) });
    }
}

pub(super) type Said = Result<(), Box<EvalAltResult>>;

/// Writes into the registry, while a policy loads.
pub(super) fn say(
    shared: &SharedRegistry,
    context: &NativeCallContext<'_>,
    mut say: impl FnMut(&mut Registry),
) -> Said {
    let mut registry = shared.lock().unwrap_or_else(PoisonError::into_inner);
    if registry.sealed {
        let word = context.fn_name();
        return Err(
            format!("`{word}` can be said only at the top of a policy file, not inside a rule").into()
        );
    }
    say(&mut registry);
    Ok(())
}

/// Registers the words; each writes into `registry`.
pub(crate) fn register(engine: &mut Engine, registry: &SharedRegistry) {
    lifecycle::register(engine, registry);
    let said = |shared: &SharedRegistry| {
        let shared = Arc::clone(shared);
        move |context: &NativeCallContext<'_>, write: &mut dyn FnMut(&mut Registry)| -> Said {
            say(&shared, context, write)
        }
    };

    let engine = &mut Documented::new(engine, &[WORDS]);
    let say = said(registry);
    engine.register_fn("provision_by_role", move |context: NativeCallContext<'_>| {
        say(&context, &mut |r| set_mode(r, &context, false, None))
    });
    let say = said(registry);
    engine.register_fn("provision_everyone", move |context: NativeCallContext<'_>| {
        say(&context, &mut |r| set_mode(r, &context, true, None))
    });
    let say = said(registry);
    engine.register_fn("provision_everyone", move |context: NativeCallContext<'_>, role: &str| {
        say(&context, &mut |r| set_mode(r, &context, true, Some(role)))
    });
    let say = said(registry);
    engine.register_fn("keep_access_on_role_change", move |context: NativeCallContext<'_>, keep: bool| {
        say(&context, &mut |r| r.switches.keep_access_on_role_change = keep)
    });
    let say = said(registry);
    engine.register_fn("lifecycle", move |context: NativeCallContext<'_>, switches: Map| {
        say(&context, &mut |r| set_lifecycle(r, &context, &switches))
    });
    let say = said(registry);
    engine.register_fn("protect", move |context: NativeCallContext<'_>, user_name: &str| {
        say(&context, &mut |r| {
            if user_name.trim().is_empty() {
                r.mistake(&context, "P0015", "a protected account needs a userName".into(), "protect", None);
            }
            r.switches.protected.insert(user_name_key(user_name.trim()));
        })
    });
    let say = said(registry);
    engine.register_fn("role", move |context: NativeCallContext<'_>, name: &str, condition: FnPtr| {
        let condition = Closure::here(&context, &condition)?;
        say(&context, &mut |r| add_role(r, &context, name, &condition))
    });
    let say = said(registry);
    engine.register_fn("map", move |context: NativeCallContext<'_>, path: &str, expression: FnPtr| {
        let expression = Closure::here(&context, &expression)?;
        say(&context, &mut |r| add_map(r, &context, path, false, &expression))
    });
    let say = said(registry);
    engine.register_fn(
        "map_on_create",
        move |context: NativeCallContext<'_>, path: &str, expression: FnPtr| {
            let expression = Closure::here(&context, &expression)?;
            say(&context, &mut |r| add_map(r, &context, path, true, &expression))
        },
    );
    let say = said(registry);
    engine.register_fn("invariant", move |context: NativeCallContext<'_>, text: &str, holds: FnPtr| {
        let holds = Closure::here(&context, &holds)?;
        say(&context, &mut |r| {
            r.invariants.push(InvariantRule { text: text.to_owned(), holds: holds.clone() });
        })
    });
}

fn set_mode(registry: &mut Registry, context: &NativeCallContext<'_>, everyone: bool, role: Option<&str>) {
    if let Some((file, position)) = &registry.mode {
        let message =
            format!("who is provisioned was said before, at {file}:{}", position.line().unwrap_or_default());
        registry.mistake(
            context,
            "P0010",
            message,
            context.fn_name(),
            Some("say it once, in the main script".into()),
        );
        return;
    }
    registry.mode = Some(here(context));
    registry.switches.everyone = everyone;
    registry.switches.default_role = role.map(str::to_owned);
}

fn set_lifecycle(registry: &mut Registry, context: &NativeCallContext<'_>, switches: &Map) {
    const NAMES: [&str; 4] = ["create", "update", "reactivate", "deactivate"];
    for (name, value) in switches {
        let Ok(on) = value.as_bool() else {
            let message = format!("the lifecycle switch `{name}` takes true or false");
            registry.mistake(context, "P0011", message, name, None);
            continue;
        };
        match name.as_str() {
            "create" => registry.switches.create = on,
            "update" => registry.switches.update = on,
            "reactivate" => registry.switches.reactivate = on,
            "deactivate" => registry.switches.deactivate = on,
            other => {
                let hint = match closest(other, NAMES) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("the switches are {}", NAMES.map(|name| format!("`{name}`")).join(", ")),
                };
                registry.mistake(
                    context,
                    "P0011",
                    format!("there is no lifecycle switch `{other}`"),
                    other,
                    Some(hint),
                );
            }
        }
    }
}

fn add_role(registry: &mut Registry, context: &NativeCallContext<'_>, name: &str, condition: &Closure) {
    if name.trim().is_empty() {
        registry.mistake(context, "P0012", "a role needs a name".into(), "role", None);
        return;
    }
    if let Some(earlier) = registry.role_names.get(name).and_then(|index| registry.roles.get(*index)) {
        let message = format!(
            "role `{name}` is defined twice; the first stands at {}:{}",
            earlier.condition.file,
            earlier.condition.position.line().unwrap_or_default()
        );
        registry.mistake(context, "P0012", message, name, Some("join the two conditions with `||`".into()));
        return;
    }
    registry.role_names.insert(name.to_owned(), registry.roles.len());
    registry.roles.push(RoleRule { name: name.to_owned(), condition: condition.clone() });
}

fn add_map(
    registry: &mut Registry,
    context: &NativeCallContext<'_>,
    path: &str,
    on_create: bool,
    expression: &Closure,
) {
    let Some(attribute) = Attribute::parse(path) else {
        let hint = match closest(path, Attribute::all().filter(|a| a.is_mappable()).map(Attribute::path)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "attributes are named by their SCIM path, as `userName` or `name.givenName`".into(),
        };
        registry.mistake(context, "P0013", format!("an account has no attribute `{path}`"), path, Some(hint));
        return;
    };
    if !attribute.is_mappable() {
        let hint = if attribute == Attribute::ROLE {
            "the role follows from `role(..)`"
        } else {
            "an account is active while its person passes a rule"
        };
        registry.mistake(
            context,
            "P0013",
            format!("`{attribute}` cannot be mapped"),
            path,
            Some(hint.into()),
        );
        return;
    }
    if attribute == Attribute::USER_NAME && on_create {
        let hint = "use `map`: the userName follows the person, and the account is found by it";
        registry.mistake(
            context,
            "P0013",
            "`userName` cannot be set on create alone".into(),
            path,
            Some(hint.into()),
        );
        return;
    }
    if let Some(earlier) = registry.maps.iter().find(|rule| rule.attribute == attribute) {
        let message = format!(
            "`{attribute}` is mapped twice; the first stands at {}:{}",
            earlier.expression.file,
            earlier.expression.position.line().unwrap_or_default()
        );
        registry.mistake(context, "P0014", message, path, None);
        return;
    }
    registry.maps.push(MapRule { attribute, on_create, expression: expression.clone() });
}

/// The names of the words, for messages and checks.
pub(crate) fn words() -> BTreeSet<&'static str> {
    BTreeSet::from([
        "provision_by_role",
        "provision_everyone",
        "keep_access_on_role_change",
        "lifecycle",
        "protect",
        "role",
        "map",
        "map_on_create",
        "invariant",
        "deprovision_after",
        "active_from",
        "active_until",
        "before",
    ])
}
