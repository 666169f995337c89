//! Every way in which files change: after each, the cycle's record says which rules decided.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use super::{ends, every, one_revision_a_cycle, policy};
use crate::job::{Job, POLICY, people};
use crate::support::{Running, until};

/// The loop at work on one company, and the revision of each role that was given.
struct Live<'a> {
    job: &'a Job,
    running: Running<'a>,
    /// The revisions in force, in their order, with the role that they give.
    seen: Vec<(String, String)>,
}

impl<'a> Live<'a> {
    fn begin(job: &'a Job, role: &str) -> Self {
        let mut live = Self { job, running: job.rolecall(["run"]).start(), seen: Vec::new() };
        live.gives(role);
        live
    }

    /// Waits for the cycle in which everybody gets this role, and notes by what revision.
    fn gives(&mut self, role: &str) {
        let count = self.seen.len() + 1;
        until("a cycle by new rules", || {
            let cycles = self.job.cycles();
            cycles.len() >= count && cycles[count - 1]["status"] == "done"
        });
        let revision = self.job.cycles()[count - 1]["revision"].as_str().unwrap().to_owned();
        self.seen.push((revision, role.to_owned()));
        let users = self.job.target.users();
        assert!(users.iter().all(|user| user["roles"][0]["value"] == role), "{role}: {users:?}");
    }

    /// Nothing happens for longer than any change takes to be seen.
    fn rests(&self) {
        let (said, cycles) = (self.running.said(), self.job.cycles().len());
        sleep(Duration::from_millis(1200));
        assert_eq!(self.running.said(), said);
        assert_eq!(self.job.cycles().len(), cycles);
    }

    /// Each cycle went by one revision, and no two in a row by the same.
    fn end(self) -> String {
        let said = ends(self.running, "TERM");
        let roles: Vec<_> =
            self.seen.iter().map(|(revision, role)| (revision.as_str(), role.as_str())).collect();
        one_revision_a_cycle(self.job, &roles);
        assert_eq!(self.job.cycles().len(), self.seen.len());
        assert!(self.seen.windows(2).all(|two| two[0].0 != two[1].0));
        said
    }
}

fn company() -> Job {
    Job::new(&people(4), &every("1h"))
}

/// As editors and deployments do: beside it, then over it.
fn replace(path: &Path, make: impl FnOnce(&Path)) {
    let beside = path.with_file_name("beside.tmp");
    make(&beside);
    fs::rename(beside, path).unwrap();
}

fn link(target: &str, path: &Path) {
    replace(path, |beside| symlink(target, beside).unwrap());
}

fn main(job: &Job) -> PathBuf {
    job.project.path("policy/main.rhai")
}

#[test]
fn a_config_map_that_is_swapped_twice() {
    let job = company();
    fs::remove_file(main(&job)).unwrap();
    for (version, role) in [("..1", "analyst"), ("..2", "support"), ("..3", "content_creator")] {
        job.project.write(&format!("policy/{version}/main.rhai"), &policy(role));
    }
    symlink("..1", job.project.path("policy/..data")).unwrap();
    symlink("..data/main.rhai", main(&job)).unwrap();
    let mut live = Live::begin(&job, "analyst");
    for (version, role) in [("..2", "support"), ("..3", "content_creator")] {
        link(version, &job.project.path("policy/..data"));
        live.gives(role);
    }
    fs::remove_dir_all(job.project.path("policy/..1")).unwrap();
    live.rests();
    live.end();
}

#[test]
fn a_branch_that_is_checked_out() {
    let job = company();
    let git = |arguments: &[&str]| {
        let identity =
            ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"];
        let folder = job.project.path("policy");
        let output = Command::new("git").args(identity).args(arguments).current_dir(folder).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    git(&["init"]);
    git(&["add", "."]);
    git(&["commit", "-m", "analysts"]);
    git(&["checkout", "-b", "support"]);
    fs::write(main(&job), policy("support")).unwrap();
    git(&["commit", "-am", "support"]);
    git(&["checkout", "main"]);
    let mut live = Live::begin(&job, "analyst");
    git(&["checkout", "support"]);
    live.gives("support");
    git(&["checkout", "main"]);
    live.gives("analyst");
    live.end();
}

#[test]
fn a_link_to_a_worktree_that_is_moved_on() {
    let job = Job::new(&people(4), &format!("{}[policy]\nfolder = \"current/policy\"\n", every("1h")));
    for (version, role) in [("a", "analyst"), ("b", "support")] {
        job.project.write(&format!("trees/{version}/policy/main.rhai"), &policy(role));
    }
    symlink("trees/a", job.project.path("current")).unwrap();
    let mut live = Live::begin(&job, "analyst");
    link("trees/b", &job.project.path("current"));
    live.gives("support");
    fs::remove_dir_all(job.project.path("trees/a")).unwrap();
    job.project.write("trees/b/policy/main.rhai", &policy("content_creator"));
    live.gives("content_creator");
    live.end();
}

#[test]
fn a_file_and_a_folder_that_go_and_come_back() {
    let job = company();
    let rules = policy("analyst").replace("\"Marketing\"", "names::OURS");
    let with_list = format!("import \"lists/names\" as names;\n{rules}");
    job.project
        .write("policy/main.rhai", &with_list)
        .write("policy/lists/names.rhai", "export const OURS = \"Marketing\";");
    let mut live = Live::begin(&job, "analyst");
    fs::remove_file(job.project.path("policy/lists/names.rhai")).unwrap();
    live.running.says(1, "do not pass");
    job.project.write("policy/lists/names.rhai", "export const OURS = \"Marketing\";");
    live.running.says(1, "pass again");

    let away = job.project.path("policy-away");
    fs::rename(job.project.path("policy"), &away).unwrap();
    live.running.says(2, "do not pass");
    fs::rename(&away, job.project.path("policy")).unwrap();
    live.running.says(2, "pass again");
    job.project.write("policy/main.rhai", &with_list.replace("\"analyst\"", "\"support\""));
    live.gives("support");
    live.end();
}

#[test]
fn several_files_that_are_written_slowly() {
    let job = company();
    let main = |role: &str| {
        format!(
            "import \"role\" as role;\n{}",
            policy(role).replace(&format!("role(\"{role}\""), "role(role::NAME")
        )
    };
    job.project
        .write("policy/main.rhai", &main("analyst"))
        .write("policy/role.rhai", "export const NAME = \"analyst\";");
    let mut live = Live::begin(&job, "analyst");
    // Half of a file, then another that does not fit the first, then both as they should be.
    for (path, text) in [
        ("policy/role.rhai", "export const NA"),
        ("policy/main.rhai", "import \"role\" as role;\nimport \"more\" as more;\n"),
        ("policy/more.rhai", "export const OURS = \"Marketing\";"),
        ("policy/role.rhai", "export const NAME = \"support\";"),
    ] {
        job.project.write(path, text);
        sleep(Duration::from_millis(350));
    }
    let text = main("support")
        .replace("role;\n", "role;\nimport \"more\" as more;\n")
        .replace("\"Marketing\"", "more::OURS");
    job.project.write("policy/main.rhai", &text);
    live.gives("support");
    live.end();
}

#[test]
fn what_editors_do_and_what_changes_nothing() {
    let job = company();
    let mut live = Live::begin(&job, "analyst");
    // Beside it, then over it.
    replace(&main(&job), |beside| fs::write(beside, policy("support")).unwrap());
    live.gives("support");
    // The old one away, then a new one; a file of the editor's own.
    fs::rename(main(&job), job.project.path("policy/main.rhai~")).unwrap();
    fs::write(job.project.path("policy/.main.rhai.swp"), "x").unwrap();
    fs::write(main(&job), policy("content_creator")).unwrap();
    live.gives("content_creator");

    // Another content of the same length, at the same time of change.
    let before = fs::metadata(main(&job)).unwrap().modified().unwrap();
    replace(&main(&job), |beside| {
        fs::write(beside, policy("analyst")).unwrap();
        File::options().write(true).open(beside).unwrap().set_modified(before).unwrap();
    });
    live.gives("analyst");
    // The same content at another time, and a file that is none of ours.
    File::options().write(true).open(main(&job)).unwrap().set_modified(std::time::SystemTime::now()).unwrap();
    fs::write(job.project.path("policy/notes.txt"), "x").unwrap();
    live.rests();
    live.end();
}

#[test]
fn a_thousand_writes_in_a_second() {
    let job = company();
    let live = Live::begin(&job, "analyst");
    for number in 0..1000 {
        fs::write(main(&job), policy(if number % 2 == 0 { "support" } else { "content_creator" })).unwrap();
        sleep(Duration::from_micros(800));
    }
    until("the last write to be in force", || {
        job.target.users().iter().all(|user| user["roles"][0]["value"] == "content_creator")
    });
    let said = ends(live.running, "TERM");
    let cycles = job.cycles();
    assert!(cycles.len() < 12, "{said}");
    let revisions: Vec<(String, &str)> = cycles
        .iter()
        .map(|cycle| cycle["revision"].as_str().unwrap().to_owned())
        .zip(job_roles(&job))
        .collect();
    let roles: Vec<_> = revisions.iter().map(|(revision, role)| (revision.as_str(), *role)).collect();
    one_revision_a_cycle(&job, &roles);
}

/// The role that each cycle's first operation gave; one without an operation gave what was there.
fn job_roles(job: &Job) -> Vec<&'static str> {
    let mut last = "analyst";
    (1..=job.cycles().len())
        .map(|number| {
            let text = job.cycle(number)["operations"].to_string();
            for role in ["analyst", "support", "content_creator"] {
                if text.contains(&format!("\"to\":\"{role}\"")) {
                    last = role;
                }
            }
            last
        })
        .collect()
}

#[test]
fn where_nothing_is_told_of_changes_they_are_looked_for() {
    let job = Job::new(&people(4), &every("1h").replace("[run]\n", "[run]\nwatch = \"poll\"\n"));
    let mut live = Live::begin(&job, "analyst");
    job.project.write("policy/main.rhai", &policy("support"));
    live.gives("support");
    live.end();
}

#[test]
fn broken_rules_can_be_waited_for_at_the_start() {
    let job = company();
    job.project.write("policy/main.rhai", &policy("analyst\" role"));
    let mut running = job.rolecall(["run", "--wait-for-valid"]).start();
    running.says(1, "it waits until they are mended");
    assert!(job.target.requests().is_empty());
    job.project.write("policy/main.rhai", POLICY);
    running.says(1, "4 done");
    let said = ends(running, "TERM");
    assert_eq!(said.matches("do not pass").count(), 1, "{said}");

    // And given up.
    fs::remove_dir_all(job.project.path("state")).unwrap();
    job.project.write("policy/main.rhai", &policy("analyst\" role"));
    let mut running = job.rolecall(["run", "--wait-for-valid"]).start();
    running.says(1, "it waits until they are mended");
    ends(running, "TERM");
}
