use std::collections::BTreeMap;

use crate::diagnostic::Diagnostics;
use crate::policy::closure::Closure;
use crate::policy::fault::diagnostic;
use crate::policy::host::vocabulary::Registry;
use crate::policy::parse::Parsed;
use crate::policy::position::parameters;

/// Rules whose closure does not take exactly the one thing that it is given: `P0016`.
pub(crate) fn arguments(scripts: &BTreeMap<String, Parsed>, registry: &Registry, findings: &mut Diagnostics) {
    let rules = (registry.roles.iter().map(|rule| ("a condition", "user", &rule.condition)))
        .chain(registry.maps.iter().map(|rule| ("a mapping", "user", &rule.expression)))
        .chain(registry.invariants.iter().map(|rule| ("an invariant", "d", &rule.holds)))
        .chain(registry.from.iter().chain(&registry.until).map(|rule| ("a date", "user", &rule.date)))
        .chain(registry.hooks.iter().map(|hook| ("what is asked before an operation", "op", hook)));
    for (what, parameter, closure) in rules {
        if let Some(count) = open_parameters(scripts, closure).filter(|count| *count != 1) {
            let message = format!("{what} takes one parameter, and this takes {count}");
            let mut finding = diagnostic("P0016", &message, &closure.file, closure.position, None, scripts);
            finding.hint = Some(format!("write it as `|{parameter}| ..`"));
            if let Some(label) = &mut finding.label {
                label.span = parameters(&label.source, label.span.start);
            }
            findings.push(finding);
        }
    }
}

/// How many parameters are left to be given; `None` for a function that no script defines.
fn open_parameters(scripts: &BTreeMap<String, Parsed>, closure: &Closure) -> Option<usize> {
    let bound = closure.function.curry().len();
    scripts
        .values()
        .find_map(|script| script.names.functions.get(closure.function.fn_name()))
        .and_then(|definitions| definitions.first())
        .map(|parameters| parameters.len().saturating_sub(bound))
}
