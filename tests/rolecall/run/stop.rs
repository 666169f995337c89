//! Others that hang: they hold up neither the end nor new rules; and cycles that are asked for while one is at work.

use std::io::Read as _;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use super::{ends, every, policy, slow};
use crate::job::{Job, POLICY, people};
use crate::support::until;

/// Takes every connection, and never says a word.
pub(super) fn silent() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                let mut buffer = [0; 1024];
                while let Ok(1..) = stream.read(&mut buffer) {}
            });
        }
    });
    address
}

fn stops_and_reloads(job: &Job) {
    let mut running = job.rolecall(["run"]).env("BIND_PASSWORD", "x").start();
    until("a cycle at work", || job.cycles().len() == 1);
    // New rules are in force, though the cycle hangs; nobody was read by whom they could be judged.
    job.project.write("policy/main.rhai", &policy("analyst\" role"));
    running.says(1, "do not pass");
    job.project.write("policy/main.rhai", POLICY);
    running.says(1, "pass again");
    let since = Instant::now();
    ends(running, "TERM");
    assert!(since.elapsed() < Duration::from_secs(10), "{:?}", since.elapsed());
    let cycles = job.cycles();
    assert_eq!((cycles.len(), &cycles[0]["status"]), (1, &serde_json::json!("stopped")));
}

#[test]
fn a_target_that_never_answers_holds_nothing_up() {
    let job = Job::new(&people(3), &every("1h"));
    let text = std::fs::read_to_string(job.project.path("rolecall.toml")).unwrap();
    let silent = format!("http://{}/scim/v2", silent());
    job.project.write("rolecall.toml", &text.replace(&job.target.url(), &silent));
    stops_and_reloads(&job);
}

#[test]
fn a_directory_that_never_answers_holds_nothing_up() {
    let job = Job::new(&people(3), &every("1h"));
    let text = std::fs::read_to_string(job.project.path("rolecall.toml")).unwrap();
    let ldap = format!(
        "kind = \"ldap\"\nurl = \"ldap://{}\"\nallow_plaintext = true\nbind_dn = \"x\"\nbase_dn = \"DC=x\"\n\
         password = {{ env = \"BIND_PASSWORD\" }}\n",
        silent()
    );
    job.project.write("rolecall.toml", &text.replace("kind = \"file\"\npath = \"people.jsonl\"\n", &ldap));
    stops_and_reloads(&job);
}

#[test]
fn cycles_that_are_asked_for_while_one_is_at_work_are_one() {
    let job = Job::new(&people(20), &every("50ms"));
    slow(&job, 50);
    let mut running = job.rolecall(["run"]).start();
    job.sees_writes(4);
    // Asked for, overdue by the interval many times, and asked for again.
    for _ in 0..5 {
        running.signal("HUP");
    }
    running.says(1, "cycle 1 ");
    let text = std::fs::read_to_string(job.project.path("rolecall.toml")).unwrap();
    job.project.write("rolecall.toml", &text.replace("\"50ms\"", "\"1h\""));
    running.says(1, "the new configuration is in force");
    std::thread::sleep(Duration::from_millis(500));
    let cycles = job.cycles();
    ends(running, "TERM");
    let asked = cycles.iter().filter(|cycle| cycle["cause"] == "asked for").count();
    assert!((1..=2).contains(&asked), "{cycles:?}");
    // Never two at once: each begins after the one before has ended.
    for two in cycles.windows(2) {
        let (ended, started) = (two[0]["ended"].as_str().unwrap(), two[1]["started"].as_str().unwrap());
        let times: Vec<jiff::Timestamp> = [ended, started].iter().map(|time| time.parse().unwrap()).collect();
        assert!(times[0] <= times[1], "{two:?}");
    }
}
