//! The words that make up a test file: `test`, `test_each`, `test_skip`, `skip`, `clock`, `at`, `expect_error`.

use std::sync::Arc;

use jiff::Timestamp;
use rhai::{Array, Dynamic, Engine, EvalAltResult, FnPtr, NativeCallContext, Position};

use super::shown::{brief, shown};
use super::subject::Subject;
use super::tally::{Skipped, Unmet};
use super::world::{Body, Case, Fallible, World};
use crate::policy::{Closure, Fault, call_at};

/// The words of tests, for whoever misspells one.
pub(super) const WORDS: [&str; 17] = [
    "expect",
    "expect_error",
    "test",
    "test_each",
    "test_skip",
    "skip",
    "clock",
    "at",
    "fixture",
    "fixtures",
    "person",
    "decide",
    "plan",
    "operation_for",
    "no_account",
    "active_account",
    "inactive_account",
];

pub(super) fn register(engine: &mut Engine, world: &Arc<World>) {
    register_tests(engine, world);
    register_skips(engine, world);
    register_clocks(engine, world);
    let w = Arc::clone(world);
    engine.register_fn("expect_error", move |context: NativeCallContext<'_>, body: FnPtr, part: &str| {
        expect_error(&w, &context, &body, part)
    });
}

fn register_tests(engine: &mut Engine, world: &Arc<World>) {
    let w = Arc::clone(world);
    engine.register_fn("test", move |context: NativeCallContext<'_>, name: &str, body: FnPtr| {
        let body = Body::Run(Closure::here(&context, &body)?);
        w.add("test", Case { name: name.to_owned(), body })
    });
    let w = Arc::clone(world);
    engine.register_fn(
        "test_each",
        move |context: NativeCallContext<'_>, name: &str, each: Array, body: FnPtr| -> Fallible<()> {
            if each.is_empty() {
                return Err(format!("`{name}` has no cases, so it would test nothing").into());
            }
            for (index, argument) in each.into_iter().enumerate() {
                let label = argument
                    .read_lock::<Subject>()
                    .map_or_else(|| brief(&argument), |subject| subject.name());
                let name = format!("{name} [{}: {label}]", index + 1);
                // As what the closure captured, so that no case can change it for another.
                let mut body = body.clone();
                body.add_curry(argument);
                w.add("test_each", Case { name, body: Body::Run(Closure::here(&context, &body)?) })?;
            }
            Ok(())
        },
    );
}

fn register_skips(engine: &mut Engine, world: &Arc<World>) {
    let w = Arc::clone(world);
    engine.register_fn("test_skip", move |name: &str, why: &str, _: FnPtr| {
        let why = reason(why)?;
        w.add("test_skip", Case { name: name.to_owned(), body: Body::Skip(why) })
    });
    engine.register_fn("test_skip", |_: &str, _: FnPtr| -> Fallible<()> {
        Err("say why, too: `test_skip(\"name\", \"why\", || ..)`".into())
    });
    let w = Arc::clone(world);
    engine.register_fn("skip", move |why: &str| -> Fallible<()> {
        let why = reason(why)?;
        w.tally.skip(&why);
        Err(thrown(Skipped))
    });
}

fn reason(why: &str) -> Fallible<String> {
    if why.trim().is_empty() {
        return Err("a test is skipped for a reason: say it".into());
    }
    Ok(why.to_owned())
}

fn register_clocks(engine: &mut Engine, world: &Arc<World>) {
    let w = Arc::clone(world);
    engine.register_fn("clock", move |text: &str| w.set_clock(time(text)?));
    engine.register_fn("at", |context: NativeCallContext<'_>, text: &str, body: FnPtr| {
        call_at(&context, &body, time(text)?)
    });
    engine.register_fn("at", |context: NativeCallContext<'_>, time: Timestamp, body: FnPtr| {
        call_at(&context, &body, time)
    });
}

pub(super) fn time(text: &str) -> Fallible<Timestamp> {
    text.parse().map_err(|_| format!("`{text}` is no time: write it as `2026-01-15T09:00:00Z`").into())
}

fn expect_error(world: &World, context: &NativeCallContext<'_>, body: &FnPtr, part: &str) -> Fallible<()> {
    let message = match body.call_raw(context, None, []) {
        Ok(value) => format!("expected an error that says {part:?}, got {}", shown(&value)),
        Err(error) => {
            let fault = Fault::of(&error, "");
            let is_own = fault.thrown::<Unmet>().is_some() || fault.thrown::<Skipped>().is_some();
            // What an unmet expectation or a limit stops is no error that a test can ask for.
            if is_own || !error.unwrap_inner().is_catchable() {
                return Err(error);
            }
            if fault.text.contains(part) {
                world.tally.count();
                return Ok(());
            }
            format!("expected an error that says {part:?}, got {:?}", fault.text)
        }
    };
    world.tally.count();
    let unmet = Unmet::new(message);
    world.tally.unmet(&unmet);
    Err(thrown(unmet))
}

fn thrown(value: impl Clone + Send + Sync + 'static) -> Box<EvalAltResult> {
    Box::new(EvalAltResult::ErrorRuntime(Dynamic::from(value), Position::NONE))
}
