//! What reasoning over all possible people finds wrong with rules, and that it never claims too much.

use std::time::{Duration, Instant};

use rolecall::diagnostic::{self, Diagnostics};
use rolecall::policy::Policy;

use super::stage::{FRAME, compile};

fn compiled(script: &str) -> Policy {
    let compiled = compile(&[("main.rhai", &format!("{FRAME}{script}"))]);
    let Some(policy) = compiled.policy else { panic!("{}", diagnostic::human(&compiled.findings, false)) };
    policy
}

fn review(script: &str) -> String {
    diagnostic::human(&compiled(script).review(&Diagnostics::default()), false)
}

fn reviewed(scripts: &[&str]) -> String {
    scripts
        .iter()
        .map(|script| format!("──── {}\n{}\n", script.replace('\n', " ⏎ "), review(script)))
        .collect()
}

#[test]
fn conditions_that_nobody_passes() {
    insta::assert_snapshot!(reviewed(&[
        "role(\"a\", |user| user.department.equals(\"IT\") && user.department.equals(\"Sales\"));",
        "role(\"a\", |user| user.department == \"it\" && user.title.contains(\"x\") && user.department.equals(\"Sales\"));",
        "role(\"a\", |user| user.employeeID == 4711);",
        "role(\"a\", |user| LOWER(user.department) == \"IT\" && user.title.contains(\"x\"));",
        "role(\"a\", |user| user.logonCount > 7 && user.logonCount < 8);",
        "role(\"a\", |user| user.title.starts_with(\"Head of\") && !user.title.contains(\"head\"));",
        "role(\"a\", |user| user.in_group(\"A\") && !(user.in_group(\"a\") || user.title == \"x\"));",
        "role(\"a\", |user| user.in_direct_group(\"A\") && !user.in_group(\"A\"));",
        "role(\"a\", |user| !user.enabled && user.department == \"IT\");",
        "role(\"a\", |user| user.title.any_of([]));",
        "role(\"a\", |user| user.whenCreated > now().plus_days(-30) && user.whenCreated < now().plus_days(-60));",
        "role(\"a\", |user| user.title.matches(\"manager|director\") && user.title.equals(\"Team Lead\"));",
        "fn sales(user) { user.department.equals(\"Sales\") }\nrole(\"a\", |user| sales(user) && user.department.starts_with(\"IT\"));",
        "role(\"a\", |user| user.manager.department.equals(\"IT\") && user.manager.department == ());",
        "role(\"a\", |user| user.isDeleted == true && user.isDeleted == false);",
        "role(\"a\", |user| user.proxyAddresses.equals(\"a\") && user.proxyAddresses == ());",
        "role(\"a\", |user| false);",
    ]));
}

#[test]
fn conditions_that_everybody_passes() {
    insta::assert_snapshot!(reviewed(&[
        "role(\"a\", |user| user.department != \"IT\" || user.title.contains(\"x\") || user.department != \"Sales\");",
        "role(\"a\", |user| true);",
        "role(\"a\", |user| true);\nrole(\"b\", |user| user.title == \"x\");\nrole(\"c\", |user| user.title == \"y\");",
        "role(\"a\", |user| user.title.contains(\"\") || user.title == ());",
    ]));
}

#[test]
fn roles_that_nobody_reaches() {
    insta::assert_snapshot!(reviewed(&[
        "role(\"a\", |user| user.department.any_of([\"IT\", \"Sales\"]));\nrole(\"b\", |user| user.department.equals(\"sales\") && user.title.contains(\"Lead\"));",
        "role(\"a\", |user| user.title.contains(\"Lead\"));\nrole(\"x\", |user| user.l == \"Berlin\");\nrole(\"b\", |user| !user.title.contains(\"Lead\") && user.department == \"IT\");\nrole(\"c\", |user| user.department == \"IT\" && user.co == \"DE\");",
        "role(\"a\", |user| user.in_group(\"All\"));\nrole(\"b\", |user| user.in_direct_group(\"ALL\") && user.title == \"x\");",
    ]));
}

#[test]
fn terms_that_change_nothing() {
    insta::assert_snapshot!(reviewed(&[
        "role(\"a\", |user| user.title.contains(\"Manager\") || user.title.contains(\"Marketing Manager\"));",
        "role(\"a\", |user| user.department.equals(\"IT\") && user.department != \"Sales\" && user.title == \"x\");",
        "role(\"a\", |user| user.title == \"x\" || (user.department.equals(\"IT\") && user.department.equals(\"Sales\")));",
        "role(\"a\", |user| user.title == \"x\" && (user.l == \"a\" || user.l != \"a\"));",
        "role(\"a\", |user| user.mail != () && user.mail.ends_with(\"@example.com\"));",
        "role(\"a\", |user| if user.department == \"IT\" && user.department == () { user.title == \"x\" } else { user.l == \"y\" });",
        "role(\"a\", |user| user.department.any_of([\"IT\", \"Sales\", \"it\"]) || user.title in [\"x\", \"X\"]);",
        "const LIST = [\"One\", \"Two\",\n  \"one\"];\nrole(\"a\", |user| user.department.any_of(global::LIST));",
    ]));
}

#[test]
fn invariants_that_say_nothing() {
    insta::assert_snapshot!(reviewed(&[
        "role(\"admin\", |user| user.title == \"x\");\ninvariant(\"i\", |d| d.role != \"amdin\" || d.user.department == \"IT\");",
        "role(\"admin\", |user| user.title == \"x\");\ninvariant(\"i\", |d| d.role != \"admin\" || d.provisioned);",
        "role(\"admin\", |user| user.title == \"x\");\ninvariant(\"i\", |d| d.role == \"admin\" && !d.provisioned);",
        "role(\"admin\", |user| user.title == \"x\");\ninvariant(\"i\", |d| d.role.any_of([\"admin\", \"root\"]) || !d.provisioned);",
    ]));
}

#[test]
fn nothing_is_wrong_with_these() {
    for script in [
        "role(\"a\", |user| user.title.contains(\"Lead\") && user.title.starts_with(\"L\"));",
        "role(\"a\", |user| user.department == \"IT\" && user.department.equals(\"it\") || user.department == \"iT\");",
        "role(\"a\", |user| user.title.matches(\"a.*b\") && user.title.contains(\"x\") && !user.title.matches(\"^c\"));",
        "role(\"a\", |user| user.logonCount > 7 && user.logonCount < 9);",
        "role(\"a\", |user| user.proxyAddresses.equals(\"a\") && user.proxyAddresses.equals(\"b\"));",
        "role(\"a\", |user| user.acmeCostCentre.equals(\"a\") && user.acmeCostCentre.equals(\"b\"));",
        "role(\"a\", |user| user.proxyAddresses.starts_with(\"smtp\") && !user.proxyAddresses.contains(\"smtp\"));",
        "role(\"a\", |user| LEN(user.title) > 3 && LEN(user.title) < 9 && user.title.contains(\"abcd\"));",
        "role(\"a\", |user| user.in_group(\"A\") && !user.in_direct_group(\"A\"));",
        "role(\"a\", |user| user.enabled && user.title == \"x\");",
        "role(\"a\", |user| user.title == user.department && user.title != user.department.trim());",
        "role(\"a\", |user| user.title.contains(\"a\"));\nrole(\"b\", |user| user.title.contains(\"ab\") || user.l == \"x\");",
        "role(\"admin\", |user| user.title == \"x\");\ninvariant(\"i\", |d| d.role != \"admin\" || d.user.enabled);",
        "role(\"a\", |user| { let n = 0; for g in user.groups { n += 1; } n > 3 } || user.title == \"x\");",
    ] {
        assert_eq!(review(script), "", "{script}");
    }
}

/// 200 roles over the same few attributes, as a company writes them.
#[test]
fn a_large_policy_is_reviewed_while_one_waits() {
    let mut script = String::from(
        "fn staff(user) { user.mail != () && !user.employeeType.any_of([\"Contractor\", \"Vendor\"]) }\n",
    );
    for number in 0..200 {
        script.push_str(&format!(
            "role(\"role{number}\", |user| staff(user) && user.department.any_of([\"Dept {number}\", \"Team {number}\"]) \
             && (user.title.matches(\"manager|director|head of\") || user.title.contains(\"Lead {number}\") \
             || user.in_group(\"Group {number}\")));\n"
        ));
    }
    let policy = compiled(&script);
    let since = Instant::now();
    let found = policy.review(&Diagnostics::default());
    let took = since.elapsed();
    assert_eq!(diagnostic::human(&found, false), "");
    assert!(took < Duration::from_secs(8), "{took:?}");
    println!("200 roles: {took:?}");
}
