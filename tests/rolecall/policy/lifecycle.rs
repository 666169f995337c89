//! When an account may begin and end, what waits, and what is asked before an operation: what a policy says of it, what is
//! wrong with that, and what is decided by it.

use super::stage::{compile, facts, findings, framed, person, policy};
use rolecall::policy::{Policy, Verdict};

#[test]
fn mistakes() {
    let mut out = String::new();
    for script in [
        "deprovision_after(\"7 dayz\");",
        "deprovision_after(7);",
        "deprovision_after(\"7d\");\ndeprovision_after(\"8d\");",
        "deprovision_after(#{ no_role: \"7d\", gonne: \"1d\", disabled: \"x\", expired: 1 });",
        "deprovision_after();",
        "active_from(|user| user.extensionAttribut5);",
        "active_from(|user, day| day);",
        "active_from(\"2026-01-01\");",
        "active_until(|user| user.info);\nactive_until(|user| user.pager);",
        "active_until(|user| user.info, \"Berlin\");",
        "before(|op| op.kid == \"create\");",
        "before(|op| op.user.titel.contains(\"x\"));",
        "before(|user, op| op);",
        "before(|op| op.hodl(\"x\"));",
        "before(|op| op.hold());",
        "before(|op| { op.role = \"x\"; });",
        "role(\"b\", |user| { before(|op| op); true });",
    ] {
        let script = format!("role(\"a\", |user| user.title == \"x\");\n{script}");
        let after = script.split_once('\n').unwrap().1.replace('\n', " ⏎ ");
        out.push_str(&format!("──── {after}\n{}\n", findings(&script)));
    }
    insta::assert_snapshot!(out);
}

#[test]
fn what_is_read_is_asked_of_the_directory_and_written_out() {
    let policy = framed(
        "role(\"a\", |user| user.department == \"IT\");
         active_from(|user| if user.employeeType.equals(\"Contractor\") { user.extensionAttribute5 });
         active_until(|user| DATEVALUE(user.info), \"Europe/Berlin\");
         before(|op| if op.user.title.contains(\"Chief\") { op.hold(\"ask\") });",
    );
    for name in ["department", "employeetype", "extensionattribute5", "info", "title"] {
        assert!(policy.reads().contains(name), "{name}");
    }
    let dates: Vec<_> =
        policy.outline().into_iter().rev().take(2).map(|rule| (rule.rule, rule.tree)).collect();
    insta::assert_debug_snapshot!(dates, @r#"
    [
        (
            "`active_until`",
            Some(
                "DATEVALUE(user.info)",
            ),
        ),
        (
            "`active_from`",
            Some(
                "if user.employeeType.equals(\"Contractor\") { user.extensionAttribute5 } else { () }",
            ),
        ),
    ]
    "#);
    assert!(policy.has_hooks());
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Standing {
    Enabled,
    Disabled,
    Expired,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Time {
    NoDates,
    Within,
    FirstDay,
    LastDay,
    BeforeFirst,
    AfterLast,
    Unreadable,
}

#[derive(Clone, Copy, Debug)]
struct Case {
    everyone: bool,
    passes: bool,
    standing: Standing,
    time: Time,
    /// The condition fails, or the mapping of an attribute does.
    condition_fails: bool,
    mapping_fails: bool,
}

/// The rules in other words: whoever is disabled has no account; then whose dates cannot be read is left alone; then who
/// is outside of them has none; then the rules, of which an error leaves the person alone.
fn expected(case: Case) -> &'static str {
    match case {
        Case { standing: Standing::Disabled | Standing::Expired, .. } => "barred",
        Case { time: Time::Unreadable, .. } => "failed",
        Case { time: Time::BeforeFirst | Time::AfterLast, .. } => "barred",
        Case { condition_fails: true, .. } => "failed",
        Case { everyone: false, passes: false, .. } => "not entitled",
        Case { mapping_fails: true, .. } => "failed",
        _ => "provision",
    }
}

fn cases() -> impl Iterator<Item = Case> {
    use Standing::{Disabled, Enabled, Expired};
    use Time::{AfterLast, BeforeFirst, FirstDay, LastDay, NoDates, Unreadable, Within};
    [Enabled, Disabled, Expired].into_iter().flat_map(|standing| {
        [NoDates, Within, FirstDay, LastDay, BeforeFirst, AfterLast, Unreadable].into_iter().flat_map(
            move |time| {
                (0..16u8).map(move |bits| Case {
                    everyone: bits & 1 > 0,
                    passes: bits & 2 > 0,
                    condition_fails: bits & 4 > 0,
                    mapping_fails: bits & 8 > 0,
                    standing,
                    time,
                })
            },
        )
    })
}

#[test]
fn every_combination_is_decided_as_the_table_says() {
    let rules = "role(\"a\", |user| if user.pager == \"condition\" { throw \"boom\" } else { user.department == \"IT\" });
        map(\"name.familyName\", |user| if user.info == \"mapping\" { NA() } else { user.sn });
        active_from(|user| user.extensionAttribute5);
        active_until(|user| user.extensionAttribute6);";
    let policies: Vec<Policy> = ["provision_by_role();", "provision_everyone();"]
        .iter()
        .map(|mode| {
            policy(&[("main.rhai", &format!("{mode} map(\"userName\", |user| user.mail);\n{rules}"))])
        })
        .collect();
    let mut met = std::collections::BTreeMap::<&str, usize>::new();
    for case in cases() {
        let mut attributes = vec![("displayName", "Mia"), ("mail", "mia@example.com")];
        attributes.push(("department", if case.passes { "IT" } else { "Sales" }));
        attributes.extend(case.condition_fails.then_some(("pager", "condition")));
        attributes.extend(case.mapping_fails.then_some(("info", "mapping")));
        attributes
            .push(("userAccountControl", if case.standing == Standing::Disabled { "514" } else { "512" }));
        // 2020-01-01 in 100 ns since 1601
        attributes
            .extend((case.standing == Standing::Expired).then_some(("accountExpires", "132223104000000000")));
        let (from, until) = match case.time {
            Time::NoDates => (None, None),
            Time::Within => (Some("2026-01-14"), Some("2026-01-16")),
            Time::FirstDay => (Some("2026-01-15"), None),
            Time::LastDay => (None, Some("2026-01-15")),
            Time::BeforeFirst => (Some("2026-01-16"), None),
            Time::AfterLast => (None, Some("2026-01-14")),
            Time::Unreadable => (None, Some("some day")),
        };
        attributes.extend(from.map(|day| ("extensionAttribute5", day)));
        attributes.extend(until.map(|day| ("extensionAttribute6", day)));
        let facts = facts(vec![person(1, &attributes)], Vec::new());
        let decision = policies[usize::from(case.everyone)].decide(&facts, 0).unwrap();
        let got = match &decision.verdict {
            Verdict::Provision { .. } => "provision",
            Verdict::NotEntitled => "not entitled",
            Verdict::Barred => "barred",
            Verdict::Failed { .. } => "failed",
        };
        assert_eq!(got, expected(case), "{case:?}: {decision:?}");
        *met.entry(got).or_default() += 1;
    }
    insta::assert_debug_snapshot!(met, @r#"
    {
        "barred": 256,
        "failed": 60,
        "not entitled": 8,
        "provision": 12,
    }
    "#);
}

#[test]
fn a_start_behind_the_end_is_no_time_at_all() {
    let policy = framed(
        "role(\"a\", |user| true); active_from(|user| \"2026-03-01\"); active_until(|user| \"2026-01-01\");",
    );
    let facts = facts(vec![person(1, &[("displayName", "Mia"), ("mail", "mia@example.com")])], Vec::new());
    let decision = policy.decide(&facts, 0).unwrap();
    assert_eq!(decision.verdict, Verdict::Barred);
    assert_eq!(
        decision.reasons[0].to_string(),
        "has no account before 2026-03-01 00:00 +00:00 (main.rhai:2)"
    );
}

#[test]
fn what_a_hook_counts_is_no_state_from_one_operation_to_the_next() {
    let compiled = compile(&[(
        "main.rhai",
        "provision_everyone(); map(\"userName\", |user| user.mail); let n = 0; before(|op| { n += 1; if n > 1 { op.skip(`${n}`) } });",
    )]);
    let policy = compiled.policy.unwrap();
    let facts = facts(vec![person(1, &[("displayName", "Mia"), ("mail", "mia@example.com")])], Vec::new());
    let ask = || rolecall::policy::Ask {
        kind: "create",
        user: uuid::Uuid::from_u128(1),
        user_name: "mia@example.com".into(),
        role: None,
        account: None,
        changes: rolecall::policy::Proposed::new(),
    };
    let first = policy.before(&facts, ask()).unwrap();
    assert_eq!(policy.before(&facts, ask()).unwrap(), first);
    assert_eq!(first.spoke, [false]);
}

#[test]
fn a_hook_that_does_not_end_is_stopped() {
    let policy = framed("role(\"a\", |user| true); before(|op| { loop { } });");
    let facts = facts(vec![person(1, &[("displayName", "Mia")])], Vec::new());
    let ask = rolecall::policy::Ask {
        kind: "create",
        user: uuid::Uuid::from_u128(1),
        user_name: String::new(),
        role: None,
        account: None,
        changes: rolecall::policy::Proposed::new(),
    };
    let why = policy.before(&facts, ask).unwrap_err();
    assert!(why.text.starts_with("`before` failed: the script does too much work"), "{why}");
}
