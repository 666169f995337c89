//! `rolecall test --coverage`: what the tests show of the policy, and fixtures for the rest.

use std::path::Path;

use serde_json::Value;

use crate::support::{Project, stable};

const LISTS: &str = r#"
fn in_marketing(user) { user.mail != () && user.department.any_of(["Marketing", "Brand"]) }
"#;

const POLICY: &str = r#"
import "lists" as lists;
import "std/people" as people;

provision_by_role();
role("manager", |user|
    lists::in_marketing(user)
    && user.title.contains("Manager")
    && !people::is_contractor(user));
role("writer", |user| lists::in_marketing(user) && (user.title.contains("Writer") || user.in_group("Writers")));
role("counted", |user| {
    let found = 0;
    for group in user.groups { if group.starts_with("K") { found += 1; } }
    found > 1
});
role("new", |user| user.whenCreated > now().plus_days(-30) && user.employeeNumber == "7");

map("userName", |user| LOWER(user.mail));
map("name.givenName", |user| if user.displayName != () { user.displayName } else { user.givenName });
map("title", |user| switch user.c { "DE" => "Herr", "FR" => "M.", _ => user.title });
"#;

const PEOPLE: &str = r#"
[mia]
givenName = "Mia"
mail = "mia@example.com"
department = "Marketing"
title = "Manager \"of\" Campaigns"
groups = ["Marketing All"]

["bob b"]
givenName = "Bob"
mail = "bob@example.com"
department = "IT"
c = "DE"
"#;

const TESTS: &str = r#"
test("mia", || expect(decide(fixture("mia")).role).to_be("manager"));
test("no department", || expect(decide(fixture("mia").with(#{ department: () })).provisioned).to_be_false());
"#;

fn project() -> Project {
    let project = Project::new();
    project
        .write("rolecall.toml", "[policy]\n")
        .write("policy/main.rhai", POLICY)
        .write("policy/lists.rhai", LISTS)
        .write("fixtures/people.toml", PEOPLE)
        .write("tests/a_test.rhai", TESTS);
    project
}

fn coverage(project: &Project) -> Value {
    let ran = project.rolecall(["test", "--coverage", "--format", "json"]).run();
    let report: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran}"));
    report["coverage"].clone()
}

fn missing(coverage: &Value) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for rule in coverage["rules"].as_array().unwrap() {
        for term in rule["terms"].as_array().unwrap() {
            for side in ["true", "false"] {
                if term[side] == 0 && (side == "true" || term["both"] == true) {
                    let text = |value: &Value| value.as_str().unwrap().to_owned();
                    found.push((text(&rule["name"]), text(&term["text"]), side.to_owned()));
                }
            }
        }
    }
    found
}

#[test]
fn what_is_covered_and_what_is_not() {
    let _guard = stable();
    let ran = project().rolecall(["test", "--coverage"]).run();
    insta::assert_snapshot!(ran);
}

#[test]
fn a_tracefile() {
    let ran = project().rolecall(["test", "--coverage", "--format", "lcov"]).run();
    assert_eq!(ran.code, Some(0), "{ran}");
    insta::assert_snapshot!(ran.stdout);
    tracefile_is_sound(&ran.stdout);
}

/// What genhtml refuses: counts that are not those of the records (geninfo(1)).
fn tracefile_is_sound(text: &str) {
    for record in text.split_terminator("end_of_record\n") {
        assert!(record.starts_with("TN:\nSF:policy/"), "{record}");
        let of = |word: &str| record.lines().filter_map(|line| line.strip_prefix(word)).collect::<Vec<_>>();
        let number = |word: &str| of(word)[0].parse::<usize>().unwrap();
        let hit = |lines: &[&str], at: usize| {
            let taken = lines.iter().map(|line| line.split(',').nth(at).unwrap());
            taken.filter(|taken| !["0", "-"].contains(taken)).count()
        };
        assert_eq!((of("FN:").len(), hit(&of("FNDA:"), 0)), (number("FNF:"), number("FNH:")));
        assert_eq!((of("BRDA:").len(), hit(&of("BRDA:"), 3)), (number("BRF:"), number("BRH:")));
        assert_eq!((of("DA:").len(), hit(&of("DA:"), 1)), (number("LF:"), number("LH:")));
        let mut branches: Vec<_> = of("BRDA:").iter().map(|line| line.rsplit_once(',').unwrap().0).collect();
        branches.sort_unstable();
        let all = branches.len();
        branches.dedup();
        assert_eq!(all, branches.len(), "two branches are one: {record}");
    }
}

/// What is proposed does what it promises, pasted as it stands.
#[test]
fn a_proposed_fixture_covers_its_term() {
    let project = project();
    let before = coverage(&project);
    let proposals = before["proposals"].as_array().unwrap();
    assert!(proposals.len() >= 5, "{before:#}");
    let text = |field: &str| -> String {
        proposals.iter().map(|proposal| format!("{}\n", proposal[field].as_str().unwrap())).collect()
    };
    project.write("fixtures/more.toml", &text("toml")).write("tests/more_test.rhai", &text("test"));
    let ran = project.rolecall(["test"]).run();
    assert_eq!(ran.code, Some(0), "{ran}");

    let after = coverage(&project);
    let (was, is) = (missing(&before), missing(&after));
    for proposal in proposals {
        let field = |name: &str| proposal[name].as_str().unwrap().to_owned();
        let promised = (field("rule"), field("term"), proposal["decides"].to_string());
        assert!(was.contains(&promised) && !is.contains(&promised), "{proposal:#}");
    }
    let covers: u64 = proposals.iter().map(|proposal| proposal["covers"].as_u64().unwrap()).sum();
    assert!(was.len() as u64 >= is.len() as u64 + covers, "{was:#?}\n{is:#?}");
    // What is left nobody can be found for, so that nothing more is proposed.
    assert_eq!(after["proposals"].as_array().unwrap().len(), 0, "{after:#}");
}

#[test]
fn below_the_threshold_the_run_fails() {
    let project = project();
    let run = |threshold: &str| project.rolecall(["test", "--coverage", "--threshold", threshold]).run();
    let (low, high) = (run("10"), run("99.9"));
    assert_eq!(low.code, Some(0), "{low}");
    assert_eq!(high.code, Some(4));
    let told = high.stderr.lines().last().unwrap();
    assert!(
        told.starts_with("error: the coverage is ") && told.ends_with(" %, below the threshold of 99.9 %"),
        "{told}"
    );

    for threshold in ["101", "-1", "much", "99,9"] {
        assert_eq!(run(threshold).code, Some(2));
    }
    let alone = project.rolecall(["test", "--threshold", "10"]).run();
    assert_eq!(alone.code, Some(2), "{alone}");
}

#[test]
fn formats_without_a_place_for_it_are_refused() {
    let project = project();
    let told = |args: &[&'static str]| {
        let ran = project.rolecall(args.iter().copied()).run();
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran}");
        ran.stderr
    };
    insta::assert_snapshot!(
        [
            told(&["test", "--coverage", "--format", "tap"]),
            told(&["test", "--mutate", "--format", "junit"]),
            told(&["test", "--format", "lcov"]),
            told(&["test", "--coverage", "--mutate", "--format", "lcov"]),
        ]
        .concat()
    );
}

/// Failing tests show nothing less than passing ones, and the run fails for them.
#[test]
fn failing_tests_stay_failing() {
    let project = project();
    project.write("tests/a_test.rhai", &TESTS.replace("to_be_false", "to_be_true"));
    let ran = project.rolecall(["test", "--coverage", "--format", "lcov", "--threshold", "0"]).run();
    assert_eq!(ran.code, Some(4));
    assert!(ran.stdout.starts_with("TN:\n") && ran.stderr.contains("FAIL  no department"), "{ran}");
}

/// The project that ships with the program is what people copy.
#[test]
fn our_own_example_is_covered() {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/rolecall.toml");
    let config = scripts.to_str().unwrap().to_owned();
    let project = Project::new();
    let ran = project.rolecall(["--config", &config, "test", "--coverage", "--threshold", "100"]).run();
    assert_eq!(ran.code, Some(0), "{ran}");
    let coverage = ran.stdout.split_once("\ncoverage\n").unwrap().1;
    insta::assert_snapshot!(coverage);
}
