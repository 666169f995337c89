//! The loop at work for long, on a real domain and a target that fails now and then, while people and rules change.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use rolecall::simulator::{Fault, FaultKind, On};

use super::domain::Domain;
use crate::job::{Job, people};
use crate::support::{Running, until};

/// How long, in seconds; `ROLECALL_SOAK=600` for a long one.
const LENGTH: u64 = 60;
const SEED: u64 = 20_260_301;
const ROLES: [&str; 3] = ["analyst", "support", "content_creator"];

fn policy(role: &str) -> String {
    format!(
        "provision_by_role();\n\
         role(\"manager\", |user| user.mail.contains(\"@\") && user.title.contains(\"Manager\"));\n\
         role(\"{role}\", |user| user.mail.contains(\"@\"));\n\
         map(\"userName\", |user| LOWER(TRIM(user.mail)));\n\
         map(\"name.familyName\", |user| user.sn);\n\
         map(\"title\", |user| CLEAN(user.title));\n"
    )
}

/// Between the loop and the domain: it passes everything on, or cuts a connection after so many bytes of answers.
struct Wire {
    port: u16,
    cut_after: Arc<AtomicUsize>,
}

impl Wire {
    fn to(address: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let cut_after = Arc::new(AtomicUsize::new(usize::MAX));
        let limit = Arc::clone(&cut_after);
        spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(address) else { continue };
                let (mut asks, mut passes) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                spawn(move || {
                    let _ = std::io::copy(&mut asks, &mut passes);
                    let _ = passes.shutdown(Shutdown::Both);
                });
                let limit = Arc::clone(&limit);
                spawn(move || pass(server, client, &limit));
            }
        });
        Self { port, cut_after }
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, limit: &AtomicUsize) {
    let (mut buffer, mut passed) = ([0; 8192], 0);
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        passed += length;
        if passed > limit.load(Ordering::Relaxed) || to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

struct Soak {
    domain: Domain,
    job: Job,
    wire: Wire,
    /// Everybody's DN.
    people: Vec<String>,
}

impl Soak {
    fn new() -> Self {
        let domain = Domain::clone_of(2000);
        let job = Job::new(&people(0), "");
        let wire = Wire::to(domain.server(636));
        let base = format!("OU=Marketing,OU=People,OU=Company,{}", domain.get("BASE_DN"));
        let free = "{ max = 100000, percent = 100, floor = 0 }";
        let text = format!(
            "[http]\nlisten = \"off\"\n[directory]\nkind = \"ldap\"\nurl = \"ldaps://localhost:{}\"\nbind_dn = \"{}\"\n\
             password = {{ env = \"ROLECALL_BIND_PASSWORD\" }}\nca_file = \"{}\"\nbase_dn = \"{base}\"\ntimeout = \"5s\"\n\
             [target]\nbase_url = \"{}\"\nkey = {{ env = \"ROLECALL_SCIM_KEY\" }}\nper_second = 1000\n\
             per_minute = 60000\ntimeout = \"2s\"\n[run]\ninterval = \"1s\"\n[guard]\ncreate = {free}\nupdate = {free}\n\
             reactivate = {free}\ndeactivate = {free}\nrole_change = {free}\nshrink_percent = 100\n",
            wire.port,
            domain.get("BIND_DN"),
            domain.get("CA_FILE"),
            job.target.url(),
        );
        job.project.write("rolecall.toml", &text);
        let mut soak = Self { domain, job, wire, people: Vec::new() };
        let found = soak.domain.ldap(
            "ldapsearch",
            &["-LLL", "-o", "ldif-wrap=no", "-b", &base, "(objectClass=user)", "dn"],
            "",
        );
        // A DN that is not ASCII comes in base64, and is passed over.
        soak.people = found.lines().filter_map(|line| line.strip_prefix("dn: ").map(str::to_owned)).collect();
        assert!(soak.people.len() > 100, "{}", soak.people.len());
        soak
    }

    fn start(&self) -> Running<'_> {
        let password = self.domain.get("BIND_PASSWORD");
        self.job.rolecall(["run"]).env("ROLECALL_BIND_PASSWORD", password).start()
    }

    /// Some people change.
    fn people_change(&self, rng: &mut fastrand::Rng) {
        let mut text = String::new();
        for _ in 0..rng.usize(1..6) {
            let dn = &self.people[rng.usize(..self.people.len())];
            let (attribute, value) = match rng.u8(0..3) {
                0 => ("title", ["Content Writer", "Marketing Manager", "Event Planner"][rng.usize(..3)]),
                1 => ("userAccountControl", ["512", "514"][rng.usize(..2)]),
                _ => ("sn", ["Weber", "Øster", "Nguyễn"][rng.usize(..3)]),
            };
            let _ =
                writeln!(text, "dn: {dn}\nchangetype: modify\nreplace: {attribute}\n{attribute}: {value}\n");
        }
        self.domain.ldap("ldapmodify", &[], &text);
    }

    /// Something goes wrong, or is right again.
    fn faults_change(&self, rng: &mut fastrand::Rng) {
        self.mend();
        let kind = match rng.u8(0..7) {
            0 => FaultKind::status(500),
            1 => FaultKind::DropAfter,
            2 => FaultKind::DropBefore,
            3 => FaultKind::Slow(Duration::from_millis(30)),
            4 => {
                return self.wire.cut_after.store(rng.usize(1000..60_000), Ordering::Relaxed);
            }
            _ => return,
        };
        let method = ["GET", "POST", "PATCH"][rng.usize(..3)];
        self.job.target.fault(Fault { on: On::every(method, "/Users"), kind });
    }

    /// Nothing goes wrong.
    fn mend(&self) {
        self.job.target.clear_faults();
        self.wire.cut_after.store(usize::MAX, Ordering::Relaxed);
    }

    fn revision(&self, role: &str) -> String {
        self.job.project.write("policy/main.rhai", &policy(role));
        self.job.succeeds(["check"]).stderr.trim_end().rsplit(' ').next().unwrap().to_owned()
    }
}

/// Resident memory in kB (proc(5)).
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse().unwrap()
}

fn median(values: &[u64]) -> u64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}

#[test]
fn it_goes_on_for_long_and_ends_right() {
    let length = std::env::var("ROLECALL_SOAK").map_or(LENGTH, |text| text.parse().unwrap());
    let soak = Soak::new();
    let by_revision: BTreeMap<String, &str> = ROLES.iter().map(|role| (soak.revision(role), *role)).collect();
    let mut rng = fastrand::Rng::with_seed(SEED);
    let (mut reloads, mut memory) = (0, Vec::new());
    let mut running = soak.start();
    running.says(1, "cycle 1 ");
    let since = Instant::now();
    while since.elapsed() < Duration::from_secs(length) {
        match rng.u8(0..6) {
            0 | 1 => soak.people_change(&mut rng),
            2 => soak.faults_change(&mut rng),
            3 => {
                soak.job.project.write("policy/main.rhai", &policy(ROLES[rng.usize(..3)]));
                reloads += 1;
            }
            4 => drop(soak.job.project.write("policy/main.rhai", &policy("x\" role"))),
            _ => running.signal("HUP"),
        }
        memory.push(resident(running.id()));
        sleep(Duration::from_millis(rng.u64(200..800)));
    }
    soak.mend();
    soak.job.project.write("policy/main.rhai", &policy("analyst"));
    until("the last rules to be in force, and nothing left to do", || {
        let cycles = soak.job.cycles();
        // At this pace there is nearly always one at work.
        let last = cycles.iter().rfind(|cycle| !cycle["ended"].is_null()).unwrap();
        let role = by_revision.get(&last["revision"].as_str().unwrap()[..12]);
        last["status"] == "done" && role == Some(&"analyst") && last["done"] == 0 && last["failed"] == 0
    });
    running.signal("TERM");
    let ran = running.end();
    assert_eq!(ran.code, Some(0), "{ran}");

    let password = soak.domain.get("BIND_PASSWORD");
    let plan =
        soak.job.rolecall(["plan", "--detailed-exitcode"]).env("ROLECALL_BIND_PASSWORD", password).run();
    assert_eq!(plan.code, Some(0), "{plan}");
    let cycles = soak.job.cycles();
    for (index, cycle) in cycles.iter().enumerate() {
        let role = by_revision[&cycle["revision"].as_str().unwrap()[..12]];
        for operation in soak.job.cycle(index + 1)["operations"].as_array().unwrap() {
            for change in operation["changes"].as_array().unwrap() {
                let to = change["to"].as_str();
                assert!(
                    change["attribute"] != "role" || to == Some(role) || to == Some("manager"),
                    "{operation}"
                );
            }
        }
    }
    // Flat: from the second fifth, when everything has been done once, to the last.
    let fifth = memory.len() / 5;
    let (early, late) = (median(&memory[fifth..2 * fifth]), median(&memory[4 * fifth..]));
    println!(
        "{} cycles in {length} s, {reloads} changes of rules, memory {early} kB then {late} kB",
        cycles.len()
    );
    assert!(late < early + early / 5 + 8 * 1024, "from {early} kB to {late} kB");
}
