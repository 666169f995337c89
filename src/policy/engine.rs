//! The Rhai engine as every script gets it: packages without a clock, limits, and imports that cannot leave the
//! policy's own files.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use rhai::packages::{
    BasicArrayPackage, BasicIteratorPackage, BasicMapPackage, BasicMathPackage, CorePackage, LogicPackage,
    MoreStringPackage, Package,
};
use rhai::{Dynamic, Engine, LexError, OptimizationLevel, Token};
use rustix::time::{ClockId, clock_gettime};

use super::fault::grouped;
use super::memory::held;
use super::tables::Tables;
use super::{bounded, host};

/// What one evaluation may use.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Limits {
    operations: u64,
    /// Of the processor.
    time: Duration,
    /// Bytes held at once. What a single call of a function builds comes on top of it, and every such call is bounded.
    memory: i64,
}

/// One condition or mapping of one person, one policy loaded, one test.
const RULE: Limits = Limits { operations: 250_000, time: Duration::from_millis(500), memory: 24 << 20 };
/// A script that is run once, for everybody in the directory.
const ONCE: Limits = Limits { operations: 10_000_000, time: Duration::from_secs(30), memory: 512 << 20 };
const ELEMENTS_ONCE: usize = 1_000_000;
/// The syntax trees of a policy's scripts together.
const PARSING: Limits = Limits { operations: u64::MAX, time: Duration::from_secs(1), memory: 28 << 20 };

pub(super) const CALL_LEVELS: usize = 48;
const EXPRESSION_DEPTH: usize = 128;
/// Of a text, or of all texts in a list or a map together.
pub(super) const STRING_BYTES: usize = 1 << 20;
/// Of a list and all lists in it together.
pub(super) const ELEMENTS: usize = 60_000;
/// Of a map and all maps in it together: each takes much more memory than an element of a list.
pub(super) const MEMBERS: usize = 20_000;
const VARIABLES: usize = 1_000;
pub(super) const MODULES: usize = 1_000;
const FUNCTIONS: usize = 20_000;
/// Operations between two looks at the clock: few, since one call of a host function may take milliseconds.
const OPERATIONS_A_LOOK: u64 = 16;

/// What the running evaluation has used.
#[derive(Clone, Copy)]
struct Budget {
    started: Duration,
    operations: u64,
    /// What the thread held when the outermost evaluation started.
    held: i64,
    limits: Limits,
    /// What the parser ran out of.
    spent: Option<Spent>,
}

#[derive(Clone, Copy)]
enum Spent {
    Memory,
    Time,
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
        Self::to(RULE)
    }

    /// For parsing: one script, or around several, which then share what one may use.
    pub(super) fn parsing() -> Self {
        match BUDGET.get() {
            outer @ Some(Budget { limits: PARSING, .. }) => Self { outer },
            _ => Self::to(PARSING),
        }
    }

    /// For a script that is run once.
    pub(crate) fn once() -> Self {
        Self::to(ONCE)
    }

    fn to(limits: Limits) -> Self {
        let outer = BUDGET.get();
        // Rules that a test evaluates take from the test's memory: nested evaluations are no way to more of it.
        let held = outer.map_or_else(held, |outer| outer.held);
        BUDGET.set(Some(Budget { started: busy(), operations: 0, held, limits, spent: None }));
        Self { outer }
    }
}

impl Drop for Limited {
    fn drop(&mut self) {
        BUDGET.set(self.outer);
    }
}

/// The processor time of this thread. A decision must not depend on what else the machine has to do, so the clock on
/// the wall is no measure.
pub(crate) fn busy() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

impl Budget {
    fn took(&self) -> Duration {
        busy().saturating_sub(self.started)
    }

    fn is_out_of_memory(&self) -> bool {
        held() - self.held > self.limits.memory
    }
}

/// Counts an operation; why it was one too many.
fn spend() -> Option<Dynamic> {
    let mut budget = BUDGET.get()?;
    budget.operations += 1;
    BUDGET.set(Some(budget));
    let Limits { operations, time, memory } = budget.limits;
    if budget.operations > operations {
        let steps = grouped(usize::try_from(operations).unwrap_or(usize::MAX));
        return Some(format!("does too much work: it takes more than {steps} steps, and may not end").into());
    }
    if budget.is_out_of_memory() {
        return Some(format!("needs too much memory: more than {} MB", memory >> 20).into());
    }
    let late = budget.operations % OPERATIONS_A_LOOK == 0 && budget.took() > time;
    late.then(|| format!("takes too long: more than {} s of processor time", time.as_secs_f64()).into())
}

/// Why the scripts that are being parsed are too much. Once they are they remain so: what the parser built is gone when
/// it has given up.
pub(super) fn overgrown() -> Option<String> {
    let mut budget = BUDGET.get()?;
    let Limits { time, memory, .. } = budget.limits;
    let spent = match budget.spent {
        None if budget.is_out_of_memory() => Spent::Memory,
        None if budget.took() > time => Spent::Time,
        spent => spent?,
    };
    budget.spent = Some(spent);
    BUDGET.set(Some(budget));
    let what = match spent {
        Spent::Memory => format!("more than {} MB of memory", memory >> 20),
        Spent::Time => format!("more than {} s of processor time to parse", time.as_secs_f64()),
    };
    Some(format!("the scripts are too large: they take {what}"))
}

/// An engine with the whole vocabulary but the words that register rules.
pub(crate) fn engine() -> Engine {
    engine_with(&Arc::default())
}

/// As [`engine`], with look-up tables.
pub(super) fn engine_with(tables: &Arc<Tables>) -> Engine {
    let mut engine = Engine::new_raw();
    CorePackage::new().register_into_engine(&mut engine);
    LogicPackage::new().register_into_engine(&mut engine);
    BasicMathPackage::new().register_into_engine(&mut engine);
    BasicArrayPackage::new().register_into_engine(&mut engine);
    BasicMapPackage::new().register_into_engine(&mut engine);
    BasicIteratorPackage::new().register_into_engine(&mut engine);
    MoreStringPackage::new().register_into_engine(&mut engine);
    limit(&mut engine);
    watch_words(&mut engine);
    host::register(&mut engine, tables);
    bounded::register(&mut engine);
    engine
}

/// Lists as long as a large directory.
pub(crate) fn loosen(engine: &mut Engine) {
    engine.set_max_array_size(ELEMENTS_ONCE);
    engine.set_max_string_size(ELEMENTS_ONCE * 64);
}

fn limit(engine: &mut Engine) {
    // What is gained is little, and one pass over many constants can take minutes.
    engine.set_optimization_level(OptimizationLevel::None);
    engine.set_strict_variables(true);
    engine.set_max_call_levels(CALL_LEVELS);
    engine.set_max_expr_depths(EXPRESSION_DEPTH, EXPRESSION_DEPTH);
    engine.set_max_string_size(STRING_BYTES);
    engine.set_max_array_size(ELEMENTS);
    engine.set_max_map_size(MEMBERS);
    engine.set_max_variables(VARIABLES);
    engine.set_max_modules(MODULES);
    engine.set_max_functions(FUNCTIONS);
    engine.on_progress(|_| spend());
    engine.disable_symbol("eval");
    // Sizes are limited but for what is curried, and a closure does all that currying is for.
    engine.disable_symbol("curry");
    engine.on_print(|text| tracing::debug!(target: "script", "{text}"));
    engine.on_debug(|text, _, _| tracing::debug!(target: "script", "{text}"));
}

/// Rhai keeps `with` for a future of its own; `fixture("mia").with(#{ .. })` reads too well to give it up. And what has
/// grown too large while it is parsed can be stopped only between two words. `IF` and its like are syntax of their own.
fn watch_words(engine: &mut Engine) {
    #[expect(deprecated, reason = "called volatile, not deprecated; the version of Rhai is pinned")]
    engine.on_parse_token(|token, position, _| {
        if let Some(why) = overgrown() {
            return Token::LexError(Box::new(LexError::Runtime(why)));
        }
        match host::lazy::token(token, position) {
            Token::Reserved(word) if *word == "with" => Token::Identifier(word),
            other => other,
        }
    });
}
