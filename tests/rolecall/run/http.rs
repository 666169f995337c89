//! What the loop answers over HTTP.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use serde_json::Value;

use super::{ends, every, numberless, policy};
use crate::job::{Job, people};
use crate::support::{Running, until};

/// A company whose loop answers, at a port that the system chooses.
fn company(token: &str) -> Job {
    let job = Job::new(&people(30), &every("1h"));
    let text = std::fs::read_to_string(job.project.path("rolecall.toml")).unwrap();
    job.project.write(
        "rolecall.toml",
        &text.replace("listen = \"off\"", &format!("listen = \"127.0.0.1:0\"\n{token}")),
    );
    job
}

fn address(running: &mut Running<'_>) -> String {
    running.says(1, "answers at http://");
    let said = running.said();
    said.split("answers at http://").nth(1).unwrap().split_whitespace().next().unwrap().to_owned()
}

/// The status and the whole answer.
fn ask(address: &str, request: &str, headers: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(stream, "{request} HTTP/1.1\r\nHost: x\r\n{headers}\r\n").unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    (status, answer)
}

fn body(address: &str, path: &str) -> String {
    let (status, answer) = ask(address, &format!("GET {path}"), "");
    assert_eq!(status, 200, "{answer}");
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

#[test]
fn it_tells_how_it_is_and_starts_a_cycle() {
    let job = company("");
    let hold = rolecall::simulator::Fault {
        on: rolecall::simulator::On::every("GET", "/Users"),
        kind: rolecall::simulator::FaultKind::Slow(Duration::from_millis(700)),
    };
    job.target.fault(hold);
    let mut running = job.rolecall(["run"]).start();
    let at = address(&mut running);
    assert_eq!(body(&at, "/livez"), "ok\n");
    assert_eq!(ask(&at, "GET /readyz", "").0, 503);
    running.says(1, "30 done");
    assert_eq!(body(&at, "/readyz"), "ready\n");
    job.target.clear_faults();
    let (status, answer) = ask(&at, "POST /trigger", "Content-Length: 0\r\n");
    assert_eq!(status, 202, "{answer}");
    running.says(1, "nothing to do");
    assert_eq!(job.cycles()[1]["cause"], "request");

    // As it should be; then with rules that do not pass, which leave it ready.
    let mut told = body(&at, "/status");
    job.project.write("policy/main.rhai", &policy("analyst\" role"));
    running.says(1, "do not pass");
    assert_eq!(ask(&at, "GET /readyz", "").0, 200);
    told += &body(&at, "/status");
    let metrics = body(&at, "/metrics");
    let _guard = numberless();
    assert_snapshot!("http_status", told);
    let steady: Vec<&str> = metrics
        .lines()
        .filter(|line| {
            !line.contains("_seconds_bucket")
                && !line.contains("_seconds_sum")
                && !line.contains("_timestamp_seconds ")
        })
        .collect();
    assert_snapshot!("http_metrics", steady.join("\n"));
    is_exposition(&metrics);

    for (request, wanted) in [
        ("GET /trigger", 405),
        ("POST /status", 405),
        ("GET /", 404),
        ("GET /status/../metrics", 404),
        ("DELETE /livez", 405),
        ("nonsense", 400),
    ] {
        assert_eq!(ask(&at, request, "").0, wanted, "{request}");
    }
    ends(running, "TERM");
    assert!(TcpStream::connect(&at).is_err());
}

/// Prometheus' text format 0.0.4: each family has a HELP and a TYPE before its samples, each sample a number.
fn is_exposition(text: &str) {
    let mut family = String::new();
    let mut families = Vec::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            family = rest.split(' ').next().unwrap().to_owned();
            assert!(!families.contains(&family), "{family} twice");
            families.push(family.clone());
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            assert!(rest.starts_with(&format!("{family} ")), "{line}");
        } else {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert!(name.starts_with(&family) && value.parse::<f64>().is_ok(), "{line}");
        }
    }
    assert!(families.len() >= 14, "{families:?}");
}

#[test]
fn a_token_opens_what_is_more_than_a_probe() {
    let job = company("token = { env = \"HTTP_TOKEN\" }");
    let mut running = job.rolecall(["run"]).env("HTTP_TOKEN", "canary-http-token").start();
    let at = address(&mut running);
    assert_eq!(body(&at, "/livez"), "ok\n");
    for path in ["GET /status", "GET /metrics", "POST /trigger"] {
        for headers in [
            "",
            "Authorization: Bearer \r\n",
            "Authorization: Bearer canary-http-toke\r\n",
            "Authorization: Basic canary-http-token\r\n",
            "Authorization: canary-http-token\r\n",
        ] {
            let (status, answer) = ask(&at, path, headers);
            assert_eq!(status, 401, "{path} {headers}");
            assert!(answer.to_lowercase().contains("www-authenticate: bearer") && !answer.contains("canary"));
        }
        let (status, _) = ask(&at, path, "authorization: bearer canary-http-token\r\nContent-Length: 0\r\n");
        assert!([200, 202].contains(&status), "{path} {status}");
    }
    let said = ends(running, "TERM");
    assert!(!said.contains("canary"), "{said}");
}

#[test]
fn a_port_that_is_taken_is_said_at_the_start() {
    let job = company("");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let path = job.project.path("rolecall.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    job.project.write("rolecall.toml", &text.replace("127.0.0.1:0", &listen));
    let ran = job.rolecall(["run"]).run();
    assert_eq!(ran.code, Some(2), "{ran}");
    let _guard = numberless();
    assert_snapshot!(ran.stderr, @r"
    error: cannot listen on `127.0.0.1:[port]`: Address already in use
    hint: name another `listen` in [http], or `off`
    ");
    assert!(job.target.requests().is_empty());
}

#[test]
fn those_who_are_slow_or_ask_for_too_much_hold_nobody_up() {
    let job = company("");
    let mut running = job.rolecall(["run"]).start();
    let at = address(&mut running);
    running.says(1, "30 done");
    // Say nothing, half a request, and a body that never ends.
    let mut held = Vec::new();
    for text in [
        "",
        "GET /status HTTP/1.1\r\nHost:",
        "POST /trigger HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n",
    ] {
        for _ in 0..10 {
            let mut stream = TcpStream::connect(&at).unwrap();
            stream.write_all(text.as_bytes()).unwrap();
            held.push(stream);
        }
    }
    let since = Instant::now();
    assert_eq!(body(&at, "/livez"), "ok\n");
    assert!(since.elapsed() < Duration::from_secs(5));
    let (status, _) = ask(&at, "GET /livez", &format!("X-Long: {}\r\n", "x".repeat(100_000)));
    assert!(matches!(status, 0 | 431), "{status}");
    // More than are answered at once: the others are answered when those have had their time.
    for _ in 0..40 {
        held.push(TcpStream::connect(&at).unwrap());
    }
    until("an answer behind those who say nothing", || ask(&at, "GET /livez", "").0 == 200);
    let status: Value = serde_json::from_str(&body(&at, "/status")).unwrap();
    assert_eq!(status["ready"], true);
    ends(running, "TERM");
}
