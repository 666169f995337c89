//! `import`: only the policy's own files and the modules that ship inside the binary.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use rhai::{Dynamic, Engine, EvalAltResult, Module, ModuleResolver, Position, Scope, Shared};

use super::parse::Parsed;

/// Modules that ship inside the binary, by the path after `std/`.
const STDLIB: &[(&str, &str)] = &[
    ("std/dates", include_str!("../../stdlib/dates.rhai")),
    ("std/mail", include_str!("../../stdlib/mail.rhai")),
    ("std/names", include_str!("../../stdlib/names.rhai")),
    ("std/people", include_str!("../../stdlib/people.rhai")),
    ("std/text", include_str!("../../stdlib/text.rhai")),
];

/// The text of a module that ships inside the binary.
pub(crate) fn stdlib(path: &str) -> Option<&'static str> {
    STDLIB.iter().find(|(name, _)| *name == path).map(|(_, text)| *text)
}

/// The paths of all modules that ship inside the binary.
pub fn stdlib_paths() -> impl Iterator<Item = &'static str> {
    STDLIB.iter().map(|(name, _)| *name)
}

/// Resolves an import against a fixed set of parsed files: there is no way from it to the file system. Each module
/// runs once, however often it is imported, so that its rules are registered once.
#[derive(Clone)]
pub(crate) struct Modules {
    /// By import path, without the ending `.rhai`.
    parsed: Arc<BTreeMap<String, Parsed>>,
    loaded: Arc<Mutex<BTreeMap<String, Shared<Module>>>>,
}

impl Modules {
    pub(crate) fn new(parsed: Arc<BTreeMap<String, Parsed>>) -> Self {
        Self { parsed, loaded: Arc::default() }
    }

    /// The value of a module's exported constant, once the module has been imported.
    pub(crate) fn constant(&self, path: &str, name: &str) -> Option<Dynamic> {
        self.loaded().get(&normalise(path))?.get_var_value(name)
    }

    fn loaded(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Shared<Module>>> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ModuleResolver for Modules {
    fn resolve(
        &self,
        engine: &Engine,
        _source: Option<&str>,
        path: &str,
        position: Position,
    ) -> Result<Shared<Module>, Box<EvalAltResult>> {
        let key = normalise(path);
        if let Some(module) = self.loaded().get(&key) {
            return Ok(Shared::clone(module));
        }
        let parsed = self
            .parsed
            .get(&key)
            .ok_or_else(|| Box::new(EvalAltResult::ErrorModuleNotFound(path.to_owned(), position)))?;
        let module = Module::eval_ast_as_new(Scope::new(), &parsed.ast, engine)
            .map_err(|error| Box::new(EvalAltResult::ErrorInModule(path.to_owned(), error, position)))?;
        let module = Shared::new(module);
        self.loaded().insert(key, Shared::clone(&module));
        Ok(module)
    }
}

/// An import path as a key: `lists`, `./lists` and `lists.rhai` are one module.
pub(crate) fn normalise(path: &str) -> String {
    let path = path.strip_prefix("./").unwrap_or(path);
    path.strip_suffix(".rhai").unwrap_or(path).to_owned()
}
