use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostics, closest};
use crate::policy::fault::diagnostic;
use crate::policy::modules::normalise;
use crate::policy::parse::Parsed;

/// `module::NAME` and `module::name(..)` that the module does not have: `P0105`.
pub(crate) fn modules(scripts: &BTreeMap<String, Parsed>, findings: &mut Diagnostics) {
    for script in scripts.values() {
        let module =
            |alias: &str| script.names.modules.get(alias).and_then(|path| scripts.get(&normalise(path)));
        let mut missing = |module: &Parsed, what: &str, name: &str, names: BTreeSet<&str>, position| {
            let message = format!("`{}` has no {what} `{name}`", module.path);
            let mut finding = diagnostic("P0105", &message, &script.path, position, Some(name), scripts);
            finding.hint = closest(name, names).map(|near| format!("did you mean `{near}`?"));
            findings.push(finding);
        };
        for (alias, name, position) in &script.names.constants {
            let Some(module) = module(alias) else { continue };
            if !module.names.exports.contains(name) && !module.may_have_lost(name) {
                let names = module.names.exports.iter().map(String::as_str).collect();
                missing(module, "exported constant", name, names, *position);
            }
        }
        for call in &script.names.calls {
            let Some(module) = module(&call.module) else { continue };
            let fits = |definitions: &Vec<Vec<String>>| {
                definitions.iter().any(|parameters| parameters.len() == call.arguments)
            };
            let (name, count) = (call.name.as_str(), call.arguments);
            match module.names.functions.get(name) {
                Some(definitions) if fits(definitions) => {}
                _ if module.may_have_lost(name) => {}
                Some(_) => {
                    let what = format!("function of {count} argument{}", if count == 1 { "" } else { "s" });
                    missing(module, &what, name, BTreeSet::new(), call.position);
                }
                None => {
                    let names = module.names.functions.keys().map(String::as_str);
                    let names = names.filter(|name| !name.contains('$')).collect();
                    missing(module, "function", name, names, call.position);
                }
            }
        }
    }
}
