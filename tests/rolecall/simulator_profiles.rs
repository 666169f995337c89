//! The simulator as a command, and the main job with each of its profiles.

use std::fmt::Write as _;

use rolecall::simulator::{Profile, Settings, Simulator};
use serde_json::json;

use crate::job::{KEY, PLAIN_POLICY, people};
use crate::support::{Project, Ran, until};

fn follows_its_people(profile: Profile, settings: &str) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listen = "127.0.0.1:0".parse().unwrap();
    let target = runtime.block_on(Simulator::start(listen, Settings::profile(profile, KEY))).unwrap();
    let project = Project::new();
    let mut people = people(40);
    let employ = |people: &crate::job::People| {
        let mut text = String::new();
        people.values().for_each(|person| writeln!(text, "{person}").unwrap());
        project.write("people.jsonl", &text);
    };
    employ(&people);
    project.write("policy/main.rhai", PLAIN_POLICY).write(
        "rolecall.toml",
        &format!(
            "[directory]\nkind = \"file\"\npath = \"people.jsonl\"\n[target]\nbase_url = \"{}\"\n\
             key = {{ env = \"ROLECALL_SCIM_KEY\" }}\nper_second = 1000\nper_minute = 60000\nretry_delay = \"2ms\"\n{settings}",
            target.url()
        ),
    );
    let run = |args: &[&str]| project.rolecall(args.iter().copied()).env("ROLECALL_SCIM_KEY", KEY).run();
    let settles = || {
        // Outages may keep some for the next cycle.
        let mut last: Option<Ran> = None;
        for _ in 0..6 {
            last = Some(run(&["apply"]));
            if run(&["plan", "--detailed-exitcode"]).code == Some(0) {
                return;
            }
        }
        panic!("{profile:?} does not settle: {}", last.unwrap());
    };
    settles();
    assert_eq!(target.users().len(), 40);
    people.get_mut(&1).unwrap()["title"] = json!("Marketing Manager");
    people.get_mut(&2).unwrap()["userAccountControl"] = json!(514);
    people.get_mut(&3).unwrap()["mail"] = json!("New.Name@example.com");
    employ(&people);
    settles();
    let user = |name: &str| target.user(name).unwrap_or_else(|| panic!("no {name}"));
    let role = |name: &str| {
        let user = user(name);
        user.pointer("/roles/0/value").or(user.get("role")).unwrap().clone()
    };
    assert_eq!((target.users().len(), role("person001@example.com")), (40, json!("manager")));
    assert_eq!(user("person002@example.com")["active"], false);
    assert_eq!(role("new.name@example.com"), "analyst");
    people.get_mut(&2).unwrap()["userAccountControl"] = json!(512);
    employ(&people);
    settles();
    assert_eq!(user("person002@example.com")["active"], true);
}

#[test]
fn accounts_follow_people_with_okta() {
    follows_its_people(Profile::Okta, "role_shape = \"role\"\n");
}

#[test]
fn accounts_follow_people_with_entra() {
    follows_its_people(Profile::Entra, "auth_scheme = \"bearer\"\npatch_style = \"entra\"\n");
}

#[test]
fn accounts_follow_people_with_strict() {
    follows_its_people(Profile::Strict, "");
    follows_its_people(Profile::Strict, "update_method = \"put\"\n");
}

#[test]
fn accounts_follow_people_with_hostile() {
    follows_its_people(Profile::Hostile, "");
    follows_its_people(Profile::Hostile, "update_method = \"put\"\n");
}

#[test]
fn what_would_be_sent_is_shown_and_goes_wrong_as_ordered() {
    let project = Project::new();
    project.write(
        "faults.toml",
        "[[fault]]\nkind = \"status\"\nstatus = 503\nmethod = \"POST\"\n[[fault]]\nkind = \"cut\"\nafter = true\nmethod = \"PATCH\"\n",
    );
    let args = ["simulator", "--listen", "127.0.0.1:0", "--key", KEY, "--show", "--faults", "faults.toml"];
    let simulator = project.rolecall(args).start();
    until("the address", || simulator.wrote().contains("http://"));
    let url = simulator.wrote().lines().next().unwrap().to_owned();
    let mut people = people(1);
    let employ = |people: &crate::job::People| {
        project.write("people.jsonl", &format!("{}\n", people[&1]));
    };
    employ(&people);
    project.write("policy/main.rhai", PLAIN_POLICY).write(
        "rolecall.toml",
        &format!(
            "[directory]\nkind = \"file\"\npath = \"people.jsonl\"\n[target]\nbase_url = \"{url}\"\n\
             key = {{ env = \"ROLECALL_SCIM_KEY\" }}\nper_second = 1000\nper_minute = 60000\nretry_delay = \"2ms\"\n"
        ),
    );
    let apply = || {
        let ran = project.rolecall(["apply"]).env("ROLECALL_SCIM_KEY", KEY).run();
        assert_eq!(ran.code, Some(0), "{ran}");
    };
    apply();
    people.get_mut(&1).unwrap()["title"] = json!("Marketing Manager");
    employ(&people);
    apply();
    simulator.signal("TERM");
    let shown = simulator.end().stdout;
    assert!(!shown.contains(KEY), "{shown}");
    let _guard = crate::support::stable();
    insta::assert_snapshot!(shown);
}

#[test]
fn faults_that_make_no_sense_are_refused() {
    let project = Project::new();
    project.write("faults.toml", "[[fault]]\nkind = \"hang\"\nstatus = 500\n");
    let run = |file| project.rolecall(["simulator", "--listen", "127.0.0.1:0", "--faults", file]).run();
    let mut report = run("faults.toml").to_string();
    project.write("faults.toml", "[[fault]]\nkind = \"hnag\"\n");
    report.push_str(&run("faults.toml").to_string());
    report.push_str(&run("none.toml").to_string());
    insta::assert_snapshot!(report);
}
