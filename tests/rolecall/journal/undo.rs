//! A cycle is taken back, as far as it stands as it left it.

use serde_json::{Value, json};

use super::commands::year;
use crate::job::{Job, people};
use crate::support::stable;

const GUARD: &str = "[guard]\nrole_change = { max = 100, percent = 100, floor = 0 }\n";

fn states(job: &Job) -> Vec<String> {
    let accounts = job.accounts();
    let told = accounts.iter().map(|account| {
        let role = &account["roles"][0]["value"];
        format!("{} {} {} {}", account["userName"], account["active"], role, account["title"])
    });
    told.collect()
}

#[test]
fn roles_names_and_states_come_back() {
    let _guard = stable();
    let job = year(GUARD);
    let mut before = states(&year_before());
    let shown = job.rolecall(["journal", "undo", "2"]).run();
    insta::assert_snapshot!("undo_shown", shown);
    let after = states(&job);
    insta::assert_snapshot!("undo_applied", job.rolecall(["journal", "undo", "2", "--apply"]).run());
    // The account that was created is there still, and inactive.
    before.push("\"person013@example.com\" false \"analyst\" \"Writer\"".to_owned());
    before.sort();
    assert_eq!(states(&job), before);
    assert_eq!(job.cycle(4)["cause"], "undo of cycle 2");
    // Taken back itself, everything is as the rules want it.
    job.succeeds(["journal", "undo", "4", "--apply"]);
    assert_eq!(states(&job), after);
    assert_eq!(job.cycle(5)["done"], 5);
    job.is_settled();
    let again = job.rolecall(["journal", "undo", "3"]).run();
    assert!(again.stdout.starts_with("Nothing to do"), "{again}");
}

fn year_before() -> Job {
    let job = Job::new(&people(12), "");
    job.succeeds(["apply"]);
    job
}

#[test]
fn what_changed_since_is_left_and_told() {
    let _guard = stable();
    let job = year(GUARD);
    job.target.set("person001@example.com", "title", &json!("Queen")).unwrap();
    job.target.set("person003@example.com", "active", &json!(true)).unwrap();
    assert!(job.target.remove_user("person013@example.com"));
    insta::assert_snapshot!("undo_left", job.rolecall(["journal", "undo", "2", "--apply"]).run());
    let accounts = job.accounts();
    let titles: Vec<&Value> = accounts.iter().map(|account| &account["title"]).collect();
    assert!(titles.contains(&&json!("Queen")));
}

#[test]
fn the_guard_and_protection_hold() {
    let _guard = stable();
    let extra = "[guard]\ndeactivate = { max = 3, percent = 100, floor = 0 }\n";
    let job = Job::new(&people(6), extra);
    job.succeeds(["apply"]);
    let policy = format!("{}protect(\"person006@example.com\");\n", crate::job::POLICY);
    job.project.write("policy/main.rhai", &policy);
    insta::assert_snapshot!("undo_refused", job.rolecall(["journal", "undo", "1", "--apply"]).run());
    let ran = job.rolecall(["journal", "undo", "1", "--apply", "--allow-deactivations", "5"]).run();
    assert_eq!(ran.code, Some(0), "{ran}");
    let active: Vec<bool> = job.accounts().iter().map(|account| account["active"] == true).collect();
    assert_eq!(active, [false, false, false, false, false, true]);
}

#[test]
fn a_reactivation_that_changed_the_account_is_taken_back_whole() {
    let mut all = people(12);
    let job = Job::new(&all, GUARD);
    job.succeeds(["apply"]);
    let one = all.remove(&1).unwrap();
    job.employ(&all);
    job.succeeds(["apply"]);
    let before = states(&job);
    all.insert(1, one);
    all.get_mut(&1).unwrap()["title"] = json!("Marketing Manager");
    job.employ(&all);
    job.succeeds(["apply"]);
    assert_ne!(states(&job), before);
    job.succeeds(["journal", "undo", "3", "--apply"]);
    assert_eq!(states(&job), before);
    assert_eq!(job.cycle(4)["operations"].as_array().unwrap().len(), 2);
    assert_eq!(job.rolecall(["journal", "replay", "4"]).run().code, Some(0));
}
