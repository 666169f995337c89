//! From rules to decisions: what counts, what fails, and whom an invariant names.

use super::stage::{company, facts, framed, person, policy, told};

#[test]
fn an_error_counts_only_where_it_is_reached() {
    let policy = framed(
        "role(\"a\", |user| user.department == \"Marketing\");
         role(\"b\", |user| VALUE(user.title) == 1);
         role(\"c\", |user| true);",
    );
    insta::assert_snapshot!(told(&policy.decide_all(&company())));
}

#[test]
fn an_error_never_takes_an_account_away() {
    for rule in [
        "role(\"a\", |user| throw \"x\");",
        "role(\"a\", |user| user.title);",
        "role(\"a\", |user| ());",
        "role(\"a\", |user| true); map(\"name.givenName\", |user| NA());",
        "role(\"a\", |user| true); map_on_create(\"name.givenName\", |user| VALUE(\"x\"));",
        "role(\"a\", |user| true); map(\"name.givenName\", |user| user.groups);",
    ] {
        let decision = framed(rule).decide(&company(), 1).unwrap();
        let failed = matches!(decision.verdict, rolecall::policy::Verdict::Failed { .. });
        assert!(failed, "{rule}: {decision:?}");
        assert_eq!(decision.user_name.as_deref(), Some("mia@example.com"));
    }
}

/// Every kind of value that a mapping may give, and those that are none.
#[test]
fn what_a_mapping_may_give() {
    let mut out = String::new();
    for value in [
        "\"  two words \\n\"",
        "\"\"",
        "\"   \"",
        "()",
        "12",
        "1.5",
        "1e300",
        "true",
        "now()",
        "'c'",
        "\"a\\tb\"",
        "\"a\\u0000b\"",
        "\"a\\u009fb\"",
        "\"a\\u202eb\"",
        "user.groups",
        "[]",
        "#{}",
        "user.manager",
        "NA()",
        "1 / 0",
        "user.logonCount",
        "user.acmeCostCentre",
        "PROPER(user.sn)",
        "`${NA()}`",
        "\"Mia \" + NA()",
        "NA() + \"x\"",
        "VALUE(user.sn) + 1",
    ] {
        let policy = framed(&format!("role(\"a\", |user| true); map(\"name.givenName\", |user| {value});"));
        let answer = told(&[policy.decide(&company(), 1).unwrap()]);
        out.push_str(&format!("{value}\n    {answer}"));
    }
    insta::assert_snapshot!(out);
}

#[test]
fn a_blank_user_name_is_told() {
    let policy = policy(&[(
        "main.rhai",
        "provision_by_role(); map(\"userName\", |user| user.pager); role(\"a\", |user| true);",
    )]);
    insta::assert_snapshot!(told(&policy.decide_all(&company())));
}

#[test]
fn invariants_name_those_for_whom_they_do_not_hold() {
    let policy = framed(
        "role(\"manager\", |user| user.title.contains(\"Manager\"));
         role(\"rest\", |user| true);
         invariant(\"nobody is a manager\", |d| d.role != \"manager\");
         invariant(\"everybody holds\", |d| true);
         invariant(\"the gone have nothing\", |d| d.user.enabled || !d.provisioned);
         invariant(\"errors hold for nobody\", |d| VALUE(d.user.mail) == 1);
         invariant(\"neither true nor false\", |d| d.user.mail);",
    );
    let facts = company();
    let broken: Vec<_> = policy
        .broken_invariants(&facts, &policy.decide_all(&facts))
        .iter()
        .map(|broken| format!("{}: {}", broken.reason, broken.people.join(", ")))
        .collect();
    insta::assert_snapshot!(broken.join("\n"));
}

#[test]
fn nobody_at_all_and_unusable_entries() {
    let policy = framed("role(\"a\", |user| true);");
    assert_eq!(policy.decide_all(&facts(Vec::new(), Vec::new())), []);
    let broken = person(7, &[("mail", "x@example.com"), ("userAccountControl", "none")]);
    let facts = facts(vec![broken, person(8, &[("mail", "Zoë@Example.com")])], Vec::new());
    insta::assert_snapshot!(told(&policy.decide_all(&facts)));
    assert_eq!(policy.decide(&facts, 5), None);
}
