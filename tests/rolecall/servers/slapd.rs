//! Reading from OpenLDAP, which enforces the limits that Samba does not. It has no objectGUID, so that a read is
//! never whole for that reason alone; what else is missing must be told all the same.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use insta::assert_snapshot;
use rolecall::config::{Bind, DirectorySource, LdapSource, Secret, Servers};
use rolecall::directory::{Completeness, Error, Query, Snapshot, read};

struct Slapd {
    folder: tempfile::TempDir,
    settings: BTreeMap<String, String>,
}

impl Slapd {
    fn start(people: usize, environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("bash");
        command.arg(script()).arg("start").arg(folder.path()).arg(people.to_string());
        let output = command.envs(environment.iter().copied()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let settings = String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        Self { folder, settings }
    }

    fn source(&self) -> LdapSource {
        let password = self.folder.path().join("password");
        fs::write(&password, &self.settings["BIND_PASSWORD"]).unwrap();
        LdapSource {
            servers: Servers::Urls(vec![self.settings["LDAPS_URL"].clone()]),
            bind: Bind::Simple { dn: self.settings["BIND_DN"].clone(), password: Secret::File(password) },
            ca_file: Some(PathBuf::from(&self.settings["CA_FILE"])),
            allow_plaintext: false,
            base_dn: self.settings["BASE_DN"].clone(),
            user_filter: "(objectClass=inetOrgPerson)".to_owned(),
            group_filter: "(objectClass=groupOfNames)".to_owned(),
            page_size: 200,
            connect_timeout: Duration::from_secs(30),
            timeout: Duration::from_secs(30),
        }
    }

    fn add(&self, ldif: &str) {
        let mut child = Command::new("ldapadd")
            .args(["-x", "-H", &self.settings["LDAP_URL"], "-D", &self.settings["ADMIN_DN"]])
            .args(["-w", &self.settings["ADMIN_PASSWORD"]])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(ldif.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
    }
}

impl Drop for Slapd {
    fn drop(&mut self) {
        let _ = Command::new("bash").arg(script()).arg("stop").arg(self.folder.path()).output();
    }
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/slapd")
}

fn read_ldap(source: LdapSource) -> Result<Snapshot, Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(read(&DirectorySource::Ldap(source), &Query::default(), &|_| ()))
}

fn why(snapshot: &Snapshot) -> &str {
    match &snapshot.completeness {
        Completeness::Whole => "whole",
        Completeness::Partial { why } => why,
    }
}

#[test]
fn a_read_that_a_limit_ends_is_partial() {
    let server = Slapd::start(1500, &[("PRTOTAL", "700")]);
    let snapshot = read_ldap(server.source()).unwrap();
    assert!((200..=700).contains(&snapshot.people.len()), "{}", snapshot.people.len());
    let missing = format!("and {} more people", snapshot.people.len() - 1);
    assert_snapshot!(why(&snapshot).replace(&missing, "and N more people"), @"the server's size limit was exceeded; `uid=u0,ou=People,dc=rolecall,dc=test` and N more people have no objectGUID");
}

#[test]
fn a_read_that_is_referred_elsewhere_is_partial() {
    let server = Slapd::start(3, &[]);
    server.add(
        "dn: ou=Sydney,dc=rolecall,dc=test\nobjectClass: referral\nobjectClass: extensibleObject\nou: Sydney\n\
         ref: ldap://sydney.example.com/ou=Sydney,dc=rolecall,dc=test\n",
    );
    let snapshot = read_ldap(server.source()).unwrap();
    assert_eq!((snapshot.people.len(), snapshot.groups.len()), (3, 1));
    assert_snapshot!(why(&snapshot), @"the directory refers to `ldap://sydney.example.com/ou=Sydney,dc=rolecall,dc=test??sub`, which is not followed; `uid=u0,ou=People,dc=rolecall,dc=test` and 2 more people have no objectGUID");
    // A base that the server does not hold itself is no reading at all.
    let elsewhere = LdapSource { base_dn: "ou=Sydney,dc=rolecall,dc=test".to_owned(), ..server.source() };
    let error = read_ldap(elsewhere).unwrap_err().to_string().replace(&server.settings["LDAPS_URL"], "URL");
    assert_snapshot!(error, @"cannot read people below `ou=Sydney,dc=rolecall,dc=test` from `URL`: the server does not hold `ou=Sydney,dc=rolecall,dc=test` and refers to `ldap://sydney.example.com/ou=Sydney,dc=rolecall,dc=test??sub`");
}

#[test]
fn a_page_that_is_too_long_for_the_server_is_refused() {
    let server = Slapd::start(1500, &[]);
    let error = read_ldap(LdapSource { page_size: 5000, ..server.source() }).unwrap_err();
    assert_snapshot!(error.to_string().replace(&server.settings["LDAPS_URL"], "URL"), @"cannot read people below `dc=rolecall,dc=test` from `URL`: an administrative limit of the server was exceeded: `illegal pagedResults page size`");
    assert_eq!(read_ldap(server.source()).unwrap().people.len(), 1500);
}
