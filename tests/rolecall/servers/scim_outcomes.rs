//! What becomes of the main job, with 300 people and twice, at servers that are not able to do all of it; and what
//! `rolecall doctor` says of each server beforehand. Nobody may be harmed.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use regex::Regex;
use rolecall::config::{AuthScheme, Deprovision, PatchStyle, Target};
use rolecall::plan::Kind;
use serde_json::{Value, json};

use super::provider::Provider;
use crate::job::{PLAIN_POLICY, people};
use crate::scim::{client, create, operation, target};
use crate::support::{Project, Ran, stable};

/// By the limits of every day, the role of everybody at once would be refused.
const GUARD: &str =
    "[guard]\nupdate = { max = 1000, percent = 100 }\nrole_change = { max = 1000, percent = 100 }\n";

struct Site {
    provider: Provider,
    project: Project,
}

impl Site {
    fn new(kind: &str, name: &str, settings: &str) -> Self {
        let site = Self { provider: Provider::start(kind, name), project: Project::new() };
        site.project.write("policy/main.rhai", PLAIN_POLICY).write(
            "rolecall.toml",
            &format!(
                "[directory]\nkind = \"file\"\npath = \"people.jsonl\"\n\n[target]\nbase_url = \"{}\"\n\
                 key = {{ env = \"ROLECALL_SCIM_KEY\" }}\nauth_scheme = \"bearer\"\nper_second = 1000\n\
                 per_minute = 60000\nretry_delay = \"5ms\"\n{settings}",
                site.provider.url
            ),
        );
        site
    }

    fn employ(&self, people: &crate::job::People) {
        let mut text = String::new();
        people.values().for_each(|person| writeln!(text, "{person}").unwrap());
        self.project.write("people.jsonl", &text);
    }

    fn run(&self, args: &[&str]) -> Ran {
        let ran =
            self.project.rolecall(args.iter().copied()).env("ROLECALL_SCIM_KEY", &self.provider.token).run();
        assert!(!ran.to_string().contains(&self.provider.token));
        ran
    }

    /// How a run ended, in kinds of outcomes.
    fn told(&self, report: &mut String, what: &str) {
        let ran = self.run(&["apply", "--format", "json"]);
        writeln!(report, "{what}: exit code {}", ran.code.unwrap()).unwrap();
        let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
        if let Ok(plan) = serde_json::from_str::<Value>(&ran.stdout) {
            for operation in plan["operations"].as_array().unwrap() {
                let mut text = format!(
                    "{} {}",
                    operation["kind"].as_str().unwrap(),
                    operation["outcome"].as_str().unwrap_or("refused")
                );
                let notes = operation["notes"].as_array().into_iter().flatten().filter_map(Value::as_str);
                for told in notes.chain(operation["why"].as_str()) {
                    write!(text, ": {told}").unwrap();
                }
                *kinds.entry(anonymous(&text)).or_default() += 1;
            }
        }
        for (kind, count) in kinds {
            writeln!(report, "  {count} × {kind}").unwrap();
        }
        for line in ran.stderr.lines() {
            writeln!(report, "  {}", anonymous(line)).unwrap();
        }
    }

    /// Twice with the same people, then after a promotion, somebody who left, and another name.
    fn story(&self) -> String {
        let mut report = String::new();
        let mut people = people(300);
        self.employ(&people);
        self.told(&mut report, "300 people");
        self.told(&mut report, "the same again");
        people.get_mut(&1).unwrap()["title"] = json!("Marketing Manager");
        people.get_mut(&2).unwrap()["userAccountControl"] = json!(514);
        people.get_mut(&3).unwrap()["sn"] = json!("Married");
        self.employ(&people);
        self.told(&mut report, "a promotion, a leaver, a wedding");
        self.told(&mut report, "the same again");
        report
    }
}

fn anonymous(text: &str) -> String {
    let hidden = [
        (r"[Pp]erson\d+@example\.com", "SOMEBODY"),
        (r"http://127\.0\.0\.1:\d+", "BASE"),
        (r"account `[^`]+`", "account `ID`"),
        (r"`[0-9a-f-]{36}`", "`ID`"),
        (r"\b(is|was|after) \d+", "$1 N"),
        (r"and (then )?\d+", "and N"),
    ];
    hidden.iter().fold(text.to_owned(), |text, (pattern, word)| {
        Regex::new(pattern).unwrap().replace_all(&text, *word).into_owned()
    })
}

/// How many accounts there are, and how many of them are active, as the server itself says.
async fn accounts(provider: &Provider) -> (usize, usize) {
    let target = Target { auth_scheme: AuthScheme::Bearer, ..target(&provider.url) };
    let accounts = client(&target, &provider.token).unwrap().accounts(&|_| {}).await.unwrap();
    (accounts.len(), accounts.iter().filter(|account| account.active).count())
}

/// It keeps no role, and PATCH of one fails inside.
#[tokio::test(flavor = "multi_thread")]
async fn django_scim2_keeps_no_roles_and_everybody_keeps_their_account() {
    let site = Site::new("django-scim2", "django-scim2-outcome", GUARD);
    let report = site.story();
    insta::assert_snapshot!("outcome_django_scim2", report);
    assert_eq!(accounts(&site.provider).await, (300, 299));
}

/// It keeps no role, and answers PATCH of one by 200.
#[tokio::test(flavor = "multi_thread")]
async fn django_scim2_server_ignores_roles_and_is_seen_through() {
    let site = Site::new("django-scim2-server", "django-scim2-server-outcome", GUARD);
    let report = site.story();
    insta::assert_snapshot!("outcome_django_scim2_server", report);
    assert_eq!(accounts(&site.provider).await, (300, 299));
}

/// Every page is the first: once there is more than a page, the list is no list, and nothing is done.
#[test]
fn a_server_without_pages_gets_its_people_once_and_then_nothing() {
    let site = Site::new("scimmy-nopaging", "scimmy-nopaging-outcome", "");
    insta::assert_snapshot!("outcome_scimmy_nopaging", site.story());
}

#[test]
fn scim2_server_and_scimmy_do_it_all() {
    let mut reports = Vec::new();
    for (kind, settings) in [
        ("scim2-server", ""),
        ("scim2-server", "patch_style = \"no-path\"\n"),
        ("scim2-server", "update_method = \"put\"\ndeprovision = \"delete\"\n"),
        ("scimmy", ""),
        ("scimmy", "update_method = \"put\"\nread_back = false\n"),
    ] {
        let name = format!("{kind}-outcome-{}", reports.len());
        reports.push(Site::new(kind, &name, settings).story());
    }
    let whole = &reports[0];
    assert!(reports.iter().all(|report| report == whole), "{}", reports.join("\n"));
    insta::assert_snapshot!("outcome_whole", whole);
}

#[test]
fn the_doctor_tells_each_server_for_what_it_is() {
    let _guard = stable();
    let mut report = String::new();
    for kind in ["scim2-server", "scimmy", "scimmy-nopaging", "django-scim2", "django-scim2-server"] {
        let site = Site::new(kind, &format!("{kind}-doctor"), "page_size = 10\n");
        site.employ(&people(30));
        site.run(&["apply"]);
        let ran = site.run(&["doctor"]);
        writeln!(report, "# {kind}\n{}", ran.to_string().replace(&site.provider.url, "BASE")).unwrap();
    }
    insta::assert_snapshot!("doctor_of_each_server", report);
}

/// The style of Entra, and deletion, at a server that follows the RFC.
#[tokio::test(flavor = "multi_thread")]
async fn entras_style_and_deletion_work_with_scim2_server() {
    let provider = Provider::start("scim2-server", "scim2-server-entra");
    let target = Target {
        auth_scheme: AuthScheme::Bearer,
        patch_style: PatchStyle::Entra,
        deprovision: Deprovision::Delete,
        ..target(&provider.url)
    };
    let client = client(&target, &provider.token).unwrap();
    let account = client.perform(&create("anna@example.com")).await.unwrap().account.unwrap();
    let changes = [
        ("name.givenName", Some("Änna \"Q\""), Some("Anne")),
        ("role", Some("analyst"), Some("admin")),
        ("emails[type eq \"work\"].value", Some("anna@example.com"), Some("anne@example.com")),
    ];
    let update = operation(Kind::Update, Some(&account.id), "anna@example.com", &changes);
    let written = client.perform(&update).await.unwrap().account.unwrap();
    assert_eq!(written.role.as_deref(), Some("admin"));
    let leave = [("active", Some("true"), Some("false"))];
    let deactivate = operation(Kind::Deactivate, Some(&account.id), "anna@example.com", &leave);
    assert_eq!(client.perform(&deactivate).await.unwrap().account, None);
    assert_eq!(client.accounts(&|_| {}).await.unwrap(), []);
}
