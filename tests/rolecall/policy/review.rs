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
        "role(\"a\", |user| user.department != \"IT\" && user.department.equals(\"it\") || user.department == \"IT!\");",
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
        "fn many(user) { let n = 0; for g in user.groups { n += 1; } n > 3 }\nrole(\"a\", |user| many(user) || !many(user));",
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
    assert!(took < Duration::from_secs(20), "{took:?}");
}

mod against_people {
    //! Random conditions: what is claimed of all people holds for many, and what is said to be near is so.

    use std::sync::{Arc, LazyLock};

    use proptest::prelude::*;
    use rolecall::diagnostic::Diagnostics;
    use rolecall::facts::Facts;
    use rolecall::policy::Verdict;

    use super::super::stage::{facts, person};
    use super::compiled;

    fn text() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            "IT",
            "it",
            "It",
            "Sales",
            "IT Sales",
            "Sales Lead",
            "a",
            "A",
            "",
            "ab",
            "IT@x",
        ])
    }

    fn term() -> impl Strategy<Value = String> {
        let attribute = prop::sample::select(vec!["title", "department", "acmeCostCentre", "proxyAddresses"]);
        let word = prop::sample::select(vec!["equals", "contains", "starts_with", "ends_with"]);
        let sign = prop::sample::select(vec!["==", "!="]);
        let order = prop::sample::select(vec!["==", "!=", "<", ">", "<=", ">="]);
        let pattern = prop::sample::select(vec!["it|sales", "^it", "a$", "^It$|b", "s.l"]);
        prop_oneof![
            4 => (attribute.clone(), word, text()).prop_map(|(a, w, t)| format!("user.{a}.{w}({t:?})")),
            3 => (attribute.clone(), sign, text()).prop_map(|(a, s, t)| format!("user.{a} {s} {t:?}")),
            1 => attribute.clone().prop_map(|a| format!("user.{a} == ()")),
            1 => (attribute.clone(), text(), text()).prop_map(|(a, t, u)| format!("user.{a}.any_of([{t:?}, {u:?}])")),
            1 => (prop::sample::select(vec!["title", "department"]), text()).prop_map(|(a, t)| format!("LOWER(user.{a}) == {t:?}")),
            1 => (attribute, pattern).prop_map(|(a, p)| format!("user.{a}.matches({p:?})")),
            1 => (order, 0..4).prop_map(|(o, n)| format!("user.logonCount {o} {n}")),
            1 => prop::sample::select(vec!["user.in_group(\"G\")", "user.in_direct_group(\"g\")", "user.enabled"])
                .prop_map(str::to_owned),
        ]
    }

    fn condition() -> impl Strategy<Value = String> {
        term().prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 2..4)
                    .prop_map(|parts| format!("({})", parts.join(" && "))),
                prop::collection::vec(inner.clone(), 2..4)
                    .prop_map(|parts| format!("({})", parts.join(" || "))),
                inner.clone().prop_map(|part| format!("!({part})")),
                (inner.clone(), inner.clone(), inner)
                    .prop_map(|(a, b, c)| format!("(if {a} {{ {b} }} else {{ {c} }})")),
            ]
        })
    }

    /// People with every pair of values that the words above can tell apart, and more.
    static PEOPLE: LazyLock<Arc<Facts>> = LazyLock::new(|| {
        let values = [
            "",
            "IT",
            "it",
            "It",
            "iT",
            "Sales",
            "sales",
            "IT Sales",
            "Sales Lead",
            "a",
            "A",
            "xab",
            "IT@x",
            "other",
            "sil",
        ];
        let mut people = Vec::new();
        for (one, title) in values.iter().enumerate() {
            for (two, department) in values.iter().enumerate() {
                let number = (one * values.len() + two + 1) as u128;
                let count = (number % 5).to_string();
                let (addresses, third) =
                    (values[(one + two) % values.len()], values[(one * 3 + two) % values.len()]);
                let mut attributes: Vec<(&str, &str)> = Vec::new();
                for (name, value) in [
                    ("title", *title),
                    ("department", *department),
                    ("acmeCostCentre", third),
                    ("proxyAddresses", addresses),
                    ("proxyAddresses", third),
                    ("logonCount", if count == "4" { "" } else { count.as_str() }),
                    ("memberOf", ["", "CN=G", "CN=H"][one % 3]),
                ] {
                    if !value.is_empty() {
                        attributes.push((name, value));
                    }
                }
                people.push(person(number, &attributes));
            }
        }
        let mut inner = rolecall::directory::Entry::new("CN=H");
        inner.set("memberOf", rolecall::directory::Raw::Text("CN=G".into()));
        facts(people, vec![inner])
    });

    /// How many get each role; `None` where anybody fails.
    fn counts(script: &str) -> Vec<Option<String>> {
        let policy = compiled(script);
        let decisions = policy.decide_all(&PEOPLE);
        decisions
            .into_iter()
            .map(|decision| match decision.verdict {
                Verdict::Provision { profile } => profile.role,
                Verdict::Failed { .. } => Some("(failed)".into()),
                _ => None,
            })
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

        #[test]
        fn a_claim_holds_for_everybody(first in condition(), second in condition()) {
            let script = format!("role(\"a\", |user| {first});\nrole(\"b\", |user| {second});");
            let policy = compiled(&script);
            let found = policy.review(&Diagnostics::default());
            let got = counts(&script);
            for finding in &found.0 {
                let of = |role: &str| finding.message.contains(&format!("`{role}`"));
                match finding.code {
                    "P0301" | "P0303" => {
                        let role = if finding.message.contains("`b`") { "b" } else { "a" };
                        prop_assert!(!got.iter().any(|got| got.as_deref() == Some(role)), "{}\n{finding:?}", script);
                    }
                    "P0302" => {
                        let is_refuted = if of("a") {
                            got.iter().any(|got| !matches!(got.as_deref(), Some("a" | "(failed)")))
                        } else {
                            got.iter().any(Option::is_none)
                        };
                        prop_assert!(!is_refuted, "{}\n{finding:?}", script);
                    }
                    _ => {}
                }
            }
        }

        /// A term that changes nothing can be left out: here it is replaced by what it is said to come to.
        #[test]
        fn what_changes_nothing_can_be_left_out(condition in condition()) {
            let script = format!("role(\"a\", |user| {condition});");
            let policy = compiled(&script);
            let before = counts(&script);
            for finding in policy.review(&Diagnostics::default()).0.iter().filter(|finding| finding.code == "P0304") {
                let value = if finding.message.contains("is true wherever") {
                    "true"
                } else if finding.message.contains("is false wherever") {
                    "false"
                } else {
                    continue;
                };
                let label = finding.label.as_ref().unwrap();
                let text = format!("{}{value}{}", &label.source[..label.span.start], &label.source[label.span.end..]);
                let text = text.split_once('\n').unwrap().1.to_owned();
                for (before, after) in before.iter().zip(counts(&text)) {
                    let failed = |got: &Option<String>| got.as_deref() == Some("(failed)");
                    prop_assert!(before == &after || failed(before) || failed(&after), "{script}\n{text}\n{finding:?}");
                }
            }
        }

        /// Whoever is changed as is said passes, and nobody who passes needs a change.
        #[test]
        fn the_nearest_change_is_one(condition in condition(), index in 0..225_usize) {
            let policy = compiled(&format!("role(\"a\", |user| {condition});"));
            let changes = policy.nearest_to_role("a", &PEOPLE, index);
            let decision = policy.decide(&PEOPLE, index).unwrap();
            let passes = matches!(decision.verdict, Verdict::Provision { .. });
            if passes {
                prop_assert_eq!(changes, Some(Vec::new()));
            } else {
                prop_assert_ne!(changes, Some(Vec::new()));
            }
        }
    }
}
