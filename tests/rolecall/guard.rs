//! What the guard stops: kept, shown, approved by a person, and carried out only as long as it is what was seen.

use rolecall::simulator::{Fault, FaultKind, On};
use serde_json::{Value, json};

use crate::job::{Job, People, people};
use crate::support::{Ran, stable, until};

/// Twenty of thirty people become managers: more than the limit of 10 role changes.
fn promoted(mut people: People, numbers: std::ops::RangeInclusive<u128>) -> People {
    for n in numbers {
        people.get_mut(&n).unwrap()["title"] = json!("Marketing Manager");
    }
    people
}

/// The first apply is done, and the second is refused.
fn refused(extra: &str) -> (Job, Ran) {
    let job = Job::new(&people(30), extra);
    job.succeeds(["apply"]);
    job.employ(&promoted(people(30), 1..=20));
    let ran = job.rolecall(["apply", "--limit", "1"]).run();
    assert_eq!(ran.code, Some(6), "{ran}");
    (job, ran)
}

fn waiting(job: &Job) -> Vec<Value> {
    serde_json::from_str(&job.succeeds(["approve", "--format", "json"]).stdout).unwrap()
}

/// The hash of the one thing that waits.
fn hash(job: &Job) -> String {
    let waiting = waiting(job);
    assert_eq!(waiting.len(), 1, "{waiting:?}");
    waiting[0]["hash"].as_str().unwrap().to_owned()
}

fn approve(job: &Job) -> String {
    let hash = hash(job);
    job.succeeds(["approve", &hash[..12], "--by", "Ida Audit"]);
    hash
}

fn managers(job: &Job) -> usize {
    job.accounts().iter().filter(|user| user["roles"][0]["value"] == "manager").count()
}

fn breaches(ran: &Ran) -> Vec<String> {
    let plan: Value = serde_json::from_str(&ran.stdout).unwrap();
    let breaches = plan["guard"]["breaches"].as_array().cloned().unwrap_or_default();
    breaches.iter().map(|breach| breach["what"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_refused_plan_is_kept_shown_approved_and_carried_out_once() {
    let (job, ran) = refused("");
    assert_eq!(managers(&job), 3);
    let _guard = stable();
    insta::assert_snapshot!("apply_refused", ran);
    insta::assert_snapshot!("plan_show", job.succeeds(["plan", "show", "--limit", "1"]));
    insta::assert_snapshot!("approve_list", job.succeeds(["approve"]));
    insta::assert_snapshot!("plan_that_waits", job.rolecall(["plan", "--limit", "1"]).run());
    let hash = hash(&job);
    assert_eq!(job.rolecall(["apply"]).run().code, Some(6));
    assert_eq!(waiting(&job).len(), 1, "the same plan waits once");

    insta::assert_snapshot!("approve", job.succeeds(["approve", &hash[..12], "--by", "Ida Audit"]));
    insta::assert_snapshot!("approve_list_approved", job.succeeds(["approve"]));
    insta::assert_snapshot!("plan_approved", job.succeeds(["plan", "--limit", "1"]));
    insta::assert_snapshot!("approve_twice", job.rolecall(["approve", &hash]).run());
    assert_eq!(managers(&job), 3, "an approval alone does nothing");

    insta::assert_snapshot!("apply_approved", job.succeeds(["apply", "--limit", "1"]));
    assert_eq!(managers(&job), 21);
    job.is_settled();
    let cycle = job.cycle(4);
    assert_eq!((&cycle["plan"]["guard"]["verdict"], &cycle["done"]), (&json!("approved"), &json!(18)));
    let shown = job.succeeds(["journal", "show", "4"]).stdout;
    insta::assert_snapshot!("journal_show_approved", shown.split("\n\n").next().unwrap());
    insta::assert_snapshot!("plan_show_after", job.succeeds(["plan", "show", &hash[..12], "--limit", "1"]));
    insta::assert_snapshot!("approve_after", job.rolecall(["approve", &hash]).run());

    // The same plan once more needs another approval.
    job.employ(&people(30));
    assert_eq!(job.rolecall(["apply"]).run().code, Some(6));
    approve(&job);
    job.succeeds(["apply"]);
    job.employ(&promoted(people(30), 1..=20));
    assert_eq!(job.rolecall(["apply"]).run().code, Some(6));
    assert_eq!(self::hash(&job), hash);
    assert_eq!(managers(&job), 3);
}

#[test]
fn only_what_was_seen_is_carried_out() {
    let (job, _) = refused("");
    let seen = approve(&job);
    job.employ(&promoted(people(30), 2..=21));
    let ran = job.rolecall(["apply", "--limit", "1"]).run();
    let _guard = stable();
    insta::assert_snapshot!("approval_void", ran);
    insta::assert_snapshot!("approve_list_after_void", job.succeeds(["approve"]));
    insta::assert_snapshot!("approve_void", job.rolecall(["approve", &seen]).run());
    assert_ne!(hash(&job), seen);
    // Back to what was approved: the approval is void all the same.
    job.employ(&promoted(people(30), 1..=20));
    assert_eq!(job.rolecall(["apply"]).run().code, Some(6));
    assert_eq!((managers(&job), hash(&job)), (3, seen));

    // By other rules, the same operations are another plan.
    approve(&job);
    let policy = std::fs::read_to_string(job.project.path("policy/main.rhai")).unwrap();
    job.project.write("policy/main.rhai", &format!("{policy}// another\n"));
    let ran = job.rolecall(["apply", "--limit", "1"]).run();
    assert_eq!(ran.code, Some(6), "{ran}");
    assert!(ran.stderr.contains("so the approval is void: the policy was "), "{ran}");

    // Nothing to be refused: what waited is no longer wanted.
    approve(&job);
    job.employ(&people(30));
    let ran = job.succeeds(["apply"]);
    assert!(ran.stderr.contains("so the approval is void: "), "{ran}");
    assert_eq!(waiting(&job), Vec::<Value>::new());
    let ran = job.succeeds(["plan", "show", "--limit", "1"]).stdout;
    assert!(ran.lines().next().unwrap().contains("no longer wanted"), "{ran}");
}

#[test]
fn a_rejected_plan_is_put_up_again_by_a_command_alone() {
    let (job, _) = refused("[run]\ninterval = \"100ms\"\n");
    let hash = hash(&job);
    let _guard = stable();
    insta::assert_snapshot!("reject", job.succeeds(["approve", &hash, "--reject", "--by", "Ida Audit"]));
    let mut running = job.rolecall(["run"]).start();
    running.says(1, "the guard refused");
    until("another cycle", || job.cycles().len() >= 5);
    assert_eq!(waiting(&job), Vec::<Value>::new());
    running.signal("TERM");
    assert_eq!(running.end().code, Some(0));
    assert_eq!(job.rolecall(["apply"]).run().code, Some(6));
    assert_eq!(self::hash(&job), hash);
}

#[test]
fn what_is_typed_must_name_one_thing_that_waits() {
    let (job, _) = refused("");
    let hash = hash(&job);
    let _guard = stable();
    insta::assert_snapshot!("approve_too_short", job.rolecall(["approve", "a"]).run());
    insta::assert_snapshot!("approve_unknown", job.rolecall(["approve", "0123456789ab", &hash]).run());
    insta::assert_snapshot!("plan_show_unknown", job.rolecall(["plan", "show", "0123456789ab"]).run());
    assert_eq!(waiting(&job)[0]["approval"], Value::Null, "all or nothing");
    job.succeeds(["approve", &hash.to_uppercase(), &hash]);
    assert!(waiting(&job)[0]["approval"]["who"].as_str().unwrap().contains("uid "));
}

#[test]
fn without_a_state_folder_nothing_waits_and_none_is_made() {
    let job = Job::new(&people(1), "");
    assert_eq!(job.succeeds(["approve"]).stdout, "Nothing waits for approval.\n");
    assert_eq!(job.succeeds(["approve", "--format", "json"]).stdout, "[]\n");
    assert_eq!(job.succeeds(["plan", "show"]).stdout, "The guard has refused no plan.\n");
    assert_eq!(job.succeeds(["plan", "show", "--format", "json"]).stdout, "null\n");
    assert!(!job.project.path("state").exists());
}

#[test]
fn a_loop_carries_out_what_is_approved_meanwhile() {
    let job = Job::new(&people(30), "[run]\ninterval = \"200ms\"\n");
    let mut running = job.rolecall(["run"]).start();
    running.says(1, "nothing to do");
    job.employ(&promoted(people(30), 1..=20));
    running.says(1, "the guard refused");
    approve(&job);
    running.says(1, "approved by Ida Audit");
    until("the roles", || managers(&job) == 21);
    running.signal("TERM");
    let ran = running.end();
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(ran.stderr.matches("approved by Ida Audit").count(), 1, "{ran}");
    assert_eq!(waiting(&job), Vec::<Value>::new());
    let approved: Vec<_> =
        job.cycles().into_iter().filter(|cycle| cycle["plan"]["guard"]["verdict"] == "approved").collect();
    assert_eq!(approved.len(), 1);
    assert_eq!(approved[0]["done"], 18);
}

#[test]
fn an_approval_survives_a_crash_and_is_used_once() {
    // Killed after so many writes of 18, with more on their way that the target never sees.
    std::thread::scope(|scope| {
        for writes in [0, 1, 9, 18] {
            scope.spawn(move || killed_after(writes));
        }
    });
}

fn killed_after(writes: usize) {
    let (job, _) = refused("");
    let seen = approve(&job);
    job.target.clear_requests();
    job.target.fault(Fault { on: On::every("PATCH", "/Users").after(writes), kind: FaultKind::Hang });
    let running = job.rolecall(["apply"]).start();
    let under_way = |cycle: &Value| cycle["unanswered"] != 0 || cycle["done"] != 0;
    until("the first operation", || job.cycles().get(2).is_some_and(under_way));
    job.sees_writes(writes);
    running.kill();
    job.target.clear_faults();
    assert_eq!(managers(&job), 3 + writes);

    let ran = job.rolecall(["apply", "--limit", "1"]).run();
    if writes == 1 {
        // What is left is over the limits, and nobody has seen it.
        assert_eq!(ran.code, Some(6), "{ran}");
        assert!(ran.stderr.contains("so the approval is void: no longer: update"), "{ran}");
        assert_ne!(approve(&job), seen);
        job.succeeds(["apply"]);
    } else {
        // Either nothing has changed, so that it is what was approved, or what is left is within the limits.
        assert_eq!(ran.code, Some(0), "{ran}");
        assert_eq!(ran.stdout.contains("approved by Ida Audit"), writes == 0, "{ran}");
    }
    assert_eq!(managers(&job), 21);
    job.is_settled();
    assert_eq!(waiting(&job), Vec::<Value>::new());
    // Used up: the same plan again is refused.
    job.employ(&people(30));
    assert_eq!(job.rolecall(["apply"]).run().code, Some(6));
    approve(&job);
    job.succeeds(["apply"]);
    job.employ(&promoted(people(30), 1..=20));
    assert_eq!(job.rolecall(["apply"]).run().code, Some(6));
    assert_eq!(hash(&job), seen);
}

#[test]
fn nobody_approves_what_breaks_an_invariant_or_follows_from_an_empty_directory() {
    let job = Job::new(&people(30), "");
    job.succeeds(["apply"]);
    let policy = std::fs::read_to_string(job.project.path("policy/main.rhai")).unwrap();
    let invariant = r#"invariant("few are managers", |d| d.role != "manager");"#;
    job.project.write("policy/main.rhai", &format!("{policy}{invariant}\n"));
    job.employ(&promoted(people(30), 1..=20));
    let ran = job.rolecall(["apply", "--limit", "1"]).run();
    assert_eq!(ran.code, Some(6), "{ran}");
    assert_eq!(waiting(&job), Vec::<Value>::new());
    let shown: Value =
        serde_json::from_str(&job.succeeds(["plan", "show", "--format", "json"]).stdout).unwrap();
    assert_eq!((&shown["waits"], shown["operations"].as_array().unwrap().len()), (&json!(false), 18));
    let hash = shown["hash"].as_str().unwrap();
    let _guard = stable();
    insta::assert_snapshot!("approve_invariant", job.rolecall(["approve", hash]).run());

    job.project.write("policy/main.rhai", &policy);
    let group = json!({
        "dn": "CN=Nobody,DC=example,DC=com",
        "objectGUID": "00000000-0000-0000-0000-0000000000ff",
        "objectClass": ["top", "group"],
        "sAMAccountName": "nobody",
    });
    job.employ(&People::from([(1, group)]));
    let ran = job.rolecall(["apply", "--allow-deactivations", "30", "--limit", "1"]).run();
    insta::assert_snapshot!("empty_directory", ran);
    assert_eq!(waiting(&job), Vec::<Value>::new());
}

#[test]
fn a_shrunken_directory_can_be_approved_as_it_was_seen() {
    let job = Job::new(&people(100), "[guard]\ndeactivate = { max = 100, percent = 100 }\n");
    job.succeeds(["apply"]);
    job.employ(&people(70));
    let ran = job.rolecall(["apply", "--format", "json"]).run();
    assert_eq!((ran.code, breaches(&ran)), (Some(6), vec!["directory shrink".to_owned()]));
    approve(&job);
    // One more is gone, of whom an account is deactivated as well.
    job.employ(&people(69));
    assert_eq!(job.rolecall(["apply"]).run().code, Some(6));
    approve(&job);
    job.succeeds(["apply"]);
    job.is_settled();
    // And that is the new measure.
    job.employ(&people(60));
    job.succeeds(["apply"]);
}

#[test]
fn an_allowance_uses_up_what_waits() {
    let job = Job::new(&people(100), "[guard]\nshrink_percent = 100\n");
    job.succeeds(["apply"]);
    job.employ(&people(90));
    assert_eq!(job.rolecall(["apply"]).run().code, Some(6));
    assert_eq!(waiting(&job).len(), 1);
    job.succeeds(["apply", "--allow-deactivations", "10"]);
    assert_eq!(waiting(&job), Vec::<Value>::new());
    let shown = job.succeeds(["plan", "show", "--limit", "1"]).stdout;
    assert!(shown.lines().next().unwrap().contains("carried out"), "{shown}");
}

#[test]
fn a_role_can_be_limited_however_people_come_to_it() {
    let limit = "[guard]\nrole_change = { percent = 100 }\nrole.manager = { max = 3 }\n";
    // Ten are created, one of them a manager.
    let job = Job::new(&people(10), limit);
    job.succeeds(["apply"]);
    // Two come to the role by a change, two with their first account.
    let mut more = promoted(people(12), 1..=2);
    more = promoted(more, 11..=12);
    job.employ(&more);
    let ran = job.rolecall(["apply", "--format", "json"]).run();
    assert_eq!((ran.code, breaches(&ran)), (Some(6), vec!["role manager".to_owned()]));
    let ran = job.rolecall(["plan"]).run();
    let _guard = stable();
    insta::assert_snapshot!("role_limit", ran);
    approve(&job);
    job.succeeds(["apply"]);
    // All five managers lose their accounts, and get them back with the role that they had.
    let mut gone = more.clone();
    for n in [1, 2, 10, 11, 12] {
        gone.get_mut(&n).unwrap()["userAccountControl"] = json!(514);
    }
    job.employ(&gone);
    job.succeeds(["apply"]);
    job.employ(&more);
    let ran = job.rolecall(["apply", "--format", "json"]).run();
    assert_eq!((ran.code, breaches(&ran)), (Some(6), vec!["role manager".to_owned()]));
}

#[test]
fn a_limit_of_a_role_that_nobody_gets_is_told() {
    let job = Job::new(&people(1), "[guard]\nrole.manger = { max = 3 }\n");
    let ran = job.succeeds(["plan", "--format", "json"]);
    insta::assert_snapshot!(ran.stderr.lines().last().unwrap());
}

#[test]
fn a_script_and_the_rules_wait_side_by_side() {
    let (job, _) = refused("");
    job.project.write("once.rhai", "for user in directory.users() { klaviyo.deactivate(user); }\n");
    let ran = job.rolecall(["script", "once.rhai", "--apply", "--limit", "1"]).run();
    assert_eq!(ran.code, Some(6), "{ran}");
    assert_eq!(job.rolecall(["apply"]).run().code, Some(6));
    let all = waiting(&job);
    let of: Vec<_> = all.iter().map(|one| one["summary"]["of"].as_str().unwrap()).collect();
    assert_eq!(of, ["rules", "script once.rhai"]);
    let script = all[1]["hash"].as_str().unwrap();
    job.succeeds(["approve", script]);
    assert_eq!(job.rolecall(["apply"]).run().code, Some(6), "the rules' plan was not approved");
    job.succeeds(["script", "once.rhai", "--apply"]);
    assert!(job.accounts().iter().all(|user| user["active"] == false));
    assert_eq!(waiting(&job).len(), 1);
}
