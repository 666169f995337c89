//! Rules that touch more people than the guard lets pass.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{ends, numberless, one_revision_a_cycle, policy, revision};
use crate::job::{Job, POLICY, people};
use crate::support::until;

/// Thirty people, with the guard's own limits but one: ten may get another role.
fn company() -> Job {
    let job = Job::new(
        &people(30),
        "[run]\ninterval = \"1h\"\n[guard]\nupdate = { max = 100, percent = 100, floor = 0 }\n",
    );
    job.succeeds(["apply"]);
    job
}

fn waiting(job: &Job) -> Vec<Value> {
    let ran = job.succeeds(["approve", "--format", "json"]);
    serde_json::from_str(&ran.stdout).unwrap()
}

fn edit(job: &Job, role: &str) -> String {
    job.project.write("policy/main.rhai", &policy(role));
    revision(job)
}

fn active_revisions(job: &Job) -> Vec<String> {
    job.cycles().iter().map(|cycle| cycle["revision"].as_str().unwrap()[..12].to_owned()).collect()
}

#[test]
fn they_wait_until_somebody_approves_them() {
    let job = company();
    let before = revision(&job);
    let mut running = job.rolecall(["run"]).start();
    running.says(1, "nothing to do");
    let after = edit(&job, "support");
    running.says(1, "and wait; revision");
    // The old ones decide, as often as they are asked.
    running.signal("HUP");
    until("a cycle by the old rules", || job.cycles().len() == 3);
    let open = waiting(&job);
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!(open[0]["kind"], "revision");
    assert!(open[0]["hash"].as_str().unwrap().starts_with(&after));
    assert_eq!(open[0]["summary"]["changes_role"], 27);

    let ran = job.succeeds(["approve", &after, "--by", "Ada"]);
    assert_eq!(ran.stdout, format!("approved the revision {after} as Ada\n"));
    running.says(1, "approved by Ada");
    // The plan of so many is another thing that somebody has to see.
    running.says(1, "the guard refused");
    assert!(waiting(&job).iter().all(|open| open["kind"] != "revision"));
    let said = ends(running, "TERM");
    assert_eq!(active_revisions(&job), [&before, &before, &before, &after].map(String::as_str));
    let _guard = numberless();
    assert_snapshot!("gate_approved", said);
}

#[test]
fn another_edit_takes_their_place_and_the_old_text_withdraws_them() {
    let job = company();
    let before = revision(&job);
    let mut running = job.rolecall(["run"]).start();
    running.says(1, "nothing to do");
    edit(&job, "support");
    running.says(1, "and wait; revision");
    let other = edit(&job, "content_creator");
    running.says(2, "and wait; revision");
    let open = waiting(&job);
    assert_eq!(open.len(), 1, "{open:?}");
    assert!(open[0]["hash"].as_str().unwrap().starts_with(&other));

    // What does not pass is no other edit: what waits can be approved still.
    job.project.write("policy/main.rhai", &policy("support\" role"));
    running.says(1, "do not pass");
    assert_eq!(waiting(&job).len(), 1);
    job.project.write("policy/main.rhai", POLICY);
    running.says(1, "waits for approval no longer");
    assert_eq!(waiting(&job), [] as [Value; 0]);

    // Few enough: at once.
    let few = POLICY
        .replace("contains(\"Manager\")", "contains(\"Marketing Manager\")")
        .replace("user.sn", "UPPER(user.sn)");
    job.project.write("policy/main.rhai", &few);
    let small = revision(&job);
    running.says(1, "new scripts are in force");
    running.says(1, "30 done");
    ends(running, "TERM");
    assert_eq!(active_revisions(&job), [&before, &before, &small].map(String::as_str));
    one_revision_a_cycle(&job, &[(&before, "analyst"), (&small, "analyst")]);
}

#[test]
fn a_restart_forgets_neither_that_they_wait_nor_what_was_said_of_them() {
    let job = company();
    let mut running = job.rolecall(["run"]).start();
    running.says(1, "nothing to do");
    let first = edit(&job, "support");
    running.says(1, "and wait; revision");
    // As a power cut ends it.
    running.kill();
    let mut running = job.rolecall(["run"]).start();
    running.says(1, "waits for approval still");
    running.says(1, "nothing to do");
    assert_eq!(waiting(&job).len(), 1);
    job.succeeds(["approve", &first, "--reject", "--by", "Ada"]);
    running.says(1, "was rejected by a person");
    ends(running, "TERM");
    let mut running = job.rolecall(["run"]).start();
    running.says(1, "was rejected by a person");
    running.says(1, "nothing to do");
    assert_eq!(waiting(&job), [] as [Value; 0]);
    let second = edit(&job, "content_creator");
    running.says(1, "and wait; revision");
    ends(running, "TERM");

    // Approved while nobody runs.
    job.succeeds(["approve", &second, "--by", "Ada"]);
    let mut running = job.rolecall(["run"]).start();
    running.says(1, "approved by Ada");
    running.says(1, "the guard refused");
    ends(running, "TERM");
    assert_eq!(active_revisions(&job).last(), Some(&second));
}

#[test]
fn an_edit_made_while_nobody_runs_is_judged_before_the_first_cycle() {
    let job = company();
    let before = revision(&job);
    ends_after_one_cycle(&job);
    let after = edit(&job, "support");
    let mut running = job.rolecall(["run"]).start();
    running.says(1, "are judged before the first cycle");
    running.says(1, "and wait; revision");
    running.says(1, "nothing to do");
    ends(running, "TERM");
    assert_eq!(active_revisions(&job), [&before, &before, &before].map(String::as_str));

    // Nobody can say whom it touches while the directory cannot be read; then nothing is done by either.
    std::fs::rename(job.project.path("people.jsonl"), job.project.path("away.jsonl")).unwrap();
    job.project.write("policy/main.rhai", &POLICY.replace("user.sn", "UPPER(user.sn)"));
    let text = std::fs::read_to_string(job.project.path("rolecall.toml")).unwrap();
    job.project.write("rolecall.toml", &text.replace("\"1h\"", "\"200ms\""));
    let mut running = job.rolecall(["run"]).start();
    running.says(1, "nobody can say whom revision");
    assert_eq!(job.cycles().len(), 3);
    std::fs::rename(job.project.path("away.jsonl"), job.project.path("people.jsonl")).unwrap();
    running.says(1, "30 done");
    ends(running, "TERM");
    assert!(!active_revisions(&job).contains(&after));
    assert_eq!(job.cycles()[3]["done"], json!(30));
}

fn ends_after_one_cycle(job: &Job) {
    let mut running = job.rolecall(["run"]).start();
    running.says(1, "nothing to do");
    ends(running, "TERM");
}

#[test]
fn wider_limits_let_pass_what_waits() {
    let job = company();
    let mut running = job.rolecall(["run"]).start();
    running.says(1, "nothing to do");
    edit(&job, "support");
    running.says(1, "and wait; revision");
    let text = std::fs::read_to_string(job.project.path("rolecall.toml")).unwrap();
    job.project
        .write("rolecall.toml", &format!("{text}role_change = {{ max = 100, percent = 100, floor = 0 }}\n"));
    running.says(1, "the new configuration is in force");
    running.says(1, "new scripts are in force");
    running.says(1, "27 done");
    ends(running, "TERM");
    assert_eq!(waiting(&job), [] as [Value; 0]);
    job.is_settled();
}
