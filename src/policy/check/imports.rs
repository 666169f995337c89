use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Diagnostics, closest};
use crate::policy::fault::diagnostic;
use crate::policy::modules::normalise;
use crate::policy::parse::Parsed;
use crate::policy::position::span;

/// Imports that lead nowhere, in a circle, or nowhere from: `P0004`, `P0005`, `P0006`, `P0201`.
pub(crate) fn imports(scripts: &BTreeMap<String, Parsed>, entry: &str, findings: &mut Diagnostics) {
    for script in scripts.values() {
        for position in &script.names.computed_imports {
            let message =
                "the path of an import must be written out, so that it is known what a policy consists of";
            findings.push(diagnostic("P0006", message, &script.path, *position, None, scripts));
        }
        for (path, position) in &script.names.imports {
            if !scripts.contains_key(&normalise(path)) {
                let message = format!("there is no module `{path}` in the policy folder");
                let mut finding = diagnostic("P0004", &message, &script.path, *position, Some(path), scripts);
                finding.hint = if path.starts_with('/') || path.split('/').any(|part| part == "..") {
                    Some(
                        "a policy imports what lies in its own folder, named from there, and `std/..`".into(),
                    )
                } else {
                    closest(path, scripts.keys().map(String::as_str))
                        .map(|near| format!("did you mean `{near}`?"))
                };
                findings.push(finding);
            }
        }
    }
    let mut done = BTreeSet::new();
    visit(&normalise(entry), scripts, &mut Vec::new(), &mut done, findings);
    // What is not imported may be, by a statement that does not parse, or by a main script that is not there.
    let is_known = done.contains(&normalise(entry)) && scripts.values().all(|script| script.lost.is_empty());
    for (name, script) in scripts.iter().filter(|_| is_known) {
        if !done.contains(name) && !name.starts_with("std/") {
            let message = format!("`{}` is not imported by anything, so nothing in it counts", script.path);
            let first = span(&script.text, script.text.len() - script.text.trim_start().len(), None);
            findings.push(Diagnostic::warning("P0201", message).at(
                &script.path,
                Arc::clone(&script.text),
                first,
            ));
        }
    }
}

/// Depth first; `way` is the path of imports that leads here.
fn visit(
    name: &str,
    scripts: &BTreeMap<String, Parsed>,
    way: &mut Vec<String>,
    done: &mut BTreeSet<String>,
    findings: &mut Diagnostics,
) {
    let Some(script) = scripts.get(name) else { return };
    if !done.insert(name.to_owned()) {
        return;
    }
    way.push(name.to_owned());
    for (path, position) in &script.names.imports {
        let next = normalise(path);
        if let Some(start) = way.iter().position(|earlier| *earlier == next) {
            let circle: Vec<_> =
                way.iter().skip(start).chain([&next]).map(|name| format!("`{name}`")).collect();
            let message = format!("these modules import each other in a circle: {}", circle.join(" -> "));
            findings.push(diagnostic("P0005", &message, &script.path, *position, Some(path), scripts));
        } else {
            visit(&next, scripts, way, done, findings);
        }
    }
    way.pop();
}
