//! A Samba domain of one's own, started by `tests/servers/samba-ad`: a copy of one that was made and filled once.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rolecall::config::{Bind, LdapSource, Secret, Servers};

static STARTED: AtomicUsize = AtomicUsize::new(0);

/// A running domain controller; it ends, and its files go, when this is dropped.
pub(crate) struct Domain {
    folder: PathBuf,
    settings: BTreeMap<String, String>,
}

impl Domain {
    /// Starts a copy of the domain that `tests/servers/seed.py` fills with `people`.
    pub(crate) fn clone_of(people: usize) -> Self {
        Self::started(people, &[])
    }

    /// The same, refusing binds without encryption, as a hardened Active Directory does.
    pub(crate) fn hardened_clone_of(people: usize) -> Self {
        Self::started(people, &[("STRONG_AUTH", "yes")])
    }

    /// The same, taking Kerberos tickets by TLS without channel binding.
    pub(crate) fn ticket_clone_of(people: usize) -> Self {
        Self::started(people, &[("STRONG_AUTH", "allow_sasl_over_tls")])
    }

    fn started(people: usize, environment: &[(&str, &str)]) -> Self {
        let base = seeded(people);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let folder = root().join(format!("run-{}-{number}", std::process::id()));
        let path = folder.to_str().unwrap();
        samba_ad(&["clone", base.to_str().unwrap(), path], &[]);
        let mut domain = Self { folder: folder.clone(), settings: BTreeMap::new() };
        domain.settings = settings(&samba_ad(&["start", path], environment));
        fs::write(domain.password_file(), domain.get("BIND_PASSWORD")).unwrap();
        domain
    }

    /// A setting as `samba-ad start` prints it: `BASE_DN`, `LDAPS_URL`, `CA_FILE` and others.
    pub(crate) fn get(&self, key: &str) -> &str {
        &self.settings[key]
    }

    /// Where it listens: 389 without TLS, 636 with it.
    pub(crate) fn server(&self, port: u16) -> SocketAddr {
        format!("{}:{port}", self.get("LDAP_ADDRESS")).parse().unwrap()
    }

    /// A tool of OpenLDAP as the domain's administrator.
    pub(crate) fn ldap(&self, tool: &str, arguments: &[&str], input: &str) -> String {
        let mut child = Command::new(tool)
            .args(["-x", "-H", self.get("LDAPS_URL"), "-D", self.get("ADMIN_DN")])
            .args(["-w", self.get("ADMIN_PASSWORD")])
            .args(arguments)
            .env("LDAPTLS_CACERT", self.get("CA_FILE"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{tool} {arguments:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// How to read everybody over LDAPS.
    pub(crate) fn source(&self) -> LdapSource {
        LdapSource {
            servers: Servers::Urls(vec![self.get("LDAPS_URL").to_owned()]),
            bind: Bind::Simple {
                dn: self.get("BIND_DN").to_owned(),
                password: Secret::File(self.password_file()),
            },
            ca_file: Some(PathBuf::from(self.get("CA_FILE"))),
            allow_plaintext: false,
            base_dn: self.get("BASE_DN").to_owned(),
            user_filter: "(&(objectCategory=person)(objectClass=user))".to_owned(),
            group_filter: "(objectCategory=group)".to_owned(),
            page_size: 1000,
            connect_timeout: Duration::from_secs(30),
            timeout: Duration::from_secs(30),
        }
    }

    /// Changes the domain from outside: `samba-tool ARGUMENTS`.
    pub(crate) fn tool(&self, arguments: &[&str]) {
        let mut command = Command::new("samba-tool");
        succeed(command.args(arguments).args(["-s", self.get("SMB_CONF")]).env("TDB_NO_FSYNC", "1"));
    }

    /// Ends the server at once, as a power cut does.
    pub(crate) fn kill(&self) {
        succeed(Command::new("kill").args(["-9", self.get("PID")]));
    }

    /// Ends the server as a power cut does, and starts it again at the same address.
    pub(crate) fn restart(&mut self) {
        self.kill();
        self.settings =
            settings(&samba_ad(&["start", self.folder.to_str().unwrap(), self.get("LDAP_ADDRESS")], &[]));
    }

    /// A file of the domain's own.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn password_file(&self) -> PathBuf {
        self.folder.join("bind-password")
    }
}

impl Drop for Domain {
    fn drop(&mut self) {
        let _ = Command::new("bash").arg(script()).arg("stop").arg(&self.folder).output();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn settings(output: &str) -> BTreeMap<String, String> {
    let pairs = output.lines().filter_map(|line| line.split_once('='));
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// The stopped domain that all copies are made of. Each test has a process of its own, so a file lock lets one of
/// them make it while the others wait; a later run finds it as long as the scripts are the same.
fn seeded(people: usize) -> PathBuf {
    let mut hash = DefaultHasher::new();
    for name in ["samba-ad", "seed.py"] {
        fs::read(script().with_file_name(name)).unwrap().hash(&mut hash);
    }
    let folder = root().join(format!("seeded-{people}-{:016x}", hash.finish()));
    fs::create_dir_all(root()).unwrap();
    let lock = File::create(root().join("lock")).unwrap();
    lock.lock().unwrap();
    let ready = folder.join("ready");
    if !ready.exists() {
        let path = folder.to_str().unwrap();
        let _ = Command::new("bash").arg(script()).args(["stop", path]).output();
        let _ = fs::remove_dir_all(&folder);
        samba_ad(&["start", path], &[]);
        samba_ad(&["seed", path, &people.to_string()], &[]);
        samba_ad(&["stop", path], &[]);
        File::create(ready).unwrap();
    }
    folder
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("samba")
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/samba-ad")
}

fn samba_ad(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    succeed(Command::new("bash").arg(script()).args(arguments).envs(environment.iter().copied()))
}

fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed: {errors}");
    String::from_utf8(output.stdout).unwrap()
}
