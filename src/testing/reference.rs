//! What people are told of the words of tests.

use crate::policy::reference::{Doc, Example::Test};

/// The words of test files, and what is read of what they give.
pub const WORDS: &[Doc] = &[
    Doc::new(
        "test",
        &["test(name, body)"],
        "A test: its name, and a closure that expects something. Each runs by itself; one that expects nothing is an error.",
    )
    .examples(&[Test(
        r#"test("a marketing manager becomes manager", || {
    expect(decide(fixture("mia")).role).to_be("manager");
});"#,
    )]),
    Doc::new(
        "test_each",
        &["test_each(name, list, body)"],
        "A test for each element of a list, which the closure takes.",
    )
    .examples(&[Test(
        r#"test_each("people of marketing have an account", fixtures("people"), |user| {
    expect(decide(user).provisioned).to_be_true();
});"#,
    )]),
    Doc::new(
        "clock",
        &["clock(time)"],
        "The moment at which the file's tests happen, as text (RFC 3339); before the first fixture. Without it: \
         2026-01-15T09:00:00Z.",
    )
    .examples(&[Test(
        r#"clock("2030-01-01T00:00:00Z");
test("time goes by", || expect(now() > fixture("mia").whenCreated.plus_days(365)).to_be_true());"#,
    )]),
    Doc::new(
        "fixture",
        &["fixture(name) -> user"],
        "A person of the fixtures folder: a table of a TOML file by its name, an entry of an LDIF file by its `sAMAccountName`.",
    )
    .examples(&[Test(
        r#"test("mia is in marketing", || expect(fixture("mia").department).to_be("Marketing"));"#,
    )]),
    Doc::new(
        "fixtures",
        &["fixtures(file) -> list"],
        "Everybody of a file of the fixtures folder, named without its ending.",
    )
    .examples(&[Test(r#"test("two are there", || expect(fixtures("people").len).to_be(2));"#)]),
    Doc::new(
        "person",
        &["person(attributes) -> user"],
        "Somebody who is in no fixture: enabled, and with these attributes. `groups` takes names, `manager` a person, \
         `enabled` a boolean.",
    )
    .examples(&[Test(
        r#"test("a manager is found by title", || {
    let p = person(#{ mail: "kim@example.com", title: "Sales Manager", groups: ["Sales"] });
    expect(decide(p).role).to_be("manager");
    expect(p.in_group("sales")).to_be_true();
});"#,
    )]),
    Doc::new(
        "with",
        &["user.with(changes) -> user", "account.with(changes) -> account"],
        "The same person, or account, with some attributes changed. The first stays as it is.",
    )
    .blank("`()` takes an attribute away.")
    .examples(&[Test(
        r#"test("a title makes the difference", || {
    expect(decide(fixture("mia").with(#{ title: () })).role).to_be("analyst");
});"#,
    )]),
    Doc::new(
        "decide",
        &["decide(user) -> decision"],
        "What the policy says of a person: `role`, `provisioned`, `reasons`, `failed`, `user`, and every mapped attribute \
         by its path.",
    )
    .examples(&[Test(
        r#"test("mia's account", || {
    let d = decide(fixture("mia"));
    expect(d.provisioned).to_be_true();
    expect(d.userName).to_be("mia.fischer@example.com");
});"#,
    )]),
    Doc::new(
        "operation_for",
        &["decision.operation_for(account) -> text"],
        "What a cycle would do with the account: `create`, `update`, `reactivate`, `deactivate`, `none`, or `skipped`.",
    )
    .examples(&[Test(
        r#"test("mia is created", || {
    expect(decide(fixture("mia")).operation_for(no_account())).to_be("create");
});"#,
    )]),
    Doc::new("plan", &["plan(user, account) -> text"], "Short for `decide(user).operation_for(account)`.").examples(&[
        Test(
            r#"test("a leaver is deactivated", || {
    let mia = fixture("mia");
    expect(plan(mia.with(#{ enabled: false }), active_account(mia))).to_be("deactivate");
});"#,
        ),
    ]),
    Doc::new("no_account", &["no_account() -> account"], "Klaviyo has no account of the person.").examples(&[Test(
        r#"test("new", || expect(plan(fixture("mia"), no_account())).to_be("create"));"#,
    )]),
    Doc::new(
        "active_account",
        &["active_account(user) -> account"],
        "The account that the policy would make of the person, active.",
    )
    .examples(&[Test(
        r#"test("nothing to do", || {
    let mia = fixture("mia");
    expect(plan(mia, active_account(mia))).to_be("none");
});"#,
    )]),
    Doc::new(
        "inactive_account",
        &["inactive_account(user) -> account"],
        "The account that the policy would make of the person, inactive.",
    )
    .examples(&[Test(
        r#"test("back again", || {
    let mia = fixture("mia");
    expect(plan(mia, inactive_account(mia))).to_be("reactivate");
});"#,
    )]),
    Doc::new("expect", &["expect(value) -> expectation"], "A value that something is demanded of.").examples(&[Test(
        r#"test("sums", || expect(1 + 1).to_be(2));"#,
    )]),
    Doc::new("to_be", &["expectation.to_be(wanted)"], "The value must equal this, letter case included; 1 equals 1.0.")
        .examples(&[Test(r#"test("lists", || expect([1, "a"]).to_be([1.0, "a"]));"#)]),
    Doc::new("not_to_be", &["expectation.not_to_be(other)"], "The value must not equal this.")
        .examples(&[Test(r#"test("letter case", || expect("a").not_to_be("A"));"#)]),
    Doc::new("to_be_blank", &["expectation.to_be_blank()"], "The value must be blank or an empty text.")
        .examples(&[Test(r#"test("no mobile", || expect(fixture("mia").mobile).to_be_blank());"#)]),
    Doc::new("to_be_true", &["expectation.to_be_true()"], "The value must be `true`.")
        .examples(&[Test(r#"test("enabled", || expect(fixture("mia").enabled).to_be_true());"#)]),
    Doc::new("to_be_false", &["expectation.to_be_false()"], "The value must be `false`.")
        .examples(&[Test(r#"test("not expired", || expect(fixture("mia").expired).to_be_false());"#)]),
    Doc::new(
        "to_contain",
        &["expectation.to_contain(part)"],
        "A list must have the element, a text the part, letter case included.",
    )
    .examples(&[Test(r#"test("groups", || expect(fixture("mia").groups).to_contain("Marketing All"));"#)]),
    Doc::new(
        "not_to_contain",
        &["expectation.not_to_contain(part)"],
        "A list must not have the element, nor a text the part.",
    )
    .examples(&[Test(r#"test("no shouting", || expect(fixture("mia").title).not_to_contain("MANAGER"));"#)]),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::WORDS;
    use crate::policy::reference::{Reference, Section};
    use crate::testing::definitions::engine_of_tests;

    /// What has a name that nobody writes: how values become text, and what is closed.
    const UNNAMED: [&str; 2] = ["to_debug", "sleep"];

    /// Calls that Rhai knows without a function of the name.
    const OF_THE_LANGUAGE: [&str; 2] = ["type_of", "call"];

    #[test]
    fn everything_that_a_script_may_call_is_documented_and_nothing_else() {
        let (engine, _policy) = engine_of_tests().unwrap();
        let registered: BTreeSet<String> = engine
            .collect_fn_metadata(None, |function| Some(function.metadata.name.to_string()), true)
            .into_iter()
            .filter(|name| name.starts_with(|c: char| c.is_alphabetic()) && !name.contains('$'))
            .filter(|name| !UNNAMED.contains(&name.as_str()))
            .collect();
        let reference = Reference::new().with(WORDS, Section::Test);
        let callable = |section| {
            !matches!(section, Section::Attribute | Section::Account | Section::Module | Section::Decision)
        };
        let documented: BTreeSet<String> = reference
            .entries()
            .iter()
            .filter(|entry| callable(entry.section))
            .filter(|entry| {
                let is_call = entry.signatures[0].contains('(');
                is_call || !matches!(entry.section, Section::Person | Section::Operator)
            })
            .flat_map(|entry| entry.name.split(' ').map(str::to_owned))
            .filter(|name| name.starts_with(char::is_alphabetic) && !UNNAMED.contains(&name.as_str()))
            .filter(|name| !OF_THE_LANGUAGE.contains(&name.as_str()))
            .collect();
        let without: Vec<_> = registered.difference(&documented).collect();
        assert!(
            without.is_empty(),
            "without documentation: {without:?}; of tests, in src/testing/reference.rs"
        );
        let unknown: Vec<_> = documented.difference(&registered).collect();
        assert!(unknown.is_empty(), "documented, and nothing that a script can call: {unknown:?}");
    }

    #[test]
    fn every_documented_call_is_one_that_the_engine_takes() {
        let (engine, _policy) = engine_of_tests().unwrap();
        let takes: BTreeSet<(String, usize)> = engine
            .collect_fn_metadata(
                None,
                |function| Some((function.metadata.name.to_string(), function.metadata.num_params)),
                true,
            )
            .into_iter()
            .collect();
        for doc in WORDS {
            for call in doc.calls() {
                let call = (doc.name.to_owned(), call.len());
                assert!(takes.contains(&call), "{call:?}");
            }
        }
    }
}
