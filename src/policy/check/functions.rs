use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rhai::Engine;

use crate::diagnostic::{Diagnostic, Diagnostics, closest};
use crate::policy::excel;
use crate::policy::fault::diagnostic;
use crate::policy::foreign;
use crate::policy::host::excel::script_name;
use crate::policy::host::lazy;
use crate::policy::names::Call;
use crate::policy::parse::Parsed;
use crate::policy::position::definition;

/// Names of functions, and the numbers of arguments that they are known to take.
type Known = BTreeMap<String, BTreeSet<usize>>;

/// Calls of functions that nobody defines (`P0102`), or with a number of arguments that none takes (`P0103`), and
/// functions that would take the place of the host's (`P0104`).
pub(crate) fn functions(engine: &Engine, scripts: &BTreeMap<String, Parsed>, findings: &mut Diagnostics) {
    let native = native(engine);
    shadows(&native, scripts, findings);

    let keys: BTreeSet<&str> =
        scripts.values().flat_map(|script| script.names.keys.iter().map(String::as_str)).collect();
    for script in scripts.values() {
        for call in script.names.calls.iter().filter(|call| is_checked(call)) {
            if findings.is_full() {
                return;
            }
            // `m.f(..)` calls the closure that the map `m` holds.
            if call.method && keys.contains(call.name.as_str()) {
                continue;
            }
            let name = call.name.as_str();
            if let Some(finding) = unrepeatable(call, script, scripts) {
                findings.push(finding);
                continue;
            }
            if script.may_have_lost(name) {
                continue;
            }
            // A script's own function gets the `x` of `x.f(..)` as `this`, the host's as the first argument.
            let this = usize::from(call.method);
            let own = script.names.functions.get(name).into_iter().flatten().map(|own| own.len() + this);
            let counts: BTreeSet<usize> =
                own.chain(native.get(name).into_iter().flatten().copied()).collect();
            let (code, message, hint) = match counts.is_empty() {
                false if counts.contains(&call.arguments) => continue,
                false => ("P0103", wrong_count(call), Some(takes(call, &counts))),
                true => {
                    let own = script.names.functions.keys();
                    // Excel's names are many and short: one of them is meant by who shouts, or only forgot to.
                    let shouts = name.chars().any(char::is_uppercase);
                    let fits = |near: &&str| {
                        is_word(near) && (shouts || !is_excel(near) || near.eq_ignore_ascii_case(name))
                    };
                    let names = own.chain(native.keys()).map(String::as_str).filter(fits);
                    let near = foreign::function(name).or_else(|| closest(name, names));
                    let hint = near.map(|near| format!("did you mean `{near}`?"));
                    ("P0102", format!("there is no function `{name}`"), hint)
                }
            };
            let mut finding = diagnostic(code, &message, &script.path, call.position, Some(name), scripts);
            finding.hint = hint;
            findings.push(finding);
        }
    }
}

/// Clocks and dice: `P0106`.
fn unrepeatable(call: &Call, script: &Parsed, scripts: &BTreeMap<String, Parsed>) -> Option<Diagnostic> {
    let name = call.name.as_str();
    if script.names.functions.contains_key(name) {
        return None;
    }
    let (why, hint) = match name.to_lowercase().as_str() {
        "rand" | "randbetween" | "randarray" | "random" | "rand_float" | "rand_bool" | "randint"
        | "shuffle" | "sample" | "uuid" | "new_uuid" | "guid" => (
            "leaves it to chance: the same person must get the same answer every time",
            "to spread people evenly, use what does not change: `user.guid`, `user.employeeNumber`",
        ),
        "timestamp" | "current_time" | "current_date" | "getdate" | "sysdate" | "utcnow" | "datetime_utc"
        | "unixtime" => (
            "is a clock of its own: a decision must come out the same when it is tested, and explained later",
            "the time of the decision is `now()`, or Excel's `NOW()` and `TODAY()`",
        ),
        "sleep" | "wait" => ("is not available: a script may not wait", "leave it out"),
        _ => return None,
    };
    let message = format!("`{name}` {why}");
    let mut finding = diagnostic("P0106", &message, &script.path, call.position, Some(name), scripts);
    finding.hint = Some(hint.into());
    Some(finding)
}

fn native(engine: &Engine) -> Known {
    let mut known = Known::new();
    for (name, count) in engine.collect_fn_metadata(
        None,
        |info| Some((info.metadata.name.to_string(), info.metadata.num_params)),
        true,
    ) {
        known.entry(name).or_default().insert(count);
    }
    // Rhai's own, which no package registers.
    for (name, counts) in [
        ("call", 1..=9),
        ("Fn", 1..=1),
        ("is_def_var", 1..=1),
        ("is_def_fn", 2..=3),
        ("type_of", 1..=1),
        ("is_shared", 1..=1),
        ("print", 1..=1),
        ("debug", 1..=1),
    ] {
        known.entry(name.to_owned()).or_default().extend(counts);
    }
    known
}

/// A script's function goes before the host's, so `fn equals(a, b)` would quietly change what every rule means.
fn shadows(native: &Known, scripts: &BTreeMap<String, Parsed>, findings: &mut Diagnostics) {
    for script in scripts.values() {
        for (name, definitions) in &script.names.functions {
            let hides = native.get(name).is_some_and(|counts| {
                definitions.iter().any(|parameters| {
                    counts.contains(&parameters.len()) || counts.contains(&(parameters.len() + 1))
                })
            });
            // Its calls are syntax, whatever their number of arguments.
            if !hides && lazy::named(name).is_none() {
                continue;
            }
            let message = format!("the function `{name}` would take the place of the one that is built in");
            findings.push(
                Diagnostic::error("P0104", message)
                    .at(&script.path, Arc::clone(&script.text), definition(&script.text, name))
                    .hint("give it another name"),
            );
        }
    }
}

fn is_checked(call: &Call) -> bool {
    // Closures are captured by calls of `curry` that nobody wrote.
    call.module.is_empty() && is_word(&call.name) && call.name != "curry"
}

fn is_excel(name: &str) -> bool {
    !name.chars().any(char::is_lowercase)
}

fn is_word(name: &str) -> bool {
    name.starts_with(|first: char| first.is_alphabetic() || first == '_') && !name.contains('$')
}

fn wrong_count(call: &Call) -> String {
    let count = call.arguments - usize::from(call.method);
    format!("`{}` does not take {count} argument{}", call.name, if count == 1 { "" } else { "s" })
}

fn takes(call: &Call, counts: &BTreeSet<usize>) -> String {
    if let Some(function) = excel::functions().iter().find(|function| script_name(function) == call.name) {
        return format!("it is `{}`", function.signature.replacen(function.name, &call.name, 1));
    }
    let counts = counts.iter().filter_map(|count| count.checked_sub(usize::from(call.method)));
    let counts: Vec<_> = counts.map(|count| count.to_string()).collect();
    format!("it takes {}", counts.join(" or "))
}
