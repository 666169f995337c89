//! Names that are hard to write, the schema, and snapshots, each from a real Samba domain to the end.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use insta::assert_snapshot;
use rolecall::config::DirectorySource;
use rolecall::directory::{Entry, Query, Raw, Schema, escaped_value, parse_ldif, write_ldif};
use rolecall::facts::{Syntax, attribute_types, described_type};
use rolecall::simulator::{Settings, Simulator};
use serde_json::Value;

use super::domain::Domain;
use crate::support::{Project, Ran};

const KEY: &str = "canary-0815";

/// Each is somebody's `cn`, the next one's manager's, and a group's.
const NAMES: [&str; 14] = [
    "Smith, John",
    "John \"JJ\" Smith",
    "back\\slash",
    "\\2c is no comma",
    "#first",
    "star * and (paren)",
    " spaces  around ",
    "two\nlines",
    "a+b=c;<d>",
    "CN=looks,OU=like,DC=one",
    "山田 太郎",
    "محمد علي",
    "Zoë Łuk 🚀",
    "O'Brien %s ${x} {{y}}",
];

const POLICY: &str = r##"provision_by_role();
role("named", |user| user.in_group("star * and (paren) group") && user.manager.department.equals("Names"));
role("comma", |user| user.in_direct_group("Smith, John group"));
role("unsafe", |user| user.account_flags.contains("DONT_EXPIRE_PASSWORD") && user.distribution_groups.contains("News"));
map("userName", |user| LOWER(primary_smtp(user)));
map("name.familyName", |user| CLEAN(user.displayName));
"##;

fn text(text: &str) -> Raw {
    Raw::Text(text.to_owned())
}

struct Company {
    domain: Domain,
    project: Project,
    _simulator: Simulator,
    _runtime: tokio::runtime::Runtime,
}

impl Company {
    fn new() -> Self {
        let domain = Domain::clone_of(2000);
        let base = format!("OU={},{}", escaped_value("Names, \"all\" #1"), domain.get("BASE_DN"));
        domain.ldap("ldapadd", &[], &write_ldif(&objects(&base)));
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let address = "127.0.0.1:0".parse().unwrap();
        let simulator = runtime.block_on(Simulator::start(address, Settings::klaviyo(KEY))).unwrap();
        let project = Project::new();
        project.write("policy/main.rhai", POLICY).write(
            "rolecall.toml",
            &format!(
                "[directory]\nkind = \"ldap\"\nurl = \"{}\"\nbind_dn = \"{}\"\npassword = {{ env = \"BIND\" }}\n\
                 ca_file = \"{}\"\nbase_dn = '{base}'\n\n[target]\nbase_url = \"{}\"\nkey = {{ env = \"SCIM_KEY\" }}\n",
                domain.get("LDAPS_URL"),
                domain.get("BIND_DN"),
                domain.get("CA_FILE"),
                simulator.url(),
            ),
        );
        Self { domain, project, _simulator: simulator, _runtime: runtime }
    }

    fn run(&self, args: &[&str]) -> Ran {
        let command = self.project.rolecall(args.iter().copied());
        command.env("BIND", self.domain.get("BIND_PASSWORD")).env("SCIM_KEY", KEY).run()
    }
}

/// The unit, the people, and of groups one for each name; the last ones are in the ones before.
fn objects(base: &str) -> Vec<Entry> {
    let mut unit = Entry::new(base);
    unit.push("objectClass", text("organizationalUnit"));
    let mut objects = vec![unit];
    let dn = |name: &str| format!("CN={},{base}", escaped_value(name));
    for (index, name) in NAMES.iter().enumerate() {
        let mut person = Entry::new(dn(name));
        for (attribute, value) in [
            ("objectClass", "user"),
            ("sAMAccountName", &format!("names.{index}")),
            ("displayName", name),
            ("department", "Names"),
            ("mail", &format!("names.{index}@example.com")),
            ("proxyAddresses", &format!("smtp:old.{index}@example.com")),
            ("proxyAddresses", &format!("SMTP:Main.{index}@example.com")),
            ("userAccountControl", if index % 2 == 0 { "66048" } else { "512" }),
        ] {
            person.push(attribute, text(value));
        }
        if let Some(before) = index.checked_sub(1) {
            person.push("manager", text(&dn(NAMES[before])));
        }
        objects.push(person);
    }
    let mut group = |name: &str, account: &str, kind: &str, members: Vec<String>| {
        let mut group = Entry::new(dn(name));
        group.push("objectClass", text("group"));
        group.push("sAMAccountName", text(account));
        group.push("groupType", text(kind));
        members.iter().for_each(|member| group.push("member", text(member)));
        objects.push(group);
    };
    for (index, name) in NAMES.iter().enumerate() {
        let name = format!("{name} group");
        // Of the names that are around, everybody is in the first, and each group in the sixth.
        let members = match index {
            0 => NAMES.iter().map(|name| dn(name)).collect(),
            5 => [0, 1, 2].iter().map(|inner| dn(&format!("{} group", NAMES[*inner]))).collect(),
            _ => vec![dn(NAMES[index])],
        };
        group(&name, &format!("names.group.{index}"), "-2147483646", members);
    }
    group("News", "names.news", "2", vec![dn(NAMES[0]), dn(NAMES[1])]);
    // Somebody from another domain.
    let foreign = ["<SID=S-1-5-21-9-9-9-1001>".to_owned()];
    group("Foreigners", "names.foreign", "-2147483644", foreign.to_vec());
    objects
}

#[test]
fn any_name_goes_all_the_way() {
    let company = Company::new();
    let ran = company.run(&["plan", "--format", "json"]);
    let plan: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran}"));
    let mut roles = BTreeMap::new();
    for operation in plan["operations"].as_array().unwrap() {
        let change = |name: &str| {
            let mut changes = operation["changes"].as_array().unwrap().iter();
            changes
                .find(|change| change["attribute"] == name)
                .map(|change| change["to"].as_str().unwrap().to_owned())
        };
        roles.insert(
            change("userName").unwrap(),
            (change("role").unwrap(), operation["user"]["name"].clone()),
        );
    }
    let shown: Vec<_> = roles.iter().map(|(mail, (role, name))| format!("{mail} {role} {name}")).collect();
    assert_snapshot!(shown.join("\n"));

    // Each is found by DN, as the server writes it, and by how somebody else may write it.
    let export = company.run(&["snapshot"]);
    assert_eq!(export.code, Some(0), "{export}");
    let entries = parse_ldif(Path::new("stdout"), &export.stdout, true).unwrap();
    let mut found = BTreeSet::new();
    for entry in entries.iter().filter(|entry| entry.text("mail").is_some()) {
        let ran = company.run(&["explain", &entry.dn, "--format", "json"]);
        let told: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran}"));
        assert_eq!(told["decision"]["dn"].as_str(), Some(entry.dn.as_str()), "{ran}");
        found.insert(told["decision"]["name"].as_str().unwrap().to_owned());
    }
    // Active Directory takes the spaces around a display name away.
    let expected: BTreeSet<_> = NAMES.iter().map(|name| name.trim().to_owned()).collect();
    assert_eq!(found.iter().map(|name| name.trim().to_owned()).collect::<BTreeSet<_>>(), expected);

    let ran = company.run(&["explain", "names.0"]);
    assert_snapshot!(
        ran.stdout.lines().filter(|line| !line.contains("objectGUID")).collect::<Vec<_>>().join("\n")
    );
    for file in ["hidden.ldif", "hidden.jsonl"] {
        let ran = company.run(&["snapshot", "--redact", "-o", file]);
        assert!(ran.stderr.contains("decides on everybody as it does by the names"), "{ran}");
        let ran = company.run(&["plan", "--format", "json", "--snapshot", file]);
        let plan: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran}"));
        assert_eq!(plan["operations"].as_array().unwrap().len(), roles.len());
        for name in NAMES.iter().filter(|name| name.chars().count() > 5) {
            assert!(!ran.stdout.contains(name.trim()), "{name}: {ran}");
        }
    }
}

#[test]
fn the_schema_is_read_and_check_docs_and_repl_know_it() {
    let company = Company::new();
    let source = DirectorySource::Ldap(company.domain.source());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let now = "2026-01-15T09:00:00Z".parse().unwrap();
    let query = Query::default();
    let reading = rolecall::directory::read_with_schema(&source, &query, now, &|_| ());
    let schema = runtime.block_on(reading).unwrap().1.unwrap().unwrap();
    let told = |name: &str| {
        let described = schema.attribute(name).unwrap();
        let (name, syntax, several) = described_type(described);
        format!("{name} {syntax:?} {} {}", if several { "several" } else { "one" }, described.is_of_people)
    };
    let names =
        ["department", "proxyAddresses", "pwdLastSet", "objectSid", "manager", "dnsRecord", "thumbnailPhoto"];
    assert_snapshot!(names.map(told).join("\n"));
    // What the table says is what the schema says, but for what the schema cannot say.
    let mut differ = Vec::new();
    for (name, syntax, several) in attribute_types() {
        let Some(described) = schema.attribute(name) else { continue };
        let plain = rolecall::directory::AttributeType { name: "x".into(), ..described.clone() };
        let (_, other, others) = described_type(&plain);
        let is_finer = matches!(syntax, Syntax::FileTime | Syntax::Guid | Syntax::Sid);
        if (*syntax != other && !is_finer) || *several == described.is_single {
            differ.push(format!("{name}: {syntax:?} {several}, by the schema {other:?} {others}"));
        }
    }
    assert_snapshot!(differ.join("\n"));
    assert!(schema.attributes().count() > 1000);

    let policy = "provision_by_role();\nrole(\"a\", |user| user.extensionAttribute1.equals(\"x\"));\n\
                  map(\"userName\", |user| LOWER(user.mail));\n";
    company.project.write("policy/main.rhai", policy);
    assert!(!company.run(&["check"]).stdout.contains("P0408"));
    assert_eq!(company.run(&["snapshot", "-o", "all.ldif"]).code, Some(0));
    assert!(Schema::kept(&company.project.path("state")).is_some());
    let ran = company.run(&["check"]);
    let stable = |text: &str| {
        let mut out = String::new();
        for line in text.lines() {
            let line = line.split(" said so at ").next().unwrap_or_default();
            out.push_str(&line.replace(company.domain.get("LDAPS_URL"), "ldaps://[server]"));
            out.push('\n');
        }
        out
    };
    assert_snapshot!(stable(&ran.stdout));
    company.project.write("policy/main.rhai", &policy.replace("extensionAttribute1", "jpegphoto2"));
    assert_eq!(company.run(&["check"]).code, Some(3));
    company.project.write("policy/main.rhai", &policy.replace("extensionAttribute1", "msTSProperty01"));
    assert_snapshot!(stable(&company.run(&["check"]).stdout));
    assert_snapshot!(company.run(&["docs", "msTSProperty01"]).stdout);
}
