//! `rolecall doctor` with targets of several kinds.

use rolecall::config::RoleShape;
use rolecall::simulator::{Fault, FaultKind, Filters, On, Profile, Rate, Settings, Simulator};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::support::{Project, Ran, stable};

const KEY: &str = "canary-doctor";

struct Practice {
    simulator: Simulator,
    project: Project,
    _runtime: Runtime,
}

impl Practice {
    fn new(settings: Settings) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let simulator = runtime.block_on(Simulator::start("127.0.0.1:0".parse().unwrap(), settings)).unwrap();
        Self { simulator, project: Project::new(), _runtime: runtime }
    }

    fn with_users(self, count: usize) -> Self {
        for n in 0..count {
            let mut user = json!({
                "userName": format!("user{n}@example.com"),
                "active": n % 5 != 3,
                "roles": [{ "value": "analyst", "primary": true }],
                "role": "analyst",
                "emails": [{ "type": "work", "value": format!("user{n}@example.com") }],
            });
            if self.simulator.add_user(&user).is_err() {
                user.as_object_mut().unwrap().remove("role");
                self.simulator.add_user(&user).unwrap();
            }
        }
        self
    }

    fn asked(&self, args: &str, more: &str) -> Ran {
        let text = format!(
            "[target]\nbase_url = \"{}\"\nkey = {{ env = \"KEY\" }}\nretry_delay = \"1ms\"\nper_second = 1000\nper_minute = 60000\n{more}",
            self.simulator.url()
        );
        self.project.write("policy/main.rhai", crate::job::POLICY).write("rolecall.toml", &text);
        let before = self.simulator.users();
        let ran = self.project.rolecall(args.split(' ')).env("KEY", KEY).run();
        assert_eq!(self.simulator.users(), before);
        assert!(self.simulator.requests().iter().all(|request| request.method == "GET"));
        assert!(!ran.to_string().contains(KEY));
        ran
    }
}

#[test]
fn every_profile_is_told_for_what_it_is() {
    let _guard = stable();
    let profiles = [
        ("klaviyo", Profile::Klaviyo),
        ("okta", Profile::Okta),
        ("entra", Profile::Entra),
        ("strict", Profile::Strict),
        ("hostile", Profile::Hostile),
    ];
    let mut report = String::new();
    for (name, profile) in profiles {
        let settings = Settings { faults: Vec::new(), ..Settings::profile(profile, KEY) };
        let ran = Practice::new(settings).with_users(130).asked("doctor", "");
        report.push_str(&format!("# {name}\n{ran}\n"));
    }
    insta::assert_snapshot!(report);
}

#[test]
fn what_it_proposes_is_what_works() {
    for profile in [Profile::Okta, Profile::Entra, Profile::Hostile] {
        let settings = Settings { faults: Vec::new(), ..Settings::profile(profile, KEY) };
        let practice = Practice::new(settings).with_users(30);
        let ran = practice.asked("doctor --format json", "");
        let found: Value = serde_json::from_str(&ran.stdout).unwrap();
        let settings = found["target"]["settings"].as_array().unwrap();
        let lines: String = settings
            .iter()
            .filter(|setting| !setting["key"].as_str().unwrap().starts_with("per_"))
            .map(|setting| {
                format!("{} = {}\n", setting["key"].as_str().unwrap(), setting["value"].as_str().unwrap())
            })
            .collect();
        let again = practice.asked("doctor", &lines);
        assert_eq!(again.code, Some(0), "{again}");
        assert!(!again.stdout.contains("# is "), "{again}");
    }
}

#[test]
fn odd_targets_are_seen_through() {
    let _guard = stable();
    let klaviyo = || Settings::klaviyo(KEY);
    let everywhere = |kind: FaultKind| vec![Fault { on: On::every("GET", "/Users"), kind }];
    let cases = [
        ("nobody there yet", klaviyo(), 0),
        ("one account", klaviyo(), 1),
        (
            "the same page again",
            Settings { faults: everywhere(FaultKind::FirstPage), page_limit: 2, ..klaviyo() },
            5,
        ),
        ("filters that compare case", Settings { filters: Filters::CaseExact, ..klaviyo() }, 5),
        ("filters that are ignored", Settings { filters: Filters::Ignored, ..klaviyo() }, 5),
        ("filters that are refused", Settings { filters: Filters::Refused, ..klaviyo() }, 5),
        ("inactive users are not listed", Settings { lists_inactive: false, ..klaviyo() }, 5),
        ("both places for the role", Settings { role_shape: RoleShape::Both, ..klaviyo() }, 5),
        ("limits by header", Settings { rate: Some(Rate { per_second: 40 }), ..klaviyo() }, 5),
        ("a page for people", Settings { faults: everywhere(FaultKind::html()), ..klaviyo() }, 5),
        ("another key", Settings { key: "another".to_owned().into(), ..klaviyo() }, 5),
    ];
    let mut report = String::new();
    for (name, settings, users) in cases {
        let ran = Practice::new(settings).with_users(users).asked("doctor", "");
        report.push_str(&format!("# {name}\n{ran}\n"));
    }
    insta::assert_snapshot!(report);
}

#[test]
fn nobody_there_is_said_with_advice() {
    let practice = Practice::new(Settings::klaviyo(KEY));
    let text =
        "[target]\nbase_url = \"http://127.0.0.1:9/scim\"\nkey = { env = \"KEY\" }\nretry_delay = \"1ms\"\n";
    practice.project.write("policy/main.rhai", crate::job::POLICY).write("rolecall.toml", text);
    let ran = practice.project.rolecall(["doctor"]).env("KEY", KEY).run();
    let _guard = stable();
    insta::assert_snapshot!(ran);
    practice.project.write("rolecall.toml", "");
    let ran = practice.project.rolecall(["doctor"]).run();
    insta::assert_snapshot!("doctor_without_a_target", ran);
}
