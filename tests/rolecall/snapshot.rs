//! The directory in a file, with and without its people's names, and commands that take it in the directory's place.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rolecall::directory::{Entry, parse_jsonl, parse_ldif};
use rolecall::simulator::{Settings, Simulator};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::commands::{KEY, Site};
use crate::support::{Project, Ran, stable};

/// A made-up company with the shipped policy, and a Klaviyo for each folder.
struct Company {
    project: Project,
    runtime: Runtime,
}

impl Company {
    fn new() -> Self {
        let project = Project::new();
        let ran = project.rolecall(["demo", "--users", "300", "--keep", "acme"]).run();
        assert_eq!(ran.code, Some(0), "{ran}");
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        Self { project, runtime }
    }

    fn klaviyo(&self) -> Simulator {
        let address = "127.0.0.1:0".parse().unwrap();
        self.runtime.block_on(Simulator::start(address, Settings::klaviyo(KEY))).unwrap()
    }

    /// A project beside the company's, with the same rules and these people.
    fn project(&self, name: &str, people: &str, target: &Simulator) {
        self.project.write(
            &format!("{name}.toml"),
            &format!(
                "[policy]\nfolder = \"acme/policy\"\n[directory]\nkind = \"file\"\npath = \"{people}\"\n\
                 [target]\nbase_url = \"{}\"\nkey = {{ env = \"SCIM_KEY\" }}\nper_second = 1000\nper_minute = 60000\n\
                 [guard]\ndeactivate = {{ max = 1000, percent = 100, floor = 0 }}\n\
                 update = {{ max = 1000, percent = 100, floor = 0 }}\nrole_change = {{ max = 1000, percent = 100, floor = 0 }}\n\
                 [state]\nfolder = \"state-{name}\"\n",
                target.url()
            ),
        );
    }

    fn run(&self, config: &str, command: &str) -> Ran {
        let config = format!("{config}.toml");
        let args = ["--config", config.as_str()].into_iter().chain(command.split(' '));
        self.project.rolecall(args).env("SCIM_KEY", KEY).env("SALT", "0123456789abcdef").run()
    }

    /// What is to be done with whom: objectGUID to kind and role.
    fn plan(&self, config: &str) -> BTreeMap<String, (String, String)> {
        let ran = self.run(config, "plan --format json");
        let plan: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran}"));
        let operations = plan["operations"].as_array().unwrap().iter();
        operations
            .map(|operation| {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let changes = operation["changes"].as_array().unwrap().iter();
                let role =
                    changes.filter(|change| change["attribute"] == "role").map(|change| text(&change["to"]));
                let what = (text(&operation["kind"]), role.collect());
                (text(&operation["user"]["objectGUID"]), what)
            })
            .collect()
    }

    fn entries(&self, file: &str) -> Vec<Entry> {
        let text = std::fs::read_to_string(self.project.path(file)).unwrap();
        parse_ldif(Path::new(file), &text, true).unwrap()
    }
}

fn people(entries: &[Entry]) -> Vec<&Entry> {
    entries.iter().filter(|entry| entry.object_guid().is_some() && entry.text("mail").is_some()).collect()
}

#[test]
fn a_policy_decides_by_pseudonyms_as_it_does_by_names() {
    let company = Company::new();
    let (one, other) = (company.klaviyo(), company.klaviyo());
    company.project("names", "acme/people.ldif", &one);
    company.project("hidden", "hidden.ldif", &other);
    let ran = company.run("names", "snapshot --redact --redact-key-env SALT -o hidden.ldif");
    assert_eq!(ran.code, Some(0), "{ran}");
    insta::assert_snapshot!(ran.stderr);

    let (original, hidden) = (company.entries("acme/people.ldif"), company.entries("hidden.ldif"));
    let by_guid: BTreeMap<_, _> = hidden.iter().map(|entry| (entry.object_guid().unwrap(), entry)).collect();
    assert_eq!((original.len(), by_guid.len()), (hidden.len(), hidden.len()));
    // People come first and in their order, groups after them.
    let is_group = |entry: &&Entry| entry.values("member").len() + entry.values("groupType").len() > 0;
    let of = |entries: &[Entry]| {
        let (groups, people): (Vec<Entry>, Vec<Entry>) =
            entries.iter().cloned().partition(|entry| is_group(&entry));
        people
            .into_iter()
            .chain(groups)
            .map(|entry| entry.object_guid().unwrap().to_string())
            .collect::<Vec<_>>()
    };
    let pseudonym: BTreeMap<String, String> = of(&original).into_iter().zip(of(&hidden)).collect();
    let compare = |what: &str| {
        let (names, hidden) = (company.plan("names"), company.plan("hidden"));
        let expected: BTreeMap<_, _> =
            names.iter().map(|(guid, what)| (pseudonym[guid].clone(), what.clone())).collect();
        assert_eq!(hidden, expected, "{what}");
        names.values().map(|(kind, _)| kind.clone()).collect::<BTreeSet<_>>()
    };
    assert_eq!(compare("at first").into_iter().collect::<Vec<_>>(), ["create"]);
    for config in ["names", "hidden"] {
        let ran = company.run(config, "apply");
        assert_eq!(ran.code, Some(0), "{ran}");
    }
    assert!(compare("after it is done").is_empty());
    // The same day at work for both.
    for file in ["acme/people.ldif", "hidden.ldif"] {
        let text = std::fs::read_to_string(company.project.path(file)).unwrap();
        let text = text
            .replace("title: Copywriter", "title: Head of Copy")
            .replace("department: Growth", "department: Sales")
            .replacen("userAccountControl: 512", "userAccountControl: 514", 40);
        company.project.write(file, &text);
    }
    assert_eq!(compare("a day later").into_iter().collect::<Vec<_>>(), ["deactivate", "update"]);
}

#[test]
fn nobody_s_name_mail_or_phone_is_in_a_redacted_file() {
    let company = Company::new();
    let target = company.klaviyo();
    company.project("names", "acme/people.ldif", &target);
    // With a key by chance, a short pseudonym is now and then the name of somebody else.
    let ran = company.run("names", "snapshot --redact --redact-key-env SALT");
    assert_eq!(ran.code, Some(0), "{ran}");
    let hidden = parse_ldif(Path::new("stdout"), &ran.stdout, true).unwrap();
    let mut words = BTreeSet::new();
    let mut all = String::new();
    for entry in &hidden {
        let values = entry.attributes().flat_map(|attribute| &attribute.values);
        let texts = values.map(|value| String::from_utf8_lossy(value.as_bytes()).to_lowercase());
        for text in texts.chain([entry.dn.to_lowercase()]) {
            words.extend(text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned));
            all.push_str(&text);
            all.push('\n');
        }
    }
    let original = company.entries("acme/people.ldif");
    let original = people(&original);
    assert!(original.len() > 250, "{}", original.len());
    for entry in original {
        for attribute in [
            "givenName",
            "sn",
            "displayName",
            "cn",
            "sAMAccountName",
            "mail",
            "userPrincipalName",
            "telephoneNumber",
            "mobile",
            "employeeID",
            "objectGUID",
        ] {
            let Some(text) = entry.text(attribute) else { continue };
            let text = text.trim().to_lowercase();
            let is_there = if text.chars().all(char::is_alphanumeric) {
                words.contains(&text)
            } else {
                all.contains(&text)
            };
            assert!(!is_there, "`{attribute}` of {} is there: {text}", entry.dn);
        }
    }
    // What the rules name is there.
    assert!(all.contains("cn=klaviyo admins,") && all.contains("marketing") && all.contains("example.com"));
}

#[test]
fn one_key_makes_one_file_and_any_command_takes_it() {
    let site = Site::new();
    let ran = site.run("snapshot");
    let _guard = stable();
    insta::assert_snapshot!(ran);
    for file in ["names.ldif", "names.jsonl", "hidden.ldif", "again.ldif", "hidden.jsonl"] {
        let redact = if file.starts_with("names") { "" } else { " --redact" };
        let ran = site.run(&format!("snapshot{redact} -o {file}"));
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{ran}");
    }
    let text = |file: &str| std::fs::read_to_string(site.project.path(file)).unwrap();
    assert_eq!(text("names.ldif"), ran.stdout);
    assert_eq!(text("hidden.ldif"), text("again.ldif"));
    let entries = |file: &str| match file.ends_with("ldif") {
        true => parse_ldif(Path::new(file), &text(file), true).unwrap(),
        false => parse_jsonl(Path::new(file), &text(file)).unwrap(),
    };
    assert_eq!(entries("names.jsonl"), entries("names.ldif"));
    assert_eq!(entries("hidden.jsonl"), entries("hidden.ldif"));
    // Of a redacted file another is made as of a directory.
    let ran = site.run("snapshot --snapshot hidden.jsonl");
    assert_eq!(ran.stdout, text("hidden.ldif"));

    // Nobody is in the directory any more, and the file is asked.
    site.project.write("people.ldif", "version: 1\n\n");
    let somebody = entries("hidden.ldif")[0].object_guid().unwrap().to_string();
    let operations = |ran: Ran| {
        let plan: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran}"));
        plan["operations"].as_array().unwrap().len()
    };
    assert_eq!(operations(site.run("plan --format json --snapshot hidden.ldif")), 3);
    let ran = site.run(&format!("explain {somebody} --snapshot hidden.jsonl"));
    assert!(ran.stdout.contains("the role `manager`") && !ran.stdout.contains("Mia"), "{ran}");
    let ran = site.run("check --snapshot hidden.ldif");
    assert!(ran.stderr.contains("held against 5 users and 1 group of `hidden.ldif`"), "{ran}");
    let ran = site.run("diff policy --snapshot hidden.ldif");
    assert_eq!(ran.code, Some(0), "{ran}");
    let ran = site
        .project
        .rolecall(["repl", "--user", &somebody, "--snapshot", "hidden.ldif"])
        .typed("user.title\n");
    assert_eq!(ran.stdout, "\"Marketing Manager\"\n", "{ran}");
    let manager = "directory.users().filter(|user| user.title == \"Marketing Manager\")[0]";
    site.project.write("fix.rhai", &format!("klaviyo.create({manager})"));
    let ran = site.run("script fix.rhai --snapshot hidden.ldif");
    assert_eq!(ran.code, Some(0), "{ran}");
    let ran = site.run("script fix.rhai --snapshot hidden.ldif --apply");
    assert_eq!(ran.code, Some(2), "{ran}");
}

#[test]
fn what_cannot_be_written_leaves_what_was_there() {
    let site = Site::new();
    site.project.write("kept.ldif", "as it was");
    let mut said = String::new();
    let mut refused = |command: &str| {
        let ran = site.run(command);
        assert!(ran.code != Some(0) && ran.stdout.is_empty(), "{ran}");
        said.push_str(&format!("$ rolecall {command}\n{}exit {}\n\n", ran.stderr, ran.code.unwrap()));
    };
    refused("snapshot -o people.txt");
    refused("snapshot -o nowhere/people.ldif");
    refused("snapshot --redact --redact-key-env SCIM_KEY");
    refused("snapshot --redact --redact-key-env NOBODY");
    refused("snapshot --redact-key-env SCIM_KEY");
    refused("snapshot --snapshot nowhere.ldif");
    // A person without an identity: a file of the others would say that this one is gone.
    let people = std::fs::read_to_string(site.project.path("people.ldif")).unwrap();
    site.project.write("people.ldif", &people.replacen("objectGUID:", "serialNumber:", 1));
    refused("snapshot -o kept.ldif");
    insta::assert_snapshot!(said);
    assert_eq!(std::fs::read_to_string(site.project.path("kept.ldif")).unwrap(), "as it was");
    let left: Vec<_> =
        std::fs::read_dir(site.project.path(".")).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(left.iter().filter(|name| name.to_string_lossy().starts_with(".tmp")).count(), 0, "{left:?}");
}
