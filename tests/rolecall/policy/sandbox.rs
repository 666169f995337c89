//! Scripts that would take the machine, each run by the binary in a process of its own: it ends soon, in little
//! memory, and says why.
//!
//! `hostile/STAGE/NAME.rhai`: what stands in `load` is a whole policy, what stands in `condition` and `mapping` the
//! rules of one, what stands in `test` a script of tests.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use crate::support::{Project, Used, stable};

/// Beyond what the same command takes with a policy that does nothing. Processor time and not the clock's: other tests
/// run beside it.
const TIME: Duration = Duration::from_secs(2);
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
    eprintln!("{name}: {time:?}, {} MB", memory >> 20);
    assert!(used.ran.code.is_some(), "{name}: {}", used.ran);
    assert!(time < TIME, "{name} took {time:?}");
    assert!(memory < MEMORY, "{name} took {} MB", memory >> 20);
}

fn name_of(script: &Path) -> (String, String) {
    let stage = script.parent().unwrap().file_name().unwrap().to_str().unwrap();
    (stage.to_owned(), script.file_stem().unwrap().to_str().unwrap().to_owned())
}

#[test]
fn every_hostile_script_is_stopped() {
    let _guard = stable();
    let idle: std::collections::BTreeMap<_, _> =
        ["load", "condition", "mapping", "test"].map(|stage| (stage, harmless(stage))).into();
    let scripts = scripts();
    let (next, told) = (Mutex::new(scripts.iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(script) = next.lock().unwrap().next() else { break };
                    let (stage, name) = name_of(script);
                    let used = run(&stage, &std::fs::read_to_string(script).unwrap());
                    holds(&format!("{stage}/{name}"), &used, &idle[stage.as_str()]);
                    told.lock().unwrap().push((stage, name, used.ran));
                }
            });
        }
    });
    let mut told = told.into_inner().unwrap();
    told.sort_by_key(|(stage, name, _)| (stage.clone(), name.clone()));
    assert_eq!(told.len(), scripts.len());
    let mut out = String::new();
    for (stage, name, ran) in told {
        out.push_str(&format!("=== {stage}/{name}\n{ran}"));
    }
    insta::assert_snapshot!(out);
}
