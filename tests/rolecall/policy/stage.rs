//! What the tests of this stage stand on: a policy from a few lines, and a small company.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use rolecall::config::Sources;
use rolecall::diagnostic;
use rolecall::directory::{Completeness, Entry, Raw, Snapshot};
use rolecall::facts::Facts;
use rolecall::policy::{Compiled, Decision, Policy, Verdict};

/// Enough to be a policy, on one line, so that what a test adds starts on line 2.
pub(super) const FRAME: &str = "provision_by_role(); map(\"userName\", |user| LOWER(user.mail));\n";

pub(super) const NOW: &str = "2026-01-15T09:00:00Z";

pub(super) fn compile(files: &[(&str, &str)]) -> Compiled {
    Policy::compile(&Sources {
        entry: "main.rhai".into(),
        files: files.iter().map(|(path, text)| ((*path).to_owned(), Arc::from(*text))).collect(),
        extra_attributes: vec!["acmeCostCentre".into(), "msDS-cloudExtensionAttribute1".into()],
    })
}

/// Everything that is found wrong with a script that has the frame on its first line.
pub(super) fn findings(script: &str) -> String {
    diagnostic::human(&compile(&[("main.rhai", &format!("{FRAME}{script}"))]).findings, false)
}

/// A policy that compiles without any finding.
pub(super) fn policy(files: &[(&str, &str)]) -> Policy {
    let compiled = compile(files);
    assert_eq!(diagnostic::human(&compiled.findings, false), "");
    compiled.policy.unwrap()
}

pub(super) fn framed(script: &str) -> Policy {
    policy(&[("main.rhai", &format!("{FRAME}{script}"))])
}

/// Two people and a manager; Mia is in marketing, and through one group in another.
pub(super) fn company() -> Arc<Facts> {
    let boss = [
        ("displayName", "Bo Boss"),
        ("mail", "bo@example.com"),
        ("department", "Board"),
        ("title", "Chief of Staff"),
    ];
    let mia = [
        ("displayName", "Mia Fischer"),
        ("givenName", "Mia"),
        ("sn", "Fischer"),
        ("mail", "Mia@Example.com"),
        ("department", "Marketing"),
        ("title", "Marketing Manager"),
        ("manager", "CN=1,DC=example,DC=com"),
        ("memberOf", "CN=Marketing All,DC=example,DC=com"),
        ("proxyAddresses", "SMTP:mia@example.com"),
        ("proxyAddresses", "smtp:m.fischer@example.com"),
        ("whenCreated", "20200301120000.0Z"),
        ("logonCount", "12"),
        ("acmeCostCentre", "4711"),
        ("msDS-cloudExtensionAttribute1", "x"),
    ];
    let gone = [("displayName", "Gil Gone"), ("mail", "gil@example.com"), ("userAccountControl", "514")];
    let groups = vec![
        group("Marketing All", "S-1-5-21-1-2-3-1001", Some("CN=Klaviyo Users,DC=example,DC=com")),
        group("Klaviyo Users", "S-1-5-21-1-2-3-1002", None),
        group("Nobody In Here", "S-1-5-21-1-2-3-1003", None),
    ];
    facts(vec![person(1, &boss), person(2, &mia), person(3, &gone)], groups)
}

pub(super) fn person(number: u128, attributes: &[(&str, &str)]) -> Entry {
    let mut entry = Entry::new(format!("CN={number},DC=example,DC=com"));
    entry.set("objectGUID", Raw::Text(uuid::Uuid::from_u128(number).to_string()));
    if !attributes.iter().any(|(name, _)| *name == "userAccountControl") {
        entry.set("userAccountControl", Raw::Text("512".into()));
    }
    for (name, value) in attributes {
        entry.push(name, Raw::Text((*value).to_owned()));
    }
    entry
}

fn group(name: &str, sid: &str, within: Option<&str>) -> Entry {
    let mut entry = Entry::new(format!("CN={name},DC=example,DC=com"));
    entry.set("cn", Raw::Text(name.to_owned()));
    entry.set("objectSid", Raw::Text(sid.to_owned()));
    if let Some(dn) = within {
        entry.set("memberOf", Raw::Text(dn.to_owned()));
    }
    entry
}

pub(super) fn facts(people: Vec<Entry>, groups: Vec<Entry>) -> Arc<Facts> {
    let snapshot = Snapshot {
        source: "test".into(),
        people: people.into(),
        groups: groups.into(),
        asked: None,
        completeness: Completeness::Whole,
        absent: BTreeMap::new(),
    };
    Arc::new(Facts::of(&snapshot, NOW.parse().unwrap()))
}

/// What was decided, a line a person.
pub(super) fn told(decisions: &[Decision]) -> String {
    let mut out = String::new();
    for decision in decisions {
        let verdict = match &decision.verdict {
            Verdict::Provision { profile } => {
                let attributes: Vec<_> = (profile.attributes.iter().chain(&profile.on_create))
                    .map(|(path, value)| format!("{path}={}", value.as_deref().unwrap_or("(blank)")))
                    .collect();
                format!("{} {}", profile.role.as_deref().unwrap_or("(no role)"), attributes.join(", "))
            }
            Verdict::NotEntitled => "not entitled".into(),
            Verdict::Barred => "barred".into(),
            Verdict::Failed { why } => format!("failed: {why}"),
        };
        writeln!(out, "{}: {verdict}", decision.name).unwrap();
    }
    out
}

/// What each condition says of Mia: `true`, `false`, or why it failed.
pub(super) fn of_mia(conditions: &[&str]) -> Vec<String> {
    let rules: Vec<_> = conditions
        .iter()
        .enumerate()
        .map(|(index, condition)| format!("role(\"r{index}\", |user| {condition});\n"))
        .collect();
    let explanation = framed(&rules.concat()).explain(&company(), 1).unwrap();
    explanation
        .roles
        .into_iter()
        .map(|role| role.answer.map_or_else(|why| why, |passed| passed.to_string()))
        .collect()
}
