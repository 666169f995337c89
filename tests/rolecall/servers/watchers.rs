//! What the programs around the loop say of what it gives them: Prometheus of the figures, systemd of the unit.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Output, Stdio};

use crate::job::{Job, people};

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn prometheus_has_nothing_to_say_against_the_metrics() {
    let job = Job::new(&people(3), "[run]\ninterval = \"1h\"\n");
    let path = job.project.path("rolecall.toml");
    let config = std::fs::read_to_string(&path).unwrap().replace("\"off\"", "\"127.0.0.1:0\"");
    job.project.write("rolecall.toml", &config);
    let mut running = job.rolecall(["run"]).start();
    running.says(1, "3 done");
    running.says(1, "answers at http://");
    let said = running.said();
    let address = said.split("answers at http://").nth(1).unwrap().split_whitespace().next().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (_, metrics) = answer.split_once("\r\n\r\n").unwrap();

    let piped = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut promtool = piped.expect("promtool is in Debian's package prometheus");
    promtool.stdin.take().unwrap().write_all(metrics.as_bytes()).unwrap();
    let output = promtool.wait_with_output().unwrap();
    assert!(output.status.success() && text(&output).is_empty(), "{}", text(&output));
}

#[test]
fn systemd_has_nothing_to_say_against_the_unit() {
    let job = Job::new(&people(0), "[run]\ninterval = \"1h\"\n");
    let folder = job.project.path("").display().to_string();
    let unit = job.succeeds(["init", "--systemd"]).stdout.replace("[project]", folder.trim_end_matches('/'));
    // The user of the unit is made by whoever installs it.
    let unit = unit.replace("User=rolecall", "User=daemon").replace("Group=rolecall", "Group=daemon");
    job.project.write("rolecall.service", &unit);
    let path = job.project.path("rolecall.service").display().to_string();
    let analyze = |arguments: &[&str]| {
        Command::new("systemd-analyze")
            .args(arguments)
            .arg(&path)
            .output()
            .expect("systemd-analyze is in Debian's package systemd")
    };
    let verified = analyze(&["verify", "--man=no", "--recursive-errors=no"]);
    assert!(
        verified.status.success() && !text(&verified).contains("rolecall.service"),
        "{}",
        text(&verified)
    );
    // From 0, which is safe, to 100.
    let security = analyze(&["security", "--offline=true", "--threshold=20", "--no-pager"]);
    assert!(security.status.success(), "{}", text(&security));
}
