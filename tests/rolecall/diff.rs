//! `rolecall diff`: what other rules would change for whom, and why.

use std::fmt::Write as _;

use insta::assert_snapshot;
use serde_json::Value;

use crate::job::{Job, POLICY, people};
use crate::support::stable;

/// Nobody is a manager for the title alone, one role is new, names are written otherwise.
const OTHER: &str = r#"provision_by_role();
keep_access_on_role_change(false);
protect("owner@example.com");
role("manager", |user| user.title.contains("Manager") && user.department.equals("Sales"));
role("lead", |user| user.title.contains("Manager") && user.department.equals("Brand"));
role("analyst", |user| user.department.equals("Marketing") && !user.title.contains("Marketing Manager"));
role("support", |user| user.department.equals("Support"));
map("userName", |user| LOWER(user.mail));
map("name.givenName", |user| UPPER(user.givenName));
map("name.familyName", |user| user.sn);
map("title", |user| user.title);
"#;

fn company() -> Job {
    let mut people = people(30);
    people.get_mut(&5).unwrap()["department"] = "Support".into();
    people.get_mut(&6).unwrap()["department"] = "Brand".into();
    people.get_mut(&6).unwrap()["title"] = "Brand | Manager <b>@all</b>".into();
    people.get_mut(&8).unwrap()["title"] = "Brand Manager".into();
    people.get_mut(&7).unwrap().as_object_mut().unwrap().remove("mail");
    let job = Job::new(&people, "");
    job.project.write("other/main.rhai", OTHER);
    job
}

#[test]
fn who_loses_changes_and_gains_is_told_with_the_terms_that_decided() {
    let job = company();
    let ran =
        job.rolecall(["diff", "policy", "other", "--directory", "--detailed-exitcode", "--limit", "2"]).run();
    assert_eq!(ran.code, Some(5), "{ran}");
    let _guard = stable();
    assert_snapshot!("diff_human", ran);
    let ran =
        job.succeeds(["diff", "policy", "other", "--directory", "--format", "markdown", "--limit", "3"]);
    assert_snapshot!("diff_markdown", ran.stdout);
    let ran = job.succeeds(["diff", "policy", "other", "--directory", "--format", "json", "--limit", "1"]);
    let mut whole: Value = serde_json::from_str(&ran.stdout).unwrap();
    let effects = whole["effects"].as_array().unwrap();
    assert_eq!(effects.len(), 29);
    whole["effects"] = effects.iter().take(4).cloned().collect();
    assert_snapshot!("diff_json", format!("{whole:#}"));
}

#[test]
fn what_comes_to_the_same_is_no_difference() {
    let job = company();
    // Another text, another order of what cannot meet, and the same answers for all of these people.
    let same = POLICY
        .replace("user.department.equals(\"Marketing\") &&", "user.department.any_of([\"marketing\"]) &&");
    assert_ne!(same, POLICY);
    job.project.write("same/main.rhai", &same);
    let ran = job.succeeds(["diff", "policy", "same", "--directory", "--detailed-exitcode"]);
    let _guard = stable();
    assert_snapshot!(ran.stdout, @"Nobody is touched; 30 of 30 as before. Revision [revision] → [revision].");
}

#[test]
fn rules_are_named_by_folder_project_revision_and_force() {
    let job = company();
    assert_eq!(job.rolecall(["apply"]).run().code, Some(7), "one has no address");
    let revision = job.cycles()[0]["revision"].as_str().unwrap().to_owned();
    job.project.write("policy/main.rhai", OTHER);
    let by_revision = job.succeeds(["diff", &revision[..8], "--directory"]);
    assert!(by_revision.stdout.contains("Loses access (3)"), "{by_revision}");
    let by_project = job.succeeds(["diff", &revision[..8], ".", "--directory"]);
    assert_eq!(by_revision.stdout, by_project.stdout);

    let mut told = String::new();
    for arguments in [
        ["diff", "active", "--directory"],
        ["diff", "nowhere", "--directory"],
        ["diff", "0000", "--directory"],
        ["diff", "policy", "other"],
    ] {
        let ran = job.rolecall(arguments).run();
        let _ = writeln!(told, "{}: {ran}", arguments.join(" "));
    }
    job.project.write("other/main.rhai", "role(");
    let _ = writeln!(told, "broken: {}", job.rolecall(["diff", "policy", "other"]).run());
    let _guard = stable();
    assert_snapshot!("diff_wrong_names", told);
}

#[test]
fn without_a_directory_the_fixtures_are_asked() {
    let job = company();
    job.project.write("rolecall.toml", "").write(
        "fixtures/people.toml",
        "[mia]\nmail = \"mia@example.com\"\ndepartment = \"Marketing\"\ntitle = \"Marketing Manager\"\n",
    );
    let ran = job.succeeds(["diff", "policy", "other"]);
    let _guard = stable();
    assert_snapshot!("diff_fixtures", ran);
    let ran = job.succeeds(["diff", "policy", "other", "--snapshot", "people.jsonl"]);
    assert!(ran.stdout.contains("Loses access (3)"), "{ran}");
}
