use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, Diagnostics, Severity, closest};
use crate::directory::Schema;
use crate::facts::{attribute_type, is_virtual};
use crate::policy::fault::diagnostic;
use crate::policy::names::Of;
use crate::policy::parse::Parsed;

/// `user.NAME` where the directory's schema has no such attribute, or none that people can have: `P0408`. It is blank
/// for everybody.
pub(crate) fn schema(
    scripts: &BTreeMap<String, Parsed>,
    extra: &[String],
    schema: &Schema,
    findings: &mut Diagnostics,
) {
    let mut said = BTreeSet::new();
    // What ships is read of every directory, whatever it has.
    for script in scripts.iter().filter(|(name, _)| !name.starts_with("std/")).map(|(_, script)| script) {
        for read in script.names.reads.iter().filter(|read| matches!(read.of, Of::User | Of::Either)) {
            let name = read.name.as_str();
            let lower = name.to_ascii_lowercase();
            let is_asked = attribute_type(name).is_some() || extra.contains(&lower);
            let described = schema.attribute(name);
            if findings.is_full() || is_virtual(&lower) || !is_asked {
                continue;
            }
            let message = match described {
                Some(described) if described.is_of_people => continue,
                Some(_) => format!("the directory's schema lets nobody have `{name}`"),
                None => format!("the directory's schema has no `{name}`"),
            };
            if !said.insert(lower) {
                continue;
            }
            let finding = diagnostic("P0408", &message, &script.path, read.position, Some(name), scripts);
            let theirs = schema.attributes().filter(|attribute| attribute.is_of_people);
            let near = closest(name, theirs.map(|attribute| attribute.name.as_str()));
            let asked = format!("`{}` said so at {:.0}", schema.source, schema.read);
            let hint = near.map_or(asked.clone(), |near| format!("did you mean `{near}`? ({asked})"));
            findings.push(Diagnostic { severity: Severity::Warning, ..finding }.hint(hint));
        }
    }
}
