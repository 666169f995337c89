//! Snapshots of script tests, through the binary: written on demand, compared ever after.

use crate::support::{Project, stable};

const TESTS: &str = r#"
test("the profile", || expect(decide(fixture("mia"))).to_match_snapshot());
test("two of them", || {
    expect(decide(fixture("mia")).profile).to_match_snapshot("profile");
    expect(active_account(fixture("mia"))).to_match_snapshot("account");
});
test_each("each", fixtures("people"), |user| expect(decide(user)).to_match_snapshot());
test("lists and text", || {
    expect([1, "two", [3, #{ four: 4 }], #{ five: [], six: #{} }, ()]).to_match_snapshot("list");
    expect("one line").to_match_snapshot("text");
    expect("=== two\n lines\n").to_match_snapshot("lines");
});
"#;

const PEOPLE: &str = "[mia]\ngivenName = \"Mia\"\nsn = \"Fischer\"\nmail = \"mia@example.com\"\ntitle = \"Manager\"\n\n[noah]\nenabled = false\n";

const POLICY: &str = r#"
provision_by_role();
map("userName", |user| LOWER(user.mail));
map("name.givenName", |user| user.givenName);
map_on_create("name.familyName", |user| user.sn);
role("manager", |user| user.title.contains("Manager"));
"#;

pub(super) fn project() -> Project {
    let project = Project::new();
    project
        .write("rolecall.toml", "[policy]\n")
        .write("policy/main.rhai", POLICY)
        .write("fixtures/people.toml", PEOPLE)
        .write("tests/a_test.rhai", TESTS);
    project
}

const FILE: &str = "tests/snapshots/a_test.snap";

#[test]
fn missing_then_written_then_the_same_then_another() {
    let project = project();
    let _guard = stable();
    let missing = project.rolecall(["test", "--filter", "two of them"]).run();
    assert_eq!(missing.code, Some(4));
    assert!(!project.path("tests/snapshots").exists());
    insta::assert_snapshot!("snapshots_missing", missing);

    let update = project.rolecall(["test", "--update"]).run();
    assert_eq!(update.code, Some(0), "{update}");
    assert_eq!(update.stderr, "wrote snapshots/a_test.snap\n");
    let written = std::fs::read_to_string(project.path(FILE)).unwrap();
    insta::assert_snapshot!("snapshots_file", written);

    let same = project.rolecall(["test"]).run();
    assert_eq!((same.code, same.stderr.as_str()), (Some(0), ""), "{same}");
    let nothing = project.rolecall(["test", "--update"]).run();
    assert_eq!(nothing.stderr, "");

    project.write("policy/main.rhai", &POLICY.replace("LOWER(user.mail)", "UPPER(user.mail)"));
    let differs = project.rolecall(["test"]).run();
    assert_eq!(differs.code, Some(4));
    insta::assert_snapshot!("snapshots_differ", differs);
    assert_eq!(std::fs::read_to_string(project.path(FILE)).unwrap(), written);
}

/// With `--update` nothing could ever fail.
#[test]
fn build_servers_do_not_update() {
    let project = project();
    for ci in ["true", "1", "yes"] {
        let ran = project.rolecall(["test", "--update"]).env("CI", ci).run();
        assert_eq!(ran.code, Some(2), "{ran}");
        let told = "error: `--update` is not for build servers: with it, snapshots cannot fail\n\
                    hint: `CI` is set in the environment; update where you work, and look at what changed\n";
        assert_eq!(ran.stderr, told);
    }
    assert!(!project.path("tests/snapshots").exists());
    for ci in ["", "false"] {
        assert_eq!(project.rolecall(["test", "--update"]).env("CI", ci).run().code, Some(0));
    }
    assert_eq!(project.rolecall(["test"]).env("CI", "true").run().code, Some(0));
}

#[test]
fn what_nobody_asks_for_is_named_and_removed() {
    let project = project();
    project.write("tests/gone_test.rhai", r#"test("x", || expect([1]).to_match_snapshot());"#);
    assert_eq!(project.rolecall(["test", "--update"]).run().code, Some(0));
    project.write("tests/a_test.rhai", &TESTS.replace("(\"text\")", "(\"a text\")"));
    assert_eq!(project.rolecall(["test", "--update", "--filter", "lists"]).run().code, Some(0));

    std::fs::remove_file(project.path("tests/gone_test.rhai")).unwrap();

    // Whoever runs some of the tests, or some that do not end, sees nothing stale.
    let some = project.rolecall(["test", "--filter", "profile"]).run();
    assert!(!some.stdout.contains("lists and text"), "{some}");
    let ran = project.rolecall(["test"]).run();
    assert_eq!(ran.code, Some(0), "{ran}");
    insta::assert_snapshot!(ran.stdout, @"
    a_test.rhai
      pass  the profile
      pass  two of them
      pass  each [1: mia]
      pass  each [2: noah]
      pass  lists and text
    stale a_test.rhai: no test asks for the snapshot `lists and text: text`; `rolecall test --update` removes that
    stale gone_test.rhai: has snapshots, but is not there any more; `rolecall test --update` removes that

    5 passed, 0 failed
    ");
    let json = project.rolecall(["test", "--format", "json"]).run();
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["stale"][0]["snapshot"], "lists and text: text");

    let update = project.rolecall(["test", "--update"]).run();
    assert!(!update.stdout.contains("stale"), "{update}");
    assert!(!project.path("tests/snapshots/gone_test.snap").exists());
    let written = std::fs::read_to_string(project.path(FILE)).unwrap();
    assert!(written.contains("=== lists and text: a text\n"), "{written}");
    assert!(!written.contains("lists and text: text"), "{written}");
    assert!(!project.rolecall(["test"]).run().stdout.contains("stale"));
}

#[test]
fn wrong_use_is_told() {
    let project = project();
    project.write(
        "tests/a_test.rhai",
        r#"
test("twice", || { expect(1).to_match_snapshot("x"); expect(2).to_match_snapshot("x"); });
test("twice without a name", || { expect(1).to_match_snapshot(); expect(2).to_match_snapshot(); });
test("no name", || expect(1).to_match_snapshot(1));
test("a name of two lines", || { expect(1).to_match_snapshot("a\n=== b"); });
"#,
    );
    let ran = project.rolecall(["test", "--update"]).run();
    assert_eq!(ran.code, Some(4));
    insta::assert_snapshot!("snapshots_wrong_use", ran);
    project.write(FILE, "<<<<<<< ours\n=== twice: x\n1\n");
    let ran = project.rolecall(["test"]).run();
    assert_eq!(ran.code, Some(4));
    insta::assert_snapshot!(ran.stderr, @"
    error[T0004]: a line that belongs to no snapshot: each begins with `=== name`
     --> snapshots/a_test.snap:1:1
      |
    1 | <<<<<<< ours
      | ^^^^^^^^^^^^
      |
      = help: remove the file, and `rolecall test --update` writes it anew
    ");
}
