//! The reference, the definitions for editors, completions and man pages.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rolecall::config::{DirectorySource, FileSource, Sources};
use rolecall::desired::{Account, Desired};
use rolecall::directory::{self, Completeness, Query};
use rolecall::facts::Facts;
use rolecall::plan::{Current, Existing, Hooks, Link, Links, Order, Standing, diff};
use rolecall::policy::reference::{NOW, PEOPLE, Reference, Section, Shown};
use rolecall::policy::session::Session;
use rolecall::policy::{self, Decision, Policy, Verdict};
use rolecall::script::{self, Ground, Script};
use rolecall::testing;

use crate::support::Project;

const USER_NAME: &str = "map(\"userName\", |user| LOWER(user.mail));\n";

fn reference() -> Reference {
    Reference::new().with(testing::WORDS, Section::Test).with(script::WORDS, Section::Script)
}

/// The directory of the examples, and where Mia stands in it.
fn people() -> (Arc<Facts>, usize) {
    let project = Project::new();
    project.write("people.ldif", PEOPLE);
    let source = DirectorySource::File(FileSource { path: project.path("people.ldif") });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let snapshot = runtime.block_on(directory::read(&source, &Query::default(), &|_| {})).unwrap();
    let facts = Arc::new(Facts::of(&snapshot, NOW.parse::<Timestamp>().unwrap()));
    let mia = facts.index(&facts.find("mia")[0].guid).unwrap();
    (facts, mia)
}

fn compiled(text: &str) -> Arc<Policy> {
    let name = if text.contains("map(\"userName\"") { "" } else { USER_NAME };
    let who = if text.starts_with("provision_") { "" } else { "provision_by_role();\n" };
    let sources = Sources {
        entry: "main.rhai".to_owned(),
        files: BTreeMap::from([("main.rhai".to_owned(), format!("{who}{name}{text}").into())]),
        extra_attributes: Vec::new(),
    };
    let compiled = Policy::compile(&sources);
    Arc::new(compiled.policy.unwrap_or_else(|| panic!("{text}\n{:?}", compiled.findings)))
}

/// What a policy says of Mia, as the reference puts it.
fn said(text: &str, facts: &Arc<Facts>, mia: usize) -> String {
    let policy = compiled(text);
    let decision = policy.decide(facts, mia).unwrap();
    if let Some(broken) = policy.broken_invariants(facts, std::slice::from_ref(&decision)).first() {
        return format!("the plan is stopped: `{}` does not hold for Mia", broken.reason.text);
    }
    if policy.switches().protects(decision.user_name.as_deref().unwrap_or_default()) {
        return "Mia's account is protected: nothing is ever done to it".to_owned();
    }
    let hooked = if policy.has_hooks() { hooked(&policy, facts, &decision) } else { None };
    match &decision.verdict {
        Verdict::Provision { .. } if hooked.is_some() => hooked.unwrap(),
        Verdict::Provision { profile } => {
            let role = profile
                .role
                .as_ref()
                .map_or("without a role".to_owned(), |role| format!("with the role `{role}`"));
            let shown = |attribute: &str| text.contains(&format!("(\"{attribute}\""));
            let mapped = profile.attributes.iter().map(|(attribute, value)| (attribute, value, ""));
            let once = profile.on_create.iter().map(|(attribute, value)| (attribute, value, " on create"));
            let filled: Vec<_> = mapped
                .chain(once)
                .filter(|(attribute, ..)| shown(attribute.path()))
                .map(|(attribute, value, when)| {
                    format!("{attribute} {}{when}", value.as_deref().unwrap_or("blank"))
                })
                .collect();
            let with =
                if filled.is_empty() { String::new() } else { format!(", with {}", filled.join(", ")) };
            format!("Mia gets an account {role}{with}")
        }
        Verdict::NotEntitled if policy.switches().keep_access_on_role_change => {
            "Mia gets no account, and keeps one that is there".to_owned()
        }
        Verdict::NotEntitled if policy.switches().grace.no_role > SignedDuration::ZERO => {
            let wait = policy::Shown(policy.switches().grace.no_role);
            format!("Mia gets no account, and one that is there is deactivated after {wait}")
        }
        Verdict::NotEntitled => "Mia gets no account".to_owned(),
        Verdict::Failed { why } => format!("Mia is left alone: {}", why.text),
        Verdict::Barred => format!("Mia gets no account: {}", decision.reasons[0].text),
    }
}

/// What hooks make of the operation that would give Mia her account; `None` when they let it be.
fn hooked(policy: &Policy, facts: &Arc<Facts>, decision: &Decision) -> Option<String> {
    let desired = Desired::of(std::slice::from_ref(decision), policy.switches());
    let plan = |hooks| {
        let current = Current {
            accounts: &[],
            links: &Links::new(),
            completeness: &Completeness::Whole,
            absent: &BTreeMap::new(),
            existing: &Existing::default(),
            standing: Standing { hooks, ..Standing::at(facts.now) },
        };
        diff(policy.revision(), &desired, policy.switches(), current)
    };
    let (before, after) = (plan(None), plan(Some(Hooks { policy, facts })));
    if let Some(held) = after.held.first() {
        return Some(format!("Mia's account waits for approval: {}", held.why[0].text));
    }
    if let Some(skipped) = after.skipped.first() {
        return Some(format!("nothing is done for Mia: {}", skipped.why.text));
    }
    let (before, after) = (&before.operations[0].changes, &after.operations[0].changes);
    let Some(change) = after.iter().find(|change| !before.contains(change)) else {
        return (before != after).then(|| "Mia gets an account without a role".to_owned());
    };
    let value = change.to.as_deref().unwrap_or("blank");
    Some(format!("Mia gets an account without a role, with {} {value}", change.attribute))
}

/// Roles for the examples that are about accounts.
const ROLES: &str = "role(\"manager\", |user| user.title.contains(\"Manager\"));\n\
                     role(\"analyst\", |user| user.department.equals(\"Marketing\"));\n";

/// What a script orders, as the reference puts it. Mia has an account, and it is to be brought back where that is asked.
fn ordered(text: &str, facts: &Arc<Facts>, mia: usize) -> String {
    let policy = compiled(ROLES);
    let accounts = [Account {
        id: "1".to_owned(),
        user_name: "mia.fischer@example.com".to_owned(),
        active: !text.contains("reactivate"),
        role: Some("manager".to_owned()),
        attributes: BTreeMap::new(),
    }];
    let link = Link { account: "1".to_owned(), name: "Mia Fischer".to_owned() };
    let ground = Ground {
        policy: &policy,
        facts,
        decisions: &policy.decide_all(facts),
        accounts: &accounts,
        links: &Links::from([(facts.people[mia].guid, link)]),
    };
    let script = Script::parse(&policy, "work.rhai", &text.into());
    let orders = match script.and_then(|script| script.orders(ground)) {
        Ok(orders) => orders,
        Err(findings) => return format!("{:?}", findings.0[0].message),
    };
    let values = |order: &Order| {
        let values: Vec<_> = order
            .values
            .iter()
            .map(|(path, value)| {
                let value = value.as_ref().map_or("blank".to_owned(), |value| format!("`{value}`"));
                format!("{path} {value}")
            })
            .collect();
        if values.is_empty() { String::new() } else { format!(": {}", values.join(", ")) }
    };
    let orders: Vec<_> = orders
        .iter()
        .map(|order| format!("{} {}{}", order.kind.name(), order.user.name, values(order)))
        .collect();
    orders.join("; ")
}

#[test]
fn every_example_comes_to_what_the_reference_says() {
    let (facts, mia) = people();
    let bare = compiled("provision_everyone();");
    let mut wrong = Vec::new();
    let mut count = 0;
    for entry in reference().entries() {
        for example in &entry.examples {
            count += 1;
            let (code, gives, found) = match example {
                Shown::Value { code, gives } => {
                    let mut session = Session::new(Arc::clone(&bare), facts.now);
                    session.select(&facts, mia).unwrap();
                    let found = session.evaluate(code);
                    (code, gives.clone(), found.map_or_else(|e| e.message, Option::unwrap_or_default))
                }
                Shown::Cell { code, gives } => {
                    let found = Session::new(Arc::clone(&bare), facts.now).evaluate(code);
                    (
                        code,
                        gives.clone(),
                        found.map_or_else(|e| e.message, |value| cell(&value.unwrap_or_default(), gives)),
                    )
                }
                Shown::Policy { code, gives } => (code, gives.clone(), said(code, &facts, mia)),
                Shown::Script { code, gives } => (code, gives.clone(), ordered(code, &facts, mia)),
                Shown::Test { .. } => continue,
            };
            if found != gives {
                wrong.push(format!(
                    "{}: {code}\n  is said to be {gives}\n  and is        {found}",
                    entry.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 150, "{count}");
}

/// A value of a script as a cell shows it. Lists are rows or columns to Excel and neither here.
fn cell(value: &str, gives: &str) -> String {
    if gives.starts_with('{') && value.starts_with('[') {
        return gives.to_owned();
    }
    match value {
        "true" => "TRUE".to_owned(),
        "false" => "FALSE".to_owned(),
        "blank" => String::new(),
        text if text.starts_with('"') => serde_json::from_str(text).unwrap_or_else(|_| text.to_owned()),
        // A cell shows 15 digits.
        number => match (number.parse::<f64>(), gives.parse::<f64>()) {
            (Ok(found), Ok(said)) if (found - said).abs() <= 1e-14 * said.abs() => gives.to_owned(),
            _ => number.to_owned(),
        },
    }
}

#[test]
fn every_example_of_a_test_passes() {
    let project = Project::new();
    project
        .write("rolecall.toml", "")
        .write("fixtures/people.ldif", PEOPLE)
        .write("policy/main.rhai", &format!("provision_by_role();\n{USER_NAME}{ROLES}"));
    let mut count = 0;
    for entry in reference().entries() {
        for example in &entry.examples {
            if let Shown::Test { code } = example {
                count += 1;
                project.write(&format!("tests/{}_{count}_test.rhai", entry.name), &format!("{code}\n"));
            }
        }
        assert!(
            !matches!(entry.section, Section::Test | Section::Script) || !entry.examples.is_empty(),
            "{} has no example",
            entry.name
        );
    }
    let first = project.rolecall(["test", "--update"]).run();
    assert_eq!(first.code, Some(0), "{first}");
    let ran = project.rolecall(["test"]).run();
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(count > 30);
}

#[test]
fn one_entry() {
    let project = Project::new();
    let names = [
        "LEFT",
        "user.manager",
        "contains",
        "map",
        "department",
        "name.givenName",
        "people::is_new",
        "push",
        "test",
        "ERROR_TYPE",
        "len",
        "now",
        "==",
        "LOWRE",
        "user.departmnet",
        "to_match",
        "decision.profile",
        "klaviyo.create",
        "directory.users",
        "mail::primary",
        "flibbertigibbet",
        "",
    ];
    let pages: Vec<String> = names
        .iter()
        .map(|name| format!("$ rolecall docs {name}\n{}", project.rolecall(["docs", name]).run()))
        .collect();
    insta::assert_snapshot!(pages.join("\n"));
}

#[test]
fn the_whole_reference_but_for_excels_functions_and_the_words_of_tests() {
    let markdown = reference().markdown();
    let kept: Vec<&str> = markdown
        .split("\n## ")
        .filter(|section| !section.starts_with("Excel") && !section.starts_with("Words of a test"))
        .collect();
    insta::assert_snapshot!(kept.join("\n## "));
}

#[test]
fn the_reference_has_everything_in_both_formats() {
    let project = Project::new();
    let (markdown, json) =
        (project.rolecall(["docs"]).run(), project.rolecall(["docs", "--format", "json"]).run());
    let entries: Vec<serde_json::Value> = serde_json::from_str(&json.stdout).unwrap();
    let reference = reference();
    assert_eq!(entries.len(), reference.entries().len());
    for entry in reference.entries() {
        assert!(markdown.stdout.contains(&entry.name), "{}", entry.name);
    }
    let one = project.rolecall(["docs", "user.manager", "--format", "json"]).run();
    insta::assert_snapshot!(one.stdout);
}

/// Reads a definition file as Rhai's language server does: a header, then declarations that end with `;`.
fn parse(name: &str, text: &str) -> usize {
    let mut lines =
        text.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with("//"));
    let header = lines.next().unwrap();
    assert!(header.starts_with("module ") && header.ends_with(';'), "{name}: {header}");
    let mut count = 0;
    for line in lines {
        count += 1;
        let declared =
            line.strip_prefix("fn ").or(line.strip_prefix("op ")).unwrap_or_else(|| panic!("{name}: {line}"));
        let declared = declared.strip_suffix(';').unwrap_or_else(|| panic!("{name}: {line}"));
        let (called, result) = declared.rsplit_once(" -> ").unwrap_or((declared, "()"));
        let (callee, parameters) = called.split_once('(').unwrap_or_else(|| panic!("{name}: {line}"));
        let parameters = parameters.strip_suffix(')').unwrap_or_else(|| panic!("{name}: {line}"));
        if line.starts_with("fn ") {
            let callee = callee.trim_start_matches("get ").trim_start_matches("set ");
            assert!(callee.chars().all(|c| c.is_alphanumeric() || c == '_'), "{name}: {line}");
            for parameter in parameters.split(", ").filter(|parameter| parameter.contains(':')) {
                let (parameter, _) = parameter.split_once(':').unwrap();
                assert!(parameter.chars().all(|c| c.is_alphanumeric() || c == '_'), "{name}: {line}");
            }
        }
        for kind in parameters.split(", ").filter_map(|p| p.split(": ").last()).chain([result]) {
            let fine = |c: char| c.is_alphanumeric() || "_?<>()|, ".contains(c);
            assert!(
                !(kind == result && kind.is_empty())
                    && kind.chars().all(fine)
                    && kind.matches('<').count() == kind.matches('>').count(),
                "{name}: {line}"
            );
        }
    }
    count
}

#[test]
fn definitions_are_what_editors_can_read() {
    let project = Project::new();
    let ran = project.rolecall(["definitions", "defs"]).run();
    assert_eq!(ran.code, Some(0), "{ran}");
    let mut files = Vec::new();
    for (name, text) in testing::definitions() {
        assert_eq!(std::fs::read_to_string(project.path(&format!("defs/{name}"))).unwrap(), text);
        // What Rhai ships as a text is Rhai's own affair.
        if !name.starts_with("__builtin") {
            assert!(parse(&name, &text) > 2, "{name}");
        }
        files.push(name);
    }
    let text = std::fs::read_to_string(project.path("defs/__static__.d.rhai")).unwrap();
    let of = |name: &str| {
        let blocks: Vec<&str> =
            text.split("\n\n").filter(|block| block.contains(&format!("fn {name}("))).collect();
        blocks.join("\n")
    };
    let shown =
        ["role", "equals", "in_group", "plus_days", "LEFT", "expect", "to_be", "operation_for"].map(of);
    insta::assert_snapshot!(format!("{ran}\n{}\n\n{}", files.join("\n"), shown.join("\n\n")));
}

#[test]
fn a_folder_that_is_a_file_is_refused() {
    let project = Project::new();
    project.write("defs", "");
    for command in ["definitions", "man"] {
        let ran = project.rolecall([command, "defs"]).run();
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(2), "error: `defs` is a file, not a folder\n"));
    }
}

#[test]
fn completions_know_every_command() {
    let project = Project::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = project.rolecall(["completions", shell]).run();
        assert_eq!(ran.code, Some(0), "{ran}");
        for command in ["explain", "simulator", "repl", "completions"] {
            assert!(ran.stdout.contains(command), "{shell}: {command}");
        }
    }
    // The shell itself is asked, where there is one.
    let script = project.rolecall(["completions", "bash"]).run().stdout;
    project.write("completions.bash", &script);
    let asked = "source completions.bash; COMP_WORDS=(rolecall simu); COMP_CWORD=1; _rolecall rolecall simu rolecall; \
                 echo \"${COMPREPLY[@]}\"";
    let ran = std::process::Command::new("bash")
        .args(["-c", asked])
        .current_dir(project.path(""))
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&ran.stdout),
        "simulator\n",
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
}

#[test]
fn man_pages_for_every_command() {
    let project = Project::new();
    let ran = project.rolecall(["man", "man1"]).run();
    assert_eq!(ran.code, Some(0), "{ran}");
    let mut pages: Vec<String> = std::fs::read_dir(project.path("man1"))
        .unwrap()
        .map(|page| page.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    let page = std::fs::read_to_string(project.path("man1/rolecall-repl.1")).unwrap();
    insta::assert_snapshot!(format!("{}\n\n{page}", pages.join("\n")));
    let whole = project.rolecall(["man"]).run();
    assert!(whole.stdout.contains("rolecall\\-journal(1)"), "{whole}");
}

#[test]
fn help_of_the_commands_that_look_things_up() {
    let project = Project::new();
    let pages = ["docs", "definitions", "completions", "man", "repl"];
    let text: Vec<String> =
        pages.iter().map(|page| project.rolecall([page, "--help"]).run().to_string()).collect();
    insta::assert_snapshot!(text.join("\n"));
}
