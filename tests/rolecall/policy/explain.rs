//! Why: every rule's answer, and what was read to come to it.

use std::fmt::Write as _;

use serde_json::json;

use super::stage::{FRAME, company, compile, framed};

const RULES: &str = r#"
role("board", |user|
    user.department.equals("Board")      // a comment; with a semicolon
    && user.title.contains("Chief"));
role("manager", |user| user.in_group("Klaviyo Users") && user.manager.department == "Board");
role("number", |user| VALUE(user.title) == 1);
map_on_create("name.familyName", |user| PROPER(user.sn));
"#;

#[test]
fn somebody_entitled() {
    insta::assert_json_snapshot!(json!(framed(RULES).explain(&company(), 1).unwrap()));
}

#[test]
fn somebody_barred() {
    insta::assert_json_snapshot!(json!(framed(RULES).explain(&company(), 2).unwrap()));
}

#[test]
fn somebody_not_entitled() {
    let policy =
        framed("role(\"it\", |user| user.department.equals(\"IT\") || user.manager.title.contains(\"x\"));");
    insta::assert_json_snapshot!(json!(policy.explain(&company(), 0).unwrap()));
    assert_eq!(policy.explain(&company(), 3), None);
}

#[test]
fn somebody_on_whom_the_policy_fails() {
    let policy = framed(
        "fn level(text) {\n    VALUE(text) + 1\n}\nrole(\"a\", |user| level(user.title) > 1);\nrole(\"b\", |user| true);",
    );
    insta::assert_json_snapshot!(json!(policy.explain(&company(), 1).unwrap()));
}

/// What Mia lacks, for every kind of term; each line is a condition that she does not pass.
const MISSED: &str = r#"
user.title.equals("Director")
user.title.starts_with("Senior")
user.title.ends_with("of Staff")
user.title.contains("Lead") && user.title.contains("Global")
!user.title.contains("Manager")
user.title.matches("^lead\\b|chief") && !user.sn.matches("fisch")
user.department in ["IT", "Sales", "Legal", "Board", "Ops"]
user.department !in ["Marketing"]
user.department.any_of(["IT"])
user.in_group("Nobody In Here")
!user.in_group("Klaviyo Users")
user.in_group("No Such Group")
"Nobody In Here" in user.groups
user.manager.in_group("Klaviyo Users") && user.manager.department.equals("IT")
user.logonCount > 12 && user.logonCount != 13
user.logonCount < 3 || user.badPwdCount == 4
7 <= user.badPwdCount
user.mobile != ()
user.mail == ()
user.whenCreated > now().plus_days(-30)
user.whenCreated < user.accountExpires
now().plus_days(1) < now()
user.sn == user.givenName
LOWER(user.mail).ends_with("@example.org")
LEN(user.sn) > 20
user.proxyAddresses.contains("smtp:x@example.com")
user.proxyAddresses.is_empty()
ISBLANK(user.mail)
user.expired
user.department.equals("IT") && user.department.equals("Sales")
user.title == "marketing manager"
user.proxyAddresses.some(|a| a.contains("org"))
if user.department.equals("IT") { user.title.contains("x") } else { user.l.equals("Rome") }
user.a_b_c_d != () && user.l != ()
user.l == "1" && user.c == "2" && user.co == "3" && user.st == "4"
"#;

#[test]
fn what_is_missed_is_said_of_every_kind_of_term() {
    let mut told = String::new();
    for condition in MISSED.lines().filter(|line| !line.is_empty()) {
        let compiled = compile(&[("main.rhai", &format!("{FRAME}role(\"x\", |user| {condition});"))]);
        let Some(policy) = compiled.policy else { continue };
        let explanation = policy.explain(&company(), 1).unwrap();
        let miss = explanation.nearest.map_or("nothing near".to_owned(), |miss| miss.to_string());
        writeln!(told, "{condition}\n  {miss}").unwrap();
    }
    insta::assert_snapshot!(told);
}

/// A change that would give another role first, or make a mapping fail, gives not this one.
#[test]
fn what_does_not_give_the_role_is_not_told() {
    let rules = "role(\"first\", |user| user.l.equals(\"Rome\"));\nrole(\"second\", |user| user.l.contains(\"Rome\"));\n\
                 role(\"third\", |user| user.mail == ());";
    let told: Vec<_> = framed(rules)
        .explain(&company(), 1)
        .unwrap()
        .roles
        .into_iter()
        .map(|role| format!("{}: {}", role.name, role.miss.map_or_else(String::new, |miss| miss.to_string())))
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}
