use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostics, closest};
use crate::directory::Schema;
use crate::facts::{attribute_type, is_virtual};
use crate::policy::fault::diagnostic;
use crate::policy::foreign;
use crate::policy::host::decision::MEMBERS;
use crate::policy::host::operation;
use crate::policy::host::user::closest_attribute;
use crate::policy::modules::normalise;
use crate::policy::names::Of;
use crate::policy::parse::Parsed;

/// `user.NAME` where no such attribute is known, and `d.NAME` where a decision has no such thing: `P0101`. What is
/// read of anything else, as of a map that the script made, is not looked at.
pub(crate) fn attributes(
    scripts: &BTreeMap<String, Parsed>,
    extra: &[String],
    schema: Option<&Schema>,
    findings: &mut Diagnostics,
) {
    let of_users = |name: &str| {
        attribute_type(name).is_some()
            || is_virtual(&name.to_ascii_lowercase())
            || extra.iter().any(|extra| extra.eq_ignore_ascii_case(name))
    };
    let keys: BTreeSet<&str> =
        scripts.values().flat_map(|script| script.names.keys.iter().map(String::as_str)).collect();
    for script in scripts.values() {
        for read in &script.names.reads {
            if findings.is_full() {
                return;
            }
            let name = read.name.as_str();
            let of_decisions = MEMBERS.contains(&name);
            let of_operations = operation::MEMBERS.contains(&name);
            let known = match read.of {
                Of::User => of_users(name),
                Of::Decision => of_decisions,
                Of::Operation => of_operations,
                // A function may be handed a map as well, or a list, which has a length.
                Of::Either => {
                    let may_be_a_key =
                        keys.contains(name) || scripts.values().any(|script| script.lost.contains(name));
                    of_users(name) || of_decisions || of_operations || may_be_a_key || name == "len"
                }
            };
            if known {
                continue;
            }
            let nearest =
                |members: &[&'static str], otherwise: &str| match closest(name, members.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => otherwise.to_owned(),
                };
            let (message, hint) = match read.of {
                Of::Decision => (
                    format!("a decision has no `{name}`"),
                    nearest(&MEMBERS, "the person is `d.user`, the role `d.role`"),
                ),
                Of::Operation => (
                    format!("an operation has no `{name}`"),
                    nearest(&operation::MEMBERS, "the person is `op.user`, what is done `op.kind`"),
                ),
                Of::User | Of::Either => (format!("no attribute `{name}` is known"), meant(name, schema)),
            };
            let mut finding = diagnostic("P0101", &message, &script.path, read.position, Some(name), scripts);
            finding.hint = Some(hint);
            findings.push(finding);
        }
    }
}

/// What to write in place of an attribute that nobody knows.
fn meant(name: &str, schema: Option<&Schema>) -> String {
    if let Some(own) = schema.and_then(|schema| schema.attribute(name)) {
        return format!(
            "the directory's own schema has it: name `{}` in `policy.extra_attributes`",
            own.name
        );
    }
    if name == "role" || name == "roles" {
        return "a role is the account's, not the person's: an invariant sees it as `d.role`".into();
    }
    match foreign::attribute(name).or_else(|| closest_attribute(name)) {
        Some(near) => {
            format!(
                "did you mean `{near}`? An attribute of your own schema is named in `policy.extra_attributes`"
            )
        }
        None => "an attribute of your own schema is named in `policy.extra_attributes`".into(),
    }
}

/// Lower-case names of the attributes that any script reads: what is asked of the directory.
pub(crate) fn read_set(scripts: &BTreeMap<String, Parsed>, extra: &[String]) -> BTreeSet<String> {
    // Modules that ship inside the binary count where they are imported.
    let mut reached: BTreeSet<String> =
        scripts.keys().filter(|name| !name.starts_with("std/")).cloned().collect();
    let mut next: Vec<String> = reached.iter().cloned().collect();
    while let Some(script) = next.pop().and_then(|name| scripts.get(&name)) {
        let imports = script.names.imports.iter().map(|(path, _)| normalise(path));
        next.extend(imports.filter(|path| reached.insert(path.clone())));
    }
    // It is made of this attribute, and of `mail`, which is always read.
    let asks_for_addresses = reached.iter().filter_map(|name| scripts.get(name)).any(|script| {
        let is_it = |name: &str| name.eq_ignore_ascii_case("primary_smtp");
        script.names.properties.iter().any(|name| is_it(name))
            || script.names.calls.iter().any(|call| is_it(&call.name))
    });
    reached
        .iter()
        .filter_map(|name| scripts.get(name))
        .flat_map(|script| script.names.properties.iter())
        .filter(|name| {
            attribute_type(name).is_some() || extra.iter().any(|extra| extra.eq_ignore_ascii_case(name))
        })
        .map(|name| name.to_ascii_lowercase())
        .chain(asks_for_addresses.then(|| "proxyaddresses".to_owned()))
        .collect()
}
