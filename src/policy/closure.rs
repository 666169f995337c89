//! A closure that a script handed over, with all that it needs to run later.

use rhai::{Dynamic, Engine, FnPtr, GlobalRuntimeState, NativeCallContext, Position};

use super::engine::start_deadline;
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
    pub(crate) fn here(context: &NativeCallContext<'_>, function: FnPtr) -> Self {
        let (file, position) = here(context);
        Self { function, global: context.global_runtime_state().clone(), file, position }
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
        start_deadline();
        self.function.call_raw(&context, None, arguments).map_err(|error| Fault::of(&error, &self.file))
    }
}

/// The script that is running, and the position of the word that called.
pub(crate) fn here(context: &NativeCallContext<'_>) -> (String, Position) {
    (context.call_source().unwrap_or_default().to_owned(), context.call_position())
}
