//! The customer's script tests: what passes, what fails and how that is told, and what is no test.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rolecall::config::Sources;
use rolecall::policy::Policy;
use rolecall::testing::{self, Counts, Fixtures, Material, Options, Report};

mod coverage;
mod kept;
mod mutation;
mod watch;
mod words;

const POLICY: &str = r#"
import "std/people" as people;
provision_by_role();
protect("owner@example.com");
map("userName", |user| LOWER(user.mail));
map("name.givenName", |user| people::given_name(user));
map_on_create("name.familyName", |user| user.sn);
role("manager", |user| user.title.contains("Manager"));
role("new", |user| user.whenCreated > now().plus_days(-30));
role("report", |user| user.manager.title.contains("Manager"));
role("number", |user| VALUE(user.title) == 1);
"#;

const PEOPLE: &str = r#"
[mia]
givenName = "Mia"
sn = "Fischer"
mail = "Mia@example.com"
title = "Marketing Manager"
groups = ["Marketing All"]

[noah]
givenName = "Noah"
mail = "noah@example.com"
title = "1"
"#;

fn policy() -> Arc<Policy> {
    let files = BTreeMap::from([("main.rhai".to_owned(), Arc::from(POLICY))]);
    let sources = Sources { entry: "main.rhai".into(), files, extra_attributes: Vec::new() };
    Arc::new(Policy::compile(&sources).policy.unwrap())
}

fn run(tests: &str) -> Report {
    let fixtures = BTreeMap::from([("people.toml".to_owned(), Arc::from(PEOPLE))]);
    let files = BTreeMap::from([("a_test.rhai".to_owned(), Arc::from(tests))]);
    let fixtures = Arc::new(Fixtures::read(&fixtures).unwrap());
    Material { files, fixtures, ..Material::default() }.run(&policy(), &Options::default())
}

fn human(tests: &str) -> String {
    testing::human(&run(tests), false)
}

/// What tests are for: these pass.
#[test]
fn what_passes() {
    let tests = r##"
        clock("2026-03-01T00:00:00Z");
        test("roles, names and operations", || {
            let d = decide(fixture("mia"));
            expect(d.role).to_be("manager");
            expect(d.provisioned).to_be_true();
            expect(d.failed).to_be_blank();
            expect(d.userName).to_be("mia@example.com");
            expect(d["name.familyName"]).to_be("Fischer");
            expect(d.user.title).to_contain("Manager");
            expect(d.user.in_group("marketing all")).to_be(true);
            expect(d.reasons.len()).to_be(1);
            expect(d.operation_for(no_account())).to_be("create");
            expect(plan(fixture("mia"), active_account(fixture("mia")))).to_be("none");
            expect(plan(fixture("mia"), inactive_account(fixture("mia")))).to_be("reactivate");
            expect(plan(fixture("mia").with(#{ enabled: false }), active_account(fixture("mia")))).to_be("deactivate");
            expect(plan(fixture("mia"), active_account(fixture("mia")).with(#{ role: "x" }))).to_be("update");
        });
        test("an error is no decision", || {
            let d = decide(fixture("noah").with(#{ title: "one" }));
            expect(d.failed).to_contain("#VALUE!");
            expect(plan(fixture("noah").with(#{ title: "one" }), active_account(fixture("mia")))).to_be("skipped");
        });
        test("people made on the spot, and their managers", || {
            let boss = person(#{ title: "Manager of Managers" });
            let somebody = person(#{ mail: "x@example.com", manager: boss });
            expect(somebody.manager.title).to_be("Manager of Managers");
            expect(decide(somebody).role).to_be("report");
            expect(decide(somebody.with(#{ manager: () })).provisioned).to_be_false();
            let changed = fixture("noah").with(#{ manager: fixture("mia").with(#{ title: "Head" }) });
            expect(changed.manager.title).to_be("Head");
        });
        test("the clock is the file's", || {
            expect(decide(person(#{ mail: "a@example.com", whenCreated: "20260220000000.0Z" })).role).to_be("new");
            expect(decide(person(#{ mail: "a@example.com", title: "1", whenCreated: "20250220000000.0Z" })).role).to_be("number");
            expect(YEAR(now())).to_be(2026);
            expect(MONTH(now())).to_be(3);
        });
        test_each("lists", [1, [2.0, "x"], #{ a: () }], |value| {
            expect(value).to_be(value);
            expect([value]).to_contain(value);
            expect(value).not_to_be("value");
            expect(fixture("mia")).not_to_be(fixture("noah"));
            expect(NA()).not_to_be(VALUE("x"));
            expect(NA()).to_be(NA());
        });
    "##;
    insta::assert_snapshot!(human(tests));
}

#[test]
fn failures_show_what_was_expected_and_what_was_there() {
    let tests = r##"
test("a value", || expect(decide(fixture("mia")).role).to_be("analyst"));
test("the second of two", || {
    expect(1).to_be(1); expect([1, "x"]).to_be([1, "y"]); expect(2).to_be(2);
});
test("over several lines", || {
    expect(decide(fixture("mia").with(#{
        title: "Writer; (junior)",
    })).failed)
        .to_be_blank();
});
test("not", || { expect("a").not_to_be("a"); });
test("contain", || { expect(["a"]).to_contain("b"); });
test("contain not", || { expect("abc").not_to_contain("b"); });
test("true", || { expect("true").to_be_true(); });
test("blank", || { expect(fixture("mia").groups).to_be_blank(); });
fn in_a_function(user) {
    expect(user.title).to_be("x");
}
test_each("each", [fixture("mia"), fixture("noah")], |user| in_a_function(user));
test_each("numbers", [1, 2, 3], |n| expect(n < 3).to_be_true());
"##;
    insta::assert_snapshot!(human(tests));
}

/// A test that is wrong in itself did not fail: it is in error, which is told apart.
#[test]
fn errors_are_told_apart_from_failures() {
    let tests = r##"
test("nobody", || expect(decide(fixture("mio")).role).to_be("x"));
test("no such file", || expect(fixtures("peple").len()).to_be(2));
test("no such attribute", || expect(fixture("mia").titel).to_be("x"));
test("set a misspelt attribute", || expect(fixture("mia").with(#{ titel: "x" }).title).to_be("x"));
test("no such thing in a decision", || expect(decide(fixture("mia")).roll).to_be("x"));
test("expects nothing", || { decide(fixture("mia")); });
test("caught", || { try { expect(1).to_be(2); } catch { } });
test("a test in a test", || { test("inner", || expect(1).to_be(2)); });
test("the clock in a test", || { clock("2026-01-01T00:00:00Z"); expect(1).to_be(1); });
test("throws", || { throw "by hand"; });
test("a person that is none", || expect(decide(fixture("mia").with(#{ userAccountControl: "x" })).role).to_be("x"));
test("an account that is none", || expect(no_account().with(#{ role: "x" })).to_be("x"));
"##;
    insta::assert_snapshot!(human(tests));
}

#[test]
fn files_that_cannot_be_run() {
    let mut out = String::new();
    for tests in [
        "test(\"x\", || expect(1).to_be(1)",
        "test(\"x\", || expct(1).to_be(1));",
        "clock(\"tomorrow\");",
        "test_each(\"x\", [], |n| expect(n).to_be(1));",
        "let mia = fixture(\"mia\");\nclock(\"2026-01-01T00:00:00Z\");",
        "import \"nothing\" as n;",
        "role(\"x\", |user| true);\ntest(\"x\", || expect(decide(fixture(\"mia\")).role).to_be(\"x\"));",
        "test(\"x\", || { expect(decide(fixture(\"mia\")).role == \"x\"); });",
        "test(\"x\", || expect(1).to_bee(1));",
        "test(\"x\", || expect(1).to_be());",
        "test(\"x\", || expect(1).to_match_snapshot(\"a\", \"b\"));",
        "test(\"x\", || decied(fixtrue(\"mia\")).role);",
        "test(\"x\", || expect(UPPER(1, 2)).to_be(1));",
        "test(\"x\", || expect(1).to_be(1));\ntest(\"x\", || expect(1).to_be(2));",
        "test_skip(\"x\", || expect(1).to_be(1));",
        "test_skip(\"x\", \" \", || expect(1).to_be(1));",
        "// no test in here",
    ] {
        out.push_str(&format!("──── {}\n{}\n", tests.replace('\n', " ⏎ "), human(tests)));
    }
    insta::assert_snapshot!(out);
}

/// One test must not be able to set the stage for the next.
#[test]
fn nothing_is_kept_from_one_test_to_the_next() {
    let tests = r##"
        let n = 0;
        test("one", || { n += 1; expect(n).to_be(1); });
        test("two", || { n += 1; expect(n).to_be(1); });
        test_each("each", [1, 2], |x| { n += x; expect(n).to_be(x); });
    "##;
    assert_eq!(run(tests).counts(), Counts { passed: 4, ..Counts::default() }, "{}", human(tests));
}

#[test]
fn the_filter_takes_names_and_files() {
    let tests = r#"test("first", || expect(1).to_be(1)); test("second", || expect(1).to_be(2));"#;
    let files = BTreeMap::from([("a_test.rhai".to_owned(), Arc::from(tests))]);
    let material = Material { files, ..Material::default() };
    let counts = |filters: &[&str]| {
        let filters = filters.iter().map(ToString::to_string).collect();
        let report = material.run(&policy(), &Options { filters, ..Options::default() });
        let counts = report.counts();
        ((counts.passed, counts.failed), report.filtered, report.is_success())
    };
    assert_eq!(counts(&["first"]), ((1, 0), 1, true));
    assert_eq!(counts(&["a_test"]), ((1, 1), 0, false));
    assert_eq!(counts(&["third"]), ((0, 0), 2, false));
    assert_eq!(counts(&["third", "second"]), ((0, 1), 1, false));
}

#[test]
fn reports_for_programs_and_ci() {
    let tests = r##"
test("passes", || expect(1).to_be(1));
test("fails & <escapes>", || expect("a").to_be("b"));
test("is wrong", || expect(fixture("x")).to_be(1));
"##;
    let report = run(tests);
    insta::assert_json_snapshot!(testing::json(&report));
    let xml = testing::junit(&report).unwrap();
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r#"time="[0-9.]+""#, "time=\"[duration]\"");
    settings.bind(|| insta::assert_snapshot!(xml));
}

#[test]
fn fixtures_that_are_wrong_say_where() {
    let mut out = String::new();
    for (path, text) in [
        ("a.toml", "[mia]\ntitle = \"x\"\n\n[noah]\ntitle = 1.5\n"),
        ("a.toml", "[mia]\ntitle = \"x\ngivenName = 1\n"),
        ("a.toml", "title = \"x\"\n[mia]\n"),
        ("a.toml", "[mia]\ngroups = [[\"x\"]]\n"),
        ("a.ldif", "dn: CN=x\nobjectClass: user\nmail\n"),
    ] {
        let files = BTreeMap::from([(path.to_owned(), Arc::from(text))]);
        let findings = Fixtures::read(&files).unwrap_err();
        out.push_str(&format!(
            "──── {}\n{}\n",
            text.replace('\n', " ⏎ "),
            rolecall::diagnostic::human(&findings, false)
        ));
    }
    let twice = [("a.toml", "[mia]\n"), ("b.toml", "[mia]\n")];
    let files = twice.map(|(path, text)| (path.to_owned(), Arc::from(text))).into();
    out.push_str(&rolecall::diagnostic::human(&Fixtures::read(&files).unwrap_err(), false));
    let files =
        BTreeMap::from([("a.toml".to_owned(), Arc::from("[mia]\nname = \"x\"\ndepartmnt = \"x\"\n"))]);
    let material = Material { fixtures: Arc::new(Fixtures::read(&files).unwrap()), ..Material::default() };
    out.push_str(&testing::human(&material.run(&policy(), &Options::default()), false));
    insta::assert_snapshot!(out);
}

/// Each module that ships inside the binary has its tests beside it, run as the customer's are.
#[test]
fn the_standard_library_passes_its_tests() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("stdlib/tests");
    let files = Sources::read_folder(&folder, &[".rhai"]).unwrap();
    let material = Material { files, ..Material::default() };
    let report = material.run(&policy(), &Options::default());
    assert!(report.is_success(), "{}", testing::human(&report, false));
    for path in rolecall::policy::stdlib_paths() {
        let file = format!("{}_test.rhai", path.trim_start_matches("std/"));
        assert!(material.files.contains_key(&file), "`{path}` has no tests in {file}");
    }
}
