//! `rolecall run`: rules that change while it runs, signals, and a target that goes away.

mod gate;
mod http;
mod reload;
mod settings;
mod stop;
mod systemd;

use std::time::{Duration, Instant};

use insta::assert_snapshot;
use rolecall::simulator::{Fault, FaultKind, On, Settings, Simulator};
use serde_json::{Value, json};

use crate::job::{Job, KEY, POLICY, people};
use crate::support::{Running, stable, until};

/// The same rules, but that whoever is no manager gets this role.
fn policy(role: &str) -> String {
    POLICY.replace("role(\"analyst\"", &format!("role(\"{role}\""))
}

fn every(interval: &str) -> String {
    let free = "{ max = 100, percent = 100, floor = 0 }";
    format!(
        "concurrency = 2\n[run]\ninterval = \"{interval}\"\n[guard]\nrole_change = {free}\nupdate = {free}\n"
    )
}

/// How many cycles went by before something was seen differs from run to run.
fn numberless() -> impl Sized {
    let outer = stable();
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\bcycle \d+", "cycle [n]");
    // The inner one ends first.
    (settings.bind_to_scope(), outer)
}

fn slow(job: &Job, millis: u64) {
    let kind = FaultKind::Slow(Duration::from_millis(millis));
    job.target.fault(Fault { on: On::every("POST", "/Users"), kind });
}

/// Ends in good order, and soon.
fn ends(running: Running<'_>, signal: &str) -> String {
    let since = Instant::now();
    running.signal(signal);
    let ran = running.end();
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(since.elapsed() < Duration::from_secs(15), "{:?}", since.elapsed());
    assert_eq!(ran.stdout, "");
    ran.stderr
}

/// Each cycle has one revision, and each role that it gave is one that this revision gives.
fn one_revision_a_cycle(job: &Job, roles: &[(&str, &str)]) {
    for (index, cycle) in job.cycles().iter().enumerate() {
        let revision = cycle["revision"].as_str().unwrap();
        let (_, role) = roles.iter().find(|(short, _)| revision.starts_with(short)).unwrap();
        for operation in job.cycle(index + 1)["operations"].as_array().unwrap() {
            for change in operation["changes"].as_array().unwrap() {
                let to = change["to"].as_str();
                assert!(
                    change["attribute"] != "role" || to == Some(role) || to == Some("manager"),
                    "{operation}"
                );
            }
        }
    }
}

fn revision(job: &Job) -> String {
    let ran = job.succeeds(["check"]);
    ran.stderr.trim_end().rsplit(' ').next().unwrap().to_owned()
}

#[test]
fn rules_that_change_in_the_middle_of_a_cycle_are_those_of_the_next() {
    let job = Job::new(&people(30), &every("1h"));
    let before = revision(&job);
    slow(&job, 100);
    let mut running = job.rolecall(["run"]).start();
    job.sees_writes(4);
    job.project.write("policy/main.rhai", &policy("support"));
    running.says(1, "new scripts are in force");
    assert!(job.writes() < 30, "the cycle was over before the rules changed");
    running.says(2, "cycle ");
    let after = revision(&job);

    // Broken, with the good ones still at work, then good again.
    job.project.write("policy/main.rhai", &policy("support\" role"));
    running.says(1, "stays in force");
    running.signal("HUP");
    running.says(1, "nothing to do");
    job.project.write("policy/main.rhai", &policy("support"));
    running.says(1, "pass again");
    let said = ends(running, "TERM");

    job.is_settled();
    assert_eq!(job.target.users().iter().filter(|user| user["roles"][0]["value"] == "support").count(), 27);
    let cycles = job.cycles();
    let causes: Vec<_> = cycles.iter().map(|cycle| &cycle["cause"]).collect();
    assert_eq!(causes, ["start", "new policy", "asked for"]);
    let revisions: Vec<_> = cycles.iter().map(|cycle| &cycle["revision"].as_str().unwrap()[..12]).collect();
    assert_eq!(revisions, [&before, &after, &after]);
    assert_eq!([&cycles[0]["done"], &cycles[1]["done"]], [30, 27]);
    one_revision_a_cycle(&job, &[(&before, "analyst"), (&after, "support")]);

    let _guard = stable();
    let few = |line: &&str| {
        !line.contains("Person 0") || line.contains("Person 009") || line.contains("Person 010")
    };
    let told: String = said.lines().filter(few).map(|line| format!("{line}\n")).collect();
    assert_snapshot!("run_rules_change_in_a_cycle", told);
}

#[test]
fn a_restart_with_broken_rules_goes_on_with_the_last_good_ones() {
    let job = Job::new(&people(3), &every("1h"));
    job.project.write("policy/main.rhai", &policy("analyst\" role"));
    let ran = job.rolecall(["run"]).run();
    assert_eq!(ran.code, Some(3), "{ran}");
    let _guard = stable();
    assert_snapshot!("run_broken_at_the_first_start", ran);
    assert!(job.target.requests().is_empty());

    job.project.write("policy/main.rhai", POLICY);
    let mut running = job.rolecall(["run"]).start();
    running.says(1, "cycle 1 ");
    ends(running, "INT");
    job.project.write("policy/main.rhai", &policy("analyst\" role"));
    let mut people = people(4);
    job.employ(&people);
    let mut running = job.rolecall(["run"]).start();
    running.says(1, "cycle 2 ");
    // The rules are mended: nothing new, so nothing but a word.
    job.project.write("policy/main.rhai", POLICY);
    running.says(1, "pass again");
    assert_eq!(job.target.users().len(), 4);
    // One at a time.
    let second = job.rolecall(["run"]).run();
    assert_eq!(second.code, Some(1), "{second}");
    let text = second.stderr.replace(&format!("pid {}", running.id()), "pid [pid]");
    assert_snapshot!("run_another_is_at_work", text);
    people.clear();
    assert_snapshot!("run_restarted_from_last_good", ends(running, "TERM"));
}

#[test]
fn a_cycle_that_is_stopped_in_the_middle_is_taken_up_by_the_next_run() {
    for signal in ["TERM", "INT"] {
        let people = people(40);
        let job = Job::new(&people, &every("1h"));
        slow(&job, 50);
        let running = job.rolecall(["run"]).start();
        job.sees_writes(7);
        let said = ends(running, signal);
        assert!(said.contains("stopping: what was sent is waited for"), "{said}");

        let cycle = job.cycle(1);
        let operations = cycle["operations"].as_array().unwrap();
        let accounts = job.target.users().len();
        assert!((7..20).contains(&accounts), "{accounts}");
        assert_eq!((&cycle["status"], &cycle["done"]), (&json!("stopped"), &json!(accounts)));
        assert_eq!(operations.len(), accounts);
        assert!(operations.iter().all(|operation| operation["answer"]["outcome"] == "done"));

        job.target.clear_faults();
        let mut running = job.rolecall(["run"]).start();
        running.says(1, "cycle 2 ");
        let said = ends(running, signal);
        assert!(!said.contains("broken off"), "{said}");
        assert_eq!(job.cycle(2)["done"], 40 - accounts);
        job.is_settled();
        assert_eq!(job.target.users().len(), 40);
    }
}

#[test]
fn a_directory_that_changes_is_seen_at_the_next_interval() {
    let mut people = people(20);
    let job = Job::new(&people, &every("300ms"));
    let mut running = job.rolecall(["run"]).start();
    running.says(1, "cycle 1 ");
    people.get_mut(&1).unwrap()["title"] = json!("Marketing Manager");
    people.get_mut(&2).unwrap()["userAccountControl"] = json!(514);
    people.remove(&3);
    let same_mail = people[&5]["mail"].clone();
    people.insert(21, crate::job::people(21)[&21].clone());
    people.get_mut(&21).unwrap()["mail"] = same_mail;
    job.employ(&people);
    running.says(1, " (interval): ");
    until("two more cycles", || job.cycles().len() > 4);
    people.remove(&21);
    job.employ(&people);
    running.says(1, "nobody is skipped any more");
    // A value that is not all there makes the reading a partial one, in which nobody is missed.
    let missed = people.remove(&7).unwrap();
    people.get_mut(&6).unwrap()["proxyAddresses;range=0-0"] = json!(["smtp:six@example.com"]);
    job.employ(&people);
    running.says(1, "not read whole");
    people.insert(7, missed);
    people.get_mut(&6).unwrap().as_object_mut().unwrap().remove("proxyAddresses;range=0-0");
    job.employ(&people);
    running.says(1, "read whole again");
    // Half of the company is missing: the guard says so, once.
    job.employ(&crate::job::people(9));
    running.says(1, "the guard refused");
    until("one more cycle", || {
        let cycles = job.cycles();
        cycles.iter().filter(|cycle| cycle["status"] == "refused").count() > 1
    });
    let _guard = numberless();
    let said: String = ends(running, "TERM")
        .lines()
        .filter(|line| !line.contains(" create ") && !line.contains("nothing to do"))
        .map(|line| format!("{line}\n"))
        .collect();
    assert_snapshot!("run_directory_changes", said);
    assert_eq!(job.target.users().iter().filter(|user| user["active"] == Value::Bool(true)).count(), 18);
}

#[test]
fn a_target_that_is_down_is_tried_again() {
    let mut job = Job::new(&people(3), &every("300ms"));
    let address = job.goes_down();
    let mut running = job.project.rolecall(["run"]).env("ROLECALL_SCIM_KEY", KEY).start();
    running.says(1, "cycle failed (start)");
    running.says(1, "cycle failed (retry)");
    job.target = job.runtime.block_on(Simulator::start(address, Settings::klaviyo(KEY))).unwrap();
    running.says(1, " (retry): 3 done");
    let _guard = numberless();
    let said = ends(running, "TERM");
    let told: Vec<_> = said.lines().filter(|line| !line.contains("cycle failed (retry)")).collect();
    assert_snapshot!("run_target_down", told.join("\n"));
}
