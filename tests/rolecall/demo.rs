//! The demo, as a new user sees it.

use crate::support::{Project, stable};

#[test]
fn the_demo_tells_its_whole_day() {
    let project = Project::new();
    let ran = project.rolecall(["demo"]).run();
    let _guard = stable();
    insta::assert_snapshot!(ran);
}

#[test]
fn a_small_company_has_the_same_day() {
    let project = Project::new();
    let ran = project.rolecall(["demo", "--users", "50"]).run();
    assert_eq!(ran.code, Some(0), "{ran}");
    let headings = ran.stdout.lines().filter(|line| line.get(2..3) == Some(":")).count();
    assert_eq!(headings, 14, "{ran}");
}

#[test]
fn what_is_kept_can_be_played_on_with() {
    let project = Project::new();
    let ran = project.rolecall(["demo", "--users", "60", "--keep", "kept"]).run();
    assert_eq!(ran.code, Some(0), "{ran}");
    let config = ["--config", "kept/rolecall.toml"];
    let with = |args: &[&'static str]| project.rolecall(config.into_iter().chain(args.iter().copied())).run();
    assert_eq!(with(&["check"]).code, Some(0));
    assert_eq!(with(&["test"]).code, Some(0));
    assert!(with(&["journal", "list"]).stdout.contains("refused"));
    assert!(with(&["explain", "mia.fischer"]).stdout.contains("the role `manager`"));
    // A second demo does not write over the first.
    let again = project.rolecall(["demo", "--keep", "kept"]).run();
    assert_eq!(again.code, Some(2), "{again}");
}
