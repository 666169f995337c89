//! A cycle with every kind of operation is broken off at each point that matters; the next one ends in the same state
//! as without.
//!
//! Nothing in rolecall helps here: the target goes silent at the nth request, before it has done what was asked or
//! after, and then the process is killed; and the kernel kills it at the nth page that it writes to the journal
//! (setrlimit(2), RLIMIT_FSIZE, whose signal ends a process in the middle of write(2)).

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use rolecall::journal::Journal;
use rolecall::simulator::{Fault, FaultKind, On, Settings, Simulator};
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::job::{KEY, People, people};
use crate::support::{Project, Ran, Rolecall, until};

/// A journal and a target in which the next cycle creates, updates, renames, reactivates and deprovisions.
struct Stage {
    folder: TempDir,
    people: People,
    extra: &'static str,
    runtime: Runtime,
}

/// What must be the same in the end: the accounts, and whose they are.
#[derive(Debug, PartialEq)]
struct After {
    accounts: Vec<String>,
    links: BTreeMap<u128, String>,
}

pub(crate) const DEACTIVATE: &str =
    "concurrency = 1\ntimeout = \"5s\"\n[guard]\nrole_change = { max = 9, percent = 100, floor = 0 }\n";
pub(crate) const DELETE: &str = "deprovision = \"delete\"\nconcurrency = 1\ntimeout = \"5s\"\n";

impl Stage {
    fn new(extra: &'static str) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let mut stage = Self { folder: tempfile::tempdir().unwrap(), people: people(8), extra, runtime };
        let first = Copy { project: Project::new(), target: stage.target(None) };
        stage.furnish(&first);
        assert_eq!(first.apply().run().code, Some(0));
        stage.people.get_mut(&5).unwrap()["userAccountControl"] = json!(514);
        stage.furnish(&first);
        assert_eq!(first.apply().run().code, Some(0));
        std::fs::copy(first.project.path("state/journal.db"), stage.folder.path().join("journal.db"))
            .unwrap();
        // It writes its users down when it stops.
        stage.runtime.block_on(first.target.stop());

        let all = &mut stage.people;
        all.get_mut(&1).unwrap()["title"] = json!("Marketing Manager");
        all.get_mut(&2).unwrap()["mail"] = json!("person003@example.com");
        all.get_mut(&3).unwrap()["mail"] = json!("third@example.com");
        all.remove(&4);
        all.get_mut(&5).unwrap()["userAccountControl"] = json!(512);
        all.get_mut(&6).unwrap()["department"] = json!("Finance");
        all.insert(9, people(9).remove(&9).unwrap());
        stage
    }

    /// With its users in this project, or in the stage's own folder.
    fn target(&self, project: Option<&Project>) -> Simulator {
        let kept = match project {
            Some(project) => project.path("target.json"),
            None => self.folder.path().join("target.json"),
        };
        let settings = Settings { state: Some(kept), ..Settings::klaviyo(KEY) };
        self.runtime.block_on(Simulator::start("127.0.0.1:0".parse().unwrap(), settings)).unwrap()
    }

    fn furnish(&self, copy: &Copy) {
        let lines: Vec<String> = self.people.values().map(ToString::to_string).collect();
        copy.project
            .write("rolecall.toml", &crate::job::config(&copy.target.url(), self.extra))
            .write("policy/main.rhai", crate::job::POLICY)
            .write("people.jsonl", &(lines.join("\n") + "\n"))
            .write("state/nothing", "");
    }

    fn copy(&self) -> Copy {
        let project = Project::new();
        std::fs::copy(self.folder.path().join("target.json"), project.path("target.json")).unwrap();
        let target = self.target(Some(&project));
        let copy = Copy { project, target };
        self.furnish(&copy);
        std::fs::copy(self.folder.path().join("journal.db"), copy.project.path("state/journal.db")).unwrap();
        copy
    }
}

struct Copy {
    project: Project,
    target: Simulator,
}

impl Copy {
    fn apply(&self) -> Rolecall<'_> {
        self.project.rolecall(["apply"]).env("ROLECALL_SCIM_KEY", KEY)
    }

    fn after(&self) -> After {
        let mut accounts: Vec<String> = self
            .target
            .users()
            .iter()
            .map(|user| {
                format!("{} {} {} {}", user["userName"], user["active"], user["roles"], user["title"])
            })
            .collect();
        accounts.sort();
        let state = self.project.path("state");
        let journal = Journal::open(&state).unwrap();
        journal.verify(None).unwrap().unwrap();
        let name = |id: &str| self.target.user(id).map(|user| user["userName"].to_string());
        let links = journal.links().unwrap();
        let links = links
            .iter()
            .map(|(guid, link)| (guid.as_u128(), name(&link.account).unwrap_or_else(|| "gone".to_owned())))
            .collect();
        After { accounts, links }
    }

    /// The next cycle, and what came of it.
    fn recovered(&self, moment: &str) -> After {
        self.target.clear_faults();
        let ran = self.apply().run();
        assert_eq!(ran.code, Some(0), "{moment}: {ran}");
        let open = Journal::open(&self.project.path("state")).unwrap().unfinished().unwrap();
        assert_eq!(open, [], "{moment}");
        self.after()
    }
}

/// Without any trouble, and how many requests it takes.
fn undisturbed(stage: &Stage) -> (After, usize) {
    let copy = stage.copy();
    let ran = copy.apply().run();
    assert_eq!(ran.code, Some(0), "{ran}");
    let requests = copy.target.requests().len();
    let settled = copy.project.rolecall(["plan", "--detailed-exitcode"]).env("ROLECALL_SCIM_KEY", KEY).run();
    assert_eq!(settled.code, Some(0), "{settled}");
    (copy.recovered("undisturbed"), requests)
}

/// Runs `test` with 1, 2, 3 .. on two threads until it says that it was not disturbed; tells how often it was.
fn campaign(from: usize, step: usize, test: impl Fn(usize) -> bool + Sync) -> usize {
    let (next, over, disturbed) = (AtomicUsize::new(0), AtomicUsize::new(usize::MAX), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::SeqCst);
                    if n > over.load(Ordering::SeqCst) {
                        break;
                    }
                    if test(from + n * step) {
                        disturbed.fetch_add(1, Ordering::SeqCst);
                    } else {
                        over.fetch_min(n, Ordering::SeqCst);
                    }
                }
            });
        }
    });
    disturbed.into_inner()
}

/// Kills it at each request, which this happens to.
pub(crate) fn silent(extra: &'static str, fault: &FaultKind) {
    let stage = Stage::new(extra);
    let (expected, requests) = undisturbed(&stage);
    let disturbed = campaign(1, 1, |n| {
        let copy = stage.copy();
        let on = On::next("", "").after(n - 1);
        copy.target.fault(Fault { on: on.clone(), kind: fault.clone() });
        // Whoever is not answered asks again, or looks what came of it, and is not answered at all.
        copy.target.fault(Fault { on: On { times: usize::MAX, ..on }, kind: FaultKind::Hang });
        let mut running = copy.apply().start();
        until("the request, or the end", || copy.target.requests().len() >= n || running.has_ended());
        let disturbed = copy.target.requests().len() >= n;
        running.kill();
        assert_eq!(copy.recovered(&format!("request {n}, {fault:?}")), expected, "request {n}, {fault:?}");
        disturbed
    });
    assert!(disturbed > requests / 2, "{disturbed} of {requests}");
}

#[test]
fn killed_after_any_request_was_carried_out() {
    // A deletion is the one thing that the target does not tell of afterwards.
    silent(DELETE, &FaultKind::DropAfter);
}

/// Runs it with files that may not grow beyond so many units of 512 bytes (`ulimit -f`, POSIX).
fn limited(copy: &Copy, units: usize, signal: &str) -> Ran {
    let script = format!("{signal} ulimit -c 0; ulimit -f {units}; exec \"$0\" apply");
    let binary = env!("CARGO_BIN_EXE_rolecall");
    copy.project.command("sh", ["-c", &script, binary]).env("ROLECALL_SCIM_KEY", KEY).run()
}

/// Of SQLite's log: a header, and a frame for each page of 4096 bytes, in units of 512. Below 32 KiB the index of the
/// log could not be made.
const FIRST: usize = 65;
const FRAME: usize = 8;

/// Kills it at every so many pages; tells how often that was.
pub(crate) fn killed_at_pages(every: usize) -> usize {
    let stage = Stage::new(DEACTIVATE);
    let (expected, _) = undisturbed(&stage);
    campaign(FIRST, FRAME * every, |units| {
        let copy = stage.copy();
        let ran = limited(&copy, units, "");
        assert_eq!(copy.recovered(&format!("{units} units")), expected, "{units} units: {ran}");
        ran.code != Some(0)
    })
}

/// Lets the disk be full at every so many pages; tells how often that was.
pub(crate) fn full_at_pages(every: usize) -> usize {
    let stage = Stage::new(DEACTIVATE);
    let (expected, _) = undisturbed(&stage);
    campaign(FIRST, FRAME * every, |units| {
        let copy = stage.copy();
        let ran = limited(&copy, units, "trap '' XFSZ;");
        if ran.code != Some(0) {
            assert_eq!(ran.code, Some(1), "{units} units: {ran}");
            assert!(ran.stderr.contains("error: cannot "), "{ran}");
            assert!(ran.stderr.contains("hint: look at the disk that holds the state folder"), "{ran}");
        }
        let writes = copy.target.requests().iter().filter(|request| request.method != "GET").count();
        let recorded = recorded(&copy.project.path("state"));
        assert!(writes <= recorded, "{units} units: {writes} were sent and {recorded} recorded");
        assert_eq!(copy.recovered(&format!("{units} units")), expected, "{units} units: {ran}");
        ran.code != Some(0)
    })
}

#[test]
fn killed_while_the_journal_is_written() {
    // Each of them: `servers::crash`.
    assert!(killed_at_pages(31) >= 2);
}

#[test]
fn a_disk_that_fills_up_stops_the_work_and_loses_nothing() {
    assert!(full_at_pages(41) >= 1);
}

/// How many operations of the last cycle stand in the journal.
fn recorded(state: &Path) -> usize {
    let journal = Journal::open(state).unwrap();
    let last = journal.cycles(1).unwrap().remove(0).id;
    journal.cycle(last).unwrap().unwrap().operations.len()
}
