//! A closure that a script handed over, with all that it needs to run later.

use rhai::{
    Array, Caches, Dynamic, Engine, EvalAltResult, EvalContext, Expr, FnPtr, GlobalRuntimeState, Map,
    NativeCallContext, Position, Scope,
};

use super::engine::Limited;
use super::fault::Fault;
use super::host::time::Clock;

/// Rhai resolves a closure's imports and constants where it is called; these are kept from where it was written.
#[derive(Clone)]
pub(crate) struct Closure {
    pub(crate) function: FnPtr,
    global: GlobalRuntimeState,
    /// The path of the script below its folder, and the position of the word that the closure was handed to.
    pub(crate) file: String,
    pub(crate) position: Position,
}

impl Closure {
    /// The closure as it stands in the script that is running.
    ///
    /// # Errors
    /// When what it captured cannot be copied, because it holds itself.
    pub(crate) fn here(
        context: &NativeCallContext<'_>,
        function: &FnPtr,
    ) -> Result<Self, Box<EvalAltResult>> {
        let (file, position) = here(context);
        let function = frozen_function(function, 0)?;
        Ok(Self { function, global: context.global_runtime_state().clone(), file, position })
    }

    /// Runs it once, with the given clock and no state from any other run.
    ///
    /// # Errors
    /// What went wrong, and where.
    pub(crate) fn call(
        &self,
        engine: &Engine,
        arguments: impl AsMut<[Dynamic]>,
        now: jiff::Timestamp,
    ) -> Result<Dynamic, Fault> {
        let mut global = self.global.clone();
        global.tag = Dynamic::from(Clock(now));
        let context =
            NativeCallContext::new_with_all_fields(engine, "", Some(&self.file), &global, self.position);
        let _limited = Limited::start();
        self.function.call_raw(&context, None, arguments).map_err(|error| Fault::of(&error, &self.file))
    }
}

impl Closure {
    /// Evaluates a part of it, with the variables that this part sees.
    ///
    /// # Errors
    /// What went wrong, and where.
    pub(crate) fn evaluate(
        &self,
        engine: &Engine,
        expression: &Expr,
        variables: &mut Scope<'_>,
        now: jiff::Timestamp,
    ) -> Result<Dynamic, Fault> {
        let mut global = self.global.clone();
        global.tag = Dynamic::from(Clock(now));
        let mut caches = Caches::new();
        EvalContext::new(engine, &mut global, &mut caches, variables, None)
            .eval_expression_tree(&expression.into())
            .map(Dynamic::flatten)
            .map_err(|error| Fault::of(&error, &self.file))
    }
}

/// Runs a closure where the script stands, under another clock; what it captured it shares with the script.
///
/// # Errors
/// What the closure does not answer with.
pub(crate) fn call_at(
    context: &NativeCallContext<'_>,
    function: &FnPtr,
    now: jiff::Timestamp,
) -> Result<Dynamic, Box<EvalAltResult>> {
    let mut global = context.global_runtime_state().clone();
    global.tag = Dynamic::from(Clock(now));
    let (engine, source, position) = (context.engine(), context.call_source(), context.call_position());
    let context = NativeCallContext::new_with_all_fields(engine, "", source, &global, position);
    function.call_raw(&context, None, [])
}

/// How deep the values that a closure captured may hold each other.
const DEEPEST: usize = 32;

/// Rhai's closures share what they capture with everything else that captured it: a count kept in such a variable
/// would make a decision depend on who was decided before. Each run gets the values as they were when the rule was
/// registered.
fn frozen(value: &Dynamic, depth: usize) -> Result<Dynamic, Box<EvalAltResult>> {
    if depth > DEEPEST {
        return Err("what this closure captured holds itself, or is nested too deeply".into());
    }
    if let Some(function) = value.read_lock::<FnPtr>() {
        return Ok(Dynamic::from(frozen_function(&function, depth)?));
    }
    if let Some(list) = value.read_lock::<Array>() {
        return Ok(list.iter().map(|value| frozen(value, depth + 1)).collect::<Result<Array, _>>()?.into());
    }
    if let Some(map) = value.read_lock::<Map>() {
        let members = map.iter().map(|(key, value)| Ok((key.clone(), frozen(value, depth + 1)?)));
        return Ok(members.collect::<Result<Map, Box<EvalAltResult>>>()?.into());
    }
    Ok(value.flatten_clone())
}

fn frozen_function(function: &FnPtr, depth: usize) -> Result<FnPtr, Box<EvalAltResult>> {
    let mut copy = function.clone();
    for captured in copy.iter_curry_mut() {
        *captured = frozen(captured, depth + 1)?;
    }
    Ok(copy)
}

/// The script that is running, and the position of the word that called.
pub(crate) fn here(context: &NativeCallContext<'_>) -> (String, Position) {
    (context.call_source().unwrap_or_default().to_owned(), context.call_position())
}
