//! Accounts that are there already, or that other hands changed, as the settings want them treated.

use std::time::Duration;

use rolecall::journal::Journal;
use rolecall::simulator::{Fault, FaultKind, On};
use serde_json::{Value, json};

use crate::job::{Job, people};
use crate::support::{Ran, stable, until};

fn account(user_name: &str, role: &str, active: bool) -> Value {
    json!({ "userName": user_name, "active": active, "roles": [{ "value": role, "primary": true }] })
}

fn plan(job: &Job) -> Value {
    let ran = job.rolecall(["plan", "--format", "json"]).run();
    serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran}"))
}

fn count(plan: &Value, list: &str) -> usize {
    plan[list].as_array().unwrap().len()
}

/// Five people of whom two have an account already, one inactive, and one has an account without a right to it.
fn with_accounts(setting: &str) -> Job {
    let mut people = people(6);
    people.get_mut(&6).unwrap()["department"] = json!("Finance");
    let job = Job::new(&people, setting);
    job.target.add_user(&account("Person001@example.com", "admin", true)).unwrap();
    job.target.add_user(&account("person002@example.com", "analyst", false)).unwrap();
    job.target.add_user(&account("person006@example.com", "admin", true)).unwrap();
    job.target.add_user(&account("agency@example.net", "admin", true)).unwrap();
    job
}

#[test]
fn accounts_that_are_there_are_adopted() {
    let job = with_accounts("");
    let ran = job.succeeds(["apply"]);
    let _guard = stable();
    insta::assert_snapshot!("adopt", ran);
    assert_eq!(job.target.user("person001@example.com").unwrap()["roles"][0]["value"], "analyst");
    assert_eq!(job.target.user("person006@example.com").unwrap()["active"], false);
    assert_eq!(job.target.users().len(), 7);
}

#[test]
fn accounts_that_are_there_are_only_reported() {
    let job = with_accounts("adoption = \"report\"\n");
    let before = job.target.users();
    let ran = job.succeeds(["apply"]);
    let _guard = stable();
    insta::assert_snapshot!("adoption_report", ran);
    let after = job.target.users();
    assert_eq!(after.len(), 7);
    assert!(before.iter().all(|user| after.contains(user)));
    let plan = plan(&job);
    assert_eq!((count(&plan, "adoptable"), count(&plan, "unmanaged"), count(&plan, "operations")), (3, 1, 0));
    // What rolecall made itself stays its own, whatever becomes of its userName.
    let mut renamed = people(6);
    renamed.get_mut(&3).unwrap()["mail"] = json!("renamed@example.com");
    renamed.get_mut(&6).unwrap()["department"] = json!("Finance");
    job.employ(&renamed);
    job.succeeds(["apply"]);
    assert!(job.target.user("renamed@example.com").is_some());
}

#[test]
fn accounts_that_are_there_are_never_adopted() {
    let job = with_accounts("adoption = \"never\"\n");
    let before = job.target.users();
    let ran = job.rolecall(["apply"]).run();
    assert_eq!(ran.code, Some(7), "{ran}");
    let _guard = stable();
    insta::assert_snapshot!("adoption_never", ran);
    let after = job.target.users();
    assert_eq!(after.len(), 7);
    assert!(before.iter().all(|user| after.contains(user)));
}

#[test]
fn what_rolecall_made_without_seeing_the_answer_is_its_own() {
    for adoption in ["adopt", "report", "never"] {
        let job = Job::new(&people(10), &format!("adoption = \"{adoption}\"\n"));
        let cut = On { times: 4, ..On::every("POST", "/Users").after(3) };
        job.target.fault(Fault { on: cut, kind: FaultKind::DropAfter });
        job.target.fault(Fault { on: On::every("GET", "/Users?filter"), kind: FaultKind::Hang });
        job.target.fault(Fault { on: On::every("POST", "/Users").after(3), kind: FaultKind::Hang });
        let running = job.rolecall(["apply"]).start();
        job.sees_writes(7);
        running.kill();
        job.target.clear_faults();
        assert_eq!(job.target.users().len(), 7);
        job.succeeds(["apply"]);
        assert_eq!(job.target.users().len(), 10, "{adoption}");
        job.is_settled();
    }
}

#[test]
fn an_account_that_appears_meanwhile_is_adopted_only_where_that_is_allowed() {
    std::thread::scope(|scope| {
        for (adoption, code) in [("adopt", 0), ("report", 7), ("never", 7)] {
            scope.spawn(move || appears_meanwhile(adoption, code));
        }
    });
}

fn appears_meanwhile(adoption: &str, code: i32) {
    let job = Job::new(&people(1), &format!("adoption = \"{adoption}\"\n"));
    // Listed before, created by hand before the create arrives.
    let slow = FaultKind::Slow(Duration::from_secs(2));
    job.target.fault(Fault { on: On::every("POST", "/Users"), kind: slow });
    let running = job.rolecall(["apply"]).start();
    until("the operation", || {
        let journal = Journal::existing(&job.project.path("state")).ok().flatten();
        journal.is_some_and(|journal| journal.unfinished().is_ok_and(|operations| !operations.is_empty()))
    });
    job.target.add_user(&account("person001@example.com", "admin", true)).unwrap();
    let ran = running.end();
    assert_eq!(ran.code, Some(code), "{adoption}: {ran}");
    let role = || job.target.user("person001@example.com").unwrap()["roles"][0]["value"].clone();
    let expected = if code == 0 { "analyst" } else { "admin" };
    assert_eq!(role(), expected, "{adoption}");
    // A refusal is no sign that it is ours.
    job.target.clear_faults();
    job.rolecall(["apply"]).run();
    assert_eq!(role(), expected, "{adoption}");
}

/// Three people in step, then changed by other hands: a title and a role, a title alone, and one deactivated.
fn drifted(setting: &str) -> Job {
    let job = Job::new(&people(30), setting);
    job.succeeds(["apply"]);
    let set = |who: &str, path: &str, value: Value| job.target.set(who, path, &value).unwrap();
    set("person001@example.com", "title", json!("Wizard"));
    set("person001@example.com", "roles", json!([{ "value": "admin", "primary": true }]));
    set("person002@example.com", "title", json!("Sorcerer"));
    set("person003@example.com", "active", json!(false));
    job
}

fn value(job: &Job, who: &str, path: &str) -> Value {
    let user = job.target.user(who).unwrap();
    user.pointer(path).cloned().unwrap_or_default()
}

#[test]
fn drift_is_set_back_and_named() {
    let job = drifted("");
    let ran = job.succeeds(["apply"]);
    let _guard = stable();
    insta::assert_snapshot!("drift_correct", ran);
    job.is_settled();
}

#[test]
fn drift_is_reported_and_left_until_the_wish_changes() {
    let setting = "[target.drift]\ndefault = \"report\"\nrole = \"correct\"\n";
    let job = drifted(setting);
    let ran = job.succeeds(["apply"]);
    let _guard = stable();
    insta::assert_snapshot!("drift_report", ran);
    assert_eq!(value(&job, "person001@example.com", "/title"), "Wizard");
    assert_eq!(value(&job, "person001@example.com", "/roles/0/value"), "analyst");
    assert_eq!(value(&job, "person003@example.com", "/active"), false);
    insta::assert_snapshot!("drift_journal", job.succeeds(["journal", "show", "2"]));

    // Told in each plan, recorded once.
    job.succeeds(["apply"]);
    assert_eq!(job.cycle(3)["drifted"], json!([]));
    assert_eq!(count(&plan(&job), "drifted"), 3);
    // Another value by hand is another drift.
    job.target.set("person002@example.com", "title", &json!("Witch")).unwrap();
    job.succeeds(["apply"]);
    assert_eq!(job.cycle(4)["drifted"][0]["found"], "Witch");

    // The wish changes, and is set.
    let mut people = people(30);
    people.get_mut(&1).unwrap()["title"] = json!("Writer in Chief");
    people.get_mut(&3).unwrap()["userAccountControl"] = json!(514);
    job.employ(&people);
    job.succeeds(["apply"]);
    assert_eq!(value(&job, "person001@example.com", "/title"), "Writer in Chief");
    // Whoever comes back comes back.
    people.get_mut(&3).unwrap()["userAccountControl"] = json!(512);
    job.employ(&people);
    job.succeeds(["apply"]);
    assert_eq!(value(&job, "person003@example.com", "/active"), true);
}

#[test]
fn drift_is_left_without_a_word() {
    let job = drifted("[target.drift]\ndefault = \"leave\"\n");
    let before = job.accounts();
    let ran = job.succeeds(["apply"]);
    assert!(ran.stdout.starts_with("Nothing to do, 30 unchanged."), "{ran}");
    assert_eq!(job.accounts(), before);
    assert_eq!(job.cycle(2)["drifted"], json!([]));
}

#[test]
fn whoever_has_no_right_to_an_account_keeps_none_by_hand() {
    let job = Job::new(&people(30), "[target.drift]\ndefault = \"leave\"\n");
    job.succeeds(["apply"]);
    let mut left = people(30);
    left.get_mut(&4).unwrap()["userAccountControl"] = json!(514);
    job.employ(&left);
    job.succeeds(["apply"]);
    // Twice: what was settled once is settled for the next cycle too.
    job.succeeds(["apply"]);
    job.target.set("person004@example.com", "active", &json!(true)).unwrap();
    let ran: Ran = job.succeeds(["apply"]);
    assert!(ran.stdout.contains("the account was activated at the target"), "{ran}");
    assert_eq!(value(&job, "person004@example.com", "/active"), false);
}

#[test]
fn an_update_that_was_refused_is_no_drift() {
    let job = Job::new(&people(30), "[target.drift]\ndefault = \"leave\"\n[guard]\nupdate = { max = 0 }\n");
    job.succeeds(["apply"]);
    let mut people = people(30);
    people.get_mut(&1).unwrap()["title"] = json!("Director");
    job.employ(&people);
    for _ in 0..2 {
        assert_eq!(job.rolecall(["apply"]).run().code, Some(6));
    }
    assert_eq!(count(&plan(&job), "operations"), 1);
}

#[test]
fn what_is_nobodys_is_listed_and_left_alone() {
    let job = Job::new(&people(2), "");
    for n in 0..25 {
        job.target.add_user(&account(&format!("agency{n:02}@example.net"), "admin", n % 2 == 0)).unwrap();
    }
    let before = job.target.users();
    let ran = job.succeeds(["apply"]);
    let _guard = stable();
    insta::assert_snapshot!("unmanaged", ran);
    let after = job.target.users();
    assert!(before.iter().all(|user| after.contains(user)));
    let requests = job.target.requests();
    let touched: Vec<_> = requests.iter().filter(|request| request.method != "GET").collect();
    assert!(touched.iter().all(|request| request.method == "POST"), "{touched:?}");
    assert_eq!(count(&plan(&job), "unmanaged"), 25);
}
