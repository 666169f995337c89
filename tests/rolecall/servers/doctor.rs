//! `rolecall doctor` with Samba's Active Directory.

use std::process::Command;

use super::domain::Domain;
use crate::support::{Project, stable};

struct Practice {
    domain: Domain,
    project: Project,
}

impl Practice {
    fn new() -> Self {
        Self { domain: Domain::clone_of(20), project: Project::new() }
    }

    /// What it says, without what differs from run to run.
    fn asked(&self, lines: &str) -> String {
        let domain = &self.domain;
        let text = format!(
            "[directory]\nkind = \"ldap\"\nca_file = \"{}\"\nbase_dn = \"OU=Company,{}\"\n{lines}\n",
            domain.get("CA_FILE"),
            domain.get("BASE_DN")
        );
        self.project
            .write("rolecall.toml", &text)
            .write("policy/main.rhai", "")
            .write("bind", domain.get("BIND_PASSWORD"))
            .write("admin", domain.get("ADMIN_PASSWORD"));
        let ran = self.project.rolecall(["doctor"]).run();
        for secret in [domain.get("BIND_PASSWORD"), domain.get("ADMIN_PASSWORD")] {
            assert!(!ran.to_string().contains(secret));
        }
        let days = ran.stdout.split(" more days").next().unwrap().rsplit(' ').next().unwrap().to_owned();
        ran.to_string()
            .replace(domain.get("LDAP_ADDRESS"), "ADDRESS")
            .replace(&format!("good for {days} more days"), "good for DAYS more days")
    }

    fn account(&self, dn: &str, password: &str) -> String {
        format!("bind_dn = \"{}\"\npassword = {{ file = \"{password}\" }}", self.domain.get(dn))
    }
}

#[test]
fn a_domain_is_told_for_what_it_is() {
    let practice = Practice::new();
    let url = |key: &str| format!("url = \"{}\"\n", practice.domain.get(key));
    let reader = practice.account("BIND_DN", "bind");
    let _guard = stable();
    insta::assert_snapshot!(practice.asked(&format!("{}{reader}", url("LDAPS_URL"))));
    let admin = practice.account("ADMIN_DN", "admin");
    insta::assert_snapshot!(
        "an_administrator_by_starttls",
        practice.asked(&format!("{}{admin}\npage_size = 5000", url("LDAP_URL")))
    );
    let catalogue =
        format!("url = [\"{}:3269\", \"ldaps://127.0.0.1:1\"]\n", practice.domain.get("LDAPS_URL"));
    insta::assert_snapshot!("a_global_catalogue", practice.asked(&format!("{catalogue}{reader}")));
}

#[test]
fn what_keeps_it_from_reading_is_told() {
    let practice = Practice::new();
    let url = format!("url = \"{}\"\n", practice.domain.get("LDAPS_URL"));
    let reader = practice.account("BIND_DN", "bind");
    let _guard = stable();
    let wrong = practice.account("BIND_DN", "admin");
    // The second would count the wrong password again.
    let two = format!("url = [\"{0}\", \"{0}:636\"]\n", practice.domain.get("LDAPS_URL"));
    let mut out = practice.asked(&format!("{two}{wrong}"));
    out += &practice.asked(&format!("{url}{reader}\nuser_filter = \"(department=Nowhere)\""));
    let name = url.replace(practice.domain.get("LDAP_ADDRESS"), "127.0.0.1");
    out += &practice.asked(&format!("{name}{reader}"));
    insta::assert_snapshot!(out);
}

/// A server that speaks TLS and nothing else, with certificates of the authority that is trusted.
#[test]
fn an_expired_certificate_is_told() {
    let project = Project::new();
    let folder = project.path("tls");
    std::fs::create_dir_all(&folder).unwrap();
    let openssl = |arguments: &[&str]| {
        let done = Command::new("openssl").args(arguments).current_dir(&folder).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    openssl(&[
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=Old Authority",
        "-keyout",
        "ca.key",
        "-out",
        "ca.pem",
        "-days",
        "30",
    ]);
    openssl(&[
        "req",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=localhost",
        "-keyout",
        "key.pem",
        "-out",
        "csr.pem",
    ]);
    std::fs::write(folder.join("names"), "subjectAltName=IP:127.0.0.1,DNS:localhost\n").unwrap();
    for (days, name) in [("-1", "expired.pem"), ("9", "soon.pem")] {
        openssl(&[
            "x509",
            "-req",
            "-in",
            "csr.pem",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-extfile",
            "names",
            "-days",
            days,
            "-out",
            name,
        ]);
    }
    let _guard = stable();
    let mut out = String::new();
    for certificate in ["expired.pem", "soon.pem"] {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut server = Command::new("openssl")
            .args([
                "s_server",
                "-quiet",
                "-key",
                "key.pem",
                "-cert",
                certificate,
                "-accept",
                &port.to_string(),
            ])
            .current_dir(&folder)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        crate::support::until("the server to listen", || {
            std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        project.write(
            "rolecall.toml",
            &format!(
                "[directory]\nkind = \"ldap\"\nurl = \"ldaps://localhost:{port}\"\nca_file = \"tls/ca.pem\"\n\
                 base_dn = \"DC=x\"\nbind_dn = \"x\"\npassword = {{ file = \"bind\" }}\ntimeout = \"1s\"\n"
            ),
        );
        project.write("policy/main.rhai", "").write("bind", "canary");
        let told = project.rolecall(["doctor"]).run().to_string();
        // By the second on which it was made.
        out += &told.replace("for 9 more days", "for 8 more days");
        server.kill().unwrap();
        server.wait().unwrap();
    }
    insta::assert_snapshot!(out);
}
