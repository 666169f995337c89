//! The pages of the codes: there is one for each, and its examples are what it says they are.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use rolecall::config::{Config, DirectorySource, Error, FileSource, Sources};
use rolecall::diagnostic::{Diagnostics, Page, Part, pages};
use rolecall::directory::{self, Query, Schema};
use rolecall::facts::Facts;
use rolecall::plan::Links;
use rolecall::policy::{Policy, reference};
use rolecall::script::{Ground, Script};
use rolecall::testing::{Material, Outcome, Unreadable};

use super::support::Project;

/// What an example is part of, where it does not say otherwise.
const AROUND: &[(&str, &str)] = &[
    ("rolecall.toml", ""),
    (
        "policy/main.rhai",
        "import \"roles\" as roles;\nprovision_by_role();\nmap(\"userName\", |user| LOWER(user.mail));\n",
    ),
    ("policy/roles.rhai", "role(\"analyst\", |user| user.department.equals(\"Analytics\"));\n"),
    ("fixtures/people.toml", "[mia]\nmail = \"mia@example.com\"\ndepartment = \"Analytics\"\n"),
];

/// The directory of an example, and a script beside its policy.
const PEOPLE: &str = "people.ldif";
const SCRIPT: &str = "work.rhai";

fn codes(findings: &Diagnostics) -> Vec<&'static str> {
    findings.0.iter().map(|finding| finding.code).collect()
}

/// The people of an example; those of the reference, where it has none.
fn people(project: &Project) -> Arc<Facts> {
    if !project.path(PEOPLE).exists() {
        project.write(PEOPLE, reference::PEOPLE);
    }
    let source = DirectorySource::File(FileSource { path: project.path(PEOPLE) });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let snapshot = runtime.block_on(directory::read(&source, &Query::default(), &|_| {})).unwrap();
    Arc::new(Facts::of(&snapshot, reference::NOW.parse::<Timestamp>().unwrap()))
}

/// What is found wrong with the script of an example, where nobody has an account.
fn found_in_script(project: &Project, policy: &Policy) -> Diagnostics {
    let Ok(text) = std::fs::read_to_string(project.path(SCRIPT)) else { return Diagnostics::default() };
    let facts = people(project);
    let ground = Ground { policy, facts: &facts, decisions: &[], accounts: &[], links: &Links::default() };
    let script = Script::parse(policy, SCRIPT, &text.into());
    script
        .and_then(|script| script.orders(ground).map(|_| Diagnostics::default()))
        .unwrap_or_else(|wrong| wrong)
}

/// The codes of everything that is found wrong with a project: its configuration, its policy, how that fits the people,
/// its tests, its script.
fn found(project: &Project) -> Vec<&'static str> {
    let config = match Config::load(&project.path("rolecall.toml")) {
        Ok(config) => config,
        Err(Error::Invalid(findings)) => return codes(&findings),
        Err(error) => panic!("{error}"),
    };
    let tests = &config.policy.tests;
    let tests =
        if tests.exists() { Sources::read_folder(tests, &[".rhai"]).unwrap() } else { Default::default() };
    let compiled =
        Policy::check(&Sources::read(&config.policy).unwrap(), &tests, Schema::kept(&config.state).as_ref());
    let mut all = codes(&compiled.findings);
    let Some(policy) = compiled.policy else { return all };
    all.extend(codes(&policy.review(&compiled.findings)));
    if project.path(PEOPLE).exists() {
        all.extend(codes(&policy.fit(&people(project))));
    }
    all.extend(codes(&found_in_script(project, &policy)));
    match Material::read(&config.policy) {
        Ok(material) => {
            let report = material.run(&Arc::new(policy), &rolecall::testing::Options::default());
            for result in report.suites.iter().flat_map(|suite| &suite.results) {
                match &result.outcome {
                    Outcome::Passed | Outcome::Skipped(_) => {}
                    Outcome::Failed(failure) => all.push(failure.finding.code),
                    Outcome::Error(finding) => all.push(finding.code),
                }
            }
        }
        Err(Unreadable::Invalid(findings)) => all.extend(codes(&findings)),
        Err(error) => panic!("{error}"),
    }
    all
}

fn project(page: &Page, part: Part) -> Project {
    let project = Project::new();
    let examples = page.examples();
    let mine: Vec<_> =
        examples.iter().filter(|example| example.part == part || example.part == Part::Given).collect();
    assert!(mine.iter().any(|example| example.part == part), "{} has an example missing", page.code);
    // A main script of the example's own may have its rules in itself.
    let alone =
        mine.iter().any(|example| example.path == "policy/main.rhai" && !example.text.contains("\"roles\""));
    for (path, text) in AROUND.iter().filter(|(path, _)| !(alone && *path == "policy/roles.rhai")) {
        project.write(path, text);
    }
    for example in mine {
        project.write(example.path, example.text);
    }
    project
}

#[test]
fn the_wrong_examples_give_their_code_and_nothing_else() {
    let mut wrong = Vec::new();
    for page in pages() {
        let found: BTreeSet<_> = found(&project(&page, Part::Wrong)).into_iter().collect();
        // What comes with it is named on its page.
        let stranger = found.iter().any(|code| !page.text.contains(*code));
        if !found.contains(page.code) || stranger {
            wrong.push(format!("{}: {found:?}", page.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_right_examples_give_no_finding() {
    let found = |page| (page, found(&project(&page, Part::Right)));
    let wrong: Vec<_> = pages().map(found).filter(|(_, found)| !found.is_empty()).collect();
    let wrong: Vec<_> = wrong.iter().map(|(page, found)| format!("{}: {found:?}", page.code)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Codes in quotes, as the source has them.
fn codes_in(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').filter(|word| {
        word.len() == 5
            && word.starts_with(['P', 'C', 'S', 'T'])
            && word.chars().skip(1).all(|c| c.is_ascii_digit())
    })
}

fn emitted(folder: &Path, codes: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // The pages name every code, and the tests of renderers make some up.
        if path.is_dir() && !path.ends_with("diagnostic") {
            emitted(&path, codes);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            codes.extend(codes_in(code).map(str::to_owned));
        }
    }
}

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut codes = BTreeSet::new();
    emitted(&root, &mut codes);
    let written: BTreeSet<String> = pages().map(|page| page.code.to_owned()).collect();
    assert_eq!(codes, written);
    let files: BTreeSet<String> = std::fs::read_dir(root.join("diagnostic/pages"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(files, written);
}

#[test]
fn pages_have_one_shape() {
    for page in pages() {
        let text = page.text;
        assert!(text.starts_with(&format!("# {}: {}\n\n", page.code, page.title)), "{text}");
        assert!(!page.title.ends_with('.') && text.ends_with(".\n"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
        assert_eq!(text.matches("```").count() % 2, 0, "{text}");
    }
}

#[test]
fn explain_code_tells_the_page() {
    let project = Project::new();
    insta::assert_snapshot!("explain_code", project.rolecall(["explain-code", "p0102"]).run());
    insta::assert_snapshot!("explain_code_list", project.rolecall(["explain-code"]).run());
    insta::assert_snapshot!("explain_code_unknown", project.rolecall(["explain-code", "P1020"]).run());
    insta::assert_snapshot!("explain_code_odd", project.rolecall(["explain-code", "E0308\u{1b}[31m"]).run());
}

const WRONG: &str =
    "import \"std/text\" as text;\nrole(\"analyst\", |user| user.departement == \"Analytics\");\n";

fn checked(arguments: &[&str]) -> super::support::Ran {
    let project = Project::new();
    for (path, text) in AROUND {
        project.write(&format!("it/rolecall/{path}"), text);
    }
    project.write("it/rolecall/policy/roles.rhai", WRONG);
    project
        .rolecall(["--config", "it/rolecall/rolecall.toml", "check"].iter().chain(arguments).copied())
        .run()
}

/// Paths are as somebody has to write them where the command runs.
#[test]
fn findings_in_every_format() {
    let _guard = super::support::stable();
    insta::assert_snapshot!("check_human", checked(&[]));
    for format in ["short", "json", "github", "sarif"] {
        insta::assert_snapshot!(format!("check_{format}"), checked(&["--format", format]));
    }
}

/// A program that reads findings reads those of the configuration in the same way.
#[test]
fn a_wrong_configuration_in_a_format_for_programs() {
    let project = Project::new();
    project.write("rolecall.toml", "[policy]\nfoldr = \"x\"\n").write("policy/main.rhai", "");
    insta::assert_snapshot!("check_configuration", project.rolecall(["check", "--format", "github"]).run());
}

#[test]
fn what_fails_a_check() {
    let project = Project::new();
    for (path, text) in AROUND {
        project.write(path, text);
    }
    let code = |roles: &str, arguments: &[&str]| {
        project.write("policy/roles.rhai", roles);
        project.rolecall(["check"].iter().chain(arguments).copied()).run().code
    };
    let (note, warning) =
        ("role(\"a\", |user| user.title == \"x\");", "fn f() { 1 } role(\"a\", |user| true);");
    assert_eq!(code(note, &["--deny-warnings"]), Some(0));
    assert_eq!(code(warning, &[]), Some(0));
    assert_eq!(code(warning, &["--deny-warnings", "--format", "sarif"]), Some(3));
}
