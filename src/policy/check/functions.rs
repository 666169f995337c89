use std::collections::{BTreeMap, BTreeSet};

use rhai::Engine;

use crate::diagnostic::{Diagnostics, closest};
use crate::policy::excel;
use crate::policy::fault::diagnostic;
use crate::policy::parse::Parsed;

/// Calls of functions that nobody defines (`P0102`), and with a number of arguments that none takes (`P0103`).
pub(crate) fn functions(engine: &Engine, scripts: &BTreeMap<String, Parsed>, findings: &mut Diagnostics) {
    let mut known: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for (name, count) in engine.collect_fn_metadata(
        None,
        |info| Some((info.metadata.name.to_string(), info.metadata.num_params)),
        true,
    ) {
        known.entry(name).or_default().insert(count);
    }
    for (name, parameters) in scripts.values().flat_map(|script| &script.names.functions) {
        for parameters in parameters {
            // `f(a, b)` and `a.f(b)` are one function where the first is `this`.
            known.entry(name.clone()).or_default().extend([parameters.len(), parameters.len() + 1]);
        }
    }
    // Rhai's own, which no package registers.
    for (name, counts) in [
        ("call", 1..=8),
        ("curry", 1..=8),
        ("Fn", 1..=1),
        ("is_def_var", 1..=1),
        ("is_def_fn", 2..=2),
        ("type_of", 1..=1),
        ("is_shared", 1..=1),
    ] {
        known.entry(name.to_owned()).or_default().extend(counts);
    }

    for script in scripts.values() {
        for (name, count, position) in &script.names.calls {
            let word = name.starts_with(|first: char| first.is_alphabetic() || first == '_');
            if !word || name.starts_with("anon$") {
                continue;
            }
            match known.get(name) {
                None => {
                    let message = format!("there is no function `{name}`");
                    let mut finding =
                        diagnostic("P0102", &message, &script.path, *position, Some(name), scripts);
                    let names = known.keys().map(String::as_str).filter(|known| !known.contains('$'));
                    finding.hint = closest(name, names).map(|near| format!("did you mean `{near}`?"));
                    findings.push(finding);
                }
                Some(counts) if !counts.contains(count) => {
                    if let Some(function) = excel::function(name) {
                        let message = format!(
                            "`{name}` does not take {count} argument{}",
                            if *count == 1 { "" } else { "s" }
                        );
                        let mut finding =
                            diagnostic("P0103", &message, &script.path, *position, Some(name), scripts);
                        finding.hint = Some(format!("it is `{}`", function.signature));
                        findings.push(finding);
                    }
                }
                Some(_) => {}
            }
        }
    }
}
