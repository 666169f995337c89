//! Scripts that would take the machine, each run by the binary in a process of its own: it ends soon, in little
//! memory, and says why.
//!
//! `hostile/STAGE/NAME.rhai`: what stands in `load` is a whole policy, what stands in `condition` and `mapping` the
//! rules of one, what stands in `test` a script of tests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use crate::support::{Project, Used, stable};

/// Beyond what the same command takes with a policy that does nothing. Processor time and not the clock's: other tests
/// run beside it. Without optimisation, and beside other work, everything takes its multiple.
const TIME: Duration = Duration::from_secs(if cfg!(debug_assertions) { 10 } else { 2 });
const MEMORY: u64 = 100 << 20;

const FRAME: &str = "provision_by_role(); map(\"userName\", |user| LOWER(user.mail));\n";
const MIA: &str = "dn: CN=Mia Fischer,DC=example,DC=com\nobjectClass: user\ncn: Mia Fischer\n\
    objectGUID: 7a048c48-b1fd-5099-a714-3acaa878e3c5\nmail: mia@example.com\ntitle: Manager\n\
    userAccountControl: 512\n\n";

fn scripts() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rolecall/policy/hostile");
    let below = |folder: &Path| -> Vec<PathBuf> {
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
    };
    let mut all: Vec<_> = below(&folder).iter().flat_map(|stage| below(stage)).collect();
    all.sort();
    all
}

/// The command that meets the script, and how it went.
fn run(stage: &str, script: &str) -> Used {
    let project = Project::new();
    project.write("rolecall.toml", "[directory]\nkind = \"file\"\npath = \"people.ldif\"\n");
    project.write("people.ldif", MIA);
    let harmless = "role(\"admin\", |user| true);\n";
    let (policy, command): (_, &[&str]) = match stage {
        "load" => (format!("{FRAME}{script}"), &["check"]),
        "condition" => (format!("{FRAME}{script}"), &["explain", "mia@example.com"]),
        "mapping" => (format!("{FRAME}{script}"), &["explain", "mia@example.com"]),
        "test" => (format!("{FRAME}{harmless}"), &["test"]),
        other => panic!("no stage is called {other}"),
    };
    project.write("policy/main.rhai", &policy);
    if stage == "test" {
        project.write("tests/hostile_test.rhai", script);
    }
    project.rolecall(command.iter().copied()).measured()
}

fn harmless(stage: &str) -> Used {
    let script = match stage {
        "mapping" => "role(\"admin\", |user| true); map(\"title\", |user| user.title);",
        "test" => "test(\"harmless\", || { expect(1).to_be(1); });",
        _ => "role(\"admin\", |user| true);",
    };
    let used = run(stage, script);
    assert_eq!(used.ran.code, Some(0), "{}", used.ran);
    used
}

fn holds(name: &str, used: &Used, idle: &Used) {
    let (time, memory) = (used.time.saturating_sub(idle.time), used.memory.saturating_sub(idle.memory));
    assert!(used.ran.code.is_some(), "{name}: {}", used.ran);
    assert!(time < TIME, "{name} took {time:?}");
    assert!(memory < MEMORY, "{name} took {} MB", memory >> 20);
}

/// Too large to be kept as files: what the text of a script alone can take, before any of it runs.
fn large() -> Vec<(&'static str, String)> {
    let many = |what: &str| what.repeat((1_000_000 - 1_000) / what.len());
    let numbered = |what: &dyn Fn(usize) -> String| -> String {
        let mut text = String::new();
        for number in 0.. {
            text.push_str(&what(number));
            if text.len() > 900_000 {
                break;
            }
        }
        text
    };
    vec![
        ("a hundred megabytes", "x".repeat(100_000_000)),
        ("statements", many("1;")),
        ("a map", format!("let x = #{{{}}};", numbered(&|n| format!("a{n}: 1, ")))),
        ("one constant again and again", many("let a = 1;\n")),
        ("names of nothing", many("x\n")),
        ("brackets", many("(")),
        ("calls of nothing", many("f();\n")),
        ("attributes of nobody", numbered(&|n| format!("role(\"r{n}\", |user| user.q);\n"))),
        ("closures", many("||1;")),
        ("conditions", format!("if false {{}} {}", many("else if false {}"))),
        ("texts in texts", format!("{}1{};", "`${".repeat(100_000), "}`".repeat(100_000))),
        ("comments in comments", many("/*")),
        ("a name", format!("let {};", many("x"))),
        ("nothing", many(";")),
    ]
}

#[test]
fn the_text_alone_takes_little() {
    let _guard = stable();
    let script = |(name, text): (&str, String)| {
        ("load".to_owned(), name.to_owned(), format!("role(\"admin\", |user| true);\n{text}"))
    };
    let mut out = String::new();
    for (name, used) in all(&large().into_iter().map(script).collect::<Vec<_>>()) {
        let told = used.ran.stdout.lines().chain(used.ran.stderr.lines());
        let first =
            told.into_iter().find(|line| line.starts_with("error") || line.starts_with("ok")).unwrap();
        // Which limit a text meets first, of time, memory, or what stands in it, or whether any, depends on the machine.
        assert_eq!(first.starts_with("error[P"), used.ran.code == Some(3), "{name}: {}", used.ran);
        assert_eq!(first.starts_with("ok"), used.ran.code == Some(0), "{name}: {}", used.ran);
        out.push_str(&format!("=== {name}\n"));
    }
    insta::assert_snapshot!(out);
}

/// What customers write may be large, too.
#[test]
fn honest_policies_have_room() {
    let names: Vec<String> = (0..10_000).map(|n| format!("\"Somebody Number {n}\"")).collect();
    let term = |role: usize| {
        move |n: usize| {
            format!("(user.title.equals(\"Title {role} {n}\") && user.department.contains(\"D{n}\"))")
        }
    };
    let role = |role: usize| -> String {
        let terms: Vec<_> = (0..25).map(term(role)).collect();
        format!("role(\"r{role}\", |user| {});\n", terms.join(" || "))
    };
    let list = format!(
        "const NAMES = [{}];\nlet names = NAMES;\nrole(\"named\", |user| user.displayName.any_of(names));\n",
        names.join(", ")
    );
    let last = "map(\"title\", |user| REPT(\"x\", 32767)); role(\"last\", |user| true);\n";
    let used = run("condition", &format!("{list}{}{last}", (0..200).map(role).collect::<String>()));
    assert!(used.ran.stdout.contains("Gets an account with the role `last`"), "{}", used.ran);

    let project = Project::new();
    project.write("rolecall.toml", "[directory]\nkind = \"file\"\npath = \"people.ldif\"\n");
    let mut main = FRAME.to_owned();
    for n in 0..500 {
        project.write(&format!("policy/m{n}.rhai"), &format!("fn fits(user) {{ user.title == \"{n}\" }}"));
        main.push_str(&format!("import \"m{n}\" as m{n};\nrole(\"r{n}\", |user| m{n}::fits(user));\n"));
    }
    let ran = project.write("policy/main.rhai", &main).rolecall(["check"]).run();
    assert_eq!(ran.code, Some(0), "{ran}");
}

fn name_of(script: &Path) -> (String, String) {
    let stage = script.parent().unwrap().file_name().unwrap().to_str().unwrap();
    (stage.to_owned(), script.file_stem().unwrap().to_str().unwrap().to_owned())
}

/// Runs them two at a time; each with what it told, in the order of names.
fn all(scripts: &[(String, String, String)]) -> Vec<(String, Used)> {
    let idle: BTreeMap<_, _> =
        ["load", "condition", "mapping", "test"].map(|stage| (stage, harmless(stage))).into();
    let (next, told) = (Mutex::new(scripts.iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some((stage, name, script)) = next.lock().unwrap().next() else { break };
                    let used = run(stage, script);
                    holds(&format!("{stage}/{name}"), &used, &idle[stage.as_str()]);
                    told.lock().unwrap().push((format!("{stage}/{name}"), used));
                }
            });
        }
    });
    let mut told = told.into_inner().unwrap();
    assert_eq!(told.len(), scripts.len());
    told.sort_by(|(a, _), (b, _)| a.cmp(b));
    told
}

#[test]
fn every_hostile_script_is_stopped() {
    let _guard = stable();
    let scripts: Vec<_> = scripts()
        .iter()
        .map(|script| {
            let (stage, name) = name_of(script);
            (stage, name, std::fs::read_to_string(script).unwrap())
        })
        .collect();
    assert!(scripts.len() >= 40);
    let mut out = String::new();
    for (name, used) in all(&scripts) {
        // Which of the two limits is met first depends on the machine.
        let told = used.ran.to_string().replace(
            "takes too long: more than 0.5 s of processor time",
            "does too much work: it takes more than 250,000 steps, and may not end",
        );
        out.push_str(&format!("=== {name}\n{told}"));
    }
    insta::assert_snapshot!(out);
}
