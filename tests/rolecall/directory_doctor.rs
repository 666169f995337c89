//! `rolecall doctor` with directories of several kinds, none of which is there.

use crate::support::{Project, Ran, stable};

fn asked(directory: &str, format: &str) -> Ran {
    let project = Project::new();
    project
        .write("rolecall.toml", &format!("[directory]\n{directory}"))
        .write("policy/main.rhai", "")
        .write("people.jsonl", PEOPLE);
    project.rolecall(["doctor", "--format", format]).env("PASSWORD", "canary-doctor").run()
}

const PEOPLE: &str = r#"{"dn":"CN=Mia,DC=x","objectClass":["user"],"objectGUID":"00000000-0000-0000-0000-000000000001","mail":"Same@example.com","userAccountControl":512,"memberOf":["CN=Staff,DC=x"]}
{"dn":"CN=Noah,DC=x","objectClass":["user"],"objectGUID":"00000000-0000-0000-0000-000000000002","mail":"same@example.com ","userAccountControl":514}
{"dn":"CN=Zoe,DC=x","objectClass":["user"],"objectGUID":"00000000-0000-0000-0000-000000000003","userAccountControl":66050}
{"dn":"CN=Nobody,DC=x","objectClass":["user"],"mail":"nobody@example.com","userAccountControl":512}
{"dn":"CN=Staff,DC=x","objectClass":["group"]}
"#;

const BIND: &str = "bind_dn = \"CN=reader,DC=x\"\npassword = { env = \"PASSWORD\" }\nbase_dn = \"DC=x\"\n";

#[test]
fn an_export_is_told_by_its_people() {
    let _guard = stable();
    insta::assert_snapshot!(asked("kind = \"file\"\npath = \"people.jsonl\"\n", "human"));
    insta::assert_snapshot!("an_export_as_json", asked("kind = \"file\"\npath = \"people.jsonl\"\n", "json"));
    insta::assert_snapshot!("no_export", asked("kind = \"file\"\npath = \"nowhere.ldif\"\n", "human"));
}

#[test]
fn every_server_that_does_not_answer_is_told() {
    let _guard = stable();
    let urls = "kind = \"ldap\"\nurl = [\"ldaps://127.0.0.1:1\", \"ldap://127.0.0.1:2\"]\n";
    insta::assert_snapshot!(asked(&format!("{urls}{BIND}"), "human"));
    let secret = BIND.replace("env = \"PASSWORD\"", "file = \"none\"");
    insta::assert_snapshot!("no_password", asked(&format!("{urls}{secret}"), "human"));
}

#[test]
fn a_read_names_every_server_that_was_tried() {
    let _guard = stable();
    let project = Project::new();
    let urls = "kind = \"ldap\"\nurl = [\"ldaps://127.0.0.1:1\", \"ldap://127.0.0.1:2\"]\n";
    project.write("rolecall.toml", &format!("[directory]\n{urls}{BIND}")).write(
        "policy/main.rhai",
        "provision_everyone(\"analyst\");\nmap(\"userName\", |user| user.mail);\n",
    );
    let ran = project.rolecall(["explain", "mia"]).env("PASSWORD", "canary-doctor").run();
    insta::assert_snapshot!(ran);
}
