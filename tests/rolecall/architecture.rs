//! What the layout promises: stages that use earlier ones only, one place for each outside library, small files.
//!
//! The scanner reads tokens, not syntax trees; its own tests at the end show that every rule can fail.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The flow. A module may use those before it.
const ORDER: [&str; 16] = [
    "diagnostic",
    "config",
    "directory",
    "facts",
    "policy",
    "desired",
    "plan",
    "script",
    "scim",
    "simulator",
    "apply",
    "journal",
    "sync",
    "testing",
    "daemon",
    "cli",
];

/// A library, and the modules that may know of it.
const PLACES: [(&str, &[&str]); 5] = [
    ("rhai", &["policy", "script", "testing"]),
    ("hyper_rustls", &["scim"]),
    ("ldap3", &["directory"]),
    ("rusqlite", &["journal"]),
    ("anyhow", &["cli", "main"]),
];

/// Files that are tables, which may be long.
const TABLES: [&str; 0] = [];

const LONGEST: usize = 600;

/// Names that say nothing of what is inside.
const VAGUE: [&str; 7] = ["util", "utils", "helper", "helpers", "common", "misc", "shared"];

/// What may stand at the top of the repository, beside names with a dot in front.
const TOP: [&str; 7] = ["Cargo.toml", "Cargo.lock", "src", "scripts", "stdlib", "tests", "README.md"];

#[test]
fn modules_use_earlier_ones_only() {
    hold(imports);
}

#[test]
fn the_root_declares_the_modules_in_the_order_of_the_flow() {
    let root = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let declared: Vec<&str> =
        root.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert_eq!(declared, ORDER);
}

#[test]
fn outside_libraries_stay_in_their_modules() {
    hold(libraries);
}

#[test]
fn files_are_short_and_named_for_what_they_hold() {
    hold(shape);
}

#[test]
fn roots_of_modules_declare_and_say_what_for() {
    hold(roots);
}

#[test]
fn nothing_is_imported_by_a_star() {
    hold(stars);
}

#[test]
fn the_top_level_holds_what_it_should() {
    let git = Command::new("git")
        .args(["ls-files"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("git is needed to list the repository's files");
    assert!(git.status.success(), "git ls-files: {}", String::from_utf8_lossy(&git.stderr));
    let listed = String::from_utf8(git.stdout).unwrap();
    assert!(listed.lines().any(|path| path == "Cargo.toml"), "git lists nothing: {listed}");
    assert_eq!(strangers(&listed), [""; 0], "not among {TOP:?}");
}

fn strangers(listed: &str) -> Vec<&str> {
    let top = listed.lines().map(|path| path.split('/').next().unwrap());
    top.filter(|name| !name.starts_with('.') && !TOP.contains(name)).collect()
}

/// Something that is not as promised.
#[derive(Debug, PartialEq)]
struct Breach {
    file: String,
    line: usize,
    what: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

/// Looks at every file below `src` with one rule.
fn hold(rule: fn(&File) -> Vec<Breach>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    collect(&root.join("src"), &mut paths);
    assert!(paths.len() > 20, "where are the sources? {paths:?}");
    let breaches: Vec<String> = paths
        .iter()
        .flat_map(|path| {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            rule(&File::new(&name, &std::fs::read_to_string(path).unwrap()))
        })
        .map(|breach| breach.to_string())
        .collect();
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            paths.push(path);
        }
    }
    paths.sort();
}

fn imports(file: &File) -> Vec<Breach> {
    let own = file.module();
    if matches!(own, "lib" | "main") {
        return Vec::new();
    }
    let Some(place) = ORDER.iter().position(|name| *name == own) else {
        return vec![file.breach(1, format!("`{own}` has no place in the order of modules"))];
    };
    file.top_level_uses()
        .into_iter()
        .filter_map(|(line, used)| {
            let what = match ORDER.iter().position(|name| *name == used) {
                Some(other) if other <= place => return None,
                Some(_) => format!("`{own}` uses `{used}`, which comes after it"),
                None => format!("`{own}` uses `crate::{used}`, which is no module of the order"),
            };
            Some(file.breach(line, what))
        })
        .collect()
}

fn libraries(file: &File) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (index, token) in file.tokens.iter().enumerate() {
        let Some((library, places)) = PLACES.iter().find(|(library, _)| *library == token.text) else {
            continue;
        };
        let before = index.checked_sub(1).map_or("", |before| file.text(before));
        let named = match before {
            "use" => true,
            "." => false,
            // `use ::rhai::Engine` names the library, `x::rhai::Engine` does not.
            "::" => index.checked_sub(2).is_some_and(|index| file.text(index) == "use"),
            _ => file.text(index + 1) == "::",
        };
        if named && !places.contains(&file.module()) {
            let what = format!("`{library}` is for {} only", places.join(" and "));
            breaches.push(file.breach(token.line, what));
        }
    }
    breaches
}

fn shape(file: &File) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let longest = if file.name == "src/main.rs" { 39 } else { LONGEST };
    let is_table = TABLES.contains(&file.name.as_str());
    if file.lines > longest && !is_table {
        breaches.push(file.breach(file.lines, format!("{} lines, at most {longest}", file.lines)));
    }
    if is_table && file.lines <= longest {
        breaches.push(file.breach(file.lines, "it is short and needs no place among TABLES"));
    }
    let parts = file.name.trim_end_matches(".rs").split('/');
    breaches.extend(
        parts
            .filter(|part| VAGUE.contains(part))
            .map(|part| file.breach(1, format!("`{part}` does not say what is in it"))),
    );
    for (index, token) in file.tokens.iter().enumerate() {
        if token.text == "mod" && VAGUE.contains(&file.text(index + 1)) {
            let what = format!("`{}` does not say what is in it", file.text(index + 1));
            breaches.push(file.breach(token.line, what));
        }
    }
    breaches
}

/// `mod.rs` and `lib.rs` declare and re-export; they, and modules of one file, begin by saying what they are for.
fn roots(file: &File) -> Vec<Breach> {
    let declares = file.name == "src/lib.rs" || file.name.ends_with("/mod.rs");
    let whole_module = file.name.matches('/').count() == 1 && file.name != "src/main.rs";
    let mut breaches = Vec::new();
    if (declares || whole_module) && !file.has_header {
        breaches.push(file.breach(1, "no `//!` header that says what it is for"));
    }
    if !declares {
        return breaches;
    }
    let mut index = 0;
    while index < file.tokens.len() {
        let start = index;
        while file.text(index) == "#" {
            index = file.closing(index + if file.text(index + 1) == "!" { 2 } else { 1 }) + 1;
        }
        if file.text(index) == "pub" {
            index += 1;
            if file.text(index) == "(" {
                index = file.closing(index) + 1;
            }
        }
        let declares_module = file.text(index) == "mod" && file.text(index + 2) == ";";
        if index < file.tokens.len() && file.text(index) != "use" && !declares_module {
            let line = file.tokens[start].line;
            breaches.push(file.breach(line, "more than declarations and re-exports"));
            break;
        }
        while index < file.tokens.len() && file.text(index) != ";" {
            index += 1;
        }
        index += 1;
    }
    breaches
}

fn stars(file: &File) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (index, token) in file.tokens.iter().enumerate() {
        let is_glob = token.text == "::" && file.text(index + 1) == "*";
        if is_glob && !file.inside(index).contains(&"tests") {
            breaches.push(file.breach(token.line, "a star imports what nobody can see"));
        }
    }
    breaches
}

#[derive(Debug, PartialEq)]
struct Token {
    line: usize,
    text: String,
}

struct File {
    /// From the top of the repository, with `/`.
    name: String,
    lines: usize,
    has_header: bool,
    tokens: Vec<Token>,
}

impl File {
    fn new(name: &str, text: &str) -> Self {
        Self {
            name: name.to_owned(),
            lines: text.lines().count(),
            has_header: text.starts_with("//! "),
            tokens: tokens(text),
        }
    }

    fn breach(&self, line: usize, what: impl Into<String>) -> Breach {
        Breach { file: self.name.clone(), line, what: what.into() }
    }

    /// The module of the crate's root that the file belongs to.
    fn module(&self) -> &str {
        self.name.split('/').nth(1).unwrap().trim_end_matches(".rs")
    }

    fn text(&self, index: usize) -> &str {
        self.tokens.get(index).map_or("", |token| &token.text)
    }

    /// Where the bracket at `open` is closed.
    fn closing(&self, open: usize) -> usize {
        let mut depth = 0;
        for index in open..self.tokens.len() {
            match self.text(index) {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return index;
            }
        }
        self.tokens.len()
    }

    /// The names of the inline modules around a token.
    fn inside(&self, index: usize) -> Vec<&str> {
        (0..index)
            .filter(|at| self.text(*at) == "mod" && self.text(at + 2) == "{" && self.closing(at + 2) > index)
            .map(|at| self.text(at + 1))
            .collect()
    }

    /// Every module of the crate's root that a path in the file goes through, with its line.
    fn top_level_uses(&self) -> Vec<(usize, String)> {
        let folders = self.name.split('/').skip(1).collect::<Vec<_>>();
        let depth = if folders.last() == Some(&"mod.rs") { folders.len() - 1 } else { folders.len() };
        let mut uses = Vec::new();
        for index in 0..self.tokens.len() {
            let before = index.checked_sub(1).map_or("", |before| self.text(before));
            let mut next = index;
            match self.text(index) {
                "crate" if self.text(index + 1) == "::" => next += 2,
                "super" if before != "::" => {
                    let mut left = depth + self.inside(index).len();
                    while self.text(next) == "super" && self.text(next + 1) == "::" {
                        left = left.saturating_sub(1);
                        next += 2;
                    }
                    if left > 0 {
                        continue;
                    }
                }
                _ => continue,
            }
            if self.text(next) != "{" {
                uses.push((self.tokens[index].line, self.text(next).to_owned()));
                continue;
            }
            let end = self.closing(next);
            let mut at = next + 1;
            while at < end {
                uses.push((self.tokens[at].line, self.text(at).to_owned()));
                while at < end && self.text(at) != "," {
                    at = if self.text(at) == "{" { self.closing(at) } else { at } + 1;
                }
                at += 1;
            }
        }
        uses
    }
}

/// The words and signs of a Rust text; comments, strings and characters are left out.
fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let at = |index: usize| chars.get(index).copied().unwrap_or('\0');
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    let (mut index, mut line) = (0, 1);
    while index < chars.len() {
        let start = index;
        let mut text = String::new();
        match at(index) {
            '/' if at(index + 1) == '/' => {
                while index < chars.len() && at(index) != '\n' {
                    index += 1;
                }
            }
            '/' if at(index + 1) == '*' => {
                let mut depth = 0;
                while index < chars.len() {
                    match (at(index), at(index + 1)) {
                        ('/', '*') => depth += 1,
                        ('*', '/') => depth -= 1,
                        _ => {
                            index += 1;
                            continue;
                        }
                    }
                    index += 2;
                    if depth == 0 {
                        break;
                    }
                }
            }
            '"' => index = string_end(&chars, index, 0, true),
            '\'' if at(index + 1) == '\\' => {
                index += 3;
                while index < chars.len() && at(index) != '\'' {
                    index += 1;
                }
                index += 1;
            }
            '\'' if at(index + 2) == '\'' => index += 3,
            c if is_word(c) => {
                while is_word(at(index)) {
                    text.push(at(index));
                    index += 1;
                }
                let hashes = (index..).take_while(|index| at(*index) == '#').count();
                if matches!(text.as_str(), "r" | "br" | "cr") && at(index + hashes) == '"' {
                    text.clear();
                    index = string_end(&chars, index + hashes, hashes, false);
                } else if matches!(text.as_str(), "b" | "c") && at(index) == '"' {
                    text.clear();
                }
            }
            ':' if at(index + 1) == ':' => {
                text.push_str("::");
                index += 2;
            }
            c => {
                if !c.is_whitespace() {
                    text.push(c);
                }
                index += 1;
            }
        }
        if !text.is_empty() {
            found.push(Token { line, text });
        }
        line += chars[start..index.min(chars.len())].iter().filter(|c| **c == '\n').count();
    }
    found
}

/// Behind the string whose `"` stands at `open`.
fn string_end(chars: &[char], open: usize, hashes: usize, escapes: bool) -> usize {
    let mut index = open + 1;
    while index < chars.len() {
        match chars[index] {
            '\\' if escapes => index += 1,
            '"' if (1..=hashes).all(|next| chars.get(index + next) == Some(&'#')) => {
                return index + 1 + hashes;
            }
            _ => {}
        }
        index += 1;
    }
    index
}

mod scanner {
    use super::*;

    fn found(rule: fn(&File) -> Vec<Breach>, name: &str, text: &str) -> Vec<String> {
        rule(&File::new(name, text)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn tokens_are_what_is_no_comment_and_no_string() {
        let text = "/* a /* b */ c */ use x::y; // crate::z\nlet s = \"crate::q \\\" w\"; let r = r#\"\" e\"#;\n\
                    let c = '\\''; let d = '\"'; fn f<'a>(b: &'a u8) {} b\"t\";";
        let words: Vec<String> =
            tokens(text).into_iter().map(|token| format!("{}{}", token.line, token.text)).collect();
        let shown = words.join(" ");
        assert_eq!(
            shown,
            "1use 1x 1:: 1y 1; 2let 2s 2= 2; 2let 2r 2= 2; 3let 3c 3= 3; 3let 3d 3= 3; \
             3fn 3f 3< 3' 3a 3> 3( 3b 3: 3& 3' 3a 3u8 3) 3{ 3} 3;"
        );
    }

    #[test]
    fn a_later_module_is_found_however_it_is_named() {
        let late =
            |line: usize| format!("src/plan/diff.rs:{line}: `plan` uses `journal`, which comes after it");
        for text in [
            "use crate::journal::Store;",
            "use crate::{facts::Facts, journal::{self, Store}};",
            "use crate::{config::{A, B}, journal};",
            "fn f() { crate::journal::open(); }",
            "use super::super::journal;",
            "mod tests { use super::super::super::journal::Store; }",
        ] {
            assert_eq!(found(imports, "src/plan/diff.rs", text), [late(1)], "{text}");
        }
        assert_eq!(
            found(imports, "src/plan/diff.rs", "use crate::{\n    facts::Facts,\n    journal,\n};"),
            [late(3)]
        );
        assert_eq!(
            found(imports, "src/plan/mod.rs", "use super::journal;"),
            ["src/plan/mod.rs:1: `plan` uses `journal`, which comes after it"]
        );
        assert_eq!(
            found(imports, "src/sync.rs", "use crate::cli::run;"),
            ["src/sync.rs:1: `sync` uses `cli`, which comes after it"]
        );
        assert_eq!(
            found(imports, "src/extra/mod.rs", ""),
            ["src/extra/mod.rs:1: `extra` has no place in the order of modules"]
        );
        assert_eq!(
            found(imports, "src/plan/diff.rs", "use crate::extra::X;"),
            ["src/plan/diff.rs:1: `plan` uses `crate::extra`, which is no module of the order"]
        );
    }

    #[test]
    fn earlier_modules_and_words_in_comments_are_fine() {
        let text = "//! See [`crate::journal`].\nuse crate::config::Revision;\nuse crate::{desired, facts::{A, journal}};\n\
                    use super::{Plan, journal};\nuse crate::plan::Kind;\nlet x = \"crate::journal\";\n\
                    mod tests { use super::super::journal; }\n";
        assert_eq!(found(imports, "src/plan/diff.rs", text), [""; 0]);
    }

    #[test]
    fn libraries_are_found_outside_their_modules() {
        for text in
            ["use rhai::Engine;", "use ::rhai::Engine;", "fn f(e: &rhai::Engine) {}", "use rhai as r;"]
        {
            let expected = ["src/plan/diff.rs:1: `rhai` is for policy and script and testing only"];
            assert_eq!(found(libraries, "src/plan/diff.rs", text), expected, "{text}");
            assert_eq!(found(libraries, "src/policy/engine.rs", text), [""; 0]);
        }
        assert_eq!(found(libraries, "src/main.rs", "fn main() -> anyhow::Result<()> {}"), [""; 0]);
        assert_eq!(found(libraries, "src/plan/diff.rs", "let rhai = x.rhai; files.rhai::<u8>();"), [""; 0]);
    }

    #[test]
    fn long_files_and_vague_names_are_found() {
        let long = "\n".repeat(601);
        assert_eq!(found(shape, "src/plan/diff.rs", &long), ["src/plan/diff.rs:601: 601 lines, at most 600"]);
        assert_eq!(found(shape, "src/main.rs", &"\n".repeat(40)), ["src/main.rs:40: 40 lines, at most 39"]);
        assert_eq!(
            found(shape, "src/plan/utils.rs", ""),
            ["src/plan/utils.rs:1: `utils` does not say what is in it"]
        );
        assert_eq!(
            found(shape, "src/plan/diff.rs", "\nmod helpers {}"),
            ["src/plan/diff.rs:2: `helpers` does not say what is in it"]
        );
        assert_eq!(found(shape, "src/plan/diff.rs", &"\n".repeat(600)), [""; 0]);
    }

    #[test]
    fn logic_in_a_root_is_found() {
        let good = "//! Header.\n#![warn(x)]\nmod a;\n#[cfg(unix)]\npub(crate) mod b;\npub use a::{B, C};\nuse d::E;\n";
        assert_eq!(found(roots, "src/plan/mod.rs", good), [""; 0]);
        for text in ["fn f() {}", "mod a { fn f() {} }", "pub struct A;", "const A: u8 = 1;", "m!();"] {
            let text = format!("{good}{text}");
            let expected = ["src/plan/mod.rs:8: more than declarations and re-exports"];
            assert_eq!(found(roots, "src/plan/mod.rs", &text), expected, "{text}");
            assert_eq!(found(roots, "src/plan/diff.rs", &text), [""; 0]);
        }
        for name in ["src/plan/mod.rs", "src/sync.rs", "src/lib.rs"] {
            let expected = [format!("{name}:1: no `//!` header that says what it is for")];
            assert_eq!(found(roots, name, "use a;"), expected);
        }
        assert_eq!(found(roots, "src/plan/diff.rs", "fn f() {}"), [""; 0]);
    }

    #[test]
    fn stars_are_found_outside_tests() {
        let text = "use super::x::*;\nuse a::{b::*};\nmod tests { use super::*; }\nlet x = 3 * 4;";
        assert_eq!(
            found(stars, "src/plan/diff.rs", text),
            [
                "src/plan/diff.rs:1: a star imports what nobody can see",
                "src/plan/diff.rs:2: a star imports what nobody can see"
            ]
        );
    }

    #[test]
    fn strangers_at_the_top_are_found() {
        assert_eq!(strangers("Cargo.toml\nsrc/main.rs\n.ci/run\ndocs/x.md\nMakefile"), ["docs", "Makefile"]);
    }
}
