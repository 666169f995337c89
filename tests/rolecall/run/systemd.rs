//! What systemd is told, and the unit that it reads.

use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

use insta::assert_snapshot;

use super::stop::silent;
use super::{ends, every};
use crate::job::{Job, people};
use crate::support::until;

/// The socket that systemd listens on (sd_notify(3)).
struct Systemd {
    socket: UnixDatagram,
    heard: Vec<String>,
}

impl Systemd {
    fn at(job: &Job) -> (Self, String) {
        let path = job.project.path("notify.sock");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_nonblocking(true).unwrap();
        (Self { socket, heard: Vec::new() }, path.display().to_string())
    }

    fn listen(&mut self) {
        let mut buffer = [0; 4096];
        while let Ok(length) = self.socket.recv(&mut buffer) {
            self.heard.extend(String::from_utf8_lossy(&buffer[..length]).lines().map(str::to_owned));
        }
    }

    /// How often it heard this.
    fn count(&mut self, what: &str) -> usize {
        self.listen();
        self.heard.iter().filter(|line| line.starts_with(what)).count()
    }

    fn hears(&mut self, times: usize, what: &str) {
        let since = Instant::now();
        while self.count(what) < times {
            assert!(since.elapsed() < Duration::from_secs(20), "no {what}: {:?}", self.heard);
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

#[test]
fn it_is_told_of_readiness_life_reloads_and_the_end() {
    let job = Job::new(&people(3), &every("1h"));
    let (mut systemd, path) = Systemd::at(&job);
    let running = job.rolecall(["run"]).env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "400000").start();
    systemd.hears(1, "READY=1");
    systemd.hears(3, "WATCHDOG=1");
    systemd.hears(1, "STATUS=policy ");
    running.signal("HUP");
    systemd.hears(1, "RELOADING=1");
    systemd.hears(1, "MONOTONIC_USEC=");
    systemd.hears(2, "READY=1");
    ends(running, "TERM");
    systemd.hears(1, "STOPPING=1");
    let order = |what: &str| systemd.heard.iter().position(|line| line == what).unwrap();
    assert!(order("READY=1") < order("RELOADING=1") && order("RELOADING=1") < order("STOPPING=1"));
}

#[test]
fn a_cycle_that_hangs_is_not_kept_alive() {
    let job = Job::new(&people(3), &every("1h"));
    let text = std::fs::read_to_string(job.project.path("rolecall.toml")).unwrap();
    let silent = format!("http://{}/scim/v2", silent());
    job.project.write("rolecall.toml", &text.replace(&job.target.url(), &silent));
    let (mut systemd, path) = Systemd::at(&job);
    let running = job.rolecall(["run"]).env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "400000").start();
    systemd.hears(1, "READY=1");
    until("a cycle at work", || job.cycles().len() == 1);
    std::thread::sleep(Duration::from_millis(600));
    let before = systemd.count("WATCHDOG=1");
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(systemd.count("WATCHDOG=1"), before, "{:?}", systemd.heard);
    ends(running, "TERM");
}

#[test]
fn the_unit_names_the_project_and_takes_all_rights_away() {
    let job = Job::new(&people(0), &every("1h"));
    let ran = job.succeeds(["init", "--systemd"]);
    let unit = ran.stdout.replace(env!("CARGO_BIN_EXE_rolecall"), "/usr/bin/rolecall");
    assert_snapshot!("run_systemd_unit", unit);
}
