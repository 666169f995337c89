//! What was decided and why, at any time; the same plan again from what was read; every record in the open.

use serde_json::{Value, json};

use crate::job::{Job, People, people};
use crate::support::{Ran, stable};

const GUARD: &str = "[guard]\nrole_change = { max = 100, percent = 100, floor = 0 }\n";

/// Three cycles: everybody is created; one is promoted, one renamed, one leaves, one is disabled; nothing.
pub(super) fn year(extra: &str) -> Job {
    let mut all = people(12);
    // One after the other, so that records have the same places in every run.
    let job = Job::new(&all, &format!("concurrency = 1\n{extra}"));
    job.succeeds(["apply"]);
    change(&mut all);
    job.employ(&all);
    job.succeeds(["apply"]);
    job.succeeds(["apply"]);
    job
}

fn change(all: &mut People) {
    all.get_mut(&1).unwrap()["title"] = json!("Marketing Manager");
    all.get_mut(&2).unwrap()["mail"] = json!("new.name@example.com");
    all.remove(&3);
    all.get_mut(&4).unwrap()["userAccountControl"] = json!(514);
    all.insert(13, people(13).remove(&13).unwrap());
}

fn journal(job: &Job, args: &[&str]) -> Ran {
    job.rolecall(["journal"].into_iter().chain(args.iter().copied())).run()
}

fn start_of(job: &Job, cycle: usize) -> String {
    job.cycle(cycle)["started"].as_str().unwrap().to_owned()
}

#[test]
fn why_is_answered_for_any_time_and_for_those_who_are_gone() {
    let _guard = stable();
    let job = year(GUARD);
    insta::assert_snapshot!("why_now", journal(&job, &["why", "PERSON001@example.com"]));
    let before = start_of(&job, 1);
    insta::assert_snapshot!("why_then", journal(&job, &["why", "person001", "--at", &before]));
    insta::assert_snapshot!("why_gone", journal(&job, &["why", "CN=Person 003,OU=People,DC=example,DC=com"]));
    insta::assert_snapshot!("why_before", journal(&job, &["why", "person001", "--at", "2020-01-01"]));
    insta::assert_snapshot!("why_nobody", journal(&job, &["why", "nobody"]));
    // By the address of before.
    let json = journal(&job, &["why", "person002@example.com", "--format", "json"]);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["person"]["user_name"], "new.name@example.com");
    assert_eq!((&json["since"]["cycle"], &json["as_of"]["cycle"]), (&json!(2), &json!(3)));
    assert_eq!(json["operations"].as_array().unwrap().len(), 1);

    let mut all = people(2);
    all.get_mut(&2).unwrap()["sAMAccountName"] = json!("person001");
    let job = Job::new(&all, "");
    job.succeeds(["apply"]);
    insta::assert_snapshot!("why_several", journal(&job, &["why", "person001"]));
}

#[test]
fn a_cycle_gives_the_same_plan_again_whatever_became_of_everything_since() {
    let _guard = stable();
    let job = year(GUARD);
    job.project.write(
        "work.rhai",
        "klaviyo.update(\"person005@example.com\", #{ title: \"Boss\" }, \"asked for\");",
    );
    job.succeeds(["script", "work.rhai", "--apply"]);
    job.succeeds(["journal", "undo", "4", "--apply"]);
    job.project.write("work.rhai", "nothing of this is a script");
    job.project.write("policy/main.rhai", "nor a policy");
    for user in job.target.users() {
        job.target.remove_user(user["id"].as_str().unwrap());
    }
    job.employ(&People::new());
    for cycle in 1..=5 {
        let ran = journal(&job, &["replay", &cycle.to_string()]);
        assert_eq!(ran.code, Some(0), "{ran}");
        assert!(ran.stdout.contains("the same plan again"), "{ran}");
        let ran = journal(&job, &["replay", &cycle.to_string(), "--format", "json"]);
        let json: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!((&json["same"], &json["with"]), (&json!(true), &Value::Null));
    }
    insta::assert_snapshot!("replay_same", journal(&job, &["replay", "2"]));
    insta::assert_snapshot!("replay_none", journal(&job, &["replay", "9"]));
}

#[test]
fn other_rules_show_what_they_would_have_done() {
    let _guard = stable();
    let job = year(GUARD);
    let policy = crate::job::POLICY.replace("role(\"manager\", |user|", "role(\"manager\", |user| false &&");
    job.project.write("other/main.rhai", &policy);
    insta::assert_snapshot!("replay_with", journal(&job, &["replay", "2", "--with", "other"]));
    let revision = job.cycle(1)["revision"].as_str().unwrap().to_owned();
    insta::assert_snapshot!("replay_with_itself", journal(&job, &["replay", "2", "--with", &revision[..12]]));
    insta::assert_snapshot!("replay_with_nothing", journal(&job, &["replay", "2", "--with", "nowhere"]));
    let unread = "map(\"displayName\", |user| user.telephoneNumber);\n";
    job.project.write("other/main.rhai", &format!("{policy}{unread}"));
    let ran = journal(&job, &["replay", "2", "--with", "other"]);
    assert_eq!(ran.stderr, "warning: these rules read `telephonenumber`, which was not read then\n");
    job.project.write("other/main.rhai", "oops(");
    let ran = journal(&job, &["replay", "2", "--with", "other"]);
    assert_eq!(ran.code, Some(3), "{ran}");
}

#[test]
fn of_facts_that_were_only_hashed_nothing_is_kept_and_nothing_made_again() {
    let job = Job::new(&people(3), "[journal]\nfacts = \"hash\"\n");
    job.succeeds(["apply"]);
    let mut all = people(3);
    all.get_mut(&1).unwrap()["title"] = json!("Canary");
    job.employ(&all);
    job.succeeds(["apply"]);
    let ran = journal(&job, &["replay", "2"]);
    insta::assert_snapshot!(ran, @r#"
    exit code 2
    --- stdout
    --- stderr
    error: cycle 2 cannot be drawn up again: of its facts only hashes were kept (`facts = "hash"` in [journal])
    "#);
    let database = std::fs::read(job.project.path("state/journal.db")).unwrap();
    let has = |text: &str| database.windows(text.len()).any(|window| window == text.as_bytes());
    // The name is in the decision; the number of the account's control is a fact and no more.
    assert!(has("Person 001") && !has("userAccountControl"));
    assert!(journal(&job, &["why", "person001@example.com"]).stdout.contains("Gets an account"));
    // From the day on that they are kept they are kept whole.
    let config = std::fs::read_to_string(job.project.path("rolecall.toml")).unwrap();
    job.project.write("rolecall.toml", &config.replace("\"hash\"", "\"keep\""));
    job.succeeds(["apply"]);
    assert_eq!(journal(&job, &["replay", "3"]).code, Some(0));
    assert_eq!(journal(&job, &["replay", "2"]).code, Some(2));
}

#[test]
fn only_what_differs_is_kept() {
    let job = year(GUARD);
    let facts = |cycle: usize| {
        let ran = journal(&job, &["export"]);
        let records = ran.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let of = records.filter(|one| one["table"] == "facts" && one["cycle"] == cycle);
        of.map(|one| one["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(facts(1), vec!["person"; 12]);
    let second = facts(2);
    let count = |what: &str| second.iter().filter(|kind| *kind == what).count();
    assert_eq!((count("person"), count("account"), count("link")), (5, 12, 12));
    // What cycle 2 did, cycle 3 saw.
    let third = facts(3);
    assert_eq!(third.iter().filter(|kind| *kind == "person").count(), 0);
    assert_eq!(third.iter().filter(|kind| *kind == "account").count(), 5);
    job.succeeds(["apply"]);
    assert_eq!(facts(4).len(), 0);
}

#[test]
fn every_record_is_exported_in_both_formats() {
    let mut all = people(2);
    all.get_mut(&1).unwrap()["displayName"] = json!("=HYPERLINK(\"http://x\"), Zoë");
    let job = Job::new(&all, "");
    job.succeeds(["apply"]);
    let lines = journal(&job, &["export"]).stdout;
    let records: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let verified = journal(&job, &["verify", "--format", "json"]).stdout;
    let verified: Value = serde_json::from_str(&verified).unwrap();
    assert_eq!(verified["records"], records.len());
    assert_eq!(verified["head"], records.last().unwrap()["hash"]);
    let tables: Vec<_> = records.iter().map(|one| one["table"].as_str().unwrap()).collect();
    assert_eq!(tables[..2], ["revisions", "cycles"]);
    assert_eq!(tables.last(), Some(&"ends"));
    let create = records.iter().find(|one| one["table"] == "operations").unwrap();
    assert_eq!(
        create["changes"][0],
        json!({ "attribute": "userName", "from": null, "to": "person001@example.com" })
    );

    let csv = journal(&job, &["export", "--format", "csv"]).stdout;
    assert_eq!(csv.matches("\r\n").count(), records.len() + 1);
    assert!(csv.contains(",\"'=HYPERLINK(\"\"http://x\"\"), Zoë\","), "{csv}");
    assert!(
        csv.starts_with("record,hash,table,time,cycle,objectGUID,name,userName,account,status,content\r\n")
    );

    let ended = job.cycle(1)["ended"].as_str().unwrap().to_owned();
    assert_eq!(journal(&job, &["export", "--since", &ended]).stdout.lines().count(), 1);
    let until = journal(&job, &["export", "--until", &ended]).stdout;
    assert_eq!(until.lines().count(), records.len());
    assert_eq!(journal(&job, &["export", "--since", "2100-01-01"]).stdout, "");
    assert!(!lines.contains(crate::job::KEY) && !csv.contains(crate::job::KEY));
}

#[test]
fn who_only_looks_makes_no_state_folder() {
    let _guard = stable();
    let job = Job::new(&people(1), "");
    let calls: [&[&str]; 8] = [
        &["list"],
        &["show", "1"],
        &["why", "person001"],
        &["replay", "1"],
        &["undo", "1"],
        &["verify"],
        &["export"],
        &["prune", "--older-than", "1d"],
    ];
    let ran: Vec<String> = calls.iter().map(|args| format!("{args:?}\n{}", journal(&job, args))).collect();
    insta::assert_snapshot!("empty", ran.join("\n"));
    assert!(!job.project.path("state").exists());
    // Nor a journal in a folder that is there.
    std::fs::create_dir(job.project.path("state")).unwrap();
    journal(&job, &["list"]);
    assert!(!job.project.path("state/journal.db").exists());
}

#[test]
fn a_report_tells_who_was_left_alone_and_why() {
    let _guard = stable();
    let mut all = people(3);
    all.get_mut(&2).unwrap()["mail"] = json!("person001@example.com");
    let job = Job::new(&all, "");
    assert_eq!(job.rolecall(["apply"]).run().code, Some(7));
    insta::assert_snapshot!("show_skipped", journal(&job, &["show", "1"]));
    let cycle = job.cycle(1);
    assert_eq!(cycle["skipped"].as_array().unwrap().len() as u64, cycle["plan"]["skipped"].as_u64().unwrap());
    assert_eq!((&cycle["created"], &cycle["updated"], &cycle["done"]), (&json!(1), &json!(0), &json!(1)));
}
