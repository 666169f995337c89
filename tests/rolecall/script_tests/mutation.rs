//! `rolecall test --mutate`: mistakes made on purpose, and which of them the tests notice.

use serde_json::Value;

use crate::support::{Project, stable};

const HEAD: &str = "provision_by_role();\nmap(\"userName\", |user| LOWER(user.mail));\n";

/// Everything that a hand can slip on, each in a rule of its own.
const POLICY: &str = r#"
fn has_mail(user) { user.mail != () }
role("both", |user| has_mail(user) && user.title.contains("Both") && user.l.equals("Berlin"));
role("either", |user| has_mail(user) && (user.title.starts_with("Either") || user.department.any_of(["A", "B"])));
role("group", |user| user.in_group("One") && !user.in_group("Two"));
role("number", |user| user.logonCount > 3);
role("words", |user| user.title.matches("lead|head"));
map("title", |user| switch user.c { "DE" => "Herr", "FR" => "M.", _ => LEFT(user.title, 6) });
map("displayName", |user| if user.sn != () { `${user.givenName} ${user.sn}` } else { user.givenName });
"#;

const PEOPLE: &str = "[ann]\ngivenName = \"Ann\"\nmail = \"ann@example.com\"\n";

/// Notices all that can be noticed.
const STRICT: &str = r#"
test("both", || {
    let both = #{ title: "Both of us", l: "Berlin" };
    expect(decide(fixture("ann").with(both)).role).to_be("both");
    expect(decide(fixture("ann").with(both).with(#{ mail: () })).provisioned).to_be_false();
    expect(decide(fixture("ann").with(both).with(#{ l: "Bonn" })).provisioned).to_be_false();
    expect(decide(fixture("ann").with(both).with(#{ title: "B" })).provisioned).to_be_false();
    expect(decide(fixture("ann").with(both).with(#{ department: "A" })).role).to_be("both");
});
test("either", || {
    expect(decide(fixture("ann").with(#{ title: "Either" })).role).to_be("either");
    expect(decide(fixture("ann").with(#{ department: "A" })).role).to_be("either");
    expect(decide(fixture("ann").with(#{ department: "B" })).role).to_be("either");
    expect(decide(fixture("ann").with(#{ department: "A", mail: () })).provisioned).to_be_false();
    expect(decide(fixture("ann").with(#{ department: "A", groups: ["One"] })).role).to_be("either");
});
test("group", || {
    expect(decide(fixture("ann").with(#{ groups: ["One"], logonCount: 9 })).role).to_be("group");
    expect(decide(fixture("ann").with(#{ groups: ["One"] })).role).to_be("group");
    expect(decide(fixture("ann").with(#{ groups: ["Two"] })).provisioned).to_be_false();
    expect(decide(fixture("ann").with(#{ groups: ["One", "Two"] })).provisioned).to_be_false();
});
test("number", || {
    expect(decide(fixture("ann").with(#{ logonCount: 3 })).provisioned).to_be_false();
    expect(decide(fixture("ann").with(#{ logonCount: 4 })).role).to_be("number");
    expect(decide(fixture("ann").with(#{ logonCount: 4, title: "lead" })).role).to_be("number");
});
test("words", || {
    expect(decide(fixture("ann").with(#{ title: "Lead" })).role).to_be("words");
    expect(decide(fixture("ann").with(#{ title: "Head" })).role).to_be("words");
});
test("accounts", || {
    let lead = fixture("ann").with(#{ title: "Leaders of all" });
    expect(decide(lead).title).to_be("Leader");
    expect(decide(lead).displayName).to_be("Ann");
    expect(decide(lead).userName).to_be("ann@example.com");
    expect(decide(lead.with(#{ c: "DE" })).title).to_be("Herr");
    expect(decide(lead.with(#{ c: "FR" })).title).to_be("M.");
    expect(decide(lead.with(#{ sn: "Lee" })).displayName).to_be("Ann Lee");
});
"#;

/// Decides of everybody, and expects next to nothing.
const LAX: &str = r#"
test("lax", || {
    expect(decide(fixture("ann").with(#{ title: "Both of us", l: "Berlin" })).failed).to_be_blank();
    expect(decide(fixture("ann").with(#{ title: "Either" })).failed).to_be_blank();
    expect(decide(fixture("ann").with(#{ groups: ["One"] })).failed).to_be_blank();
    expect(decide(fixture("ann").with(#{ logonCount: 3 })).failed).to_be_blank();
    expect(decide(fixture("ann").with(#{ title: "Head", sn: "Lee", c: "DE" })).failed).to_be_blank();
});
"#;

fn project(policy: &str, tests: &str) -> Project {
    let project = Project::new();
    project
        .write("rolecall.toml", "[policy]\n")
        .write("policy/main.rhai", &format!("{HEAD}{policy}"))
        .write("fixtures/people.toml", PEOPLE)
        .write("tests/a_test.rhai", tests);
    project
}

fn mutants(project: &Project) -> Vec<Value> {
    let ran = project.rolecall(["test", "--mutate", "--format", "json"]).run();
    let report: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran}"));
    report["mutation"]["mutants"].as_array().unwrap_or_else(|| panic!("{ran}")).clone()
}

/// One line a mistake: `4 user.l.equals("Berlin") negated: killed`.
fn lines(mutants: &[Value]) -> String {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let line = |mutant: &Value| {
        let [what, fate] = ["what", "fate"].map(|field| text(&mutant[field]));
        format!("{} {} {what}: {fate}\n", mutant["at"]["line"], text(&mutant["text"]))
    };
    mutants.iter().map(line).collect()
}

#[test]
fn strict_tests_notice_every_kind_of_mistake() {
    insta::assert_snapshot!(lines(&mutants(&project(POLICY, STRICT))));
}

#[test]
fn lax_tests_notice_nothing() {
    let _guard = stable();
    let ran = project(POLICY, LAX).rolecall(["test", "--mutate"]).run();
    assert_eq!(ran.code, Some(0), "without a threshold survivors are only told");
    insta::assert_snapshot!(ran);
}

#[test]
fn the_threshold_holds_for_the_score() {
    let project = project(POLICY, LAX);
    let run = |threshold: &str| project.rolecall(["test", "--mutate", "--threshold", threshold]).run();
    assert_eq!(run("0").code, Some(0));
    let high = run("50");
    assert_eq!(high.code, Some(4));
    assert!(high.stderr.contains("error: the mutation score is "), "{high}");
}

#[test]
fn mistakes_that_change_nothing_for_anybody_do_not_count() {
    let policy = "role(\"all\", |user| user.mail != () && user.mail.contains(\"@\"));\n";
    let tests = r#"
        test("one", || expect(decide(fixture("ann")).role).to_be("all"));
        test("two", || expect(decide(fixture("ann").with(#{ mail: () })).provisioned).to_be_false());
    "#;
    insta::assert_snapshot!(lines(&mutants(&project(policy, tests))));
}

/// Nobody could tell who noticed a mistake.
#[test]
fn failing_tests_come_first() {
    let project = project(POLICY, &LAX.replacen("to_be_blank", "to_be_true", 1));
    let ran = project.rolecall(["test", "--mutate"]).run();
    assert_eq!(ran.code, Some(4));
    assert!(!ran.stdout.contains("\nmutation\n"), "{ran}");
    assert!(
        ran.stderr.ends_with("error: mistakes are made only in a policy of which all tests pass\n"),
        "{ran}"
    );
}

/// What a file decides while it is loaded is decided anew under each mistake, and so are snapshots compared.
#[test]
fn tests_see_the_mistake_wherever_they_look() {
    let policy = "role(\"all\", |user| user.mail.contains(\"@\"));\n";
    let loading = r#"
        let roles = [decide(fixture("ann")).role];
        test_each("at load", roles, |role| expect(role).to_be("all"));
    "#;
    let project = project(policy, loading);
    assert!(
        mutants(&project).iter().all(|mutant| mutant["fate"] == "killed"),
        "{}",
        lines(&mutants(&project))
    );

    project.write(
        "tests/a_test.rhai",
        "test(\"kept\", || expect(decide(fixture(\"ann\"))).to_match_snapshot());",
    );
    assert_eq!(project.rolecall(["test", "--update"]).run().code, Some(0));
    assert!(
        mutants(&project).iter().all(|mutant| mutant["fate"] == "killed"),
        "{}",
        lines(&mutants(&project))
    );
}

/// Where a changed tree has no answer, the right rule must not answer for it.
#[test]
fn a_mistake_without_an_answer_is_an_error() {
    let policy = "role(\"all\", |user| user.mail != () && [\"a\", \"b\"][user.logonCount - 1] == \"b\");\n";
    let tests =
        "test(\"b\", || expect(decide(fixture(\"ann\").with(#{ logonCount: 2 })).role).to_be(\"all\"));";
    insta::assert_snapshot!(lines(&mutants(&project(policy, tests))));
}
