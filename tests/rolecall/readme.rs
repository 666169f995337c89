//! Everything in README.md that can be run is run, and everything that it shows is what is there.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::support::Project;

/// Where the README's simulator listens; the test takes a free port instead.
const LISTEN: &str = "127.0.0.1:8377";

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    std::fs::read_to_string(repository().join("README.md")).unwrap()
}

/// The fenced blocks of a language, in order.
fn blocks(language: &str) -> Vec<String> {
    let text = readme();
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line == format!("```{language}") {
            blocks.push(
                lines.by_ref().take_while(|line| *line != "```").fold(String::new(), |a, l| a + l + "\n"),
            );
        }
    }
    assert!(!blocks.is_empty(), "README.md has no block of {language}");
    blocks
}

/// One `$ command` with what it should print.
struct Step {
    command: String,
    expected: Vec<String>,
}

fn steps() -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in
        blocks("console").iter().flat_map(|block| block.lines().map(str::to_owned).collect::<Vec<_>>())
    {
        match line.strip_prefix("$ ") {
            Some(command) => steps.push(Step { command: command.to_owned(), expected: Vec::new() }),
            None => steps.last_mut().expect("a block starts with a command").expected.push(line),
        }
    }
    steps
}

/// Whether lines match, where `…` alone on a line stands for any number of lines.
fn matches(expected: &[String], actual: &[&str]) -> bool {
    match expected.split_first() {
        None => actual.is_empty(),
        Some((first, rest)) if first == "…" => {
            (0..=actual.len()).any(|skip| matches(rest, &actual[skip..]))
        }
        Some((first, rest)) => actual.first() == Some(&first.as_str()) && matches(rest, &actual[1..]),
    }
}

/// What runs in the background until the test ends.
struct Background(Child);

impl Drop for Background {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn shell(folder: &Path, command: &str) -> Command {
    let bin = Path::new(env!("CARGO_BIN_EXE_rolecall")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("bash");
    shell.args(["-c", command]).current_dir(folder).env("PATH", path).env_remove("CLICOLOR_FORCE");
    shell
}

#[test]
fn every_command_prints_what_the_readme_shows() {
    let project = Project::new();
    let folder = project.path("");
    std::os::unix::fs::symlink(repository().join("scripts"), folder.join("scripts")).unwrap();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut background = Vec::new();
    let steps = steps();
    assert!(steps.len() >= 5);
    for Step { command, expected } in steps {
        if let Some(command) = command.strip_suffix(" &") {
            let config = folder.join("acme/rolecall.toml");
            let text = std::fs::read_to_string(&config).unwrap();
            assert!(text.contains(LISTEN));
            std::fs::write(&config, text.replace(LISTEN, &free)).unwrap();
            // `exec`, so that what is ended is the command and not its shell.
            let mut child = shell(&folder, &format!("exec {command} --listen {free}"))
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let mut line = String::new();
            let out = child.stdout.take().unwrap();
            std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line).unwrap();
            background.push(Background(child));
            assert_eq!(vec![line.trim().replace(&free, LISTEN)], expected, "{command}");
            continue;
        }
        let output = shell(&folder, &command).output().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{command}\n{stdout}{told}");
        let lines: Vec<&str> = stdout.lines().map(str::trim_end).collect();
        assert!(
            matches(&expected, &lines),
            "$ {command}\nprinted\n{stdout}\nand the README shows\n{}",
            expected.join("\n")
        );
    }
}

#[test]
fn the_rules_and_tests_shown_are_shipped() {
    let mut shipped = String::new();
    for path in ["policy/main.rhai", "policy/roles.rhai", "tests/roles_test.rhai"] {
        shipped += &std::fs::read_to_string(repository().join("scripts").join(path)).unwrap();
    }
    for block in blocks("rhai") {
        assert!(shipped.contains(&block), "not in scripts/ as it stands in README.md:\n{block}");
    }
}

#[test]
fn the_configuration_shown_is_shipped() {
    let shipped = std::fs::read_to_string(repository().join("scripts/rolecall.toml")).unwrap();
    for line in blocks("toml").iter().flat_map(|block| block.lines()).filter(|line| !line.is_empty()) {
        assert!(
            shipped.lines().any(|shipped| shipped.trim() == line.trim()),
            "not in scripts/rolecall.toml:\n{line}"
        );
    }
}

#[test]
fn the_two_commands_are_those_that_are_run() {
    let commands: Vec<String> = blocks("sh").iter().map(|block| block.trim().to_owned()).collect();
    assert_eq!(commands, ["cargo run --release -- demo", "tests/run"]);
    // The second runs the first, as it stands here.
    let script = std::fs::read_to_string(repository().join("tests/run")).unwrap();
    assert!(
        script.lines().any(|line| line.trim().starts_with(&commands[0])),
        "tests/run does not run `{}`",
        commands[0]
    );
    let ci = std::fs::read_to_string(repository().join(".ci/run")).unwrap();
    assert!(
        ci.lines().any(|line| line.trim().starts_with(&commands[1])),
        ".ci/run does not run `{}`",
        commands[1]
    );
}

#[test]
fn links_and_pictures_lead_somewhere() {
    let text = readme();
    let targets: Vec<&str> = text.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(targets.len() >= 2);
    for target in targets.into_iter().filter(|target| !target.starts_with("http")) {
        assert!(repository().join(target).exists(), "README.md links to `{target}`, which is not there");
    }
}

/// The picture is the demo's own output; `INSTA_UPDATE=always` draws it anew.
#[test]
fn the_picture_is_what_the_demo_prints() {
    let project = Project::new();
    let ran = project.rolecall(["demo"]).env("CLICOLOR_FORCE", "1").run();
    assert_eq!(ran.code, Some(0), "{ran}");
    let text: Vec<String> = ran.stdout.lines().map(|line| line.trim_end().to_owned()).collect();
    // The port is another one each time.
    let port = text[1].rsplit(':').next().and_then(|rest| rest.split('/').next()).unwrap();
    let drawn = anstyle_svg::Term::new()
        .palette(anstyle_svg::WIN10_CONSOLE)
        .render_svg(&text.join("\n").replace(port, "8377"));
    let path: PathBuf = repository().join(".github/demo.svg");
    if std::env::var("INSTA_UPDATE").as_deref() == Ok("always") {
        std::fs::write(&path, &drawn).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == drawn,
        ".github/demo.svg is not what the demo prints: run this test with INSTA_UPDATE=always"
    );
}
