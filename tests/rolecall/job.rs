//! The main job in a small company: people in a file, a policy, and the simulator in the test's own process, which
//! outlives the binary.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::{SocketAddr, TcpListener};

use rolecall::journal::Journal;
use rolecall::simulator::{Settings, Simulator};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::support::{Project, Ran, Rolecall, until};

pub(crate) const KEY: &str = "canary-job-key";

/// Nothing in it but what Klaviyo lists as supported.
pub(crate) const PLAIN_POLICY: &str = r#"provision_by_role();
role("manager", |user| user.title.contains("Manager"));
role("analyst", |user| user.department.equals("Marketing"));
map("userName", |user| LOWER(user.mail));
map("name.givenName", |user| user.givenName);
map("name.familyName", |user| user.sn);
"#;

pub(crate) const POLICY: &str = r#"provision_by_role();
role("manager", |user| user.department.equals("Marketing") && user.title.contains("Manager"));
role("analyst", |user| user.department.equals("Marketing"));
map("userName", |user| LOWER(user.mail));
map("name.givenName", |user| user.givenName);
map("name.familyName", |user| user.sn);
map("title", |user| user.title);
"#;

/// A company's people by their number.
pub(crate) type People = BTreeMap<u128, Value>;

/// All in Marketing; every tenth is a manager.
pub(crate) fn people(count: u128) -> People {
    let person = |n| {
        let title = if n % 10 == 0 { "Marketing Manager" } else { "Writer" };
        json!({
            "dn": format!("CN=Person {n:03},OU=People,DC=example,DC=com"),
            "objectGUID": Uuid::from_u128(n),
            "objectClass": ["top", "person", "organizationalPerson", "user"],
            "sAMAccountName": format!("person{n:03}"),
            "displayName": format!("Person {n:03}"),
            "givenName": "Person",
            "sn": format!("Nr {n:03}"),
            "mail": format!("Person{n:03}@example.com"),
            "department": "Marketing",
            "title": title,
            "userAccountControl": 512,
        })
    };
    (1..=count).map(|n| (n, person(n))).collect()
}

pub(crate) struct Job {
    pub(crate) project: Project,
    pub(crate) target: Simulator,
    pub(crate) runtime: Runtime,
}

impl Job {
    /// `extra` stands at the end of the configuration, after the section `[target]`.
    pub(crate) fn new(people: &People, extra: &str) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listen = "127.0.0.1:0".parse().unwrap();
        let target = runtime.block_on(Simulator::start(listen, Settings::klaviyo(KEY))).unwrap();
        let project = Project::new();
        let url = target.url();
        project.write("rolecall.toml", &config(&url, extra)).write("policy/main.rhai", POLICY);
        let job = Self { project, target, runtime };
        job.employ(people);
        job
    }

    /// The target is to be found at an address from now on where nobody listens.
    pub(crate) fn goes_down(&self) -> SocketAddr {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let text = std::fs::read_to_string(self.project.path("rolecall.toml")).unwrap();
        self.project
            .write("rolecall.toml", &text.replace(&self.target.url(), &format!("http://{address}/scim/v2")));
        address
    }

    /// Replaces the directory, in one step.
    pub(crate) fn employ(&self, people: &People) {
        let mut text = String::new();
        for person in people.values() {
            let _ = writeln!(text, "{person}");
        }
        self.project.write("people.new", &text);
        std::fs::rename(self.project.path("people.new"), self.project.path("people.jsonl")).unwrap();
    }

    pub(crate) fn rolecall<'a>(&'a self, args: impl IntoIterator<Item = &'a str>) -> Rolecall<'a> {
        self.project.rolecall(args).env("ROLECALL_SCIM_KEY", KEY)
    }

    pub(crate) fn succeeds<'a>(&'a self, args: impl IntoIterator<Item = &'a str>) -> Ran {
        let ran = self.rolecall(args).run();
        assert_eq!(ran.code, Some(0), "{ran}");
        ran
    }

    /// Nothing is left to do, and everybody who has an account is linked to it.
    pub(crate) fn is_settled(&self) {
        let ran = self.rolecall(["plan", "--detailed-exitcode"]).run();
        assert_eq!(ran.code, Some(0), "{ran}");
        let journal = Journal::open(&self.project.path("state")).unwrap();
        let mut linked: Vec<_> = journal.links().unwrap().into_values().map(|link| link.account).collect();
        let mut ids: Vec<_> =
            self.target.users().iter().map(|user| user["id"].as_str().unwrap().to_owned()).collect();
        linked.sort();
        ids.sort();
        assert_eq!(linked, ids);
    }

    /// The accounts without what differs from run to run.
    pub(crate) fn accounts(&self) -> Vec<Value> {
        let mut users = self.target.users();
        for user in &mut users {
            let user = user.as_object_mut().unwrap();
            user.remove("id");
            user.remove("meta");
        }
        users.sort_by_key(|user| user["userName"].as_str().unwrap().to_owned());
        users
    }

    /// How many writes the target has seen.
    pub(crate) fn writes(&self) -> usize {
        self.target.requests().iter().filter(|request| request.method != "GET").count()
    }

    pub(crate) fn sees_writes(&self, count: usize) {
        until("writes at the target", || self.writes() >= count);
    }

    /// A cycle as `rolecall journal show` has it.
    pub(crate) fn cycle(&self, number: usize) -> Value {
        let ran = self.succeeds(["journal", "show", &number.to_string(), "--format", "json"]);
        serde_json::from_str(&ran.stdout).unwrap()
    }

    /// All cycles, from the first to the last.
    pub(crate) fn cycles(&self) -> Vec<Value> {
        let ran = self.succeeds(["journal", "list", "--limit", "1000", "--format", "json"]);
        let mut cycles: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
        cycles.reverse();
        cycles
    }
}

pub(crate) fn config(url: &str, extra: &str) -> String {
    format!(
        r#"[http]
listen = "off"

[directory]
kind = "file"
path = "people.jsonl"

[target]
base_url = "{url}"
key = {{ env = "ROLECALL_SCIM_KEY" }}
per_second = 1000
per_minute = 60000
{extra}"#
    )
}
