//! Why: every rule's answer, and what was read to come to it.

use serde_json::json;

use super::stage::{company, framed};

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
