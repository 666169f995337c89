//! The Rhai engine as every script gets it: packages without a clock, limits, and imports that cannot leave the
//! policy's own files.

use std::cell::Cell;
use std::time::{Duration, Instant};

use rhai::packages::{
    BasicArrayPackage, BasicIteratorPackage, BasicMapPackage, BasicMathPackage, CorePackage, LogicPackage,
    MoreStringPackage, Package,
};
use rhai::{Engine, EvalAltResult, FLOAT, INT, Token};

use super::host;

/// What one evaluation (one condition of one person, one file loaded) may use.
const OPERATIONS: u64 = 1_000_000;
const DEADLINE: Duration = Duration::from_secs(2);
const CALL_LEVELS: usize = 48;
const EXPRESSION_DEPTH: usize = 128;
const STRING_BYTES: usize = 1 << 20;
const ELEMENTS: usize = 100_000;
const MODULES: usize = 500;
const FUNCTIONS: usize = 20_000;

thread_local! {
    static STARTED: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Starts the clock of the deadline for what this thread evaluates next. The deadline only ever turns a script that
/// does not end into an error; no script can see it.
pub(crate) fn start_deadline() {
    STARTED.set(Some(Instant::now()));
}

/// An engine with the whole vocabulary but the words that register rules.
pub(crate) fn engine() -> Engine {
    let mut engine = Engine::new_raw();
    CorePackage::new().register_into_engine(&mut engine);
    LogicPackage::new().register_into_engine(&mut engine);
    BasicMathPackage::new().register_into_engine(&mut engine);
    BasicArrayPackage::new().register_into_engine(&mut engine);
    BasicMapPackage::new().register_into_engine(&mut engine);
    BasicIteratorPackage::new().register_into_engine(&mut engine);
    MoreStringPackage::new().register_into_engine(&mut engine);
    limit(&mut engine);
    unreserve_with(&mut engine);
    host::register(&mut engine);
    engine
}

fn limit(engine: &mut Engine) {
    engine.set_strict_variables(true);
    engine.set_max_operations(OPERATIONS);
    engine.set_max_call_levels(CALL_LEVELS);
    engine.set_max_expr_depths(EXPRESSION_DEPTH, EXPRESSION_DEPTH);
    engine.set_max_string_size(STRING_BYTES);
    engine.set_max_array_size(ELEMENTS);
    engine.set_max_map_size(ELEMENTS);
    engine.set_max_modules(MODULES);
    engine.set_max_functions(FUNCTIONS);
    engine.on_progress(|operations| {
        let late =
            operations % 1024 == 0 && STARTED.get().is_some_and(|started| started.elapsed() > DEADLINE);
        late.then(|| "took longer than 2 seconds".into())
    });
    engine.disable_symbol("eval");
    // `sleep` sits in CorePackage, and a disabled symbol still answers through `Fn("sleep")`; a function of the same
    // name in the global namespace goes before the package's.
    engine.register_fn("sleep", |_: INT| refuse("sleep"));
    engine.register_fn("sleep", |_: FLOAT| refuse("sleep"));
    engine.on_print(|text| tracing::debug!(target: "script", "{text}"));
    engine.on_debug(|text, _, _| tracing::debug!(target: "script", "{text}"));
}

fn refuse(name: &str) -> Result<(), Box<EvalAltResult>> {
    Err(format!("`{name}` is not available: a script may not wait").into())
}

/// Rhai keeps `with` for a future of its own; `fixture("mia").with(#{ .. })` reads too well to give it up.
fn unreserve_with(engine: &mut Engine) {
    #[expect(deprecated, reason = "called volatile, not deprecated; the version of Rhai is pinned")]
    engine.on_parse_token(|token, _, _| match token {
        Token::Reserved(word) if *word == "with" => Token::Identifier(word),
        other => other,
    });
}
