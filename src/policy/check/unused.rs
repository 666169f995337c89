use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rhai::Position;

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::policy::fault::diagnostic;
use crate::policy::host::vocabulary::words;
use crate::policy::modules::normalise;
use crate::policy::parse::Parsed;
use crate::policy::position::definition;

/// Functions (`P0203`), imports (`P0204`), and constants and variables at the top of a file (`P0205`) that nothing
/// uses. What a test uses is used. A file that nothing imports is told of as a whole, elsewhere.
pub(crate) fn unused(
    scripts: &BTreeMap<String, Parsed>,
    tests: &BTreeMap<String, Parsed>,
    entry: &str,
    findings: &mut Diagnostics,
) {
    let reached = reached(scripts, entry);
    // What a statement that does not parse would have used is not known.
    let lost: BTreeSet<&str> = scripts
        .values()
        .chain(tests.values())
        .flat_map(|script| script.lost.iter().map(String::as_str))
        .collect();
    let used_elsewhere = used_elsewhere(scripts.values().chain(tests.values()));
    for (key, script) in scripts.iter().filter(|(key, _)| reached.contains(*key) && !key.starts_with("std/"))
    {
        let names = &script.names;
        let is_used = |name: &str| lost.contains(name) || used_elsewhere.contains(&(key.clone(), name));
        let called: BTreeSet<&str> =
            names.calls.iter().filter(|call| call.module.is_empty()).map(|call| call.name.as_str()).collect();
        for name in names.functions.keys().filter(|name| !name.contains('$')) {
            if findings.is_full_of_warnings() {
                return;
            }
            if !called.contains(name.as_str()) && !names.texts.contains(name) && !is_used(name) {
                let message = format!("nothing uses the function `{name}`");
                let finding = Diagnostic::warning("P0203", message)
                    .at(&script.path, Arc::clone(&script.text), definition(&script.text, name))
                    .hint("delete it, or use it in a rule");
                findings.push(finding);
            }
        }
        let mut tell = |code, message: String, position: Position, words: &str, hint: &str| {
            if findings.is_full_of_warnings() {
                return;
            }
            let finding = diagnostic(code, &message, &script.path, position, Some(words), scripts);
            findings.push(Diagnostic { severity: Severity::Warning, hint: Some(hint.into()), ..finding });
        };
        for (alias, path) in &names.modules {
            // One that leads nowhere is told of already.
            if !scripts.contains_key(&normalise(path)) {
                continue;
            }
            let mut used = names.calls.iter().map(|call| &call.module);
            let is_used = used.any(|module| module == alias)
                || names.constants.iter().any(|(module, ..)| module == alias)
                || script.lost.contains(alias);
            if !is_used && !registers(&normalise(path), scripts, &mut BTreeSet::new()) {
                let position = names.imports.iter().find(|(imported, _)| imported == path).map(|(_, at)| *at);
                let message = format!("nothing of the module `{path}` is used here, and it has no rules");
                let position = position.unwrap_or(Position::NONE);
                tell("P0204", message, position, path, "delete the import");
            }
        }
        for (name, position) in &names.top {
            let here = names.variables.contains(name)
                || names.constants.iter().any(|(module, constant, _)| module == "global" && constant == name);
            if !here && !is_used(name) {
                let what = if names.exports.contains(name) { "the exported constant " } else { "" };
                let message = format!("nothing uses {what}`{name}`");
                tell("P0205", message, *position, name, "delete it, or use it in a rule");
            }
        }
    }
}

/// Modules that the policy consists of.
fn reached(scripts: &BTreeMap<String, Parsed>, entry: &str) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut next = vec![normalise(entry)];
    while let Some(key) = next.pop() {
        if let Some(script) = scripts.get(&key).filter(|_| reached.insert(key.clone())) {
            next.extend(script.names.imports.iter().map(|(path, _)| normalise(path)));
        }
    }
    reached
}

/// Whether importing a module does something by itself.
fn registers(key: &str, scripts: &BTreeMap<String, Parsed>, seen: &mut BTreeSet<String>) -> bool {
    let Some(script) = scripts.get(key).filter(|_| seen.insert(key.to_owned())) else { return false };
    let words = words();
    script.names.calls.iter().any(|call| call.module.is_empty() && words.contains(call.name.as_str()))
        || !script.lost.is_empty()
        || script.names.imports.iter().any(|(path, _)| registers(&normalise(path), scripts, seen))
}

/// What is asked of modules by other files: the module's key, and the name.
fn used_elsewhere<'a>(scripts: impl Iterator<Item = &'a Parsed>) -> BTreeSet<(String, &'a str)> {
    let mut used = BTreeSet::new();
    for script in scripts {
        let key = |alias: &str| script.names.modules.get(alias).map(|path| normalise(path));
        for call in &script.names.calls {
            used.extend(key(&call.module).map(|key| (key, call.name.as_str())));
        }
        for (alias, name, _) in &script.names.constants {
            used.extend(key(alias).map(|key| (key, name.as_str())));
        }
    }
    used
}
