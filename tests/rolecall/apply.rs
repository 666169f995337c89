//! `rolecall apply` that is broken off at any moment, or whose answers get lost, ends in the same state.

use std::time::Duration;

use rolecall::simulator::{Fault, FaultKind, On};
use serde_json::{Value, json};

use crate::job::{Job, People, people};
use crate::support::{Ran, until};

const GUARD: &str = "[guard]\nrole_change = { max = 100, percent = 100, floor = 0 }\n";

fn outcomes(cycle: &Value, outcome: &str) -> usize {
    let operations = cycle["operations"].as_array().unwrap();
    operations.iter().filter(|operation| operation["answer"]["outcome"] == outcome).count()
}

/// A company in which much has changed: promotions, leavers, newcomers, one who got another's address.
fn changed(mut people: People) -> People {
    for n in 1..=30 {
        people.get_mut(&n).unwrap()["title"] = json!("Marketing Manager");
    }
    people.remove(&41);
    people.get_mut(&42).unwrap()["userAccountControl"] = json!(514);
    people.get_mut(&43).unwrap()["department"] = json!("Finance");
    people.get_mut(&51).unwrap()["mail"] = json!("person052@example.com");
    people.get_mut(&52).unwrap()["mail"] = json!("person052.new@example.com");
    let all = crate::job::people(120);
    people.extend(all.into_iter().skip(100));
    people
}

/// The accounts after an `apply` without any trouble.
fn expected(stages: &[&People]) -> Vec<Value> {
    let job = Job::new(stages[0], GUARD);
    for people in stages {
        job.employ(people);
        job.succeeds(["apply"]);
    }
    job.is_settled();
    job.accounts()
}

/// What holds after a broken-off cycle was followed by a whole one.
fn taken_up(job: &Job, broken_off: usize, ran: &Ran, expected: &[Value]) {
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(job.accounts(), expected);
    job.is_settled();
    let cycle = job.cycle(broken_off);
    assert_eq!(cycle["status"], "broken_off");
    let lost = outcomes(&cycle, "lost");
    assert_eq!(cycle["unanswered"], lost);
    assert_eq!(cycle["done"], outcomes(&cycle, "done"));
    let told = format!("the last run was broken off with {lost} operation");
    assert_eq!(ran.stderr.contains(&told), lost > 0, "{lost} lost: {ran}");
    assert_eq!(job.cycle(broken_off + 1)["status"], "done");
}

/// Each mostly waits for the disk.
fn side_by_side<const N: usize>(moments: [usize; N], test: impl Fn(usize) + Sync) {
    std::thread::scope(|scope| {
        for moment in moments {
            let test = &test;
            scope.spawn(move || test(moment));
        }
    });
}

#[test]
fn a_first_apply_that_is_killed_anywhere_is_taken_up() {
    let people = people(150);
    let expected = expected(&[&people]);
    assert_eq!(expected.len(), 150);
    side_by_side([1, 7, 50, 120], |requests| {
        let job = Job::new(&people, "");
        let running = job.rolecall(["apply"]).start();
        until("requests", || job.target.requests().len() >= requests);
        running.kill();
        let ran = job.rolecall(["apply"]).run();
        taken_up(&job, 1, &ran, &expected);
    });
}

#[test]
fn accounts_that_were_created_without_an_answer_are_found_again() {
    let people = people(100);
    let expected = expected(&[&people]);
    let job = Job::new(&people, "");
    // Four at once are created, their connections cut, and the look at what came of them is not answered.
    let cut = On { times: 4, ..On::every("POST", "/Users").after(60) };
    job.target.fault(Fault { on: cut, kind: FaultKind::DropAfter });
    job.target.fault(Fault { on: On::every("POST", "/Users").after(60), kind: FaultKind::Hang });
    job.target.fault(Fault { on: On::every("GET", "/Users?filter"), kind: FaultKind::Hang });
    let running = job.rolecall(["apply"]).start();
    job.sees_writes(64);
    running.kill();
    job.target.clear_faults();
    assert_eq!(job.target.users().len(), 64);
    let ran = job.rolecall(["apply", "--limit", "1"]).run();
    taken_up(&job, 1, &ran, &expected);
    // How many of the four had no answer when it was killed is a matter of moments.
    assert!((1..=4).contains(&outcomes(&job.cycle(1), "lost")), "{}", job.cycle(1)["operations"]);
    assert_eq!(job.cycle(2)["plan"]["create"], 100 - 64);
}

#[test]
fn changes_that_are_killed_anywhere_are_taken_up() {
    let (before, after) = (people(100), changed(people(100)));
    let expected = expected(&[&before, &after]);
    side_by_side([1, 3, 20, 51], |writes| {
        let job = Job::new(&before, GUARD);
        job.succeeds(["apply"]);
        job.employ(&after);
        job.target.clear_requests();
        // The last few would else be done before a busy machine comes to kill it.
        for method in ["POST", "PATCH"] {
            let kind = FaultKind::Slow(Duration::from_millis(20));
            job.target.fault(Fault { on: On::every(method, "/Users"), kind });
        }
        let running = job.rolecall(["apply"]).start();
        job.sees_writes(writes);
        running.kill();
        job.target.clear_faults();
        let ran = job.rolecall(["apply"]).run();
        taken_up(&job, 2, &ran, &expected);
    });
}

#[test]
fn answers_that_get_lost_change_nothing() {
    let (before, after) = (people(60), changed(people(60)));
    let expected = expected(&[&before, &after]);
    let job = Job::new(&before, GUARD);
    for method in ["POST", "PATCH"] {
        for skip in [0, 7, 8, 20] {
            job.target
                .fault(Fault { on: On::next(method, "/Users").after(skip), kind: FaultKind::DropAfter });
        }
    }
    job.succeeds(["apply"]);
    job.employ(&after);
    job.succeeds(["apply"]);
    job.is_settled();
    assert_eq!(job.accounts(), expected);
    assert_eq!(job.target.requests().iter().filter(|request| request.status.is_none()).count(), 8);
}
