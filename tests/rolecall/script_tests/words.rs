//! The words of script tests one by one: what each holds, and what it says when it does not.

use std::collections::BTreeMap;
use std::sync::Arc;

use rolecall::testing::{self, Counts, Fixtures, Material, Options, Outcome};

use super::{PEOPLE, human, policy, run};

#[test]
fn what_can_be_expected() {
    let tests = r##"
clock("2026-03-01T00:00:00Z");
test("one of", || {
    expect(decide(fixture("mia")).role).to_be_one_of(["manager", "analyst"]);
    expect(2).to_be_one_of([1, 2.0]);
    expect(()).to_be_one_of([()]);
});
test("more and less", || {
    expect(2).to_be_greater_than(1);
    expect(1.5).to_be_less_than(2);
    expect(now()).to_be_greater_than(now().plus_days(-1));
    expect(9007199254740993).to_be_greater_than(9007199254740992);
});
test("patterns", || {
    expect("mia@example.com").to_match("^\\w+@example\\.com$");
    expect("MIA").to_match("(?i)mia");
});
test("errors", || {
    expect_error(|| fixture("mio"), "no fixture `mio`");
    expect_error(|| { throw "by hand"; }, "by hand");
    let n = 0;
    expect_error(|| { n += 1; throw n; }, "1");
    expect(n).to_be(1);
});
test("profiles and accounts as maps", || {
    expect(decide(fixture("mia")).profile).to_be(#{
        role: "manager", userName: "mia@example.com", "name.givenName": "Mia", "name.familyName": "Fischer",
    });
    expect(decide(fixture("mia").with(#{ title: () })).profile).to_be_blank();
    expect(decide(fixture("mia"))).to_be(decide(fixture("mia").with(#{ title: "Manager of Managers" })));
    expect(active_account(fixture("mia"))).to_be(inactive_account(fixture("mia")).with(#{ active: true }));
    expect(active_account(fixture("mia"))).not_to_be(no_account());
});
"##;
    insta::assert_snapshot!(human(tests), @r"
    a_test.rhai
      pass  one of
      pass  more and less
      pass  patterns
      pass  errors
      pass  profiles and accounts as maps

    5 passed, 0 failed
    ");
}

#[test]
fn what_does_not_hold_shows_why() {
    let tests = r##"
test("one of", || expect("x").to_be_one_of(["a", "b"]));
test("more", || expect(1).to_be_greater_than(1));
test("less", || expect(fixture("noah").title.len()).to_be_less_than(1));
test("a pattern", || expect(fixture("mia").mail).to_match("^mia@"));
test("a pattern of what is no text", || expect(()).to_match("."));
test("an error that does not come", || expect_error(|| 1 + 1, "x"));
test("another error", || {
    expect_error(|| fixture("mio"), "no such person");
});
test("an expectation is no error to ask for", || expect_error(|| expect(1).to_be(2), "expected"));
test("why the role, and why not the other", || {
    let user = fixture("mia").with(#{ title: "Assistant", manager: fixture("mia") });
    expect(decide(user).role).to_be("manager");
});
test("why there is no account", || expect(plan(fixture("mia").with(#{ enabled: false }), no_account())).to_be("create"));
test("a map", || {
    expect(decide(fixture("mia")).profile).to_be(#{
        role: "manager", userName: "Mia@example.com", "name.givenName": "Mia", "name.middleName": (),
    });
});
test("decisions", || expect(decide(fixture("mia"))).to_be(decide(fixture("noah"))));
test("accounts", || expect(active_account(fixture("mia"))).to_be(no_account()));
test("nested, and long", || {
    let long = []; for n in 0..100 { long.push(n); }
    let other = long; other[50] = #{ a: [], b: "two\nlines", c: #{ d: 1 } };
    expect(other).to_be(long);
});
"##;
    insta::assert_snapshot!(human(tests));
}

/// Every kind of expression that can stand in an `expect`, with its parts.
#[test]
fn parts_have_the_values_that_they_had() {
    let tests = r##"
import "std/text" as text;
const LIMIT = 3;
fn twice(n) { n * 2 }
test("operators and brackets", || {
    let a = 1; let b = 2;
    expect((a + b) * twice(b) > 100 && b != 7).to_be_true();
});
test("modules, and text with a )", || {
    let mail = "mia@example.com";
    expect(text::domain(mail) + ")").to_be(1);
});
test("indices", || {
    let map = #{ list: [1, [2, 3]], "a b": 1 };
    expect(map.list[1][map["a b"]]).to_be(map);
});
test("interpolated", || { let who = "Zoë 東京"; expect(`hallo ${who}`).to_be("x"); });
test("what changes is asked once", || { let list = [1, 2]; expect(list.pop()).to_be(list); });
test("closures", || { let n = 2; expect([1, 2, 3].filter(|x| x > n).len()).to_be(n); });
test("over lines", || {
    let mia = fixture("mia");
    expect(
        // the role
        decide(mia)
            .role
    ).to_be("x");
});
test("not, minus, if", || { let yes = true; expect(!yes).to_be_true(); });
test("if", || { let yes = true; expect(if yes { 1 } else { 2 }).to_be(2); });
test("an operand that would fail", || { let x = (); expect(x != () && x.foo + 1 == 1).to_be_true(); });
test("elvis and coalesce", || { let x = (); expect(x?.y ?? "none").to_be(1); });
"##;
    insta::assert_snapshot!(human(tests));
}

#[test]
fn skipped_is_a_state_of_its_own() {
    let tests = r##"
test("runs", || expect(1).to_be(1));
test_skip("not yet", "the rule comes with the merger", || expect(1).to_be(2));
test("in the middle", || { expect(1).to_be(1); skip("no such user in this directory"); expect(1).to_be(2); });
test("caught", || { try { skip("caught"); } catch { } expect(1).to_be(1); });
test_each("each", [1, 2], |n| { if n == 2 { skip("2 is another matter"); } expect(n).to_be(1); });
test("failed before", || { try { expect(1).to_be(2); } catch { } skip("too late"); });
test("without a reason", || skip(""));
"##;
    insta::assert_snapshot!(human(tests));
    insta::assert_snapshot!(testing::tap(&run(tests)));
    let xml = testing::junit(&run(tests)).unwrap();
    assert!(xml.contains(r#"tests="8" skipped="4" failures="1" errors="1""#), "{xml}");
    assert!(xml.contains(r#"<skipped message="the rule comes with the merger"/>"#), "{xml}");
    let json = testing::json(&run(tests));
    assert_eq!(json["skipped"], 4);
    assert_eq!(json["tests"][1]["outcome"], "skipped");
    assert_eq!(json["tests"][1]["reason"], "the rule comes with the merger");
}

/// A run in which nothing was tested proves nothing.
#[test]
fn skipped_alone_is_no_success() {
    let report = run(r#"test_skip("a", "b", || expect(1).to_be(1));"#);
    assert_eq!(report.counts(), Counts { skipped: 1, ..Counts::default() });
    assert!(!report.is_success());
}

#[test]
fn the_clock_can_be_another_within_a_test() {
    let tests = r##"
clock("2026-03-01T00:00:00Z");
// accountExpires counts 100 ns from 1601-01-01 (MS-ADTS 2.2.1): this is 2029-01-01.
fn joined(user) { user.with(#{ whenCreated: "20260220000000.0Z", title: "2", accountExpires: "135063936000000000" }) }
test("facts and now() follow it, also for people made before", || {
    let mia = joined(fixture("mia"));
    expect(decide(mia).role).to_be("new");
    expect(mia.expired).to_be_false();
    at("2026-05-01T00:00:00Z", || {
        expect(MONTH(now())).to_be(5);
        expect(decide(mia).role).to_be_blank();
        expect(decide(mia).provisioned).to_be_false();
    });
    let later = at("2030-01-01T00:00:00Z", || [decide(mia), mia.expired, decide(fixture("mia")).role]);
    expect(later[0].reasons[0]).to_contain("expired");
    expect(later[1]).to_be_true();
    expect(later[2]).to_be("manager");
    at(now().plus_days(40), || at("2026-03-02T00:00:00Z", || expect(DAY(now())).to_be(2)));
    expect(MONTH(now())).to_be(3);
});
test("no time", || at("tomorrow", || expect(1).to_be(1)));
test("what fails in it is shown where it stands", || {
    at("2026-05-01T00:00:00Z", || {
        expect(decide(joined(fixture("mia"))).role).to_be("new");
    });
});
"##;
    insta::assert_snapshot!(human(tests));
}

/// Whatever the order and the number of threads: every test finds the world as its file left it.
#[test]
fn no_test_sees_what_another_did() {
    let text = r##"
        let n = 0; let list = []; let map = #{ inner: #{ n: 0 } };
        const SHARED = [];
        let count = || { n += 1; list.push(n); map.inner.n += 1; n };
        for name in ["a", "b", "c", "d"] {
            test(name, || {
                expect(n).to_be(0);
                expect(count.call()).to_be(1);
                expect([n, list, map]).to_be([n, list, map]);
                list.push(1); map.inner.n += 1; n += 1;
                expect(list.len()).to_be_less_than(3);
                expect(map.inner.n).to_be_less_than(3);
            });
        }
        test_each("case", [list, list, list], |each| {
            each.push(1); list.push(1);
            expect(each).to_be([1]);
            expect(list).to_be([1]);
        });
        test("the fixture", || {
            let mia = fixture("mia").with(#{ title: "x" });
            expect(mia.title).to_be("x");
        });
        test("the fixture again", || expect(fixture("mia").title).to_be("Marketing Manager"));
    "##;
    let fixtures = BTreeMap::from([("people.toml".to_owned(), Arc::from(PEOPLE))]);
    let files = ["a", "b", "c", "d", "e"].map(|name| (format!("{name}_test.rhai"), Arc::from(text)));
    let fixtures = Arc::new(Fixtures::read(&fixtures).unwrap());
    let material = Material { files: files.into(), fixtures, ..Material::default() };
    let of = |seed, jobs| {
        let jobs = std::num::NonZeroUsize::new(jobs);
        let mut report = material.run(&policy(), &Options { seed, jobs, ..Options::default() });
        assert!(report.is_success(), "{}", testing::human(&report, false));
        report.seed = 0;
        testing::human(&report, false)
    };
    let one = of(0, 1);
    for seed in 1..6 {
        assert_eq!(of(seed, 4), one);
    }
}

/// The seed decides what is run before the first failure, and the summary says it.
#[test]
fn fail_fast_begins_no_more_tests() {
    let text = r#"for n in 0..20 { test(`${n}`, || expect(n % 2).to_be(0)); }"#;
    let files = BTreeMap::from([("a_test.rhai".to_owned(), Arc::from(text))]);
    let material = Material { files, ..Material::default() };
    let run = |seed| material.run(&policy(), &Options { seed, fail_fast: true, ..Options::default() });
    let report = run(5);
    let counts = report.counts();
    assert_eq!(counts.failed, 1);
    assert_eq!(counts.total() + report.not_run, 20);
    assert!(report.not_run > 0);
    assert!(!report.is_success());
    let summary = format!("{} passed, 1 failed, {} not run (seed 5)\n", counts.passed, report.not_run);
    assert!(testing::human(&report, false).ends_with(&summary));
    assert_eq!(testing::json(&report)["seed"], 5);
    let ran = |seed| -> Vec<String> { run(seed).suites[0].results.iter().map(|r| r.name.clone()).collect() };
    assert_eq!(ran(5), ran(5));
    assert!((0..10).any(|seed| ran(seed) != ran(5)));
}

#[test]
fn people_can_come_as_json() {
    let tests = r##"
test("objects", || {
    expect(fixture("mia").groups).to_be(["A", "B"]);
    expect(fixture("mia").givenName).to_be("Mia");
    expect(fixture("off").enabled).to_be_false();
    expect(fixtures("people").len()).to_be(2);
});
test("lines", || {
    expect(fixture("noah").title).to_be("Writer");
    expect(fixtures("more").len()).to_be(1);
});
"##;
    let fixtures = [
        (
            "people.json",
            r#"{"mia": {"givenName": "Mia", "groups": ["A", "B"], "mail": null}, "off": {"enabled": false}}"#,
        ),
        (
            "more.jsonl",
            "{\"dn\": \"CN=n\", \"sAMAccountName\": \"noah\", \"objectClass\": [\"user\"], \"title\": \"Writer\"}\n",
        ),
    ];
    let fixtures = fixtures.map(|(path, text)| (path.to_owned(), Arc::from(text))).into();
    let files = BTreeMap::from([("a_test.rhai".to_owned(), Arc::from(tests))]);
    let material =
        Material { files, fixtures: Arc::new(Fixtures::read(&fixtures).unwrap()), ..Material::default() };
    let report = material.run(&policy(), &Options::default());
    assert!(report.is_success(), "{}", testing::human(&report, false));
}

#[test]
fn json_that_is_wrong_says_where() {
    let mut out = String::new();
    for (path, text) in [
        ("a.json", "{\n  \"mia\": {\"title\": \"x\",\n    \"givenName\": {}}\n}\n"),
        ("a.json", "{\"mia\": {\"title\": 1.5}}"),
        ("a.json", "{\"mia\": {\"title\": \"x\", \"title\": \"y\"}}"),
        ("a.json", "{\"mia\": {},\n \"noah\": {\"title\": \"a \\\" b\"}, \"mia\": {}}"),
        ("a.json", "{\"mia\": \"Mia\"}"),
        ("a.json", "{\"mia\": [{\"title\": \"x\"}]}"),
        ("a.json", "[{\"name\": \"mia\"}]"),
        ("a.json", "{\"mia\": {\"title\": \"x\"}\n"),
        ("a.json", "{\"mia\": {\"title\": \"x\",}}"),
        ("a.json", ""),
        ("a.jsonl", "{\"dn\": \"CN=a\"}\n{\"cn\": \"b\"}\n"),
    ] {
        let files = BTreeMap::from([(path.to_owned(), Arc::from(text))]);
        let findings = Fixtures::read(&files).unwrap_err();
        let findings = rolecall::diagnostic::human(&findings, false);
        out.push_str(&format!("──── {}\n{findings}\n", text.replace('\n', " ⏎ ")));
    }
    let files = BTreeMap::from([("a.json".to_owned(), Arc::from("{\"mia\": {\n  \"titel\": \"x\"}}"))]);
    let material = Material { fixtures: Arc::new(Fixtures::read(&files).unwrap()), ..Material::default() };
    out.push_str(&testing::human(&material.run(&policy(), &Options::default()), false));
    insta::assert_snapshot!(out);
}

/// What the terminal and the formats would take for their own.
#[test]
fn names_and_values_cannot_steer_the_reports() {
    let tests =
        "test(\"a # SKIP b\\n\\u001b[31m\", || expect(\"\\u001b[31m\\n# TODO\").to_be(\"...\\n1..9\"));";
    let report = run(tests);
    assert!(matches!(report.suites[0].results[0].outcome, Outcome::Failed(_)));
    for text in [testing::human(&report, false), testing::tap(&report)] {
        assert!(!text.contains('\u{1b}'), "{text}");
    }
    insta::assert_snapshot!(testing::tap(&report));
}
