//! The main job with the binary: from a real Samba domain to accounts, and from people to other people's SCIM servers.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::domain::Domain;
use super::provider::Provider;
use crate::job::{Job, KEY, POLICY, people};
use crate::support::{Project, Ran, Rolecall};

/// For the company of `tests/servers/seed.py`, by somebody who does not know yet that two of its people share an
/// address, and that one has a line feed in the name.
const SAMBA_POLICY: &str = r#"import "lists" as lists;

provision_by_role();

fn has_address(user) {
    user.mail.contains("@") && !LOWER(user.mail).any_of(lists::SHARED)
}

role("admin", |user| has_address(user) && user.in_group("Klaviyo Admins"));
role("manager", |user| has_address(user) && user.in_group("Klaviyo Marketing") && user.title.matches("manager|director"));
role("support", |user| has_address(user) && user.in_group("Klaviyo Success"));
role("analyst", |user| has_address(user) && user.in_group("Klaviyo Users"));

map("userName", |user| LOWER(TRIM(user.mail)));
map("name.givenName", |user| user.givenName);
map("name.familyName", |user| user.sn);
map("displayName", |user| user.displayName);
"#;

struct Company {
    domain: Domain,
    job: Job,
}

impl Company {
    fn new() -> Self {
        let domain = Domain::clone_of(2000);
        let job = Job::new(&people(0), "");
        let company = Self { domain, job };
        company.directory(company.domain.get("LDAPS_URL"), 1000);
        company.job.project.write("policy/main.rhai", SAMBA_POLICY);
        company.job.project.write("policy/lists.rhai", "export const SHARED = [];\n");
        company
    }

    /// Has the policy know.
    fn mend(&self) {
        let clean = SAMBA_POLICY.replace("user.displayName)", "CLEAN(user.displayName))");
        self.job.project.write("policy/main.rhai", &clean);
        self.job.project.write("policy/lists.rhai", "export const SHARED = [\"same@example.com\"];\n");
    }

    /// Everybody below `OU=Company` is read over LDAPS.
    fn directory(&self, url: &str, page_size: u32) {
        let base = self.domain.get("BASE_DN");
        let text = format!(
            r#"[directory]
kind = "ldap"
url = "{url}"
bind_dn = "{}"
password = {{ env = "ROLECALL_BIND_PASSWORD" }}
ca_file = "{}"
base_dn = "OU=Company,{base}"
page_size = {page_size}

[target]
base_url = "{}"
key = {{ env = "ROLECALL_SCIM_KEY" }}
per_second = 1000
per_minute = 60000
"#,
            self.domain.get("BIND_DN"),
            self.domain.get("CA_FILE"),
            self.job.target.url(),
        );
        self.job.project.write("rolecall.toml", &text);
    }

    fn rolecall<'a>(&'a self, args: &[&'a str]) -> Rolecall<'a> {
        let rolecall = self.job.rolecall(args.iter().copied());
        rolecall.env("ROLECALL_BIND_PASSWORD", self.domain.get("BIND_PASSWORD"))
    }

    fn run(&self, args: &[&str], code: i32) -> Ran {
        let ran = self.rolecall(args).run();
        assert_eq!(ran.code, Some(code), "{ran}");
        for secret in [KEY, self.domain.get("BIND_PASSWORD")] {
            assert!(!format!("{ran}").contains(secret));
        }
        ran
    }

    fn nothing_to_do(&self) {
        let ran = self.run(&["plan", "--detailed-exitcode"], 0);
        assert!(ran.stdout.starts_with("Nothing to do, "), "{ran}");
    }

    /// The address of everybody whom the domain itself, asked in its own way, holds for a member and able to log on.
    fn members(&self) -> Vec<String> {
        let base = self.domain.get("BASE_DN");
        let group =
            |name| format!("(memberOf:1.2.840.113556.1.4.1941:=CN={name},OU=Groups,OU=Company,{base})");
        let filter = format!(
            "(&(objectCategory=person)(objectClass=user)(|{}{})(mail=*@*)\
             (!(userAccountControl:1.2.840.113556.1.4.803:=2))(|(accountExpires=0)(accountExpires>=134000000000000000)))",
            group("Klaviyo Users"),
            group("Klaviyo Admins"),
        );
        let company = format!("OU=Company,{base}");
        let text = self.domain.ldap(
            "ldapsearch",
            &["-LLL", "-o", "ldif-wrap=no", "-b", &company, &filter, "mail"],
            "",
        );
        let mut found: Vec<String> = text
            .lines()
            .filter_map(|line| line.strip_prefix("mail: ").map(str::to_owned).or_else(|| base64(line)))
            .map(|mail| mail.trim().to_lowercase())
            .collect();
        found.sort();
        found
    }

    /// The `userName` of every active account.
    fn active(&self) -> Vec<String> {
        let users = self.job.target.users();
        let active = users.iter().filter(|user| user["active"] == true);
        let mut names: Vec<_> = active.map(|user| user["userName"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    }

    /// The DN and address of an enabled member of a department's group with an account of this role, by number.
    fn somebody(&self, group: &str, title: &str, number: usize) -> (String, String) {
        let base = self.domain.get("BASE_DN");
        let filter = format!(
            "(&(memberOf=CN=GG {group},OU=Groups,OU=Company,{base})(title={title})(mail=*@*)\
             (!(userAccountControl:1.2.840.113556.1.4.803:=2))(|(accountExpires=0)(accountExpires=9223372036854775807))(!(memberOf=CN=Klaviyo \
             Admins,OU=Groups,OU=Company,{base})))"
        );
        let people = format!("OU=People,OU=Company,{base}");
        let text = self.domain.ldap(
            "ldapsearch",
            &["-LLL", "-o", "ldif-wrap=no", "-b", &people, &filter, "mail"],
            "",
        );
        // An entry whose DN or address is not ASCII comes in base64, and is passed over.
        let entry = text.split("\n\n").filter_map(|entry| {
            let (dn, mail) = entry.trim().split_once('\n')?;
            Some((dn.strip_prefix("dn: ")?.to_owned(), mail.strip_prefix("mail: ")?.to_lowercase()))
        });
        entry.skip(number).find(|(dn, _)| !dn.contains('\\')).unwrap()
    }
}

fn base64(line: &str) -> Option<String> {
    let text = line.strip_prefix("mail:: ")?;
    let mut decode =
        Command::new("base64").arg("-d").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    decode.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    Some(String::from_utf8(decode.wait_with_output().unwrap().stdout).unwrap())
}

/// `kind name`, as a plan in JSON has it.
fn operations(ran: &Ran) -> Vec<String> {
    let plan: Value = serde_json::from_str(&ran.stdout).unwrap();
    let mut found: Vec<_> = plan["operations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|operation| {
            let changes: Vec<_> = operation["changes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|change| format!(" {}={}", change["attribute"].as_str().unwrap(), change["to"]))
                .collect();
            let reason = operation["reasons"][0].as_str().unwrap();
            format!(
                "{} {}:{} because {reason}",
                operation["kind"].as_str().unwrap(),
                operation["user"]["dn"].as_str().unwrap_or_default(),
                changes.concat()
            )
        })
        .collect();
    found.sort();
    found
}

#[test]
fn a_company_in_active_directory_gets_its_accounts_and_they_follow_its_people() {
    let company = Company::new();
    company.run(&["check"], 0);
    let plan = company.run(&["plan", "--limit", "0"], 0);
    assert!(plan.stdout.contains(" to create"), "{plan}");
    assert!(company.job.target.users().is_empty());

    // What cannot be right is told, and the rest is done.
    let ran = company.run(&["apply", "--limit", "3"], 7);
    let (_, skipped) = ran.stdout.split_once("Skipped, to be mended").unwrap();
    let skipped: Vec<_> = skipped.lines().take(7).collect();
    assert_snapshot!("main_job_faults", skipped.join("\n"));
    company.mend();
    company.run(&["apply"], 0);
    company.nothing_to_do();
    let mut members = company.members();
    members.retain(|mail| mail != "same@example.com");
    assert!(members.len() > 500, "{}", members.len());
    assert_eq!(company.active(), members);

    let (promoted, _) = company.somebody("Marketing", "Content Writer", 0);
    let (disabled, disabled_mail) = company.somebody("Marketing", "Content Writer", 5);
    let (deleted, deleted_mail) = company.somebody("Marketing", "Campaign Specialist", 0);
    let (moved, moved_mail) = company.somebody("Marketing", "Campaign Specialist", 5);
    let (renamed, renamed_mail) = company.somebody("Marketing", "Marketing Director", 0);
    let (removed, removed_mail) = company.somebody("Customer Success", "Support Agent", 0);
    let base = company.domain.get("BASE_DN").to_owned();
    let (rdn, _) = moved.split_once(',').unwrap();
    let changes = format!(
        "dn: {promoted}\nchangetype: modify\nreplace: title\ntitle: Marketing Manager\n\n\
         dn: {disabled}\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 514\n\n\
         dn: {deleted}\nchangetype: delete\n\n\
         dn: {moved}\nchangetype: moddn\nnewrdn: {rdn}\ndeleteoldrdn: 1\nnewsuperior: CN=Users,{base}\n\n\
         dn: {renamed}\nchangetype: modify\nreplace: mail\nmail: Brand.New@example.com\n\n\
         dn: CN=GG Customer Success,OU=Groups,OU=Company,{base}\nchangetype: modify\ndelete: member\nmember: {removed}\n"
    );
    company.domain.ldap("ldapmodify", &[], &changes);

    let plan = company.run(&["plan", "--detailed-exitcode", "--format", "json"], 5);
    let mut said = operations(&plan).join("\n");
    for (dn, name) in [
        (&promoted, "PROMOTED"),
        (&disabled, "DISABLED"),
        (&deleted, "DELETED"),
        (&renamed, "RENAMED"),
        (&removed, "REMOVED"),
        (&format!("{rdn},CN=Users,{base}"), "MOVED"),
    ] {
        said = said.replace(dn.as_str(), name);
    }
    assert_snapshot!("main_job_changes", said);
    company.run(&["apply"], 0);
    company.nothing_to_do();
    for gone in [disabled_mail, deleted_mail, moved_mail, removed_mail] {
        assert_eq!(company.job.target.user(&gone).unwrap()["active"], false, "{gone}");
    }
    assert!(company.job.target.user(&renamed_mail).is_none());
    let mut members = company.members();
    members.retain(|mail| mail != "same@example.com");
    assert_eq!(company.active(), members);

    // Back again: the same account.
    company.domain.ldap(
        "ldapmodify",
        &[],
        &format!(
            "dn: {disabled}\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 512\n"
        ),
    );
    let plan = company.run(&["plan", "--format", "json"], 0);
    assert_eq!(operations(&plan).len(), 1, "{plan}");
    company.run(&["apply"], 0);
    company.nothing_to_do();
    let mut members = company.members();
    members.retain(|mail| mail != "same@example.com");
    assert_eq!(company.active(), members);
}

#[test]
fn a_domain_controller_that_dies_in_the_middle_of_a_reading_costs_nobody_an_account() {
    let company = Company::new();
    company.mend();
    company.run(&["apply"], 0);
    let before = company.job.target.users();

    let company = Arc::new(company);
    let url = dies_after(&company, 300_000);
    company.directory(&url, 100);
    company.job.target.clear_requests();
    let ran = company.run(&["apply"], 1);
    let _guard = crate::support::stable();
    assert_snapshot!("main_job_half_read", ran);
    assert_eq!(company.job.target.users(), before);
    assert!(company.job.target.requests().is_empty());
    assert_eq!(company.job.cycle(2)["status"], "failed");
}

/// Passes on what the domain says, and kills it with a whole reading half said.
fn dies_after(company: &Arc<Company>, bytes: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let address = company.domain.server(636);
    let pid = company.domain.get("PID").to_owned();
    thread::spawn(move || {
        let (client, _) = listener.accept().unwrap();
        let server = TcpStream::connect(address).unwrap();
        let (mut asks, mut passes) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        thread::spawn(move || std::io::copy(&mut asks, &mut passes));
        let (mut from, mut to) = (server, client);
        let mut left = bytes;
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            to.write_all(&buffer[..length]).unwrap();
            left = left.saturating_sub(length);
            if left == 0 {
                assert!(Command::new("kill").args(["-9", &pid]).status().unwrap().success());
            }
        }
        let _ = to.shutdown(std::net::Shutdown::Both);
    });
    format!("ldaps://localhost:{port}")
}

/// Hires 300 people, promotes one, lets one go, and finds nothing left to do each time.
fn follows_its_people_with(kind: &str) {
    let provider = Provider::start(kind, &format!("{kind}-main-job"));
    let mut people = people(300);
    let project = Project::new();
    let write = |people: &crate::job::People| {
        let text: String = people.values().map(|person| format!("{person}\n")).collect();
        project.write("people.jsonl", &text);
    };
    write(&people);
    project.write("policy/main.rhai", POLICY);
    project.write(
        "rolecall.toml",
        &format!(
            r#"[directory]
kind = "file"
path = "people.jsonl"

[target]
base_url = "{}"
key = {{ env = "ROLECALL_SCIM_KEY" }}
auth_scheme = "bearer"
role_shape = "roles"
per_second = 1000
per_minute = 60000
"#,
            provider.url
        ),
    );
    let run = |args: &[&str], code| {
        let ran = project.rolecall(args.iter().copied()).env("ROLECALL_SCIM_KEY", &provider.token).run();
        assert_eq!(ran.code, Some(code), "{ran}");
        ran
    };
    run(&["plan", "--detailed-exitcode"], 5);
    let ran = run(&["apply", "--limit", "0"], 0);
    assert!(ran.stdout.contains("Applied 300, failed 0"), "{ran}");
    run(&["plan", "--detailed-exitcode"], 0);

    people.get_mut(&1).unwrap()["title"] = json!("Marketing Manager");
    people.remove(&2);
    people.get_mut(&3).unwrap()["mail"] = json!("New.Name@example.com");
    write(&people);
    let plan = operations(&run(&["plan", "--format", "json"], 0));
    assert_eq!(plan.len(), 3, "{plan:?}");
    let ran = run(&["apply"], 0);
    assert!(ran.stdout.contains("Applied 3, failed 0"), "{ran}");
    run(&["plan", "--detailed-exitcode"], 0);
}

/// Both ends by others: Samba's people, and a SCIM server that is not ours.
#[test]
fn a_company_in_active_directory_gets_its_accounts_with_scim2_server() {
    let company = Company::new();
    company.mend();
    let provider = Provider::start("scim2-server", "samba-and-scim2-server");
    let path = company.job.project.path("rolecall.toml");
    let text = std::fs::read_to_string(path).unwrap().replace(&company.job.target.url(), &provider.url);
    company.job.project.write("rolecall.toml", &format!("{text}auth_scheme = \"bearer\"\n"));
    let run = |args: &[&str], code| {
        let ran = company.rolecall(args).env("ROLECALL_SCIM_KEY", &provider.token).run();
        assert_eq!(ran.code, Some(code), "{ran}");
        ran
    };
    let members = company.members().iter().filter(|mail| *mail != "same@example.com").count();
    let plan = operations(&run(&["plan", "--format", "json"], 0));
    assert_eq!(plan.len(), members);
    let ran = run(&["apply", "--limit", "0"], 0);
    assert!(members > 500 && ran.stdout.contains(&format!("Applied {members}, failed 0")), "{ran}");
    run(&["plan", "--detailed-exitcode"], 0);
    assert!(company.job.target.requests().is_empty());
}

#[test]
fn accounts_follow_people_with_scim2_server() {
    follows_its_people_with("scim2-server");
}

#[test]
fn accounts_follow_people_with_scimmy() {
    follows_its_people_with("scimmy");
}
