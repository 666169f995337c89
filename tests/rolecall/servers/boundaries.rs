//! Every message of a read goes astray once, in each way: nobody who is still there loses access, and a read that is not
//! whole says so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;
use rolecall::config::{Bind, Config, DirectorySource, LdapSource, Secret, Servers, Sources};
use rolecall::directory::{Absence, Completeness, Query, read};
use rolecall::journal::Journal;
use rolecall::plan::{Allowance, Kind};
use rolecall::policy::Policy;
use rolecall::scim::Client;
use rolecall::sync::{Cycle, Drawn, Error, Unwatched};
use uuid::Uuid;

use super::domain::Domain;
use super::proxy::{Fault, Proxy};
use crate::job::{Job, people};

/// Whom it gives access hangs on other entries than their own: groups within groups, the primary group, the manager.
const POLICY: &str = r#"provision_by_role();
fn has_address(user) { user.mail.contains("@") && !LOWER(user.mail).equals("same@example.com") }
role("manager", |user| has_address(user) && user.in_group("Klaviyo Users"));
role("support", |user| has_address(user) && user.in_group("Contractors"));
role("analyst", |user| has_address(user) && user.manager.department != ());
map("userName", |user| LOWER(TRIM(user.mail)));
"#;

/// Of `tests/servers/seed.py`: an object's GUID follows from its first DN.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f3c1a52_0000_4000_8000_726f6c656361);
const LEAVER: &str = "CN=Own Manager,OU=Odd Ones,OU=Company,DC=rolecall,DC=test";

/// How long rolecall waits for an answer here.
const PATIENCE: Duration = Duration::from_secs(1);

struct Company {
    domain: Domain,
    job: Job,
    config: Config,
    sources: Sources,
    policy: Policy,
    linked: BTreeSet<Uuid>,
    leaver: Uuid,
}

impl Company {
    /// Everybody has their account, and then one of them leaves.
    fn new() -> Self {
        let domain = Domain::clone_of(20);
        let job = Job::new(&people(0), "");
        let text = format!(
            r#"[directory]
kind = "ldap"
url = "{}"
bind_dn = "{}"
password = {{ file = "password" }}
ca_file = "{}"
base_dn = "OU=Company,{}"
page_size = 10

[target]
base_url = "{}"
key = {{ file = "key" }}
per_second = 1000
per_minute = 60000
"#,
            domain.get("LDAPS_URL"),
            domain.get("BIND_DN"),
            domain.get("CA_FILE"),
            domain.get("BASE_DN"),
            job.target.url(),
        );
        let project = &job.project;
        project.write("rolecall.toml", &text).write("policy/main.rhai", POLICY);
        project.write("password", domain.get("BIND_PASSWORD")).write("key", crate::job::KEY);
        let ran = project.rolecall(["apply"]).run();
        assert!(ran.stdout.contains("failed 0"), "{ran}");
        let config = Config::load(&project.path("rolecall.toml")).unwrap();
        let sources = Sources::read(&config.policy).unwrap();
        let policy = Policy::compile(&sources).policy.unwrap();
        let linked: BTreeSet<Uuid> =
            Journal::open(&config.state).unwrap().links().unwrap().keys().copied().collect();
        let leaver = Uuid::new_v5(&NAMESPACE, LEAVER.as_bytes());
        assert!(linked.len() > 20 && linked.contains(&leaver), "{ran}");
        domain.tool(&["user", "delete", "odd.ownmanager"]);
        Self { domain, job, config, sources, policy, linked, leaver }
    }

    fn server(&self) -> std::net::SocketAddr {
        self.domain.server(389)
    }

    fn source(&self, servers: Vec<String>) -> DirectorySource {
        let Ok(DirectorySource::Ldap(source)) = self.config.directory() else { panic!("no LDAP") };
        DirectorySource::Ldap(LdapSource {
            servers: Servers::Urls(servers),
            allow_plaintext: true,
            timeout: PATIENCE,
            ..source.clone()
        })
    }

    /// A plan of what is read by these ways, one after the other.
    fn plan(&self, servers: Vec<String>) -> Result<Drawn, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let target = self.config.target().unwrap();
        let journal = Journal::open(&self.config.state).unwrap();
        let cycle = Cycle {
            directory: &self.source(servers),
            policy: &self.policy,
            sources: &self.sources,
            target: &Client::new(target).unwrap(),
            settings: target,
            journal: &journal,
            limits: &self.config.guard,
            allowance: Allowance::default(),
            orders: None,
            before: None,
            now: Timestamp::now(),
            clock: &Timestamp::now,
            watcher: &Unwatched,
        };
        runtime.block_on(cycle.draw_up())
    }

    /// What the plan says of the read, having held that it takes access from nobody who is there.
    fn judged(&self, case: &str, plan: &Result<Drawn, Error>) -> &'static str {
        let drawn = match plan {
            Ok(drawn) => drawn,
            Err(Error::Directory(_)) => return "no read",
            Err(other) => panic!("{case}: {other}"),
        };
        let lose: Vec<Uuid> = drawn
            .plan
            .operations
            .iter()
            .filter(|operation| operation.kind == Kind::Deactivate)
            .map(|operation| operation.user.guid)
            .collect();
        if let Completeness::Partial { why } = &drawn.facts.completeness {
            assert!(lose.is_empty(), "{case}: {lose:?} lose access though {why}");
            return "not whole, and says so";
        }
        let present: BTreeSet<Uuid> = drawn.facts.people.iter().map(|person| person.guid).collect();
        let missing: Vec<&Uuid> = self.linked.difference(&present).collect();
        let unknown = |guid: &Uuid| matches!(drawn.facts.absent.get(guid), Some(Absence::Unknown { .. }));
        let strangers = missing.iter().filter(|guid| ***guid != self.leaver && !unknown(guid)).count();
        assert_eq!(strangers, 0, "{case}: somebody is taken for gone");
        if unknown(&self.leaver) {
            assert!(lose.is_empty(), "{case}: {lose:?}");
            return "whole, and of who is missing nothing is known";
        }
        assert_eq!(lose, [self.leaver], "{case}");
        if missing.len() == 1 { "whole" } else { "whole, but for somebody who is known to be there" }
    }
}

#[test]
fn nobody_loses_access_by_a_message_that_goes_astray() {
    let company = Company::new();
    let untouched = Proxy::to(company.server(), None);
    assert_eq!(company.judged("untouched", &company.plan(vec![untouched.url()])), "whole");
    let messages = untouched.messages();
    assert!(messages > 70, "{messages} are few");

    let faults =
        [Fault::Cut, Fault::Truncate, Fault::Drop, Fault::Delay(PATIENCE * 2), Fault::Delay(PATIENCE / 20)];
    let cases: Vec<(Fault, usize)> =
        faults.iter().flat_map(|fault| (0..messages).map(|number| (*fault, number))).collect();
    let next = Mutex::new(cases.iter());
    let ends: Mutex<BTreeMap<Fault, BTreeMap<&str, usize>>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                loop {
                    let Some((fault, number)) = next.lock().unwrap().next().copied() else { break };
                    let proxy = Proxy::to(company.server(), Some((number, fault)));
                    let plan = company.plan(vec![proxy.url()]);
                    assert!(proxy.messages() > number, "{fault:?} at {number} was not reached");
                    let end = company.judged(&format!("{fault:?} at {number}"), &plan);
                    *ends.lock().unwrap().entry(fault).or_default().entry(end).or_default() += 1;
                }
            });
        }
    });
    let ends = ends.into_inner().unwrap();
    println!("{messages} messages: {ends:#?}");
    let count = |fault: Fault, end: &str| ends[&fault].get(end).copied().unwrap_or_default();
    assert_eq!(count(Fault::Delay(PATIENCE / 20), "whole"), messages);
    for fault in [Fault::Cut, Fault::Truncate, Fault::Delay(PATIENCE * 2)] {
        assert_eq!(count(fault, "whole"), 0, "{fault:?}");
        assert!(count(fault, "no read") > 60, "{fault:?}");
    }
    // Groups and managers that others name are missed, and people with an account are looked up.
    assert!(count(Fault::Drop, "no read") > 20);
    assert!(count(Fault::Drop, "whole, but for somebody who is known to be there") > 10);
    drop(company.job);
}

#[test]
fn a_read_that_breaks_off_begins_again_on_the_next_server() {
    let company = Company::new();
    let direct = format!("ldap://{}", company.server());
    let counted = Proxy::to(company.server(), None);
    company.plan(vec![counted.url()]).unwrap();
    let messages = counted.messages();
    // At the bind, in the people, in the groups, and at the look-up of who is missing.
    for at in [0, messages / 2, messages - 15, messages - 1] {
        for fault in [Fault::Cut, Fault::Delay(PATIENCE * 2)] {
            let broken = Proxy::to(company.server(), Some((at, fault)));
            let again = Proxy::to(company.server(), None);
            let plan = company.plan(vec![broken.url(), again.url()]);
            assert_eq!(company.judged(&format!("{fault:?} at {at}"), &plan), "whole");
            assert_eq!(again.messages(), messages, "not the whole read");
            // Which server answered is nothing that a plan hangs on.
            assert_eq!(plan.unwrap().source, format!("{}, {}", broken.url(), again.url()));
        }
    }
    // Each server has one try.
    let broken = Proxy::to(company.server(), Some((messages / 2, Fault::Cut)));
    let error = company.plan(vec![direct.replace("389", "1"), broken.url()]).unwrap_err().to_string();
    assert!(error.contains("nothing listens there") && error.contains("the connection was lost"), "{error}");
    assert_eq!(broken.messages(), messages / 2 + 1);
}

#[test]
fn what_no_other_server_can_mend_is_not_tried_there() {
    let company = Company::new();
    let spare = Proxy::to(company.server(), None);
    let direct = format!("ldap://{}", company.server());
    let DirectorySource::Ldap(good) = company.source(vec![direct, spare.url()]) else { panic!("no LDAP") };
    company.job.project.write("wrong", "not the password");
    let wrong = Secret::File(company.job.project.path("wrong"));
    let dn = company.domain.get("BIND_DN").to_owned();
    let cases = [
        LdapSource { bind: Bind::Simple { dn, password: wrong }, ..good.clone() },
        LdapSource { base_dn: "OU=Nowhere,DC=rolecall,DC=test".into(), ..good.clone() },
        LdapSource { user_filter: "(department=Nowhere)".into(), ..good.clone() },
    ];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let out: Vec<String> = cases
        .map(|source| {
            let (source, query) = (DirectorySource::Ldap(source), Query::default());
            runtime.block_on(read(&source, &query, &|_| ())).unwrap_err().to_string()
        })
        .into();
    assert_eq!(spare.messages(), 0);
    let out = out.join("\n").replace(company.domain.get("LDAP_ADDRESS"), "ADDRESS");
    insta::assert_snapshot!(out, @r"
    cannot bind to `ldap://ADDRESS:389` as `CN=svc-rolecall,CN=Users,DC=rolecall,DC=test`: the user or the password is wrong
    cannot read people below `OU=Nowhere,DC=rolecall,DC=test` from `ldap://ADDRESS:389`: `OU=Nowhere,DC=rolecall,DC=test` does not exist
    cannot read people below `OU=Company,DC=rolecall,DC=test` from `ldap://ADDRESS:389`: nobody matches `(department=Nowhere)`
    ");
}
