//! A state folder that cannot be written, or whose journal is locked or damaged: nothing is sent, and that is said.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rusqlite::Connection;
use serde_json::json;

use crate::job::{Job, people};
use crate::support::{Ran, stable};

/// A company in step, and one change to be made.
fn changed() -> Job {
    let mut all = people(4);
    let job = Job::new(&all, "");
    job.succeeds(["apply"]);
    all.get_mut(&1).unwrap()["title"] = json!("Painter");
    job.employ(&all);
    job.target.clear_requests();
    job
}

/// Nothing was changed at the target, and it is when the trouble is over.
fn was_stopped(job: &Job, after: impl FnOnce()) {
    assert_eq!(job.writes(), 0);
    after();
    job.succeeds(["apply"]);
    assert_eq!(job.accounts()[0]["title"], "Painter");
    job.is_settled();
    job.succeeds(["journal", "verify"]);
}

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// As somebody who may not do everything.
fn as_nobody(job: &Job, args: &[&str]) -> Ran {
    let folder = job.project.path("");
    mode(&folder, 0o755);
    let script = "exec setpriv --reuid=65534 --regid=65534 --clear-groups \"$0\" \"$@\"";
    let binary = env!("CARGO_BIN_EXE_rolecall");
    let root =
        std::fs::metadata("/proc/self").map(|own| std::os::unix::fs::MetadataExt::uid(&own)).unwrap() == 0;
    let script = if root { script } else { "exec \"$0\" \"$@\"" };
    let all = ["-c", script, binary].into_iter().chain(args.iter().copied());
    job.project.command("sh", all).env("ROLECALL_SCIM_KEY", crate::job::KEY).run()
}

#[test]
fn a_folder_and_a_journal_that_may_not_be_written() {
    let _guard = stable();
    let job = changed();
    let state = job.project.path("state");
    mode(&state, 0o555);
    mode(&state.join("lock"), 0o444);
    mode(&state.join("journal.db"), 0o444);
    insta::assert_snapshot!("folder_read_only", as_nobody(&job, &["apply"]));
    mode(&state, 0o777);
    mode(&state.join("lock"), 0o666);
    insta::assert_snapshot!("journal_read_only", as_nobody(&job, &["apply"]));
    was_stopped(&job, || {
        mode(&state, 0o700);
        mode(&state.join("journal.db"), 0o600);
    });
}

#[test]
fn a_journal_that_another_process_holds() {
    let _guard = stable();
    let job = changed();
    let other = Connection::open(job.project.path("state/journal.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    insta::assert_snapshot!("journal_locked", job.rolecall(["apply"]).run());
    // Who only reads is not held up.
    assert!(job.succeeds(["journal", "list"]).stdout.contains("done"));
    job.succeeds(["journal", "verify"]);
    was_stopped(&job, || drop(other));
}

#[test]
fn a_journal_that_was_damaged() {
    let _guard = stable();
    let job = changed();
    let path = job.project.path("state/journal.db");
    let whole = std::fs::read(&path).unwrap();
    let mut damaged = whole.clone();
    let length = damaged.len();
    damaged[4096..length / 4 * 3].fill(0xa5);
    std::fs::write(&path, &damaged).unwrap();
    insta::assert_snapshot!("journal_damaged", job.rolecall(["apply"]).run());
    insta::assert_snapshot!("verify_damaged", job.rolecall(["journal", "verify"]).run());
    was_stopped(&job, || std::fs::write(&path, &whole).unwrap());
    // Cut off in the middle, as after a copy that was not whole.
    job.target.clear_requests();
    std::fs::write(&path, &whole[..length / 2]).unwrap();
    insta::assert_snapshot!("journal_cut", job.rolecall(["apply"]).run());
    assert_eq!(job.writes(), 0);
}
