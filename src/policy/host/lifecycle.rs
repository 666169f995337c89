//! The words about when: `deprovision_after`, `active_from`, `active_until`, and what is asked before an operation,
//! `before`.

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use rhai::{Dynamic, Engine, FnPtr, ImmutableString, Map, NativeCallContext, Position};

use super::user::in_short;
use super::vocabulary::{Registry, SharedRegistry, say};
use crate::diagnostic::closest;
use crate::policy::closure::{Closure, here};
use crate::policy::grace::{Cause, Grace, duration};
use crate::policy::period::{Side, zone};
use crate::policy::reference::{Documented, LIFECYCLE};

/// When somebody's account may begin, or ends.
pub(crate) struct BoundRule {
    pub(crate) date: Closure,
    /// In which a day starts and ends.
    pub(crate) zone: TimeZone,
}

const EXAMPLES: &str = "write it as \"7d\", \"36h\", \"90m\" or \"2w\"; \"0d\" is at once";

/// Registers the words; each writes into `registry`.
pub(crate) fn register(engine: &mut Engine, registry: &SharedRegistry) {
    let engine = &mut Documented::new(engine, &[LIFECYCLE]);
    let shared = SharedRegistry::clone(registry);
    engine.register_fn("deprovision_after", move |context: NativeCallContext<'_>, wait: Dynamic| {
        say(&shared, &context, |r| set_grace(r, &context, &wait))
    });
    for side in [Side::From, Side::Until] {
        let shared = SharedRegistry::clone(registry);
        engine.register_fn(side.word(), move |context: NativeCallContext<'_>, date: FnPtr| {
            let date = Closure::here(&context, &date)?;
            say(&shared, &context, |r| set_bound(r, &context, side, &date, None))
        });
        let shared = SharedRegistry::clone(registry);
        engine.register_fn(
            side.word(),
            move |context: NativeCallContext<'_>, date: FnPtr, zone: ImmutableString| {
                let date = Closure::here(&context, &date)?;
                say(&shared, &context, |r| set_bound(r, &context, side, &date, Some(&zone)))
            },
        );
    }
    let shared = SharedRegistry::clone(registry);
    engine.register_fn("before", move |context: NativeCallContext<'_>, hook: FnPtr| {
        let hook = Closure::here(&context, &hook)?;
        say(&shared, &context, |r| r.hooks.push(hook.clone()))
    });
}

fn set_grace(registry: &mut Registry, context: &NativeCallContext<'_>, wait: &Dynamic) {
    if let Some(earlier) = registry.grace.replace(here(context)) {
        said_twice(registry, context, &earlier);
        return;
    }
    let mut grace = Grace::default();
    if let Some(map) = wait.read_lock::<Map>() {
        for (name, wait) in map.iter() {
            let Some(cause) = Cause::parse(name) else {
                let names = Cause::ALL.map(Cause::name);
                let hint = match closest(name, names) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("what a deactivation can be for is {}", listed(&names)),
                };
                let message = format!("nobody is deprovisioned for `{name}`");
                registry.mistake(context, "P0017", message, name, Some(hint));
                continue;
            };
            if let Some(time) = time(registry, context, wait) {
                grace.set(cause, time);
            }
        }
    } else if let Some(time) = time(registry, context, wait) {
        grace.no_role = time;
    }
    registry.switches.grace = grace;
}

fn time(registry: &mut Registry, context: &NativeCallContext<'_>, wait: &Dynamic) -> Option<SignedDuration> {
    let text = wait.read_lock::<ImmutableString>().map(|text| text.clone());
    let time = text.as_deref().and_then(duration);
    if time.is_none() {
        let shown = in_short(wait);
        let message = format!("{shown} is no time to wait");
        registry.mistake(context, "P0017", message, shown.trim_matches('"'), Some(EXAMPLES.to_owned()));
    }
    time
}

fn set_bound(
    registry: &mut Registry,
    context: &NativeCallContext<'_>,
    side: Side,
    date: &Closure,
    named: Option<&str>,
) {
    let earlier = registry.bound(side).as_ref().map(|rule| (rule.date.file.clone(), rule.date.position));
    if let Some(earlier) = earlier {
        said_twice(registry, context, &earlier);
        return;
    }
    let zone = match named.map(|name| (name, zone(name))) {
        None => TimeZone::UTC,
        Some((_, Some(zone))) => zone,
        Some((name, None)) => {
            let hint = "zones are named as `Europe/Berlin` or `America/New_York`; without one it is UTC";
            let message = format!("no time zone `{name}` is known");
            registry.mistake(context, "P0018", message, name, Some(hint.to_owned()));
            return;
        }
    };
    *registry.bound(side) = Some(BoundRule { date: date.clone(), zone });
}

fn said_twice(
    registry: &mut Registry,
    context: &NativeCallContext<'_>,
    (file, position): &(String, Position),
) {
    let word = context.fn_name();
    let message = format!("`{word}` was said before, at {file}:{}", position.line().unwrap_or_default());
    registry.mistake(context, "P0018", message, word, Some("say it once, for everybody".to_owned()));
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
