//! Starts third-party SCIM servers, and runs third-party testers, by `tests/servers/scim`.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// A server that ends with its owner.
pub(super) struct Provider {
    folder: PathBuf,
    pub(super) url: String,
    pub(super) token: String,
}

impl Provider {
    /// Installs the server when that has not been done, and starts it empty.
    pub(super) fn start(kind: &str, name: &str) -> Self {
        // Held until the server runs: starting writes into the installation, too.
        let _lock = install(kind);
        let folder = place(name);
        // One installation serves all, and each server has its own process and log.
        for part in [format!("{kind}.venv"), kind.to_owned()] {
            let (installed, link) = (place("installed").join(&part), folder.join(&part));
            if installed.exists() && !link.exists() {
                std::os::unix::fs::symlink(installed, link).unwrap();
            }
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
        let folder_text = folder.to_str().unwrap();
        script(&["stop", folder_text], &[]);
        let output = script(&["start", kind, folder_text, &port, "canary-token"], &[]);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{kind} does not start: {text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let value = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            line.unwrap_or_else(|| panic!("no {name} in {text}")).to_owned()
        };
        Self { url: value("SCIM_URL"), token: value("SCIM_TOKEN"), folder }
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        script(&["stop", self.folder.to_str().unwrap()], &[]);
    }
}

/// TLS in front of a plain HTTP server; ends with its owner.
pub(super) struct Tls {
    process: Child,
    pub(super) port: u16,
}

impl Tls {
    /// Leaves the authority's certificate in `folder/ca.pem`.
    pub(super) fn start(folder: &Path, url: &str) -> Self {
        let port = url::Url::parse(url).unwrap().port().unwrap().to_string();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/tls");
        let mut process =
            Command::new("bash").arg(script).arg(folder).arg(port).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().parse().unwrap_or_else(|_| panic!("TLS does not start: {line}"));
        Self { process, port }
    }
}

impl Drop for Tls {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// Runs a tester against a URL: whether nothing failed, and all that it printed.
pub(super) fn check(tester: &str, url: &str, token: &str, environment: &[(&str, &str)]) -> (bool, String) {
    drop(install(tester));
    let output = script(&["check", tester, place("installed").to_str().unwrap(), url, token], environment);
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    (output.status.success(), text)
}

/// One process installs at a time; the others wait and find it done.
fn install(what: &str) -> File {
    let lock = File::create(place("installed").join(format!("{what}.lock"))).unwrap();
    lock.lock().unwrap();
    let output = script(&["install", what, place("installed").to_str().unwrap()], &[]);
    assert!(output.status.success(), "cannot install {what}: {}", String::from_utf8_lossy(&output.stderr));
    lock
}

fn place(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scim-servers").join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn script(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/scim");
    Command::new("bash").arg(script).args(arguments).envs(environment.iter().copied()).output().unwrap()
}
