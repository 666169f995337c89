//! `rolecall repl` as it is used through a pipe: what a terminal adds is editing.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};

use crate::commands::{KEY, Site};
use crate::support::{Ran, stable};

fn typed(site: &Site, lines: &str) -> Ran {
    site.project.rolecall(["repl"]).env("SCIM_KEY", KEY).typed(lines)
}

#[test]
fn a_session_about_a_fixture() {
    let site = Site::new();
    let lines = r#"1 + 1
user.title
:user
:user mia
user.title
user.title.contains("manager") && user.department.equals("marketing")
:type user.whenCreated
:type user.title
let address = LOWER(user.mail);
address
fn greeting(name) {
    "Hello " + name
}
greeting(user.givenName)
import "std/text" as text; text::domain(address)
text::local_part(address)
:explain user.in_group("Klaviyo Admins") && user.department.equals("IT") || !(user.title.contains("Chief"))
:roles
:decide
:docs in_group
"#;
    let _guard = stable();
    insta::assert_snapshot!(typed(&site, lines));
}

#[test]
fn what_is_wrong_is_told_and_the_next_line_goes_on() {
    let site = Site::new();
    let lines = r#":user mia
user.titel
LOWRE("x")
LOWER()
x +
role("a", |u| true)
import "nowhere" as n;
throw "stop"
let kept = 1; nothing
kept
:user mi
:usr mia
:docs LOWRE
:explain
:explain user.title.contains(
loop {}
eval("1")
sleep(5)
"fine"
"#;
    let _guard = stable();
    insta::assert_snapshot!(typed(&site, lines));
}

#[test]
fn users_of_the_directory_are_found_as_explain_finds_them() {
    let site = Site::new();
    let lines = ":user sam.lee\nuser.in_group(\"klaviyo admins\")\nuser.sAMAccountName\n:roles\n\
                 :user ana.silva@example.com\n:decide\n:user sam.le\n:user nobody\n";
    let _guard = stable();
    insta::assert_snapshot!(typed(&site, lines));
}

#[test]
fn a_changed_policy_is_taken_over_and_a_broken_one_is_not() {
    let site = Site::new();
    let mut running = Typing::start(&site);
    running.type_in(":roles");
    running.says("analyst");
    site.project.write("policy/main.rhai", "role(\"boss\"");
    running.type_in(":reload");
    running.complains("the policy has 1 error");
    running.type_in(":decide");
    running.says("Gets an account with the role `manager`");
    let text = "provision_by_role();\nrole(\"boss\", |user| user.title.contains(\"Manager\"));\nmap(\"userName\", |user| user.mail);\n";
    site.project.write("policy/main.rhai", text);
    running.type_in(":reload");
    running.says("revision ");
    running.type_in(":decide");
    running.says("Gets an account with the role `boss`");
    site.project.write("policy/main.rhai", "role(\"boss\"");
    assert_eq!(typed(&site, "1\n").code, Some(3));
}

#[test]
fn input_may_end_anywhere() {
    let site = Site::new();
    for (lines, stdout, code) in [
        ("", "", 0),
        ("\n\n", "", 0),
        ("1 + 1", "2\n", 0),
        ("// nothing", "", 0),
        ("[1,\n2", "", 1),
        (":quit\n1\n", "", 0),
        ("\"Zoë ☃\"\n", "\"Zoë ☃\"\n", 0),
        ("\u{feff}1\n", "", 1),
    ] {
        let ran = typed(&site, lines);
        assert_eq!((ran.stdout.as_str(), ran.code), (stdout, Some(code)), "{lines:?}: {ran}");
    }
}

#[test]
fn nothing_is_written_by_who_only_asks() {
    let site = Site::new();
    typed(&site, ":user mia\nuser.title\n");
    assert!(!site.project.path("state").exists());
}

/// The binary while somebody types.
struct Typing {
    child: Child,
    input: ChildStdin,
    out: Lines<BufReader<ChildStdout>>,
    err: Lines<BufReader<ChildStderr>>,
}

impl Typing {
    fn start(site: &Site) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_rolecall"))
            .args(["repl", "--user", "mia"])
            .current_dir(site.project.path(""))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap()).lines();
        let err = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, input, out, err }
    }

    fn type_in(&mut self, line: &str) {
        writeln!(self.input, "{line}").unwrap();
        self.input.flush().unwrap();
    }

    fn says(&mut self, text: &str) {
        assert!(self.out.any(|line| line.unwrap().contains(text)), "it never said `{text}`");
    }

    fn complains(&mut self, text: &str) {
        assert!(self.err.any(|line| line.unwrap().contains(text)), "it never complained `{text}`");
    }
}

impl Drop for Typing {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
