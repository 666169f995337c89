//! What people get wrong, and what a world out of order does: each time what, where and what to do, the right exit
//! code, and nothing changed.

use std::process::{Command, Stdio};

use rolecall::journal::Lock;
use rolecall::simulator::{Fault, FaultKind, On};

use crate::commands::{FIXTURES, KEY, POLICY, Site, company, person};
use crate::support::{Ran, stable};

/// Runs it, and holds that it ended so and changed nothing at the target.
fn refused(site: &Site, command: &str, code: i32) -> Ran {
    unchanged(site, site.run(command), code)
}

fn unchanged(site: &Site, ran: Ran, code: i32) -> Ran {
    assert_eq!(ran.code, Some(code), "{ran}");
    assert_eq!(site.writes(), 0, "{ran}");
    assert!(!format!("{}{}", ran.stdout, ran.stderr).contains(KEY), "{ran}");
    let told = format!("{}{}", ran.stdout, ran.stderr);
    for leak in
        ["rolecall::", "rhai::", "Error {", "Err(", "Some(", "&str", "ImmutableString", "i64", "panicked"]
    {
        assert!(!told.contains(leak), "`{leak}` is nothing for users: {ran}");
    }
    ran
}

/// A script in the place of the policy's main one, as `apply` takes it.
fn script(text: &str) -> Ran {
    let site = Site::new();
    site.project.write("policy/main.rhai", text);
    refused(&site, "apply", 3)
}

/// What `apply` says of a directory's file, which it can do nothing with.
fn export(file: &str, text: &str) -> Ran {
    let site = Site::new();
    site.configure("").write(file, text);
    let config = std::fs::read_to_string(site.project.path("rolecall.toml")).unwrap();
    site.project.write("rolecall.toml", &config.replace("people.ldif", file));
    refused(&site, "apply", 1)
}

// The command line and the configuration

#[test]
fn wrong_arguments() {
    let site = Site::new();
    let all = [
        "plan --formt json",
        "plan --format xml",
        "aply",
        "apply --allow-deactivations many",
        "explain",
        "journal show",
        "simulator --listen 0.0.0.0:8080",
    ]
    .map(|command| format!("$ rolecall {command}\n{}", refused(&site, command, 2)));
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn no_configuration() {
    let site = Site::new();
    std::fs::remove_file(site.project.path("rolecall.toml")).unwrap();
    insta::assert_snapshot!(refused(&site, "apply", 2));
    insta::assert_snapshot!(
        "no_configuration_named",
        refused(&site, "--config elsewhere/rolecall.toml check", 2)
    );
    insta::assert_snapshot!("a_folder_as_configuration", refused(&site, "--config policy check", 2));
}

#[test]
fn wrong_keys() {
    let site = Site::new();
    site.configure("per_secnd = 3\n\n[gaurd]\n\n[run]\ninterval = \"soon\"\n");
    let _guard = stable();
    insta::assert_snapshot!(refused(&site, "apply", 2));
}

#[test]
fn a_configuration_that_is_no_toml() {
    let site = Site::new();
    site.project.write("rolecall.toml", "[policy]\nfolder = \"policy\n[target]\nkey = \"canary-0815\"\n");
    insta::assert_snapshot!(refused(&site, "apply", 2));
}

#[test]
fn no_directory_and_no_target() {
    let site = Site::new();
    site.project.write("rolecall.toml", "");
    insta::assert_snapshot!(refused(&site, "plan", 2));
    insta::assert_snapshot!("no_directory_to_explain", refused(&site, "explain mia", 2));
    site.project.write("rolecall.toml", "[directory]\nkind = \"file\"\npath = \"people.ldif\"\n");
    insta::assert_snapshot!("no_target", refused(&site, "plan", 2));
    assert!(!site.project.path("state/journal.db").exists());
}

#[test]
fn a_secret_that_is_not_there() {
    let site = Site::new();
    insta::assert_snapshot!(unchanged(&site, site.project.rolecall(["apply"]).run(), 2));
    insta::assert_snapshot!(
        "an_empty_secret",
        unchanged(&site, site.project.rolecall(["plan"]).env("SCIM_KEY", " ").run(), 2)
    );
    insta::assert_snapshot!(
        "a_secret_of_two_lines",
        unchanged(&site, site.project.rolecall(["plan"]).env("SCIM_KEY", "a\nb").run(), 2)
    );
}

#[test]
fn a_secret_file_that_is_not_there() {
    let site = Site::new();
    let config = std::fs::read_to_string(site.project.path("rolecall.toml")).unwrap();
    site.project
        .write("rolecall.toml", &config.replace("{ env = \"SCIM_KEY\" }", "{ file = \"secrets/key\" }"));
    insta::assert_snapshot!(refused(&site, "apply", 2));
}

// The directory

const LDAP: &str = "kind = \"ldap\"\nurl = \"ldap://127.0.0.1:1\"\nallow_plaintext = true\nbind_dn = \"CN=reader,DC=example,DC=com\"\n\
                    password = { env = \"BIND_PASSWORD\" }\nbase_dn = \"DC=example,DC=com\"\ntimeout = \"2s\"\n";

#[test]
fn a_directory_that_cannot_be_reached() {
    let site = Site::new();
    let config = std::fs::read_to_string(site.project.path("rolecall.toml")).unwrap();
    site.project.write("rolecall.toml", &config.replace("kind = \"file\"\npath = \"people.ldif\"\n", LDAP));
    let _guard = stable();
    insta::assert_snapshot!("no_bind_password", refused(&site, "apply", 2));
    let ran = site.project.rolecall(["apply"]).env("SCIM_KEY", KEY).env("BIND_PASSWORD", "canary-4712").run();
    insta::assert_snapshot!(unchanged(&site, ran, 1));
    let ran = site.project.rolecall(["explain", "mia"]).env("BIND_PASSWORD", "canary-4712").run();
    insta::assert_snapshot!("explain_without_a_directory", unchanged(&site, ran, 1));
}

#[test]
fn an_export_that_is_not_there() {
    let site = Site::new();
    std::fs::remove_file(site.project.path("people.ldif")).unwrap();
    insta::assert_snapshot!(refused(&site, "apply", 2));
    let config = std::fs::read_to_string(site.project.path("rolecall.toml")).unwrap();
    site.project
        .write("rolecall.toml", &config.replace("people.ldif", "people.csv"))
        .write("people.csv", "dn\n");
    insta::assert_snapshot!("an_export_of_another_format", refused(&site, "apply", 2));
}

#[test]
fn exports_with_nobody_in_them() {
    let group = "dn: CN=g,DC=example,DC=com\nobjectClass: group\n\n";
    let all = [
        ("people.ldif", ""),
        ("people.ldif", "version: 1\n\n"),
        ("people.ldif", group),
        ("people.jsonl", ""),
    ]
    .map(|(file, text)| export(file, text).to_string());
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn an_ldif_cut_in_half() {
    let photo = person(
        6,
        "Zoe Smith",
        &format!("title:: {}\nuserAccountControl: 512\n", "w4TDlsOcw6TDtsO8".repeat(8)),
    );
    let text = format!("{}{photo}", company());
    let inside = |word: &str| text.find(word).unwrap() + word.len();
    let cuts = [
        ("inside an attribute's name", inside("givenName: Zoe\ns")),
        ("inside a plain value", inside("displayName: Zo")),
        ("inside base64, at a whole group of four", inside("title:: w4TDlsOc")),
        ("inside base64, in a group of four", inside("title:: w4TDlsO")),
        ("behind a line of an entry", inside("sn: Smith\n")),
        ("behind an entry's last line", text.len() - 1),
        ("before an entry's last line feed", text.len() - 2),
        ("inside the first entry", inside("dn: CN=Mi")),
    ];
    let all = cuts.map(|(place, at)| format!("# {place}\n{}", export("people.ldif", &text[..at])));
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn an_ldif_cut_between_entries_is_stopped_by_its_size() {
    let site = Site::new();
    let many: String = (1..40)
        .map(|n| person(n, &format!("Person Number{n}"), "department: Marketing\nuserAccountControl: 512\n"))
        .collect();
    site.project.write("people.ldif", &many);
    assert_eq!(site.run("apply").code, Some(0));
    let writes = site.writes();
    let half = many.find("dn: CN=Person Number20").unwrap();
    site.project.write("people.ldif", &many[..half]);
    let ran = site.run("apply --limit 2");
    let _guard = stable();
    insta::assert_snapshot!(ran);
    assert_eq!((ran.code, site.writes()), (Some(6), writes));
    // No allowance of deactivations is one to believe half a directory.
    let ran = site.run("apply --allow-deactivations 100 --limit 2");
    assert_eq!((ran.code, site.writes()), (Some(6), writes), "{ran}");
}

#[test]
fn json_lines_that_are_broken() {
    let good = r#"{"dn": "CN=Mia,DC=example,DC=com", "objectClass": ["user"], "sn": "Fischer"}"#;
    let all = [
        format!("{good}\n{{\"dn\": \"CN=No"),
        format!("{good}\n{{\"dn\": \"CN=No\n"),
        format!("{good}\n[1, 2]\n"),
        format!("{good}\n{{\"sn\": \"x\"}}\n"),
        good.to_owned(),
    ]
    .map(|text| export("people.jsonl", &text).to_string());
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn people_without_an_identity_are_passed_over_and_told_of() {
    let site = Site::new();
    site.project
        .write("people.ldif", &company().replace("objectGUID: 00000000-0000-4000-8000-000000000002\n", ""));
    let _guard = stable();
    insta::assert_snapshot!(refused(&site, "plan", 0));
}

// Scripts

#[test]
fn a_script_that_does_not_parse() {
    insta::assert_snapshot!(script("provision_by_role();\nrole(\"admin\", |user| user.sn == \"x\" &&);\n"));
    insta::assert_snapshot!("a_script_without_its_end", script("role(\"admin\", |user| {\n"));
    insta::assert_snapshot!(
        "a_statement_without_its_end",
        script("provision_by_role()\nrole(\"admin\", |user| true);\n")
    );
}

#[test]
fn unknown_names() {
    let policy = POLICY
        .replace("user.title.contains", "user.tilte.contains")
        .replace("LOWER(", "LOWR(")
        .replace("name.givenName", "name.givenNam")
        .replace("provision_by_role", "provison_by_role");
    insta::assert_snapshot!(script(&policy));
    insta::assert_snapshot!(
        "an_unknown_scim_path",
        script(&POLICY.replace("name.givenName", "name.givenNam"))
    );
}

#[test]
fn nothing_mapped_to_user_name() {
    insta::assert_snapshot!(script(&POLICY.replace("map(\"userName\", |user| LOWER(user.mail));\n", "")));
}

#[test]
fn a_role_twice() {
    insta::assert_snapshot!(script(&format!("{POLICY}role(\"admin\", |user| true);\n")));
}

#[test]
fn an_empty_policy() {
    insta::assert_snapshot!(script(""));
}

#[test]
fn no_main_script() {
    let site = Site::new();
    std::fs::remove_file(site.project.path("policy/main.rhai")).unwrap();
    insta::assert_snapshot!(refused(&site, "apply", 2));
    std::fs::remove_dir(site.project.path("policy")).unwrap();
    insta::assert_snapshot!("no_policy_folder", refused(&site, "check", 2));
}

#[test]
fn modules_in_a_circle() {
    let site = Site::new();
    site.project
        .write("policy/main.rhai", &format!("import \"a\" as a;\n{POLICY}"))
        .write("policy/a.rhai", "import \"b\" as b;\n")
        .write("policy/b.rhai", "import \"a\" as a;\n");
    insta::assert_snapshot!(refused(&site, "apply", 3));
}

#[test]
fn imports_from_outside() {
    let site = Site::new();
    let secret = site.project.path("secret.rhai");
    site.project.write("secret.rhai", "export const X = 1;").write(
        "policy/main.rhai",
        &format!("import \"../secret\" as a;\nimport \"{}\" as b;\nimport \"lists\" as c;\nlet x = \"lists\"; import x as d;\n{POLICY}", secret.display()),
    );
    insta::assert_snapshot!(refused(&site, "apply", 3));
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_out_of_the_policy_folder() {
    let site = Site::new();
    site.project.write("secret.rhai", "");
    std::os::unix::fs::symlink(site.project.path("secret.rhai"), site.project.path("policy/x.rhai")).unwrap();
    insta::assert_snapshot!(refused(&site, "apply", 2));
}

// Rules that fail on somebody

/// Applies a policy that fails on Mia alone: the others are looked after, she is told of, and the exit code says so.
fn fails_on_mia(policy: &str) -> Ran {
    let site = Site::new();
    site.account("mia.fischer@example.com", true);
    site.project.write("policy/main.rhai", policy);
    let ran = site.run("apply");
    assert_eq!(ran.code, Some(7), "{ran}");
    assert!(site.simulator.user("noah.wagner@example.com").is_some(), "{ran}");
    let mia = site.simulator.user("mia.fischer@example.com").unwrap();
    assert_eq!((&mia["active"], &mia["roles"][0]["value"]), (&true.into(), &"analyst".into()), "{ran}");
    ran
}

#[test]
fn a_rule_that_fails() {
    let _guard = stable();
    insta::assert_snapshot!(fails_on_mia(&POLICY.replace(
        "user.title.contains(\"Manager\")",
        "(user.title.contains(\"Manager\") && user.title - 3 > 0)"
    )));
}

#[test]
fn a_failing_rule_explained() {
    let site = Site::new();
    site.project.write(
        "policy/main.rhai",
        &POLICY.replace("user.title.contains", "user.title - 3 > 0 && user.title.contains"),
    );
    insta::assert_snapshot!(refused(&site, "explain mia.fischer", 0));
}

#[test]
fn a_rule_that_throws() {
    let _guard = stable();
    insta::assert_snapshot!(fails_on_mia(&POLICY.replace(
        "user.title.contains(\"Manager\")",
        "if user.title.contains(\"Manager\") { throw \"no managers yet\" } else { false }"
    )));
}

#[test]
fn a_rule_that_does_not_end() {
    let _guard = stable();
    insta::assert_snapshot!(fails_on_mia(&POLICY.replace(
        "user.title.contains(\"Manager\")",
        "if user.title.contains(\"Manager\") { loop {} } else { false }"
    )));
}

#[test]
fn an_excel_error_that_reaches_the_account() {
    let _guard = stable();
    insta::assert_snapshot!(fails_on_mia(&POLICY.replace(
        "user.givenName)",
        "IF(user.givenName == \"Mia\", LEFT(user.givenName, -1), user.givenName))"
    )));
}

#[test]
fn two_people_of_one_user_name() {
    let site = Site::new();
    site.project.write("people.ldif", &company().replace("mail: Noah.Wagner@", "mail: mia.fischer@"));
    let ran = site.run("apply");
    let _guard = stable();
    insta::assert_snapshot!(ran);
    assert_eq!(ran.code, Some(7));
    assert!(site.simulator.user("mia.fischer@example.com").is_none());
}

// The target

fn fault(kind: FaultKind) -> Site {
    let site = Site::new();
    site.simulator.fault(Fault { on: On::every("", ""), kind });
    site
}

#[test]
fn a_target_that_refuses_the_key() {
    let _guard = stable();
    let site = Site::new();
    let ran = site.project.rolecall(["apply"]).env("SCIM_KEY", "canary-wrong").run();
    insta::assert_snapshot!(unchanged(&site, ran, 1));
}

#[test]
fn a_target_that_sends_html() {
    let _guard = stable();
    insta::assert_snapshot!(refused(&fault(FaultKind::html()), "apply", 1));
}

#[test]
fn a_base_url_with_nothing_there() {
    let _guard = stable();
    let site = Site::new();
    let config = std::fs::read_to_string(site.project.path("rolecall.toml")).unwrap();
    site.project.write("rolecall.toml", &config.replace("/scim/v2", "/scim/v3"));
    insta::assert_snapshot!(refused(&site, "apply", 1));
}

#[test]
fn a_target_that_refuses_connections() {
    let site = Site::new();
    let config = std::fs::read_to_string(site.project.path("rolecall.toml")).unwrap();
    site.project.write("rolecall.toml", &config.replace(&site.simulator.url(), "http://127.0.0.1:1/scim/v2"));
    let _guard = stable();
    insta::assert_snapshot!(refused(&site, "apply", 1));
}

#[test]
fn a_list_that_does_not_add_up() {
    let _guard = stable();
    let site = fault(FaultKind::Total(9));
    site.account("ana.silva@example.com", true);
    insta::assert_snapshot!(refused(&site, "apply", 1));
    let _guard = stable();
    insta::assert_snapshot!("the_journal_of_a_failed_cycle", site.run("journal show 1"));
}

#[test]
fn a_write_that_is_refused() {
    let site = Site::new();
    site.project.write("policy/main.rhai", &POLICY.replace("role(\"manager\"", "role(\"chief\""));
    let ran = site.run("apply");
    let _guard = stable();
    insta::assert_snapshot!(ran);
    assert_eq!(ran.code, Some(7));
    assert_eq!(site.simulator.users().len(), 2);
}

// The guard

#[test]
fn more_deactivations_than_the_guard_lets_pass() {
    let site = Site::new();
    assert_eq!(site.run("apply").code, Some(0));
    site.configure("\n[guard]\ndeactivate = { max = 1, percent = 5, floor = 1 }\nshrink_percent = 90\n");
    site.project
        .write("people.ldif", &company().replace("userAccountControl: 512", "userAccountControl: 514"));
    site.simulator.clear_requests();
    let _guard = stable();
    insta::assert_snapshot!("guard_plan", refused(&site, "plan --detailed-exitcode", 6));
    insta::assert_snapshot!("guard_apply", refused(&site, "apply", 6));
    insta::assert_snapshot!("guard_allows_too_few", refused(&site, "apply --allow-deactivations 2", 6));
    let (code, value) = site.json("apply --format json");
    assert_eq!((code, value["status"].as_str()), (Some(6), Some("refused")), "{value:#}");
    let allowed = site.run("apply --allow-deactivations 3");
    assert_eq!(allowed.code, Some(0), "{allowed}");
    assert!(site.simulator.users().iter().all(|user| user["active"] == false));
    insta::assert_snapshot!("guard_journal", site.run("journal list"));
}

#[test]
fn a_broken_invariant() {
    let site = Site::new();
    site.project.write(
        "policy/main.rhai",
        &format!("{POLICY}invariant(\"nobody is a manager\", |d| d.role != \"manager\");\n"),
    );
    let _guard = stable();
    insta::assert_snapshot!(refused(&site, "apply --allow-deactivations 100", 6));
}

// The state folder

#[test]
fn a_state_folder_that_is_a_file() {
    let site = Site::new();
    site.project.write("state", "mine");
    insta::assert_snapshot!(refused(&site, "apply", 2));
    insta::assert_snapshot!("a_state_file_and_the_journal", refused(&site, "journal list", 2));
    assert_eq!(std::fs::read_to_string(site.project.path("state")).unwrap(), "mine");
}

#[test]
fn a_journal_that_is_damaged() {
    let site = Site::new();
    site.project.write("state/journal.db", &"no database ".repeat(1000));
    insta::assert_snapshot!(refused(&site, "apply", 1));
    assert!(
        std::fs::read_to_string(site.project.path("state/journal.db")).unwrap().starts_with("no database")
    );
}

#[test]
fn two_at_once() {
    let site = Site::new();
    let _lock = Lock::take(&site.project.path("state")).unwrap();
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"pid \d+", "pid [pid]");
    settings.bind(|| insta::assert_snapshot!(refused(&site, "apply", 1)));
    assert_eq!(site.run("plan").code, Some(0));
}

// People and tests

#[test]
fn nobody_of_that_name() {
    let site = Site::new();
    let all =
        ["mia.fisher", "mia", "xaver", "00000000-0000-4000-8000-999999999999", "person@example.com", ""].map(
            |who| {
                format!(
                    "$ rolecall explain \"{who}\"\n{}",
                    unchanged(&site, site.project.rolecall(["explain", who]).run(), 2)
                )
            },
        );
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn tests_that_fail() {
    let site = Site::new();
    site.project.write(
        "tests/wrong_test.rhai",
        "test(\"the wrong role\", || {\n    let d = decide(fixture(\"mia\"));\n    expect(d.role).to_be(\"admin\");\n});\n\n\
         test(\"a fixture that is not there\", || expect(decide(fixture(\"mira\")).role).to_be(\"admin\"));\n\
         test_each(\"nobody\", [], |user| expect(1).to_be(1));\n",
    ).write("tests/torn_test.rhai", "test(\"torn\", || {\n").write("tests/good_test.rhai", "test(\"good\", || expect(1).to_be(1));\ntest(\"bad\", || expect(decide(fixture(\"mia\")).role).to_be(\"admin\"));\ntest(\"no fixture\", || fixture(\"mira\"));\n").write("tests/spelt_test.rhai", "test(\"no function\", || expct(1));\n");
    let _guard = stable();
    insta::assert_snapshot!(refused(&site, "test", 4));
}

#[test]
fn no_tests() {
    let site = Site::new();
    insta::assert_snapshot!("no_test_matches", refused(&site, "test --filter nothing", 4));
    insta::assert_snapshot!("no_test_matches_json", refused(&site, "test --filter nothing --format json", 4));
    std::fs::remove_dir_all(site.project.path("tests")).unwrap();
    insta::assert_snapshot!(refused(&site, "test", 4));
}

#[test]
fn fixtures_that_are_wrong() {
    let site = Site::new();
    site.project
        .write("fixtures/people.toml", &format!("{FIXTURES}sn = \"again\"\n"))
        .write("fixtures/more.toml", "[zoe]\ngivenName = 1.5\n")
        .write("fixtures/loose.toml", "name = \"x\"\n")
        .write("fixtures/cut.ldif", "dn: CN=x\nfoo\n");
    insta::assert_snapshot!(refused(&site, "test", 4));
}

#[test]
fn a_full_disk_for_the_output_is_told() {
    let site = Site::new();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_rolecall"))
        .arg("plan")
        .current_dir(site.project.path(""))
        .env("SCIM_KEY", KEY)
        .stdout(Stdio::from(full))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(String::from_utf8(output.stderr).unwrap(), @"error: cannot write the output: No space left on device");
}
