//! A configuration that changes under the loop, and runs of one cycle.

use insta::assert_snapshot;
use serde_json::json;

use super::{ends, every, numberless};
use crate::job::{Job, people};
use crate::support::{stable, until};

fn text(job: &Job) -> String {
    std::fs::read_to_string(job.project.path("rolecall.toml")).unwrap()
}

#[test]
fn what_can_change_does_and_what_cannot_is_named() {
    let job = Job::new(&people(3), &every("1h"));
    let before = text(&job);
    let mut running = job.rolecall(["run"]).start();
    running.says(1, "3 done");

    job.project.write("rolecall.toml", &before.replace("\"1h\"", "\"250ms\""));
    running.says(1, "the new configuration is in force");
    until("cycles at the new interval", || job.cycles().len() > 3);
    let faster = text(&job);

    // All of it stays as it was, said once, however often it is looked at.
    let fixed = faster
        .replace("/scim/v2\"", "/other/v2\"")
        .replace("people.jsonl", "others.jsonl")
        .replace("listen = \"off\"", "listen = \"127.0.0.1:0\"")
        + "[state]\nfolder = \"elsewhere\"\n";
    job.project.write("rolecall.toml", &fixed);
    running.says(1, "cannot change while it runs");
    running.signal("HUP");
    running.says(1, "SIGHUP");
    let broken = faster.replace("concurrency = 2", "concurency = 2");
    job.project.write("rolecall.toml", &broken);
    running.says(1, "did you mean `concurrency`?");
    job.project.write("rolecall.toml", &faster);
    running.says(1, "is the one in force again");
    let cycles = job.cycles().len();
    until("more cycles", || job.cycles().len() > cycles + 1);
    assert!(!job.project.path("elsewhere").exists());
    let said = ends(running, "TERM");
    assert_eq!(said.matches("cannot change").count(), 1, "{said}");

    let _guard = numberless();
    let told: String =
        said.lines().filter(|line| !line.contains(" create ")).map(|line| format!("{line}\n")).collect();
    assert_snapshot!("run_settings", told);
}

#[test]
fn rules_and_settings_of_one_save_come_into_force_together() {
    let job = Job::new(&people(30), "[run]\ninterval = \"1h\"\n");
    let mut running = job.rolecall(["run"]).start();
    running.says(1, "30 done");
    // The limit is wide enough for the rules in the same moment.
    let free = "{ max = 100, percent = 100, floor = 0 }";
    job.project.write("policy/main.rhai", &super::policy("support"));
    job.project
        .write("rolecall.toml", &format!("{}[guard]\nrole_change = {free}\nupdate = {free}\n", text(&job)));
    running.says(1, "27 done");
    let said = ends(running, "TERM");
    assert!(!said.contains("and wait"), "{said}");
    job.is_settled();
}

#[test]
fn one_cycle_can_be_asked_for_and_its_end_is_told() {
    let mut company = people(30);
    let job = Job::new(&company, "");
    let ran = job.rolecall(["run", "--once"]).run();
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stderr.contains("cycle 1 (once): 30 done"), "{ran}");
    let ran = job.rolecall(["run", "--once"]).run();
    assert_eq!(ran.code, Some(0), "{ran}");

    company.get_mut(&2).unwrap().as_object_mut().unwrap().remove("mail");
    job.employ(&company);
    assert_eq!(job.rolecall(["run", "--once"]).run().code, Some(7));
    job.employ(&people(10));
    assert_eq!(job.rolecall(["run", "--once"]).run().code, Some(6));
    std::fs::remove_file(job.project.path("people.jsonl")).unwrap();
    assert_eq!(job.rolecall(["run", "--once"]).run().code, Some(1));
    assert_eq!(job.cycles().len(), 5);
}

#[test]
fn a_log_for_programs_has_an_object_a_line() {
    let job = Job::new(&people(2), &every("1h").replace("[run]\n", "[run]\nlog = \"json\"\n"));
    let mut running = job.rolecall(["run"]).start();
    running.says(1, "\"event\":\"cycle\"");
    job.project.write("policy/main.rhai", &super::policy("analyst\" role"));
    running.says(1, "\"event\":\"rejected\"");
    let said = ends(running, "TERM");
    assert!(!said.contains(crate::job::KEY), "{said}");
    let lines: Vec<serde_json::Value> =
        said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().all(|line| line["level"].is_string() && line["event"].is_string()), "{said}");
    assert_eq!(lines.last().unwrap()["event"], json!("stopped"));
    let _guard = stable();
    let told: Vec<String> = lines
        .into_iter()
        .map(|mut line| {
            line.as_object_mut().unwrap().remove("version");
            format!("{line}\n")
        })
        .collect();
    // Two operations at once end in any order.
    let (mut operations, others): (Vec<_>, Vec<_>) =
        told.into_iter().partition(|line| line.contains("\"operation\""));
    operations.sort();
    assert_snapshot!("run_log_json", format!("{}{}", operations.concat(), others.concat()));
}
