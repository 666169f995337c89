//! The account that reads shows a Kerberos ticket, by a build with `gssapi`, to Samba and its own KDC.

use std::path::{Path, PathBuf};
use std::process::Command;

use insta::assert_snapshot;

use super::domain::Domain;
use crate::support::Project;

/// A realm, a project that reads it, and the keytab of its account.
struct Realm {
    domain: Domain,
    project: Project,
    keytab: PathBuf,
}

impl Realm {
    fn new(domain: Domain) -> Self {
        let project = Project::new();
        let keytab = project.path("svc-rolecall.keytab");
        domain.tool(&[
            "domain",
            "exportkeytab",
            keytab.to_str().unwrap(),
            "--principal=svc-rolecall@ROLECALL.TEST",
        ]);
        project.write("password", domain.get("BIND_PASSWORD"));
        project.write("policy/main.rhai", "provision_everyone(\"all\");\nrole(\"all\", |user| true);\nmap(\"userName\", |user| user.mail);\n");
        Self { domain, project, keytab }
    }

    /// Takes a snapshot by ticket, with what Kerberos finds in the environment: how that ends, in words.
    fn snapshot(&self, environment: &[(&str, &Path)]) -> String {
        self.snapshot_by("bind = \"gssapi\"", environment)
    }

    fn snapshot_by(&self, bind: &str, environment: &[(&str, &Path)]) -> String {
        let text = format!(
            "[directory]\nkind = \"ldap\"\nurl = \"{}\"\n{bind}\nca_file = \"{}\"\nbase_dn = \"{}\"\n",
            self.domain.get("LDAPS_URL"),
            self.domain.get("CA_FILE"),
            self.domain.get("BASE_DN"),
        );
        self.project.write("rolecall.toml", &text);
        let rolecall = Path::new(env!("CARGO_BIN_EXE_rolecall")).with_file_name("rolecall-gssapi");
        assert!(rolecall.exists(), "{} is missing: tests/run builds it", rolecall.display());
        let run = Command::new(rolecall)
            .args(["snapshot", "-o", "people.ldif"])
            .current_dir(self.project.path(""))
            .env("KRB5_CONFIG", self.domain.get("KRB5_CONFIG"))
            .env("KRB5CCNAME", self.project.path("tickets"))
            .env("KRB5_CLIENT_KTNAME", self.project.path("no.keytab"))
            .envs(environment.iter().copied())
            .output()
            .unwrap();
        let said = String::from_utf8(run.stderr).unwrap();
        let said = said.replace(self.domain.get("LDAP_ADDRESS"), "ADDRESS");
        format!("{}: {}", run.status.code().unwrap(), self.project.hide(&said))
    }

    fn by_keytab(&self) -> [(&'static str, &Path); 1] {
        [("KRB5_CLIENT_KTNAME", &self.keytab)]
    }

    /// Gets a ticket that lasts so many seconds.
    fn kinit(&self, seconds: u32) {
        let mut command = Command::new("kinit");
        command
            .args(["-k", "-l", &format!("{seconds}s"), "-t"])
            .arg(&self.keytab)
            .arg("svc-rolecall@ROLECALL.TEST")
            .env("KRB5_CONFIG", self.domain.get("KRB5_CONFIG"))
            .env("KRB5CCNAME", self.project.path("tickets"));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_ticket_or_a_keytab_is_as_good_as_a_password() {
    let realm = Realm::new(Domain::ticket_clone_of(60));
    let read = |said: String| {
        assert!(said.starts_with("0: "), "{said}");
        std::fs::read_to_string(realm.project.path("people.ldif")).unwrap()
    };
    let bind = format!("bind_dn = \"{}\"\npassword = {{ file = \"password\" }}", realm.domain.get("BIND_DN"));
    let by_password = read(realm.snapshot_by(&bind, &[]));
    assert!(by_password.contains("\nsAMAccountName: "), "{by_password}");
    assert_eq!(read(realm.snapshot(&realm.by_keytab())), by_password);
    std::fs::remove_file(realm.project.path("people.ldif")).unwrap();
    realm.kinit(600);
    assert_eq!(read(realm.snapshot(&[])), by_password);
}

#[test]
fn what_kerberos_lacks_is_said() {
    let realm = Realm::new(Domain::ticket_clone_of(60));
    let mut told = vec![format!("no ticket\n{}", realm.snapshot(&[]))];
    realm.kinit(1);
    std::thread::sleep(std::time::Duration::from_secs(3));
    told.push(format!("an expired one\n{}", realm.snapshot(&[])));
    let nowhere = realm.project.path("nowhere.conf");
    let [keytab] = realm.by_keytab();
    std::fs::remove_file(realm.project.path("tickets")).unwrap();
    told.push(format!("no krb5.conf\n{}", realm.snapshot(&[keytab, ("KRB5_CONFIG", &nowhere)])));
    let text = std::fs::read_to_string(realm.domain.get("KRB5_CONFIG")).unwrap();
    // Nobody listens on port 1.
    realm.project.write(
        "dead.conf",
        &text.replace(&format!("kdc = {}", realm.domain.get("LDAP_ADDRESS")), "kdc = 127.0.0.1:1"),
    );
    let dead = realm.project.path("dead.conf");
    told.push(format!("no KDC\n{}", realm.snapshot(&[keytab, ("KRB5_CONFIG", &dead)])));
    let name = format!("ldap/{}", realm.domain.get("LDAP_ADDRESS"));
    realm.domain.tool(&["spn", "delete", &name, "DC1$"]);
    told.push(format!("a server that the KDC does not know\n{}", realm.snapshot(&[keytab])));
    drop(realm);
    let realm = Realm::new(Domain::hardened_clone_of(60));
    told.push(format!("a server that wants more than a ticket\n{}", realm.snapshot(&realm.by_keytab())));
    assert_snapshot!(told.join("\n"));
}
