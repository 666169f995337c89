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
        "test_skip",
        &["test_skip(name, why, body)"],
        "A test that is not to be run for now, and the reason, which the report shows.",
    )
    .examples(&[Test(
        r#"test_skip("a contractor gets no account", "the rule comes with the next audit", || {
    expect(decide(person(#{ employeeType: "Contractor" })).provisioned).to_be_false();
});"#,
    )]),
    Doc::new(
        "skip",
        &["skip(why)"],
        "Ends the running test: it neither passes nor fails. The report shows the reason. A run whose tests are all \
         skipped fails.",
    )
    .examples(&[Test(
        r#"test("her mobile is a number", || {
    let mia = fixture("mia");
    if mia.mobile == () { skip("she has none yet"); }
    expect(mia.mobile).to_match("^[0-9 +]+$");
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
        "at",
        &["at(time, body) -> value"],
        "What the closure gives while it is another time, as text (RFC 3339) or as a time. Fixtures that were made before \
         are looked at as of then.",
    )
    .examples(&[Test(
        r#"test("mia is new for a month", || {
    expect(fixture("mia").whenCreated).to_be_greater_than(now().plus_days(-30));
    at("2026-03-01T00:00:00Z", || expect(fixture("mia").whenCreated).to_be_less_than(now().plus_days(-30)));
});"#,
    )]),
    Doc::new(
        "fixture",
        &["fixture(name) -> user"],
        "A person of the fixtures folder: a table of a TOML file and an object of a JSON file by their names, an entry of an \
         LDIF or JSON Lines file by its `sAMAccountName`.",
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
        "What the policy says of a person: `role`, `provisioned`, `profile`, `reasons`, `failed`, `user`, and every mapped \
         attribute by its path.",
    )
    .examples(&[Test(
        r#"test("mia's account", || {
    let d = decide(fixture("mia"));
    expect(d.provisioned).to_be_true();
    expect(d.userName).to_be("mia.fischer@example.com");
});"#,
    )]),
    Doc::new(
        "role",
        &["decision.role -> text"],
        "The role that the person gets; blank without an account or without a role.",
    )
    .examples(&[Test(r#"test("the role", || expect(decide(fixture("mia")).role).to_be("manager"));"#)]),
    Doc::new("provisioned", &["decision.provisioned -> boolean"], "Whether the person gets an account.").examples(&[Test(
        r#"test("a leaver", || expect(decide(fixture("mia").with(#{ enabled: false })).provisioned).to_be_false());"#,
    )]),
    Doc::new(
        "profile",
        &["decision.profile -> map"],
        "All that the account gets: the role and every mapped attribute by its path. Blank for whoever gets none.",
    )
    .examples(&[Test(
        r#"test("all of mia's account", || {
    expect(decide(fixture("mia")).profile).to_be(#{ role: "manager", userName: "mia.fischer@example.com" });
});"#,
    )]),
    Doc::new(
        "reasons",
        &["decision.reasons -> list"],
        "Why it was decided so: sentences with their places in the policy.",
    )
    .examples(&[Test(
        r#"test("why", || expect(decide(fixture("mia")).reasons.some(|why| why.contains("manager"))).to_be_true());"#,
    )]),
    Doc::new(
        "failed",
        &["decision.failed -> text"],
        "Why nothing could be decided, so that the person is left alone; blank where something was.",
    )
    .examples(&[Test(
        r#"test("nothing fails", || expect(decide(fixture("mia")).failed).to_be_blank());"#,
    )]),
    Doc::new("user", &["decision.user -> user"], "The person whom it is about.").examples(&[Test(
        r#"test("whom", || expect(decide(fixture("mia")).user.givenName).to_be("Mia"));"#,
    )]),
    Doc::new(
        "operation_for",
        &["decision.operation_for(account) -> text"],
        "What a cycle would do with the account: `create`, `update`, `reactivate`, `deactivate`, `none`, `skipped`; `wait` for \
         a deactivation that waits (`deprovision_after`); and for what `before` keeps back `hold: ` or `skip: ` with the \
         reason.",
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
        "unwanted_since",
        &["account.unwanted_since(time) -> account"],
        "The account, of which the cycles have wanted since then that it be deactivated: for tests of `deprovision_after`. \
         Without it the test's cycle is the first.",
    )
    .examples(&[Test(
        r#"test("a leaver is not kept waiting", || {
    let mia = fixture("mia");
    let account = active_account(mia).unwanted_since("2026-01-08T09:00:00Z");
    expect(plan(mia.with(#{ enabled: false }), account)).to_be("deactivate");
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
    Doc::new("expect", &["expect(value) -> expectation"], "A value that something is demanded of; what is demanded follows behind a dot.").examples(&[Test(
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
        "to_be_one_of",
        &["expectation.to_be_one_of(list)"],
        "The value must equal an element of the list, letter case included.",
    )
    .examples(&[Test(
        r#"test("one of two", || expect(decide(fixture("mia")).role).to_be_one_of(["manager", "analyst"]));"#,
    )]),
    Doc::new(
        "to_be_greater_than",
        &["expectation.to_be_greater_than(limit)"],
        "The number must be more than this, the time later. Of anything else it is an error.",
    )
    .examples(&[Test(r#"test("some groups", || expect(fixture("mia").groups.len).to_be_greater_than(0));"#)]),
    Doc::new(
        "to_be_less_than",
        &["expectation.to_be_less_than(limit)"],
        "The number must be less than this, the time earlier. Of anything else it is an error.",
    )
    .examples(&[Test(r#"test("made before now", || expect(fixture("mia").whenCreated).to_be_less_than(now()));"#)]),
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
    Doc::new(
        "to_match",
        &["expectation.to_match(pattern)"],
        "The regular expression must match somewhere in the text, letter case included unless it begins with `(?i)`.",
    )
    .blank("A blank matches nothing.")
    .examples(&[Test(r#"test("a user name", || expect(decide(fixture("mia")).userName).to_match("^[a-z.]+@"));"#)]),
    Doc::new(
        "to_match_snapshot",
        &["expectation.to_match_snapshot()", "expectation.to_match_snapshot(name)"],
        "The value must be as in the file below `snapshots` in the tests folder; `rolecall test --update` writes it. A test \
         with several snapshots names each.",
    )
    .examples(&[Test(
        r#"test("mia's account, whole", || {
    expect(decide(fixture("mia"))).to_match_snapshot();
    expect(fixture("mia").groups).to_match_snapshot("groups");
});"#,
    )]),
    Doc::new(
        "expect_error",
        &["expect_error(body, part)"],
        "The closure must come to an error whose message has this text in it.",
    )
    .examples(&[Test(r#"test("no such person", || expect_error(|| fixture("nobody"), "no fixture"));"#)]),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::WORDS;
    use crate::policy::reference::{Doc, Reference, Section};
    use crate::testing::decided::MEMBERS;
    use crate::testing::definitions::engine_of_tests;
    use crate::testing::matcher::MATCHERS;

    /// What has a name that nobody writes: how values become text, and what is closed.
    const UNNAMED: [&str; 4] = ["to_debug", "sleep", "exit", "get_fn_metadata_list"];

    /// Calls that Rhai knows without a function of the name.
    const OF_THE_LANGUAGE: [&str; 2] = ["type_of", "call"];

    /// Calls that are syntax of their own, with the numbers of their arguments, the value that is expected included.
    fn syntax() -> impl Iterator<Item = (String, usize)> {
        let matchers = MATCHERS.iter().flat_map(|matcher| {
            matcher.arguments.clone().map(|arguments| (matcher.name.to_owned(), arguments + 1))
        });
        matchers.chain([("expect".to_owned(), 1)])
    }

    fn is_member(doc: &Doc) -> bool {
        !doc.signatures[0].contains('(')
    }

    #[test]
    fn everything_that_a_script_may_call_is_documented_and_nothing_else() {
        let (engine, _policy) = engine_of_tests().unwrap();
        let registered: BTreeSet<String> = engine
            .collect_fn_metadata(None, |function| Some(function.metadata.name.to_string()), true)
            .into_iter()
            .filter(|name| name.starts_with(|c: char| c.is_alphabetic()) && !name.contains('$'))
            .filter(|name| !UNNAMED.contains(&name.as_str()))
            .chain(syntax().map(|(name, _)| name))
            .collect();
        let words: Vec<Doc> = WORDS.iter().copied().filter(|doc| !is_member(doc)).collect();
        let reference = Reference::new().with(&words, Section::Test);
        let callable = |section| {
            !matches!(section, Section::Attribute | Section::Account | Section::Module | Section::Decision)
        };
        let documented: BTreeSet<String> = reference
            .entries()
            .iter()
            .filter(|entry| callable(entry.section))
            .filter(|entry| {
                let is_call = entry.signatures[0].contains('(');
                is_call || !matches!(entry.section, Section::Person | Section::Operator | Section::Operation)
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
    fn every_documented_call_is_one_that_the_engine_takes_and_matchers_are_told_whole() {
        let (engine, _policy) = engine_of_tests().unwrap();
        let takes: BTreeSet<(String, usize)> = engine
            .collect_fn_metadata(
                None,
                |function| Some((function.metadata.name.to_string(), function.metadata.num_params)),
                true,
            )
            .into_iter()
            .chain(syntax())
            .collect();
        let told: BTreeSet<(String, usize)> = WORDS
            .iter()
            .filter(|doc| !is_member(doc))
            .flat_map(|doc| doc.calls().map(|call| (doc.name.to_owned(), call.len())))
            .collect();
        let unknown: Vec<_> = told.difference(&takes).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
        let untold: Vec<_> = syntax().filter(|call| !told.contains(call)).collect();
        assert!(untold.is_empty(), "{untold:?}");
    }

    #[test]
    fn what_a_decision_has_is_documented() {
        let documented: Vec<_> = WORDS.iter().filter(|doc| is_member(doc)).map(|doc| doc.name).collect();
        assert_eq!(documented, MEMBERS);
    }
}
