use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::policy::Attribute;
use crate::policy::fault::diagnostic;
use crate::policy::host::vocabulary::Registry;
use crate::policy::parse::Parsed;

/// What a policy has to say, and did not: `P0020` to `P0022`, `P0202`.
pub(crate) fn rules(
    scripts: &BTreeMap<String, Parsed>,
    registry: &Registry,
    entry: &str,
    findings: &mut Diagnostics,
) {
    if registry.mode.is_none() {
        findings.push(
            Diagnostic::error("P0020", format!("`{entry}` does not say who is provisioned"))
                .hint("say `provision_by_role();` or `provision_everyone(\"analyst\");`"),
        );
    }
    if !registry.switches.everyone && registry.mode.is_some() && registry.roles.is_empty() {
        findings.push(
            Diagnostic::error("P0021", "the policy provisions by role and has no role")
                .hint("nobody would pass, and every account would be deactivated"),
        );
    }
    if !registry.maps.iter().any(|rule| rule.attribute == Attribute::USER_NAME) {
        findings.push(
            Diagnostic::error("P0022", "nothing is mapped to `userName`, by which an account is found")
                .hint("say `map(\"userName\", |user| LOWER(user.mail));`"),
        );
    }
    for rule in registry.maps.iter().filter(|rule| !rule.attribute.is_supported_by_klaviyo()) {
        let closure = &rule.expression;
        let message = format!("Klaviyo does not list `{}` as supported", rule.attribute);
        let finding = diagnostic(
            "P0202",
            &message,
            &closure.file,
            closure.position,
            Some(rule.attribute.path()),
            scripts,
        );
        findings.push(Diagnostic { severity: Severity::Warning, ..finding });
    }
}
