use rhai::{Engine, FnAccess, ScriptFnMetadata};

use super::entry::{Entry, Section};
use crate::policy::engine::engine;
use crate::policy::modules::{stdlib, stdlib_paths};

/// The functions of the modules that ship inside the binary, by module and name.
pub(super) fn entries() -> Vec<Entry> {
    let engine = engine();
    let mut entries = Vec::new();
    for path in stdlib_paths() {
        let alias = path.rsplit('/').next().unwrap_or(path);
        let Some(ast) = stdlib(path).and_then(|text| engine.compile(text).ok()) else { continue };
        let mut functions: Vec<_> =
            ast.iter_functions().filter(|function| function.access == FnAccess::Public).collect();
        functions.sort_by_key(|function| function.name);
        entries.extend(functions.iter().filter(|function| !function.name.contains('$')).map(|function| {
            Entry {
                name: format!("{alias}::{}", function.name),
                section: Section::Module,
                signatures: vec![format!("{alias}::{}({})", function.name, function.params.join(", "))],
                summary: sentence(&function.comments),
                blank: String::new(),
                differs: format!("Behind `import \"{path}\" as {alias};`."),
                examples: Vec::new(),
            }
        }));
    }
    entries
}

/// The definitions of the shipped modules, by import path.
pub(crate) fn shipped_modules(engine: &Engine) -> Vec<(&'static str, String)> {
    let module = |path| {
        let ast = stdlib(path).and_then(|text| engine.compile(text).ok())?;
        let mut functions: Vec<_> = ast
            .iter_functions()
            .filter(|function| function.access == FnAccess::Public && !function.name.contains('$'))
            .collect();
        functions.sort_by_key(|function| function.name);
        let define = |function: &ScriptFnMetadata<'_>| {
            let typed: Vec<_> = function.params.iter().map(|name| format!("{name}: ?")).collect();
            format!("{}\nfn {}({}) -> ?;\n", function.comments.join("\n"), function.name, typed.join(", "))
        };
        Some((path, functions.iter().map(define).collect::<Vec<_>>().join("\n")))
    };
    stdlib_paths().filter_map(module).collect()
}

/// The first paragraph of doc comments, on one line.
pub(super) fn sentence<S: AsRef<str>>(comments: &[S]) -> String {
    let lines = comments.iter().flat_map(|comment| comment.as_ref().lines());
    let text = lines.map(|line| line.trim().trim_start_matches("///").trim());
    let paragraph = text
        .skip_while(|line| line.is_empty())
        .take_while(|line| !line.is_empty() && !line.starts_with('#') && !line.starts_with("```"))
        .collect::<Vec<_>>()
        .join(" ");
    // What follows is a list, which is left out.
    match paragraph.strip_suffix(" according to the following:") {
        Some(sentence) => format!("{sentence}."),
        None => paragraph,
    }
}
