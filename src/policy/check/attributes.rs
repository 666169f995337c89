use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Diagnostics;
use crate::facts::{attribute_type, is_virtual};
use crate::policy::fault::diagnostic;
use crate::policy::host::user::closest_attribute;
use crate::policy::parse::Parsed;

/// What a decision has, in invariants.
const OF_DECISIONS: [&str; 4] = ["user", "role", "roles", "provisioned"];

/// `user.NAME` where no such attribute is known: `P0101`.
pub(crate) fn attributes(scripts: &BTreeMap<String, Parsed>, extra: &[String], findings: &mut Diagnostics) {
    let keys: BTreeSet<&str> =
        scripts.values().flat_map(|script| script.names.keys.iter().map(String::as_str)).collect();
    for script in scripts.values() {
        for (name, position) in &script.names.properties {
            let known = attribute_type(name).is_some()
                || is_virtual(name)
                || extra.iter().any(|extra| extra.eq_ignore_ascii_case(name))
                || OF_DECISIONS.contains(&name.as_str())
                || keys.contains(name.as_str());
            if !known {
                let message = format!("no attribute `{name}` is known");
                let mut finding = diagnostic("P0101", &message, &script.path, *position, Some(name), scripts);
                finding.hint = Some(match closest_attribute(name) {
                    Some(near) => format!(
                        "did you mean `{near}`? An attribute of your own schema is named in `policy.extra_attributes`"
                    ),
                    None => "an attribute of your own schema is named in `policy.extra_attributes`".into(),
                });
                findings.push(finding);
            }
        }
    }
}

/// Lower-case names of the attributes that any script reads: what is asked of the directory.
pub(crate) fn read_set(scripts: &BTreeMap<String, Parsed>, extra: &[String]) -> BTreeSet<String> {
    scripts
        .values()
        .flat_map(|script| script.names.properties.iter())
        .filter(|(name, _)| {
            attribute_type(name).is_some() || extra.iter().any(|extra| extra.eq_ignore_ascii_case(name))
        })
        .map(|(name, _)| name.to_ascii_lowercase())
        .collect()
}
