//! What is old goes, what the present needs stays, and what is left can be verified.

use jiff::Timestamp;
use rolecall::journal::Journal;
use serde_json::{Value, json};

use crate::job::{Job, people};
use crate::support::stable;

/// Four cycles: all are created, one leaves, another is promoted, nothing.
fn story() -> Job {
    let mut all = people(12);
    let job =
        Job::new(&all, "concurrency = 1\n[guard]\nrole_change = { max = 100, percent = 100, floor = 0 }\n");
    job.succeeds(["apply"]);
    all.remove(&3);
    job.employ(&all);
    job.succeeds(["apply"]);
    all.get_mut(&1).unwrap()["title"] = json!("Marketing Manager");
    job.employ(&all);
    job.succeeds(["apply"]);
    job.succeeds(["apply"]);
    job
}

/// Prunes what is older than this cycle; ages of days are too long for a test.
fn prune(job: &Job, before: usize, dry_run: bool) -> Option<Value> {
    let journal = Journal::open(&job.project.path("state")).unwrap();
    let started: Timestamp = job.cycle(before)["started"].as_str().unwrap().parse().unwrap();
    let at = "2026-01-01T00:00:00Z".parse().unwrap();
    journal.prune(started, at, dry_run).unwrap().unwrap().map(|pruning| json!(pruning))
}

#[test]
fn what_is_left_is_whole_and_the_work_goes_on() {
    let _guard = stable();
    let job = story();
    let accounts = job.accounts();
    let records = |job: &Job| {
        let verified: Value =
            serde_json::from_str(&job.succeeds(["journal", "verify", "--format", "json"]).stdout).unwrap();
        verified["records"].as_u64().unwrap()
    };
    let before = records(&job);
    let would = prune(&job, 3, true).unwrap();
    assert_eq!(records(&job), before);
    let did = prune(&job, 3, false).unwrap();
    assert_eq!(would, did);
    insta::assert_json_snapshot!("pruned", did["removed"]);
    assert!(records(&job) < before);
    assert_eq!(prune(&job, 3, false), None);
    insta::assert_snapshot!("list_pruned", job.succeeds(["journal", "list"]).stdout);
    insta::assert_snapshot!("verify_pruned", job.succeeds(["journal", "verify"]).stdout);

    // The rest can be drawn up again; what is gone is said to be.
    for cycle in ["3", "4"] {
        job.succeeds(["journal", "replay", cycle]);
    }
    insta::assert_snapshot!("replay_pruned", job.rolecall(["journal", "replay", "1"]).run());
    insta::assert_snapshot!("undo_pruned", job.rolecall(["journal", "undo", "2"]).run());
    let why = job.rolecall(["journal", "why", "person002"]).run();
    assert!(why.stdout.contains("Gets an account with the role `analyst`"), "{why}");
    // Of somebody who was gone by then nothing is kept.
    assert_eq!(job.rolecall(["journal", "why", "person003"]).run().code, Some(2));
    assert!(!job.succeeds(["journal", "export"]).stdout.contains("person003\""));

    job.succeeds(["apply"]);
    assert_eq!(job.accounts(), accounts);
    assert_eq!(job.cycle(5)["done"], 0);
    job.succeeds(["journal", "undo", "3", "--apply"]);
    let pruned = prune(&job, 6, false).unwrap();
    assert_eq!(pruned["before"], 6);
    job.succeeds(["apply"]);
    job.succeeds(["journal", "verify"]);
    assert_eq!(job.accounts(), accounts);
    job.succeeds(["journal", "replay", "7"]);
    insta::assert_snapshot!("replay_undo_of_pruned", job.rolecall(["journal", "replay", "6"]).run());
}

#[test]
fn the_last_cycle_stays_and_a_broken_chain_is_left_alone() {
    let _guard = stable();
    let job = story();
    let journal = Journal::open(&job.project.path("state")).unwrap();
    let (later, at) = ("2100-01-01T00:00:00Z".parse().unwrap(), "2026-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(journal.prune(later, at, true).unwrap().unwrap().unwrap().before.0, 4);
    drop(journal);
    insta::assert_snapshot!(
        "prune_nothing",
        job.rolecall(["journal", "prune", "--older-than", "365d"]).run()
    );
    insta::assert_snapshot!("prune_wrong", job.rolecall(["journal", "prune", "--older-than", "soon"]).run());
    let raw = rusqlite::Connection::open(job.project.path("state/journal.db")).unwrap();
    raw.execute_batch("DROP TRIGGER ends_no_UPDATE; UPDATE ends SET error = 'x' WHERE cycle = 2").unwrap();
    let ran = job.rolecall(["journal", "prune", "--older-than", "1s"]).run();
    insta::assert_snapshot!("prune_broken", ran);
}

#[test]
fn the_command_says_what_went() {
    let _guard = stable();
    let job = story();
    std::thread::sleep(std::time::Duration::from_millis(5));
    let args = ["journal", "prune", "--older-than", "1ms"];
    insta::assert_snapshot!("prune_dry", job.rolecall(args.into_iter().chain(["--dry-run"])).run());
    insta::assert_snapshot!("prune_done", job.rolecall(args).run());
}
