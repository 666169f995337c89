//! What happens to accounts over time, by the binary against the simulator: waits, holds, starts and ends, people who
//! are renamed, come back, or get each other's address, and accounts that somebody changes by hand.

use jiff::{SignedDuration, Timestamp};
use rolecall::journal::Journal;
use rusqlite::Connection;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::job::{Job, POLICY, People, people};
use crate::support::Ran;

/// With these rules beside those of the job.
fn job(people: &People, rules: &str) -> Job {
    let job = Job::new(people, "");
    says(&job, rules);
    job
}

fn says(job: &Job, rules: &str) {
    job.project.write("policy/main.rhai", &format!("{POLICY}{rules}\n"));
}

fn apply(job: &Job) -> Ran {
    job.succeeds(["apply"])
}

/// The plan, from its first list on.
fn plan(job: &Job) -> String {
    let ran = job.succeeds(["plan"]);
    ran.stdout.split(" Policy ").next().unwrap_or_default().to_owned()
}

fn plan_json(job: &Job) -> Value {
    serde_json::from_str(&job.succeeds(["plan", "--format", "json"]).stdout).unwrap()
}

fn active(job: &Job, name: &str) -> Option<bool> {
    account(job, name).map(|account| account["active"].as_bool().unwrap())
}

fn account(job: &Job, name: &str) -> Option<Value> {
    let name = format!("{name}@example.com");
    job.target.users().into_iter().find(|user| user["userName"] == name.as_str())
}

fn set(people: &mut People, n: u128, attribute: &str, value: Value) {
    people.get_mut(&n).unwrap()[attribute] = value;
}

/// As if the journal had been written so many days earlier.
fn days_pass(job: &Job, days: i64) {
    let journal = Connection::open(job.project.path("state/journal.db")).unwrap();
    let since = Timestamp::now() - SignedDuration::from_hours(days * 24);
    assert!(journal.execute("UPDATE departures SET since = ?1", [since.to_string()]).unwrap() > 0);
}

fn departures(job: &Job) -> usize {
    Journal::open(&job.project.path("state")).unwrap().later().unwrap().departures.len()
}

/// The operations that wait, as `rolecall approve` lists them.
fn waiting(job: &Job) -> Vec<Value> {
    let ran = job.succeeds(["approve", "--format", "json"]);
    serde_json::from_str::<Vec<Value>>(&ran.stdout).unwrap()
}

/// How each thing that waited ceased to, in order.
fn closings(job: &Job) -> Vec<String> {
    let journal = Connection::open(job.project.path("state/journal.db")).unwrap();
    let mut query = journal.prepare("SELECT how FROM closings ORDER BY rowid").unwrap();
    query.query_map((), |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

#[test]
fn whoever_loses_the_last_role_keeps_the_account_for_a_week() {
    let mut staff = people(8);
    let job = job(&staff, "deprovision_after(\"7d\");");
    apply(&job);
    let writes = job.writes();

    set(&mut staff, 3, "department", json!("Finance"));
    job.employ(&staff);
    // A dry run writes nothing down: the wait begins with the first cycle.
    assert!(plan(&job).contains("Deactivated later, unless they come back (1)"));
    assert_eq!(departures(&job), 0);
    let ran = apply(&job);
    assert!(ran.stdout.contains("1 to deactivate later"), "{ran}");
    assert_eq!((departures(&job), job.writes()), (1, writes));
    let later = &plan_json(&job)["leaving"][0];
    let time = |key: &str| later[key].as_str().unwrap().parse::<Timestamp>().unwrap();
    assert_eq!(time("until").duration_since(time("since")), SignedDuration::from_hours(7 * 24));
    assert_eq!(
        (later["cause"].as_str(), later["userName"].as_str()),
        (Some("no_role"), Some("person003@example.com"))
    );

    let ran = job.succeeds(["explain", "person003"]);
    assert!(ran.stdout.contains("\n  The account is deactivated at 2"), "{ran}");

    // They come back, and nothing was done; when they leave again, it begins anew.
    set(&mut staff, 3, "department", json!("Marketing"));
    job.employ(&staff);
    apply(&job);
    assert_eq!((departures(&job), job.writes()), (0, writes));
    set(&mut staff, 3, "department", json!("Finance"));
    job.employ(&staff);
    apply(&job);
    days_pass(&job, 6);
    apply(&job);
    assert_eq!(active(&job, "person003"), Some(true));
    days_pass(&job, 8);
    let ran = apply(&job);
    assert!(ran.stdout.contains("has waited 7d since"), "{ran}");
    assert_eq!(active(&job, "person003"), Some(false));
    apply(&job);
    assert_eq!(departures(&job), 0);

    set(&mut staff, 3, "department", json!("Marketing"));
    job.employ(&staff);
    apply(&job);
    assert_eq!(active(&job, "person003"), Some(true));
    job.is_settled();
}

#[test]
fn who_is_disabled_or_gone_waits_only_where_the_policy_says_so() {
    let mut staff = people(9);
    let job = job(&staff, "deprovision_after(\"7d\");");
    apply(&job);
    set(&mut staff, 1, "userAccountControl", json!(514));
    staff.remove(&2);
    job.employ(&staff);
    apply(&job);
    assert_eq!((active(&job, "person001"), active(&job, "person002")), (Some(false), Some(false)));

    says(&job, "deprovision_after(#{ gone: \"1d\" });");
    set(&mut staff, 3, "userAccountControl", json!(514));
    set(&mut staff, 4, "department", json!("Finance"));
    staff.remove(&5);
    job.employ(&staff);
    apply(&job);
    let of = |n: u32| active(&job, &format!("person00{n}"));
    assert_eq!((of(3), of(4), of(5)), (Some(false), Some(false), Some(true)));
    days_pass(&job, 2);
    apply(&job);
    assert_eq!(of(5), Some(false));
}

#[test]
fn a_wait_survives_a_directory_that_is_down_and_rules_that_fail() {
    let mut staff = people(4);
    let job = job(&staff, "deprovision_after(\"7d\");");
    apply(&job);
    set(&mut staff, 3, "department", json!("Finance"));
    job.employ(&staff);
    apply(&job);
    std::fs::rename(job.project.path("people.jsonl"), job.project.path("elsewhere")).unwrap();
    assert_eq!(job.rolecall(["apply"]).run().code, Some(2));
    job.employ(&staff);
    says(
        &job,
        "deprovision_after(\"7d\");\nmap(\"nickName\", |user| if user.sn.contains(\"003\") { 1 / 0 });\nactive_from(|user| user.sn);",
    );
    assert_eq!(job.rolecall(["apply"]).run().code, Some(7), "everybody fails");
    assert_eq!(departures(&job), 1);
    says(&job, "deprovision_after(\"7d\");");
    days_pass(&job, 8);
    apply(&job);
    assert_eq!(active(&job, "person003"), Some(false));
}

#[test]
fn people_have_accounts_from_their_first_day_to_their_last() {
    let day = |days: i64| {
        let time = Timestamp::now() + SignedDuration::from_hours(days * 24);
        json!(time.strftime("%Y-%m-%d").to_string())
    };
    let mut staff = people(6);
    set(&mut staff, 1, "extensionAttribute5", day(2));
    set(&mut staff, 2, "extensionAttribute5", day(-2));
    set(&mut staff, 3, "extensionAttribute6", day(2));
    set(&mut staff, 4, "extensionAttribute6", day(-2));
    set(&mut staff, 5, "extensionAttribute6", json!("soon"));
    let rules = "active_from(|user| user.extensionAttribute5);\nactive_until(|user| user.extensionAttribute6, \"Europe/Berlin\");";
    let job = job(&staff, rules);
    let ran = job.rolecall(["apply"]).run();
    assert_eq!(ran.code, Some(7), "{ran}");
    assert!(ran.stdout.contains("`active_until` failed: \"soon\" is no date (main.rhai:9)"), "{ran}");
    let names: Vec<_> =
        job.accounts().iter().map(|user| user["userName"].as_str().unwrap()[6..9].to_owned()).collect();
    assert_eq!(names, ["002", "003", "006"]);

    // The last day passes; somebody's date becomes no date; somebody's first day is put off.
    set(&mut staff, 3, "extensionAttribute6", day(-2));
    set(&mut staff, 6, "extensionAttribute6", json!("31/12"));
    set(&mut staff, 2, "extensionAttribute5", day(9));
    set(&mut staff, 5, "extensionAttribute6", json!(null));
    staff.get_mut(&5).unwrap().as_object_mut().unwrap().remove("extensionAttribute6");
    job.employ(&staff);
    assert_eq!(job.rolecall(["apply"]).run().code, Some(7));
    let of = |n: u32| active(&job, &format!("person00{n}"));
    assert_eq!((of(2), of(3), of(5), of(6)), (Some(false), Some(false), Some(true), Some(true)));
    let ran = job.succeeds(["explain", "person003"]);
    let head: Vec<_> = ran.stdout.lines().skip(4).take(2).collect();
    assert!(head[0].starts_with("Gets no account, whatever the rules say: had an account until "), "{ran}");
    assert!(head[0].contains("(main.rhai:9)"), "{ran}");
    assert!(head[1].contains("would be `analyst` if"), "{ran}");
}

const HOLD: &str =
    "before(|op| if op.kind == \"deactivate\" && op.role == \"manager\" { op.hold(\"ask the board\") });";

#[test]
fn what_is_held_is_done_when_it_is_approved_and_still_the_same() {
    let mut staff = people(20);
    let job = job(&staff, HOLD);
    apply(&job);
    set(&mut staff, 10, "department", json!("Finance"));
    set(&mut staff, 11, "department", json!("Finance"));
    job.employ(&staff);
    let ran = apply(&job);
    assert!(
        ran.stdout.contains("Held for approval (1)") && ran.stdout.contains("1 held for approval"),
        "{ran}"
    );
    assert_eq!((active(&job, "person010"), active(&job, "person011")), (Some(true), Some(false)));
    let list = job.succeeds(["approve"]).stdout;
    assert!(
        list.contains("deactivate Person 010 <person010@example.com>: ask the board (main.rhai:8)"),
        "{list}"
    );

    let ran = job.succeeds(["explain", "person010"]);
    assert!(ran.stdout.contains(": deactivate Person 010 <person010@example.com>: ask the board"), "{ran}");

    // It waits as long as it takes, once.
    let writes = job.writes();
    apply(&job);
    let all = waiting(&job);
    assert_eq!((all.len(), job.writes()), (1, writes));
    let hash = all[0]["hash"].as_str().unwrap().to_owned();
    assert!(plan(&job).contains(&format!("to approve: `rolecall approve {}`", &hash[..12])));

    job.succeeds(["approve", &hash[..12], "--by", "the board"]);
    assert!(plan(&job).contains("approved by the board at "));
    apply(&job);
    assert_eq!(active(&job, "person010"), Some(false));
    assert_eq!((waiting(&job).len(), closings(&job)), (0, vec!["carried_out".to_owned()]));

    // Another time it is another matter.
    set(&mut staff, 10, "department", json!("Marketing"));
    job.employ(&staff);
    apply(&job);
    set(&mut staff, 10, "department", json!("Finance"));
    job.employ(&staff);
    apply(&job);
    assert_eq!((active(&job, "person010"), waiting(&job).len()), (Some(true), 1));
}

#[test]
fn what_was_approved_is_not_done_when_it_is_no_longer_wanted_or_is_another() {
    let mut staff = people(20);
    let job =
        job(&staff, "before(|op| if op.role == \"manager\" && op.kind != \"create\" { op.hold(\"ask\") });");
    apply(&job);
    let approve_all = || {
        let hashes: Vec<_> =
            waiting(&job).iter().map(|one| one["hash"].as_str().unwrap().to_owned()).collect();
        job.succeeds(["approve"].into_iter().chain(hashes.iter().map(String::as_str)));
    };
    set(&mut staff, 10, "sn", json!("Another"));
    job.employ(&staff);
    apply(&job);
    approve_all();
    // What was approved is another change than the one that is wanted now.
    set(&mut staff, 10, "sn", json!("A third"));
    job.employ(&staff);
    let writes = job.writes();
    apply(&job);
    assert_eq!((job.writes(), waiting(&job).len()), (writes, 1));
    assert_eq!(closings(&job), ["superseded"]);
    approve_all();
    set(&mut staff, 10, "sn", json!("Nr 010"));
    job.employ(&staff);
    apply(&job);
    assert_eq!((job.writes(), waiting(&job).len()), (writes, 0));
    assert_eq!(closings(&job), ["superseded", "withdrawn"]);
}

#[test]
fn what_was_rejected_is_not_asked_again_until_it_is_wanted_anew() {
    let mut staff = people(20);
    let job = job(&staff, HOLD);
    apply(&job);
    set(&mut staff, 10, "department", json!("Finance"));
    job.employ(&staff);
    apply(&job);
    let hash = waiting(&job)[0]["hash"].as_str().unwrap().to_owned();
    job.succeeds(["approve", "--reject", &hash, "--by", "mia"]);
    for _ in 0..2 {
        let ran = apply(&job);
        assert!(ran.stdout.contains("rejected by mia at "), "{ran}");
        assert_eq!((waiting(&job).len(), active(&job, "person010")), (0, Some(true)));
    }
    for department in ["Marketing", "Finance"] {
        set(&mut staff, 10, "department", json!(department));
        job.employ(&staff);
        apply(&job);
    }
    assert_eq!(waiting(&job).len(), 1);
}

#[test]
fn a_hook_that_fails_leaves_the_person_alone() {
    let mut staff = people(8);
    let job = job(
        &staff,
        "before(|op| if op.user.sn.contains(\"003\") { op.set(\"userName\", \"x\") } else { op.set(\"title\", UPPER(op.user.title)) });",
    );
    let ran = job.rolecall(["apply"]).run();
    assert_eq!(ran.code, Some(7), "{ran}");
    assert!(
        ran.stdout.contains("`before` failed: `userName` cannot be changed before an operation"),
        "{ran}"
    );
    assert_eq!(active(&job, "person003"), None);
    assert_eq!(account(&job, "person004").unwrap()["title"], "WRITER");
    staff.remove(&3);
    job.employ(&staff);
    // What a hook sets is there: the difference to the mapping is none that it does not set again.
    let writes = job.writes();
    apply(&job);
    assert_eq!(job.writes(), writes);
}

#[test]
fn a_broken_invariant_names_twenty_and_counts_the_rest() {
    let staff = people(30);
    let rules = "invariant(\"writers are no people\", |d| !d.provisioned || !d.user.title.equals(\"Writer\"));\nbefore(|op| op.skip(\"no\"));";
    let job = job(&staff, rules);
    let ran = job.rolecall(["apply"]).run();
    assert_eq!((ran.code, job.writes()), (Some(6), 0), "{ran}");
    let line = ran.stdout.lines().find(|line| line.contains("the invariant")).unwrap();
    assert_eq!(line.matches("Person 0").count(), 20, "{line}");
    assert!(line.ends_with("Person 022, 7 more"), "{line}");
    // Who has no account yet breaks none.
    says(&job, &format!("{rules}\nactive_from(|user| \"2999-01-01\");"));
    apply(&job);
    assert_eq!(job.writes(), 0);
}

#[test]
fn a_person_who_is_renamed_keeps_the_account() {
    let mut staff = people(5);
    let job = job(&staff, "");
    apply(&job);
    let id = account(&job, "person003").unwrap()["id"].clone();
    set(&mut staff, 3, "mail", json!("Married@example.com"));
    set(&mut staff, 3, "sn", json!("Married"));
    set(&mut staff, 3, "dn", json!("CN=Married,OU=People,DC=example,DC=com"));
    job.employ(&staff);
    apply(&job);
    assert_eq!(account(&job, "married").unwrap()["id"], id);
    assert_eq!(job.accounts().len(), 5);
    job.is_settled();
}

#[test]
fn two_who_change_addresses_at_once_are_told_and_one_who_takes_a_freed_one_is_not_kept_waiting() {
    let mut staff = people(5);
    let job = job(&staff, "");
    apply(&job);
    let id = |name: &str| account(&job, name).unwrap()["id"].clone();
    let (one, two) = (id("person001"), id("person002"));
    set(&mut staff, 1, "mail", json!("fresh@example.com"));
    set(&mut staff, 2, "mail", json!("person001@example.com"));
    job.employ(&staff);
    apply(&job);
    assert_eq!((id("fresh"), id("person001")), (one, two));
    job.is_settled();

    set(&mut staff, 3, "mail", json!("person004@example.com"));
    set(&mut staff, 4, "mail", json!("person003@example.com"));
    job.employ(&staff);
    let ran = job.rolecall(["apply"]).run();
    assert_eq!(ran.code, Some(7), "{ran}");
    assert!(ran.stdout.contains("waits for another in a circle of 2"), "{ran}");
}

#[test]
fn a_rehire_gets_the_old_account_back_by_the_same_or_by_a_new_entry() {
    let mut staff = people(5);
    let job = job(&staff, "");
    apply(&job);
    let id = account(&job, "person003").unwrap()["id"].clone();
    let three = staff[&3].clone();
    // Disabled and enabled again, as the same entry.
    for control in [514, 512] {
        set(&mut staff, 3, "userAccountControl", json!(control));
        job.employ(&staff);
        apply(&job);
        assert_eq!(active(&job, "person003"), Some(control == 512));
    }
    // Deleted, and made anew with the same address.
    staff.remove(&3);
    job.employ(&staff);
    apply(&job);
    assert_eq!(active(&job, "person003"), Some(false));
    let mut anew = three;
    anew["objectGUID"] = json!(Uuid::from_u128(33));
    staff.insert(33, anew);
    job.employ(&staff);
    let ran = apply(&job);
    assert!(
        ran.stdout.contains("takes over the account of Person 003, who is gone from the directory"),
        "{ran}"
    );
    let account = account(&job, "person003").unwrap();
    assert_eq!((&account["id"], account["active"].as_bool()), (&id, Some(true)));
    job.is_settled();
}

#[test]
fn an_address_that_somebody_else_still_has_is_given_to_nobody() {
    let mut staff = people(5);
    let job = job(&staff, "");
    apply(&job);
    let before = job.accounts();
    // A new person under the address of one who is there: which of them is right, only people can tell.
    let mut second = staff[&3].clone();
    second["objectGUID"] = json!(Uuid::from_u128(33));
    second["dn"] = json!("CN=Second,OU=People,DC=example,DC=com");
    second["displayName"] = json!("Second");
    second["mail"] = json!("PERSON003@example.com");
    staff.insert(33, second);
    job.employ(&staff);
    let ran = job.rolecall(["apply"]).run();
    assert_eq!(ran.code, Some(7), "{ran}");
    assert_eq!(ran.stdout.matches("is claimed by").count(), 2, "{ran}");
    assert_eq!(job.accounts(), before);
    // The first one leaves for good, and the address with the account is the second one's.
    staff.remove(&3);
    job.employ(&staff);
    apply(&job);
    assert_eq!((job.accounts().len(), active(&job, "person003")), (5, Some(true)));
    job.is_settled();
}

#[test]
fn an_account_that_was_deleted_by_hand_is_made_anew() {
    let staff = people(5);
    let job = job(&staff, "");
    apply(&job);
    let id = account(&job, "person003").unwrap()["id"].as_str().unwrap().to_owned();
    assert!(job.target.remove_user(&id));
    let ran = apply(&job);
    assert!(ran.stdout.contains("the account that was linked before no longer exists"), "{ran}");
    let new = account(&job, "person003").unwrap();
    assert_ne!(new["id"], id.as_str());
    job.is_settled();
}

#[test]
fn an_account_that_was_edited_by_hand_is_put_right_and_one_that_was_added_is_left_alone() {
    let staff = people(5);
    let job = job(&staff, "");
    apply(&job);
    let right = job.accounts();
    let id = account(&job, "person003").unwrap()["id"].as_str().unwrap().to_owned();
    job.target.set(&id, "title", &json!("King")).unwrap();
    job.target.set(&id, "active", &json!(false)).unwrap();
    apply(&job);
    assert_eq!(job.accounts(), right);
    job.is_settled();
}
