//! Rhai's own text and list methods for an absent attribute, which is blank: no text, and no values.
//!
//! Without them `user.mobile.trim()` would fail on whoever has no `mobile`. What changes a list is not among them:
//! there is none to change.

use std::any::TypeId;

use rhai::{Array, Dynamic, Engine, FnPtr, INT, Module};

use crate::policy::reference::{BLANK, Documented};

pub(crate) fn register(engine: &mut Engine) {
    register_iteration(engine);
    engine.register_indexer_get(|(): &mut (), _: INT| Dynamic::UNIT);
    let engine = &mut Documented::new(engine, &[BLANK]);
    engine.register_fn("len", |(): ()| -> INT { 0 });
    engine.register_get("len", |(): &mut ()| -> INT { 0 });
    engine.register_fn("is_empty", |(): ()| true);
    for name in ["trim", "to_upper", "to_lower", "make_upper", "make_lower", "to_chars"] {
        engine.register_fn(name, |(): ()| Dynamic::UNIT);
    }
    engine.register_fn("sub_string", |(): (), _: INT| Dynamic::UNIT);
    engine.register_fn("sub_string", |(): (), _: INT, _: INT| Dynamic::UNIT);
    engine.register_fn("replace", |(): (), _: &str, _: &str| ());
    engine.register_fn("split", |(): ()| Array::new());
    engine.register_fn("split", |(): (), _: &str| Array::new());
    engine.register_fn("index_of", |(): (), _: Dynamic| -> INT { -1 });

    engine.register_fn("some", |(): (), _: FnPtr| false);
    engine.register_fn("all", |(): (), _: FnPtr| true);
    engine.register_fn("filter", |(): (), _: FnPtr| Array::new());
    engine.register_fn("map", |(): (), _: FnPtr| Array::new());
    engine.register_fn("find", |(): (), _: FnPtr| Dynamic::UNIT);
}

fn register_iteration(engine: &mut Engine) {
    let mut iteration = Module::new();
    iteration.set_iter(TypeId::of::<()>(), |_| Box::new(std::iter::empty()));
    engine.register_global_module(iteration.into());
}
