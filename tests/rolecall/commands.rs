//! Every command as its users run it: the binary, a directory in a file, the simulator as the target.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

use base64::Engine as _;
use rolecall::simulator::{Settings, Simulator};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::support::{Project, Ran, stable};

pub(crate) const KEY: &str = "canary-0815";

pub(crate) const POLICY: &str = r#"// Who has an account.
provision_by_role();

role("admin", |user| user.in_group("Klaviyo Admins") && user.department.equals("IT"));
role("manager", |user| user.department.equals("Marketing") && user.title.contains("Manager"));
role("analyst", |user| user.department.equals("Marketing"));

map("userName", |user| LOWER(user.mail));
map("name.givenName", |user| user.givenName);
map("name.familyName", |user| user.sn);
"#;

pub(crate) const TESTS: &str = r#"test("a manager in marketing", || {
    expect(decide(fixture("mia")).role).to_be("manager");
});

test("names", || {
    let d = decide(fixture("mia"));
    expect(d["name.givenName"]).to_be("Mia");
});
"#;

pub(crate) const FIXTURES: &str = r#"[mia]
givenName = "Mia"
sn = "Fischer"
mail = "Mia.Fischer@example.com"
department = "Marketing"
title = "Marketing Manager"
"#;

/// A person of an LDIF export; `number` makes the objectGUID.
pub(crate) fn person(number: u32, name: &str, more: &str) -> String {
    let (given, family) = name.split_once(' ').unwrap();
    let account = format!("{}.{}", given.to_lowercase(), family.to_lowercase());
    format!(
        "dn: CN={name},OU=People,DC=example,DC=com\nobjectClass: user\n\
         objectGUID: 00000000-0000-4000-8000-{number:012}\nsAMAccountName: {account}\n\
         userPrincipalName: {account}@corp.example.com\ngivenName: {given}\nsn: {family}\ndisplayName: {name}\n\
         mail: {given}.{family}@example.com\n{more}\n"
    )
}

pub(crate) fn company() -> String {
    [
        "version: 1\n\n".to_owned(),
        person(1, "Mia Fischer", "department: Marketing\ntitle: Marketing Manager\nuserAccountControl: 512\n"),
        person(2, "Noah Wagner", "department: marketing\ntitle: Campaign Coordinator\nuserAccountControl: 512\n"),
        person(3, "Sam Lee", "department: IT\nmemberOf: CN=Klaviyo Admins,OU=Groups,DC=example,DC=com\nuserAccountControl: 512\n"),
        person(4, "Ana Silva", "department: Marketing\ntitle: Writer\nuserAccountControl: 514\n"),
        person(5, "Lena Loader", "department: Warehouse\nuserAccountControl: 512\n"),
        "dn: CN=Klaviyo Admins,OU=Groups,DC=example,DC=com\nobjectClass: group\ncn: Klaviyo Admins\n\
         member: CN=Sam Lee,OU=People,DC=example,DC=com\n\n"
            .to_owned(),
    ]
    .concat()
}

/// A policy project whose directory is a file and whose target is a simulator.
pub(crate) struct Site {
    pub(crate) project: Project,
    pub(crate) simulator: Simulator,
    _runtime: Runtime,
}

impl Site {
    pub(crate) fn new() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let simulator = runtime
            .block_on(Simulator::start("127.0.0.1:0".parse().unwrap(), Settings::klaviyo(KEY)))
            .unwrap();
        let site = Self { project: Project::new(), simulator, _runtime: runtime };
        site.configure("")
            .write("policy/main.rhai", POLICY)
            .write("tests/roles_test.rhai", TESTS)
            .write("fixtures/people.toml", FIXTURES)
            .write("people.ldif", &company());
        site
    }

    /// Writes the configuration, `more` behind it.
    pub(crate) fn configure(&self, more: &str) -> &Project {
        let text = format!(
            "[directory]\nkind = \"file\"\npath = \"people.ldif\"\n\n\
             [target]\nbase_url = \"{}\"\nkey = {{ env = \"SCIM_KEY\" }}\nper_second = 1000\nper_minute = 60000\n{more}",
            self.simulator.url()
        );
        self.project.write("rolecall.toml", &text)
    }

    /// Runs a command as it would be typed: `site.run("plan --format json")`.
    pub(crate) fn run(&self, command: &str) -> Ran {
        self.project.rolecall(command.split(' ')).env("SCIM_KEY", KEY).run()
    }

    pub(crate) fn json(&self, command: &str) -> (Option<i32>, Value) {
        let ran = self.run(command);
        let value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran}"));
        (ran.code, value)
    }

    pub(crate) fn account(&self, user_name: &str, active: bool) -> &Self {
        self.simulator
            .add_user(&json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                "userName": user_name,
                "active": active,
                "roles": [{ "value": "analyst", "primary": true }],
            }))
            .unwrap();
        self
    }

    /// How many requests changed something, or tried to.
    pub(crate) fn writes(&self) -> usize {
        self.simulator.requests().iter().filter(|request| request.method != "GET").count()
    }
}

#[test]
fn help() {
    let site = Site::new();
    let pages = [
        "--help",
        "check --help",
        "test --help",
        "explain --help",
        "plan --help",
        "apply --help",
        "init --help",
    ];
    let text: Vec<String> = pages.iter().map(|page| site.run(page).to_string()).collect();
    insta::assert_snapshot!(text.join("\n"));
}

#[test]
fn check() {
    let site = Site::new();
    let _guard = stable();
    insta::assert_snapshot!(site.run("check"));
}

#[test]
fn check_with_a_warning() {
    let site = Site::new();
    site.project
        .write("policy/main.rhai", &format!("{POLICY}map(\"nickName\", |user| user.cn);\n"))
        .write("policy/old.rhai", "");
    let _guard = stable();
    let all = ["check", "check --deny-warnings --format short", "check --format json", "plan --limit 1"]
        .map(|command| site.run(command).to_string());
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn what_scripts_print_is_shown_to_who_asks() {
    let site = Site::new();
    site.project.write("policy/main.rhai", &format!("{POLICY}print(\"here\");\n"));
    let printed = |asked: &str| site.project.rolecall(["check"]).env("ROLECALL_LOG", asked).run().stderr;
    assert!(printed("script=debug").contains("DEBUG script: here"));
    assert!(!site.run("check").stderr.contains("here"));
}

#[test]
fn tests_pass() {
    let site = Site::new();
    let _guard = stable();
    insta::assert_snapshot!(site.run("test"));
}

#[test]
fn tests_as_json() {
    let site = Site::new();
    site.project.write("tests/more_test.rhai", "test(\"wrong\", || expect(1).to_be(2));");
    let (code, report) = site.json("test --format json");
    assert_eq!(code, Some(4));
    insta::assert_json_snapshot!(report);
}

#[test]
fn tests_as_junit() {
    let site = Site::new();
    site.project.write(
        "tests/<&\">_test.rhai",
        "test(\"]]> <b> & \\u0007 \\x1b[31m\", || expect(\"<&\\u0001\").to_be(\"]]>\"));",
    );
    let ran = site.run("test --format junit");
    assert_eq!(ran.code, Some(4), "{ran}");
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r#"time(stamp)?="[^"]*""#, r#"time$1="..""#);
    settings.bind(|| insta::assert_snapshot!(ran.stdout));
    // Characters that XML cannot have (XML 1.0 section 2.2) would make CI refuse the whole report.
    assert!(!ran.stdout.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t' | '\r')), "{ran}");
}

#[test]
fn plan_and_apply() {
    let site = Site::new();
    site.account("Noah.Wagner@example.com", true)
        .account("ana.silva@example.com", true)
        .account("boss@example.com", true);
    let _guard = stable();
    let mut told = String::new();
    for command in
        ["plan", "plan --limit 1 --detailed-exitcode", "apply", "plan --detailed-exitcode", "apply"]
    {
        told.push_str(&format!("$ rolecall {command}\n{}\n", site.run(command)));
    }
    insta::assert_snapshot!(told);
    let mut roles: Vec<_> = site
        .simulator
        .users()
        .iter()
        .map(|user| json!([user["userName"], user["active"], user["roles"][0]["value"]]))
        .collect();
    // Several are sent at once, and arrive in any order.
    roles.sort_by_key(|user| user[0].to_string());
    insta::assert_json_snapshot!(roles);
}

#[test]
fn plan_and_apply_as_json() {
    let site = Site::new();
    site.account("Noah.Wagner@example.com", true)
        .account("ana.silva@example.com", true)
        .account("boss@example.com", true);
    let _guard = stable();
    let (code, plan) = site.json("plan --format json");
    assert_eq!(code, Some(0));
    insta::assert_snapshot!("plan_json", format!("{plan:#}"));
    let (code, apply) = site.json("apply --format json");
    assert_eq!(code, Some(0));
    insta::assert_snapshot!("apply_json", format!("{apply:#}"));
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        keys(&plan),
        [
            "revision",
            "operations",
            "held",
            "leaving",
            "unchanged",
            "drifted",
            "skipped",
            "adoptable",
            "unmanaged",
            "guard"
        ]
    );
    assert_eq!(keys(&plan["operations"][0]), ["kind", "user", "account", "changes", "reasons"]);
}

#[test]
fn journal() {
    let site = Site::new();
    let _guard = stable();
    let mut told = String::new();
    for command in
        ["journal list", "apply", "journal list", "journal show 1", "journal show 7", "journal show x"]
    {
        told.push_str(&format!("$ rolecall {command}\n{}\n", site.run(command)));
    }
    insta::assert_snapshot!(told);
    insta::assert_snapshot!("journal_list_json", site.run("journal list --format json"));
    insta::assert_snapshot!("journal_show_json", site.run("journal show 1 --format json"));
}

#[test]
fn a_journal_that_is_only_read_is_not_made() {
    let project = Project::new();
    project.rolecall(["init", "."]).run();
    let ran = project.rolecall(["journal", "list"]).run();
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "The journal is empty.\n"), "{ran}");
    assert_eq!(project.rolecall(["journal", "show", "1"]).run().code, Some(2));
    assert!(!project.path("state").exists());
}

#[test]
fn explain_each_verdict() {
    let site = Site::new();
    let mut told = String::new();
    for who in [
        "Mia.Fischer@example.com",
        "sam.lee",
        "lena.loader@corp.example.com",
        "cn=ana silva,ou=people,dc=EXAMPLE,dc=com",
    ] {
        let ran = site.project.rolecall(["explain", who]).run();
        told.push_str(&format!("$ rolecall explain \"{who}\"\n{ran}\n"));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn explain_takes_every_name_of_a_person() {
    let site = Site::new();
    let wanted = site.run("explain sam.lee");
    assert_eq!(wanted.code, Some(0), "{wanted}");
    for who in [
        "SAM.LEE",
        "sam.lee@EXAMPLE.com",
        "Sam.Lee@corp.example.com",
        "CN=Sam Lee, OU=People, DC=example, DC=com",
        "00000000-0000-4000-8000-000000000003",
        "{00000000-0000-4000-8000-000000000003}",
    ] {
        let ran = site.project.rolecall(["explain", who]).run();
        assert_eq!(ran.to_string(), wanted.to_string(), "{who}");
    }
}

#[test]
fn explain_a_failure() {
    let site = Site::new();
    site.project.write("policy/main.rhai", &POLICY.replace("LOWER(user.mail)", "LEFT(user.mail, -1)"));
    insta::assert_snapshot!(site.run("explain mia.fischer"));
}

#[test]
fn explain_two_of_one_name() {
    let site = Site::new();
    let twice = company().replace("Noah.Wagner@example.com", "mia.fischer@example.com");
    site.project.write("people.ldif", &twice);
    let ran = site.run("explain mia.fischer@example.com");
    insta::assert_snapshot!(ran);
    let ran = site.run("explain mia.fischer@example.com --format json");
    let documents: Vec<Value> =
        serde_json::Deserializer::from_str(&ran.stdout).into_iter().collect::<Result<_, _>>().unwrap();
    assert_eq!(documents.len(), 2);
}

#[test]
fn explain_as_json() {
    let site = Site::new();
    let (code, value) = site.json("explain mia.fischer --format json");
    assert_eq!(code, Some(0));
    let _guard = stable();
    insta::assert_snapshot!(format!("{value:#}"));
}

#[test]
fn explain_what_is_kept_and_what_is_protected() {
    let site = Site::new();
    let more = "keep_access_on_role_change(true);\nprotect(\"Lena.Loader@example.com\");\n";
    site.project.write("policy/main.rhai", &format!("{POLICY}{more}"));
    insta::assert_snapshot!(site.run("explain lena.loader"));
}

#[test]
fn explain_everyone_provisioned() {
    let site = Site::new();
    site.project.write("policy/main.rhai", "provision_everyone();\nmap(\"userName\", |user| user.mail);\n");
    insta::assert_snapshot!(site.run("explain lena.loader"));
}

#[test]
fn init_writes_a_project_that_passes() {
    let project = Project::new();
    let ran = project.rolecall(["init", "ours"]).run();
    let _guard = stable();
    insta::assert_snapshot!(ran);
    for command in ["check", "test"] {
        let outside = project.rolecall(["--config", "ours/rolecall.toml", command]).run();
        assert_eq!(outside.code, Some(0), "{outside}");
        let behind = project.rolecall([command, "--config", "ours/rolecall.toml"]).run();
        assert_eq!(behind.code, Some(0), "{behind}");
    }
    let before = std::fs::read(project.path("ours/rolecall.toml")).unwrap();
    let again = project.rolecall(["init", "ours"]).run();
    insta::assert_snapshot!("init_twice", again);
    assert_eq!(std::fs::read(project.path("ours/rolecall.toml")).unwrap(), before);
    project.write("file", "mine");
    insta::assert_snapshot!("init_into_a_file", project.rolecall(["init", "file"]).run());
    assert_eq!(std::fs::read_to_string(project.path("file")).unwrap(), "mine");
    project.write("full/mine.txt", "mine");
    insta::assert_snapshot!("init_into_a_full_folder", project.rolecall(["init", "full"]).run());
    assert!(!project.path("full/rolecall.toml").exists());
    insta::assert_snapshot!(
        "plan_in_a_new_project",
        project.rolecall(["--config", "ours/rolecall.toml", "plan"]).run()
    );
}

#[test]
fn a_reader_who_goes_away_is_no_error() {
    let site = Site::new();
    let people: String = (10..4000)
        .map(|n| person(n, &format!("Person Number{n}"), "department: Marketing\nuserAccountControl: 512\n"))
        .collect();
    site.project.write("people.ldif", &people);
    let mut child = Command::new(env!("CARGO_BIN_EXE_rolecall"))
        .args(["plan"])
        .current_dir(site.project.path(""))
        .env("SCIM_KEY", KEY)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!((first.as_str(), told.as_str()), ("Create (3990)\n", ""));
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn nothing_steers_the_terminal() {
    let site = Site::new();
    let hostile = format!("displayName:: {}", base64("Mia\n\u{1b}[31mRED\u{1b}[0m"));
    let people = company()
        .replace("displayName: Mia Fischer", &hostile)
        .replace("title: Marketing Manager", &format!("title:: {}", base64("Manager\u{202e}\u{9b}31m")));
    site.project.write("people.ldif", &people);
    let _guard = stable();
    let mut told = String::new();
    for command in ["plan", "explain mia.fischer", "apply", "journal show 1"] {
        let ran = site.project.rolecall(command.split(' ')).env("SCIM_KEY", KEY).run();
        assert!(
            !format!("{}{}", ran.stdout, ran.stderr).contains(['\u{1b}', '\u{9b}', '\u{202e}']),
            "{ran:?}"
        );
        told.push_str(&format!("$ rolecall {command}\n{ran}\n"));
    }
    insta::assert_snapshot!(told);
}

fn base64(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// The policy held against the people, and what is known of each rule.
#[test]
fn check_with_the_directory() {
    let site = Site::new();
    let _guard = stable();
    let policy = POLICY.replace("\"Marketing\") && user.title", "\"Marketng\") && user.title");
    site.project.write("policy/main.rhai", &policy);
    insta::assert_snapshot!(site.run("check --directory"));
    insta::assert_snapshot!(site.run("check --verbose --format short"));
    site.project.write("policy/main.rhai", POLICY);
    insta::assert_snapshot!(site.run("check --verbose"));
}
