//! The loop asks a domain only for what has changed: what reaches the target, and what is not asked at all.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;

use super::domain::Domain;
use crate::job::{Job, people};
use crate::support::{Running, until};

const POLICY: &str = r#"provision_by_role();
deprovision_after(#{ gone: "1m" });
role("manager", |user| user.mail.contains("@") && user.in_group("Klaviyo Marketing") && user.title.contains("Manager"));
role("analyst", |user| user.mail.contains("@"));
map("userName", |user| LOWER(TRIM(user.mail)));
map("name.familyName", |user| user.sn);
map("title", |user| CLEAN(user.title));
"#;

struct Company {
    domain: Domain,
    job: Job,
    base: String,
}

impl Company {
    fn new() -> Self {
        let domain = Domain::clone_of(2000);
        let job = Job::new(&people(0), "");
        let base = format!("OU=Marketing,OU=People,OU=Company,{}", domain.get("BASE_DN"));
        let company = Self { domain, job, base };
        company.settings("ADMIN_DN");
        company.job.project.write("policy/main.rhai", POLICY);
        company
    }

    fn settings(&self, who: &str) {
        let free = "{ max = 100000, percent = 100, floor = 0 }";
        let text = format!(
            "[http]\nlisten = \"127.0.0.1:0\"\n[directory]\nkind = \"ldap\"\nurl = \"{}\"\nbind_dn = \"{}\"\n\
             password = {{ env = \"ROLECALL_BIND_PASSWORD\" }}\nca_file = \"{}\"\nbase_dn = \"{}\"\n\
             [target]\nbase_url = \"{}\"\nkey = {{ env = \"ROLECALL_SCIM_KEY\" }}\nper_second = 1000\n\
             per_minute = 60000\n[run]\ninterval = \"1s\"\njitter = 0\n[guard]\ncreate = {free}\ndeactivate = {free}\n",
            self.domain.get("LDAPS_URL"),
            self.domain.get(who),
            self.domain.get("CA_FILE"),
            self.base,
            self.job.target.url(),
        );
        self.job.project.write("rolecall.toml", &text);
    }

    fn start(&self, password: &str) -> (Running<'_>, String) {
        let mut running =
            self.job.rolecall(["run"]).env("ROLECALL_BIND_PASSWORD", self.domain.get(password)).start();
        running.says(1, "answers at http://");
        let said = running.said();
        let at = said.split("answers at http://").nth(1).unwrap().split_whitespace().next().unwrap();
        (running, at.to_owned())
    }

    fn ended(&self) -> usize {
        self.job.cycles().iter().filter(|cycle| !cycle["ended"].is_null()).count()
    }

    /// Waits until so many cycles in a row had nothing to look at: those have no plan.
    fn rests(&self, times: usize) {
        until("cycles that find nothing changed", || {
            let cycles = self.job.cycles();
            let ended: Vec<&Value> = cycles.iter().filter(|cycle| !cycle["ended"].is_null()).collect();
            ended.len() >= times && ended[ended.len() - times..].iter().all(|cycle| cycle["plan"].is_null())
        });
    }

    /// DNs of people of the base who have an address.
    fn people(&self) -> Vec<String> {
        let found = self.domain.ldap(
            "ldapsearch",
            &["-LLL", "-o", "ldif-wrap=no", "-b", &self.base, "(&(objectClass=user)(mail=*@*))", "dn"],
            "",
        );
        found.lines().filter_map(|line| line.strip_prefix("dn: ").map(str::to_owned)).collect()
    }

    fn sets(&self, dn: &str, attribute: &str, value: &str) {
        let text = format!("dn: {dn}\nchangetype: modify\nreplace: {attribute}\n{attribute}: {value}\n");
        self.domain.ldap("ldapmodify", &[], &text);
    }

    fn titled(&self, title: &str) -> usize {
        self.job.accounts().iter().filter(|account| account["title"] == title).count()
    }
}

fn status(at: &str) -> Value {
    let mut stream = TcpStream::connect(at).unwrap();
    write!(stream, "GET /status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[test]
fn only_what_changed_is_read_and_a_crash_loses_none_of_it() {
    let company = Company::new();
    let dns = company.people();
    // Whom somebody has to mend is left alone, and keeps nobody awake.
    for dn in &dns[3..5] {
        company.sets(dn, "mail", "one.for.two@example.com");
    }
    let (running, _) = company.start("ADMIN_PASSWORD");
    company.rests(2);
    let asked = company.job.target.requests().len();
    let before = company.ended();
    until("three more cycles", || company.ended() >= before + 3);
    assert_eq!(company.job.target.requests().len(), asked, "the target was asked though nothing had changed");

    // One person, and nobody else.
    company.sets(&dns[0], "title", "Keeper of Bees");
    until("the change at the target", || company.titled("Keeper of Bees") == 1);
    let changed = company.job.cycles().iter().filter(|cycle| cycle["updated"] == 1).count();
    assert_eq!(changed, 1);
    company.rests(1);

    // While nobody looks.
    running.kill();
    company.sets(&dns[1], "title", "Keeper of Bees");
    let known = company.ended();
    let (mut running, at) = company.start("ADMIN_PASSWORD");
    until("the change at the target", || company.titled("Keeper of Bees") == 2);
    let first = company.job.cycle(known + 1);
    assert_eq!((&first["updated"], &first["created"]), (&1.into(), &0.into()), "{first}");
    let last = &status(&at)["cycle"]["last"]["read"];
    assert_ne!(last["extent"], "full", "{last}");

    // Somebody leaves, and keeps the account for a while, in which there is nothing to look at.
    company.domain.ldap("ldapdelete", &[&dns[2]], "");
    until("the leaver to be seen", || company.job.cycles().iter().any(|cycle| cycle["plan"]["leaving"] == 1));
    company.rests(2);
    company.job.project.write("policy/main.rhai", &POLICY.replace("\"1m\"", "\"0d\""));
    until("the account to be closed", || {
        company.job.accounts().iter().any(|account| account["active"] == false)
    });
    running.signal("TERM");
    until("its end", || running.has_ended());
    let ran = running.end();
    assert_eq!(ran.code, Some(0), "{ran}");
    let password = company.domain.get("ADMIN_PASSWORD");
    let plan =
        company.job.rolecall(["plan", "--detailed-exitcode"]).env("ROLECALL_BIND_PASSWORD", password).run();
    assert_eq!(plan.code, Some(0), "{plan}");
}
