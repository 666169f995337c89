use std::collections::BTreeMap;
use std::sync::Arc;

use rhai::Engine;

use super::expect;
use super::fixtures::Fixtures;
use super::kept::Kept;
use super::matcher::MATCHERS;
use super::people;
use super::reference::WORDS;
use super::snapshots::Snapshots;
use super::words;
use super::world::World;
use crate::config::Sources;
use crate::policy::reference::{Doc, comments};
use crate::policy::{Policy, script_engine, shipped_modules};
use crate::script;

/// The file of what has no module.
const STATIC: &str = "__static__.d.rhai";

/// What editors know scripts by: file name to text, in the syntax of Rhai's language server. `__static__.d.rhai` has
/// everything that policies, tests and scripts may call, `std/people.d.rhai` and its like the shipped modules.
#[must_use]
pub fn definitions() -> BTreeMap<String, String> {
    let Some((engine, _policy)) = engine_of_tests() else { return BTreeMap::new() };
    let defined = engine.definitions().with_headers(true).include_standard_packages(true);
    let mut files: BTreeMap<String, String> =
        defined.iter_files().map(|(name, text)| (name, readable(&text))).collect();
    if let Some(text) = files.get_mut(STATIC) {
        let matchers = MATCHERS.iter().map(|matcher| matcher.name);
        let syntax: Vec<&str> = ["expect"].into_iter().chain(matchers).collect();
        let unregistered = WORDS.iter().filter(|doc| syntax.contains(&doc.name));
        unregistered.chain(script::WORDS).for_each(|doc| text.push_str(&declared(doc)));
    }
    for (path, module) in shipped_modules(&engine) {
        files.insert(format!("{path}.d.rhai"), format!("module \"{path}\";\n\n{module}"));
    }
    files
}

/// An engine that knows all that tests may say, and the policy that it stands beside.
pub(super) fn engine_of_tests() -> Option<(Engine, Arc<Policy>)> {
    let main = "provision_by_role();\nrole(\"none\", |user| false);\nmap(\"userName\", |user| user.mail);\n";
    let sources = Sources {
        entry: "main.rhai".to_owned(),
        files: BTreeMap::from([("main.rhai".to_owned(), Arc::from(main))]),
        extra_attributes: Vec::new(),
    };
    let policy = Arc::new(Policy::compile(&sources).policy?);
    let mut engine = script_engine(&policy);
    let world = World::new(Arc::clone(&policy), Arc::new(Fixtures::default()));
    let kept = Arc::new(Kept::new(Snapshots::default(), false));
    expect::register(&mut engine, &world, &kept, &Arc::from(""));
    words::register(&mut engine, &world);
    people::register(&mut engine, &world);
    Some((engine, policy))
}

/// Rhai's definitions as editors can take them: without what has no name, types that are one word, and the words of
/// tests with what is said of them.
fn readable(text: &str) -> String {
    let mut out = String::new();
    let mut comments_before: Vec<&str> = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("///") {
            comments_before.push(line);
            continue;
        }
        let name = line.strip_prefix("fn ").and_then(|rest| rest.split('(').next());
        // Indexers have no name that could be declared.
        if name.is_some_and(|name| name.contains('$')) {
            comments_before.clear();
            continue;
        }
        match name.and_then(|name| WORDS.iter().find(|doc| doc.names().any(|known| known == name))) {
            Some(doc) if comments_before.is_empty() => told(doc).iter().for_each(|line| {
                out.push_str(line);
                out.push('\n');
            }),
            _ => comments_before.iter().for_each(|line| {
                out.push_str(line.trim_start());
                out.push('\n');
            }),
        }
        comments_before.clear();
        let line = line.replace("error value", "error").replace("unmet expectation", "expectation");
        // Of a function that can fail, Rhai's types keep only how it fails; of one that gives nothing, nothing.
        out.push_str(
            &line
                .replace("EvalAltResult>>", "?")
                .replace("RhaiResult", "?")
                .replace("range=", "range")
                .replace("-> ;", "-> ();"),
        );
        out.push('\n');
    }
    // Where something was left out, its empty line stays behind.
    while out.contains("\n\n\n") {
        out = out.replace("\n\n\n", "\n\n");
    }
    out
}

/// The calls of something that is no function of the engine.
fn declared(doc: &Doc) -> String {
    let mut out = String::new();
    for (signature, names) in doc.signatures.iter().zip(doc.calls()) {
        if !signature.contains('(') {
            continue;
        }
        // Whom it is asked of is its own type, as in `klaviyo.create(user)`.
        let is_method = signature.split('(').next().is_some_and(|callee| callee.contains('.'));
        let typed: Vec<String> = names
            .iter()
            .enumerate()
            .map(|(index, name)| format!("{name}: {}", if is_method && index == 0 { name } else { "?" }))
            .collect();
        let result = match signature.split_once(" -> ") {
            Some((_, "text")) => "string",
            Some((_, "list")) => "array",
            Some((_, kind)) => kind,
            None => "()",
        };
        let comments = told(doc).join("\n");
        out.push_str(&format!("\n{comments}\nfn {}({}) -> {result};\n", doc.name, typed.join(", ")));
    }
    out
}

fn told(doc: &Doc) -> Vec<String> {
    comments(doc.summary, doc.blank)
}
