//! `rolecall test --watch` as a process: it runs, waits, runs again, and ends when it is told to.

use super::kept::project;

const WAITS: &str = "waiting for changes";

#[test]
fn everything_that_a_run_reads_makes_it_run_again() {
    let project = project();
    project.write(
        "tests/a_test.rhai",
        r#"test("mia", || expect(decide(fixture("mia")).role).to_be("manager"));"#,
    );
    let mut running = project.rolecall(["test", "--watch", "--seed", "1"]).start();
    running.says(1, WAITS);
    // Each change is of another kind of file, and some break what is there.
    project.write("fixtures/people.toml", "[mia]\ntitle = \"Writer\"\nmail = \"m@example.com\"\n");
    running.says(2, WAITS);
    project.write("policy/main.rhai", "role(");
    running.says(3, WAITS);
    project.write(
        "policy/main.rhai",
        "provision_by_role();\nmap(\"userName\", |user| user.mail);\nrole(\"manager\", |user| true);\n",
    );
    running.says(4, WAITS);
    project.write("tests/a_test.rhai", "test(");
    running.says(5, WAITS);
    project.write("rolecall.toml", "[polcy]\n");
    running.says(6, WAITS);
    project.write("checks/b_test.rhai", "test(\"elsewhere\", || expect(1).to_be(1));");
    project.write("rolecall.toml", "[policy]\ntests = \"checks\"\n");
    running.says(7, WAITS);
    project.write("checks/b_test.rhai", "test(\"elsewhere\", || expect(1).to_be(2));");
    running.says(8, WAITS);
    running.signal("INT");
    let ran = running.end();
    assert_eq!(ran.code, Some(0), "{ran}");
    insta::assert_snapshot!("watch", ran);
}

/// Snapshots that a run writes lie among what it watches.
#[test]
fn what_it_writes_itself_does_not_make_it_run_again() {
    let project = project();
    let mut running = project.rolecall(["test", "--watch", "--update"]).start();
    running.says(1, WAITS);
    assert!(project.path("tests/snapshots/a_test.snap").exists());
    std::thread::sleep(std::time::Duration::from_secs(1));
    project.write("fixtures/people.toml", "[mia]\nmail = \"m@example.com\"\n");
    running.says(2, WAITS);
    running.signal("TERM");
    let ran = running.end();
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(ran.stderr.matches(WAITS).count(), 2, "{ran}");
    assert_eq!(ran.stderr.matches("wrote snapshots/a_test.snap").count(), 2, "{ran}");
}
