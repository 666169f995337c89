//! The client where the target, or the way to it, is in a bad state.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rolecall::config::{Target, UpdateMethod};
use rolecall::plan::Kind;
use rolecall::scim::{Client, Error};
use rolecall::simulator::{Fault, FaultKind, Filters, On, Rate, Settings, Simulator};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use tokio_rustls::TlsAcceptor;

use crate::scim::{KEY, client, create, operation, target};
use crate::support::Project;

async fn start(settings: Settings) -> Simulator {
    Simulator::start("127.0.0.1:0".parse().unwrap(), settings).await.unwrap()
}

async fn simulator() -> Simulator {
    start(Settings::klaviyo(KEY)).await
}

fn with(simulator: &Simulator, change: impl FnOnce(&mut Target)) -> Client {
    let mut target = target(&simulator.url());
    change(&mut target);
    client(&target, KEY).unwrap()
}

/// `METHOD status` of every request.
fn told(simulator: &Simulator) -> String {
    let line = |request: rolecall::simulator::Request| {
        format!("{} {}", request.method, request.status.map_or("-".to_owned(), |status| status.to_string()))
    };
    simulator.requests().into_iter().map(line).collect::<Vec<_>>().join(", ")
}

#[tokio::test]
async fn a_put_is_for_the_version_that_was_read() {
    let simulator = simulator().await;
    let client = with(&simulator, |target| target.update_method = UpdateMethod::Put);
    let id = client.perform(&create("anna@example.com")).await.unwrap().account.unwrap().id;
    simulator.clear_requests();
    simulator.fault(Fault { on: On::next("PUT", ""), kind: FaultKind::status(412) });
    let update = operation(Kind::Update, Some(&id), "anna@example.com", &[("title", None, Some("x"))]);
    client.perform(&update).await.unwrap();
    assert_eq!(told(&simulator), "GET 200, PUT 412, GET 200, PUT 200");
    let versions: Vec<String> = simulator
        .requests()
        .iter()
        .flat_map(|request| request.headers.clone())
        .filter_map(|(name, value)| (name == "if-match").then_some(value))
        .collect();
    assert_eq!(versions, ["W/\"1\"", "W/\"1\""]);
    assert_eq!(simulator.user(&id).unwrap()["title"], "x");

    simulator.fault(Fault { on: On::every("PUT", ""), kind: FaultKind::status(412) });
    let error = client.perform(&update).await.unwrap_err();
    assert!(matches!(error, Error::Refused { status: 412, .. }), "{error}");
    assert!(error.hint().unwrap().contains("somebody else"), "{:?}", error.hint());
}

/// What the client does not know comes back in a PUT as it was read.
#[tokio::test]
async fn without_versions_a_put_has_no_condition() {
    let simulator = start(Settings { etags: false, ..Settings::klaviyo(KEY) }).await;
    let client = with(&simulator, |target| target.update_method = UpdateMethod::Put);
    let phones = json!([{ "value": "1", "type": "fax" }]);
    let id = simulator.add_user(&json!({ "userName": "a@x", "phoneNumbers": phones })).unwrap();
    let update = operation(Kind::Update, Some(&id), "a@x", &[("title", None, Some("x"))]);
    client.perform(&update).await.unwrap();
    assert_eq!(simulator.user(&id).unwrap()["phoneNumbers"], phones);
    let conditional =
        simulator.requests().iter().any(|r| r.headers.iter().any(|(name, _)| name == "if-match"));
    assert!(!conditional);
}

#[tokio::test]
async fn retries_come_to_an_end_for_the_whole_cycle() {
    let simulator = simulator().await;
    let client = with(&simulator, |target| target.retries = 3);
    simulator.fault(Fault { on: On::every("", ""), kind: FaultKind::status(503) });
    client.find("a@x").await.unwrap_err();
    assert_eq!(told(&simulator), "GET 503, GET 503, GET 503, GET 503");
    simulator.clear_requests();
    client.find("a@x").await.unwrap_err();
    assert_eq!(told(&simulator), "GET 503");
    // A list, and the operations of another cycle, have their own.
    simulator.clear_requests();
    client.accounts(&|_| {}).await.unwrap_err();
    assert_eq!(told(&simulator), "GET 503, GET 503, GET 503, GET 503");
    simulator.clear_faults();
    simulator.fault(Fault { on: On::next("GET", ""), kind: FaultKind::too_many_requests(Some("0")) });
    let error = client.find("a@x").await.unwrap_err();
    assert!(matches!(error, Error::Refused { status: 429, .. }), "{error}");
    simulator.fault(Fault { on: On::next("GET", ""), kind: FaultKind::too_many_requests(Some("0")) });
    client.afresh().find("a@x").await.unwrap();
}

#[tokio::test]
async fn a_target_that_fails_in_a_row_is_left_alone_until_a_probe_succeeds() {
    let simulator = simulator().await;
    let client = with(&simulator, |target| {
        target.circuit = 3;
        target.retries = 0;
        target.retry_delay = Duration::from_millis(2);
    });
    let ids: Vec<String> =
        (0..6).map(|n| simulator.add_user(&json!({ "userName": format!("u{n}@x") })).unwrap()).collect();
    let update = |n: usize| operation(Kind::Update, Some(&ids[n]), "u@x", &[("title", None, Some("x"))]);
    simulator.fault(Fault { on: On::every("", "/Users"), kind: FaultKind::status(503) });
    for n in 0..3 {
        let error = client.perform(&update(n)).await.unwrap_err();
        assert!(matches!(error, Error::Unknown { .. } | Error::Refused { status: 503, .. }), "{error}");
    }
    simulator.clear_requests();
    let error = client.perform(&update(3)).await.unwrap_err();
    insta::assert_snapshot!(error, @"cannot update `u@x`: not sent: the target is left alone after 3 failures in a row: cannot list the accounts: the target refused it with 503: a fault was asked for");
    // Three probes, and no write; from then on, nothing.
    assert_eq!(told(&simulator), "GET 503, GET 503, GET 503");
    assert!(matches!(client.perform(&update(4)).await.unwrap_err(), Error::NotSent { .. }));
    assert_eq!(simulator.requests().len(), 3);
    simulator.clear_faults();
    client.afresh().perform(&update(4)).await.unwrap();

    let recovering = client.afresh();
    simulator.fault(Fault { on: On { times: 9, ..On::next("", "/Users") }, kind: FaultKind::status(503) });
    for n in 0..3 {
        recovering.perform(&update(n)).await.unwrap_err();
    }
    while simulator.faults_happened() % 9 != 0 {
        let _ = recovering.find("nobody@x").await;
    }
    recovering.perform(&update(5)).await.unwrap();
    assert_eq!(simulator.user(&ids[5]).unwrap()["title"], "x");
}

/// A refusal of one operation says nothing of the next.
#[tokio::test]
async fn refusals_are_no_outage() {
    let simulator = simulator().await;
    let client = with(&simulator, |target| target.circuit = 2);
    for _ in 0..5 {
        let update = operation(Kind::Update, Some("nobody"), "a@x", &[("title", None, Some("x"))]);
        assert!(matches!(client.perform(&update).await.unwrap_err(), Error::Gone { .. }));
    }
    client.perform(&create("anna@example.com")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_that_the_target_names_are_kept_without_being_told() {
    let simulator = start(Settings { rate: Some(Rate { per_second: 5 }), ..Settings::klaviyo(KEY) }).await;
    let client = with(&simulator, |_| {});
    client.accounts(&|_| {}).await.unwrap();
    let since = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..15 {
        let client = client.clone();
        tasks.spawn(async move { client.perform(&create(&format!("u{n}@x"))).await.unwrap() });
    }
    tasks.join_all().await;
    assert!(!told(&simulator).contains("429"), "{}", told(&simulator));
    let took = since.elapsed().as_secs_f64();
    assert!((2.0..4.5).contains(&took), "{took}");
}

#[tokio::test]
async fn a_list_that_changed_while_it_was_read_is_read_again() {
    for kind in [FaultKind::Appear, FaultKind::Vanish, FaultKind::Total(4), FaultKind::FirstPage] {
        let simulator = start(Settings { page_limit: 2, ..Settings::klaviyo(KEY) }).await;
        for n in 0..5 {
            simulator.add_user(&json!({ "userName": format!("u{n}@x") })).unwrap();
        }
        simulator.fault(Fault { on: On::next("GET", "/Users").after(1), kind: kind.clone() });
        let accounts = with(&simulator, |_| {}).accounts(&|_| {}).await.unwrap();
        assert_eq!(accounts.len(), simulator.users().len(), "{kind:?}");
    }
}

/// Where a filter is not known to work, that it finds nobody is no proof that nobody is there.
#[tokio::test]
async fn a_lost_create_is_looked_for_in_the_list_before_it_is_sent_again() {
    for filters in
        [Filters::FindNobody, Filters::Refused, Filters::Ignored, Filters::CaseExact, Filters::Right]
    {
        let simulator = start(Settings { filters, ..Settings::klaviyo(KEY) }).await;
        simulator.add_user(&json!({ "userName": "other@x" })).unwrap();
        simulator.fault(Fault { on: On::next("POST", ""), kind: FaultKind::DropAfter });
        let written = with(&simulator, |_| {}).perform(&create("anna@example.com")).await.unwrap();
        assert!(written.notes[0].ends_with("the account was found to be there"), "{:?}", written.notes);
        let posts = simulator.requests().iter().filter(|request| request.method == "POST").count();
        assert_eq!((posts, simulator.users().len()), (1, 2), "{filters:?}");
    }
}

/// Listens, and keeps the first line of each request.
fn overhear(far: Option<SocketAddr>) -> (String, &'static Mutex<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let lines: &'static Mutex<Vec<String>> = Box::leak(Box::default());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = String::new();
            for line in BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok) {
                if line.is_empty() {
                    break;
                }
                head.push_str(&line);
                head.push('\n');
            }
            lines.lock().unwrap().push(head);
            match far {
                Some(far) => relay(stream, far),
                None => {
                    let _ = stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n");
                }
            }
        }
    });
    (address, lines)
}

/// What a proxy does after CONNECT (RFC 9110 section 9.3.6).
fn relay(mut near: TcpStream, far: SocketAddr) {
    near.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
    let far = TcpStream::connect(far).unwrap();
    for (mut from, mut to) in [(near.try_clone().unwrap(), far.try_clone().unwrap()), (far, near)] {
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Write);
        });
    }
}

#[tokio::test]
async fn the_key_does_not_follow_a_redirect() {
    let (elsewhere, heard) = overhear(None);
    let simulator = simulator().await;
    let id = simulator.add_user(&json!({ "userName": "a@x" })).unwrap();
    for method in ["GET", "POST", "PATCH"] {
        let kind = FaultKind::Redirect(format!("{elsewhere}/Users"));
        simulator.fault(Fault { on: On::next(method, ""), kind });
    }
    let client = with(&simulator, |_| {});
    let update = operation(Kind::Update, Some(&id), "a@x", &[("title", None, Some("x"))]);
    let errors = [
        client.accounts(&|_| {}).await.unwrap_err(),
        client.perform(&create("b@x")).await.unwrap_err(),
        client.perform(&update).await.unwrap_err(),
    ];
    for error in errors {
        assert!(error.to_string().ends_with("/Users`, and the key is not sent there"), "{error}");
    }
    assert_eq!(*heard.lock().unwrap(), [""; 0]);
}

#[tokio::test]
async fn a_proxy_of_the_configuration_is_used() {
    let simulator = simulator().await;
    simulator.add_user(&json!({ "userName": "a@x" })).unwrap();
    let (proxy, heard) = overhear(Some(address(&simulator)));
    let proxy = Some(proxy.replace("http://", "http://me:secret@"));
    let far = Target { proxy, ..target("http://127.0.0.1:9/scim/v2") };
    let accounts = client(&far, KEY).unwrap().accounts(&|_| {}).await.unwrap();
    assert_eq!(accounts.len(), 1);
    let heard = heard.lock().unwrap();
    let head: Vec<&str> = heard[0].lines().collect();
    assert_eq!(head[0], "CONNECT 127.0.0.1:9 HTTP/1.1");
    assert!(head.contains(&"Proxy-Authorization: Basic bWU6c2VjcmV0") && heard.len() == 1, "{heard:?}");

    let other = Target { proxy: Some("socks5://127.0.0.1:9".into()), ..far };
    let error = client(&other, KEY).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the target cannot be used: `proxy` is of the kind `socks5`; it has to be `http` or `https`"
    );
}

#[tokio::test]
async fn a_certificate_has_to_be_trusted_and_for_the_host() {
    let folder = tempfile::tempdir().unwrap();
    let simulator = simulator().await;
    simulator.add_user(&json!({ "userName": "a@x" })).unwrap();
    let port = secured(folder.path(), address(&simulator)).await;
    let https = |host: &str, authority: &str| Target {
        ca_file: Some(folder.path().join(authority)),
        ..target(&format!("https://{host}:{port}/scim/v2"))
    };
    let own = https("localhost", "own.pem");
    assert_eq!(client(&own, KEY).unwrap().accounts(&|_| {}).await.unwrap().len(), 1);

    let (proxy, heard) = overhear(Some(([127, 0, 0, 1], port).into()));
    let proxied = Target { proxy: Some(proxy), ..own };
    assert_eq!(client(&proxied, KEY).unwrap().accounts(&|_| {}).await.unwrap().len(), 1);
    assert_eq!(heard.lock().unwrap().len(), 1);

    let mut errors = Vec::new();
    for other in [https("localhost", "other.pem"), https("127.0.0.1", "own.pem")] {
        let error = client(&other, KEY).unwrap().perform(&create("b@x")).await.unwrap_err();
        errors.push(error.to_string().replace(&port.to_string(), "PORT"));
    }
    insta::assert_snapshot!(errors.join("\n"), @r#"
    cannot create `b@x`: the target cannot be reached: invalid peer certificate: UnknownIssuer
    cannot create `b@x`: the target cannot be reached: invalid peer certificate: certificate not valid for name "127.0.0.1"; certificate is only valid for DnsName("localhost")
    "#);
    assert_eq!(simulator.users().len(), 1);
}

/// `own.pem`, for `localhost`, before the simulator, and `other.pem`, which is not used. The port.
async fn secured(folder: &Path, far: SocketAddr) -> u16 {
    for name in ["own", "other"] {
        let made = std::process::Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
            .args(["-subj", &format!("/CN={name}"), "-days", "2", "-addext", "subjectAltName=DNS:localhost"])
            .args(["-addext", "basicConstraints=critical,CA:FALSE"])
            .args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.pem")])
            .current_dir(folder)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
    let certificate = CertificateDer::from_pem_file(folder.join("own.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.join("own.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut near) = acceptor.accept(near).await else { return };
                let mut far = tokio::net::TcpStream::connect(far).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
            });
        }
    });
    port
}

fn address(simulator: &Simulator) -> SocketAddr {
    let url = simulator.url();
    url.trim_start_matches("http://").trim_end_matches("/scim/v2").parse().unwrap()
}

#[test]
fn a_proxy_of_the_environment_is_used_and_never_sees_the_key() {
    let (proxy, heard) = overhear(None);
    let project = Project::new();
    project.write("policy/main.rhai", crate::job::POLICY).write(
        "rolecall.toml",
        "[target]\nbase_url = \"https://scim.example.com/v2\"\nkey = { env = \"KEY\" }\nretry_delay = \"1ms\"\n",
    );
    let ran = project.rolecall(["doctor"]).env("KEY", KEY).env("HTTPS_PROXY", &proxy).run();
    assert_eq!(ran.code, Some(1), "{ran}");
    let heard = heard.lock().unwrap();
    assert!(heard[0].starts_with("CONNECT scim.example.com:443 HTTP/1.1\n"), "{heard:?}");
    assert!(!heard.concat().contains(KEY) && !format!("{ran}").contains(KEY));
    let ran = project
        .rolecall(["doctor"])
        .env("KEY", KEY)
        .env("HTTPS_PROXY", &proxy)
        .env("NO_PROXY", "example.com")
        .run();
    assert!(ran.code == Some(1) && heard.len() <= 4, "{ran}");
}

/// What is written, whatever it is about, and whatever is kept on disk, has no key in it.
#[test]
fn no_output_and_no_file_has_the_key() {
    let site = crate::commands::Site::new();
    let error = json!({ "detail": format!("the key {} is wrong", crate::commands::KEY) }).to_string();
    let echo = |status| FaultKind::Answer {
        status,
        retry_after: None,
        content_type: "application/json".into(),
        body: error.clone(),
    };
    let commands = [
        "doctor",
        "doctor --format json",
        "plan",
        "plan --format json",
        "apply",
        "apply --format json",
        "explain mia.fischer",
        "journal list",
        "journal show 1",
        "journal show 1 --format json",
        "check --directory",
        "test",
    ];
    site.configure("retry_delay = \"1ms\"\n");
    let mut text = String::new();
    let mut run = |command: &str| {
        let rolecall = site.project.rolecall(command.split(' ')).env("SCIM_KEY", crate::commands::KEY);
        let ran = rolecall.env("ROLECALL_LOG", "trace").env("RUST_BACKTRACE", "1").run();
        text.push_str(&ran.to_string());
        ran.code
    };
    for status in [400, 401, 500] {
        site.simulator.fault(Fault { on: On::every("", ""), kind: echo(status) });
        assert_ne!(run("plan"), Some(0));
        assert_ne!(run("doctor"), Some(0));
        site.simulator.clear_faults();
        // The list is read, and every write is refused.
        site.simulator.fault(Fault { on: On::every("POST", ""), kind: echo(status) });
        assert_eq!(run("apply"), Some(7));
        site.simulator.clear_faults();
    }
    for command in commands {
        run(command);
    }
    assert!(text.contains("the key *** is wrong"), "{text}");
    assert!(!text.contains(crate::commands::KEY));
    let mut files = 0;
    for entry in std::fs::read_dir(site.project.path("state")).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap_or_default();
        files += usize::from(!bytes.is_empty());
        assert!(
            !bytes.windows(crate::commands::KEY.len()).any(|part| part == crate::commands::KEY.as_bytes())
        );
    }
    assert!(files > 0);
}

/// Nothing is lost when an operation is ignored, and it is told which attribute was.
#[test]
fn an_ignored_change_and_a_closed_target_are_told_and_journalled() {
    let site = crate::commands::Site::new();
    site.configure("retry_delay = \"1ms\"\nretries = 0\ncircuit = 1\n");
    site.run("apply");
    let people = crate::commands::company().replace("title: Campaign Coordinator", "title: Brand Manager");
    site.project.write("people.ldif", &people);
    site.simulator.fault(Fault { on: On::every("PATCH", ""), kind: FaultKind::Ignore });
    let (code, plan) = site.json("apply --format json");
    let ignored = plan["operations"]
        .as_array()
        .unwrap()
        .iter()
        .find(|operation| operation["outcome"] == "ignored")
        .unwrap_or_else(|| panic!("{plan:#}"));
    assert_eq!((code, &ignored["attributes"]), (Some(7), &json!(["role"])));
    site.simulator.clear_faults();

    site.simulator.fault(Fault { on: On::every("PATCH", ""), kind: FaultKind::status(503) });
    site.simulator.fault(Fault { on: On::every("POST", ""), kind: FaultKind::status(503) });
    let list = Fault { on: On::every("GET", "/Users").after(1), kind: FaultKind::status(503) };
    site.simulator.fault(list);
    let more = crate::commands::person(6, "Eva Neu", "department: Marketing\nuserAccountControl: 512\n");
    site.project.write("people.ldif", &(people + more.as_str()));
    site.configure("retry_delay = \"1ms\"\nretries = 0\ncircuit = 1\nconcurrency = 1\n");
    let (code, plan) = site.json("apply --format json");
    assert_eq!(code, Some(7), "{plan:#}");
    let outcomes: Vec<&Value> =
        plan["operations"].as_array().unwrap().iter().map(|operation| &operation["outcome"]).collect();
    assert!(outcomes.contains(&&json!("failed")) && outcomes.contains(&&json!("not_sent")), "{plan:#}");
    let shown = site.run(&format!("journal show {}", plan["cycle"])).stdout;
    assert!(shown.contains("not sent") && shown.contains("left alone after 1 failure in a row"), "{shown}");
}
