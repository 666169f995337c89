//! The Rhai engine as every script gets it: packages without a clock, limits, and imports that cannot leave the
//! policy's own files.

use std::cell::Cell;
use std::time::{Duration, Instant};

use rhai::packages::{
    BasicArrayPackage, BasicIteratorPackage, BasicMapPackage, BasicMathPackage, CorePackage, LogicPackage,
    MoreStringPackage, Package,
};
use rhai::{Dynamic, Engine, EvalAltResult, FLOAT, INT, Token};

use super::host;

/// What one evaluation (one condition of one person, one file loaded) may use.
const OPERATIONS: u64 = 250_000;
const DEADLINE: Duration = Duration::from_secs(2);
const CALL_LEVELS: usize = 48;
const EXPRESSION_DEPTH: usize = 128;
const STRING_BYTES: usize = 1 << 20;
const ELEMENTS: usize = 100_000;
const VARIABLES: usize = 1_000;
const MODULES: usize = 500;
const FUNCTIONS: usize = 20_000;

/// Operations between two looks at the clock: few, since one call of a host function may take milliseconds.
const OPERATIONS_A_LOOK: u64 = 16;

/// What the running evaluation has used.
#[derive(Clone, Copy)]
struct Budget {
    started: Instant,
    operations: u64,
}

thread_local! {
    static BUDGET: Cell<Option<Budget>> = const { Cell::new(None) };
}

/// While it lives, what this thread evaluates is held to one budget. It only ever turns a script that does not end
/// into an error; no script can see it.
///
/// Rhai's own count starts anew in every closure that a list's `map` or `sort` calls, so it would bound nothing.
#[must_use]
pub(crate) struct Limited {
    /// A test evaluates rules: when they are done, what is left to the test goes on running out.
    outer: Option<Budget>,
}

impl Limited {
    pub(crate) fn start() -> Self {
        Self { outer: BUDGET.replace(Some(Budget { started: Instant::now(), operations: 0 })) }
    }
}

impl Drop for Limited {
    fn drop(&mut self) {
        BUDGET.set(self.outer);
    }
}

/// Counts an operation; why it was one too many.
fn spend() -> Option<Dynamic> {
    let mut budget = BUDGET.get()?;
    budget.operations += 1;
    BUDGET.set(Some(budget));
    if budget.operations > OPERATIONS {
        return Some("does too much work: it may not end".into());
    }
    let late = budget.operations % OPERATIONS_A_LOOK == 0 && budget.started.elapsed() > DEADLINE;
    late.then(|| "took longer than 2 seconds".into())
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
    engine.set_max_call_levels(CALL_LEVELS);
    engine.set_max_expr_depths(EXPRESSION_DEPTH, EXPRESSION_DEPTH);
    engine.set_max_string_size(STRING_BYTES);
    engine.set_max_array_size(ELEMENTS);
    engine.set_max_map_size(ELEMENTS);
    engine.set_max_variables(VARIABLES);
    engine.set_max_modules(MODULES);
    engine.set_max_functions(FUNCTIONS);
    engine.on_progress(|_| spend());
    engine.disable_symbol("eval");
    // Sizes are limited but for what is curried, and a closure does all that currying is for.
    engine.disable_symbol("curry");
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
