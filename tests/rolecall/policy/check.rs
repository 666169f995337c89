//! What is found wrong with a policy, and what must not be.

use std::sync::Arc;

use rolecall::config::Sources;
use rolecall::diagnostic::{self, Diagnostics};
use rolecall::policy::Policy;

use super::stage::{FRAME, compile, findings, framed, policy};

fn of_files(files: &[(&str, &str)]) -> String {
    diagnostic::human(&compile(files).findings, false)
}

/// What `check` finds, with advice.
fn checked(files: &[(&str, &str)], tests: &[(&str, &str)]) -> Diagnostics {
    let owned = |files: &[(&str, &str)]| {
        files.iter().map(|(path, text)| ((*path).to_owned(), Arc::from(*text))).collect()
    };
    let sources = Sources {
        entry: "main.rhai".into(),
        files: owned(files),
        extra_attributes: vec!["acmeCostCentre".into()],
    };
    Policy::check(&sources, &owned(tests), None).findings
}

fn of_check(files: &[(&str, &str)], tests: &[(&str, &str)]) -> String {
    diagnostic::human(&checked(files, tests), false)
}

/// One mistake after another, each in a script of its own.
#[test]
fn mistakes() {
    let mut out = String::new();
    for script in [
        "role(\"a\", |user| user.titel.contains(\"x\"));",
        "role(\"a\", |user| user.manager.departement == \"x\");",
        "role(\"a\", |user| user[\"depatment\"] == \"x\");",
        "fn is_it(person) { person.departmen.equals(\"IT\") }\nrole(\"a\", |user| is_it(user));",
        "role(\"a\", |user| user.role == \"x\");",
        "role(\"a\", |user| user.in_grup(\"x\"));",
        "role(\"a\", |user| user.in_group());",
        "role(\"a\", |user| user.title.contains(\"a\", \"b\"));",
        "role(\"a\", |user| LEFTT(user.title, 1) == \"x\");",
        "role(\"a\", |user| LEFT(user.title, 1, 2) == \"x\");",
        "fn is_it(user) { user.department == \"IT\" }\nrole(\"a\", |user| is_it(user, 1));",
        "role(\"a\", |user, other| true);",
        "role(\"a\", || true);",
        "role(\"a\", |user| depatment == \"x\");",
        "role(\"a\", |user| user.title == \"x\")\nrole(\"b\", |user| true);",
        "role(\"a\", |user| user.title == \"x\";",
        "role(\"a\", |user| user.title == \"x);",
        "role(\"a\", |user| match user.title { });",
        "role(\"\", |user| true);",
        "role(\"a\", |user| true);\nrole(\"a\", |user| false);",
        "role(\"a\", |user| true);\nmap(\"name.givenname\", |user| user.sn);\nmap(\"name.givenName\", |user| user.sn);",
        "role(\"a\", |user| true);\nmap(\"name.given\", |user| user.sn);",
        "role(\"a\", |user| true);\nmap(\"active\", |user| true);",
        "role(\"a\", |user| true);\nmap(\"role\", |user| \"x\");",
        "role(\"a\", |user| true);\nmap_on_create(\"userName\", |user| user.sn);",
        "role(\"a\", |user| true);\nmap(\"title\", |user| user.title);",
        "role(\"a\", |user| true);\nlifecycle(#{ create: true, updat: false, delete: 1 });",
        "role(\"a\", |user| true);\nprovision_everyone();",
        "role(\"a\", |user| true);\nprotect(\" \");",
        "role(\"a\", |user| true);\ninvariant(\"x\", |d| d.rolle == \"a\" || d.user.titel == \"x\");",
        "role(\"a\", true);",
        "role(\"a\", |user| true);\nkeep_access_on_role_change(\"yes\");",
        "role(\"a\", |user| true);\nlet x = now();",
        "fn LOWER(text) { text }\nfn equals(a, b) { true }\nrole(\"a\", |user| true);",
        "fn trim() { this }\nrole(\"a\", |user| true);",
        "import \"list\" as lists;\nrole(\"a\", |user| true);",
        "import \"li\" + user_part() as lists;\nfn user_part() { \"sts\" }\nrole(\"a\", |user| true);",
    ] {
        out.push_str(&format!("──── {}\n{}\n", script.replace('\n', " ⏎ "), findings(script)));
    }
    insta::assert_snapshot!(out);
}

#[test]
fn what_a_policy_does_not_say() {
    let mut out = String::new();
    for script in [
        "",
        "provision_by_role();",
        "map(\"userName\", |user| user.mail); role(\"a\", |user| true);",
        "provision_everyone();",
    ] {
        out.push_str(&format!("──── {script}\n{}\n", of_files(&[("main.rhai", script)])));
    }
    out.push_str(&format!("──── no main\n{}\n", of_files(&[("other.rhai", "")])));
    insta::assert_snapshot!(out);
}

#[test]
fn mistakes_in_several_files_are_shown_at_once() {
    let main = format!(
        "{FRAME}import \"lists\" as lists;\nimport \"a\" as a;\nrole(\"a\", |user| user.titel.any_of(lists::MARKTING) && a::is_it(user) && a::missing(user) && a::is_it());"
    );
    let files = [
        ("main.rhai", main.as_str()),
        ("lists.rhai", "export const MARKETING = [\"x\"];\nlet unused = 1;"),
        ("a.rhai", "import \"b\" as b;\nfn is_it(user) { user.departmant == \"IT\" }"),
        ("b.rhai", "import \"a\" as a;"),
        ("unused.rhai", "role(\"b\", |user| true);"),
    ];
    insta::assert_snapshot!(of_files(&files));
    let torn = [("main.rhai", "role(\"a\", |user| ;\n"), ("lists.rhai", "export const = 3;")];
    insta::assert_snapshot!(of_files(&torn));
}

/// Legal Rhai that a check could take for a mistake.
#[test]
fn nothing_is_wrong_with_these() {
    for script in [
        "let m = #{}; m.foo = 3; m[\"bar baz\"] = 2; role(\"a\", |u| m.foo == 3 && m[\"bar baz\"] == 2);",
        "role(\"a\", |u| { let m = #{}; let k = \"zork\"; m[k] = 1; m.zork == 1 && m.len() == 1 });",
        "let tests = #{ it: |u| u.department == \"IT\" }; role(\"a\", |u| tests.it(u) || tests.it.call(u));",
        "fn is_it() { this.department.equals(\"IT\") } role(\"a\", |u| u.is_it());",
        "fn of(department) { this.department.equals(department) } role(\"a\", |u| u.of(\"IT\"));",
        "fn is_it(user) { user.department == \"IT\" } role(\"a\", Fn(\"is_it\"));",
        "let f = |u| u.department == \"IT\"; role(\"a\", |u| f.call(u)); role(\"b\", f);",
        "role(\"a\", |u| u.groups.len > 0 && u.title.len == 3 && u.mail.split(\"@\").len > 1);",
        "role(\"a\", |u| { try { throw #{ code: 3 } } catch (e) { return e.code == 3 } false });",
        "for team in [#{ name: \"a\", dept: \"IT\" }] { role(team.name, |u| u.department == team.dept); }",
        "fn look(table, user) { table[user.department].badge } role(\"a\", |u| look(#{ IT: #{ badge: 1 } }, u) == 1);",
        "role(\"a\", |u| [#{ code: 1 }].some(|row| row.code == 1 && u.department == \"x\"));",
        "role(\"a\", |u| { let boss = u.manager; boss.title == \"x\" });",
        "role(\"a\", |u| u.proxyAddresses.filter(|a| a.contains(\"x\")).map(|a| a.len()).reduce(|sum, n| sum + n, 0) > 3);",
        "fn add(a, b) { a + b } fn add(a, b, c) { a + b + c } role(\"a\", |u| add(1, 2) == 3 && add(1, 2, 3) == 6);",
        "role(\"a\", |u| { print(u.mail); debug(u); type_of(u) == \"user\" && is_def_fn(\"x\", 1) == false });",
        "role(\"a\", |u| (1..=3).contains(2) && 2 in 1..3 && [1, 2][-1] == 2 && #{ a: 1 }.keys() == [\"a\"]);",
        "role(\"a\", |u| u?.manager?.title ?? \"x\" == \"x\");",
    ] {
        assert_eq!(findings(script), "", "{script}");
    }
}

/// What the directory is asked for: everything that any script names, wherever it stands, and nothing else.
#[test]
fn the_read_set() {
    let main = r#"
        import "lists" as lists;
        provision_by_role();
        map("userName", |user| LOWER(user.mail));
        role("a", |user| lists::is_it(user) || user["msDS-cloudExtensionAttribute1"] == "x" || user.manager.Title == "y");
        invariant("x", |d| d.user.company == "z");
    "#;
    let lists = "fn is_it(someone) { someone.department == \"IT\" }";
    let policy = policy(&[("main.rhai", main), ("lists.rhai", lists)]);
    let reads: Vec<_> = policy.reads().iter().map(String::as_str).collect();
    insta::assert_snapshot!(reads.join(" "));
}

/// An attribute that nobody asked the directory for is not blank: nobody knows what it is.
#[test]
fn a_computed_name_fails_unless_it_was_asked_for() {
    let policy = framed("role(\"a\", |user| { let name = \"divi\" + \"sion\"; user[name] == () });");
    let facts = super::stage::company();
    let mut facts = std::sync::Arc::try_unwrap(facts).unwrap();
    facts.asked = Some(policy.reads().clone());
    let decision = policy.decide(&std::sync::Arc::new(facts), 1).unwrap();
    insta::assert_snapshot!(super::stage::told(&[decision]));
}

/// What people write who come from another language, or slip.
#[test]
fn slips() {
    let mut out = String::new();
    for condition in [
        "user.departement == \"x\"",
        "user.firstName == \"x\"",
        "user.e_mail == \"x\"",
        "user.tilte == \"x\"",
        "LOWWER(user.title) == \"x\"",
        "user.in_groups(\"x\")",
        "user.title.containss(\"x\")",
        "user.title.includes(\"x\")",
        "user.title.toLowerCase() == \"x\"",
        "user.title.startsWith(\"x\")",
        "user.mail != () and user.enabled",
        "user.mail != () AND user.enabled",
        "user.enabled or user.expired",
        "not user.enabled",
        "user.title === \"x\"",
        "user.title !== \"x\"",
        "user.title <> \"x\"",
        "user.title = \"x\"",
        "user.title == null",
        "user.title == None",
        "user.title == nil",
        "user.enabled == True",
        "user.title == 'text'",
        "user.title is \"x\"",
        "user.title contains \"x\"",
        "user.title like \"x\"",
        "user.enabled ? true : false",
        "department == \"x\"",
        "usr.department == \"x\"",
        "user.department == Marketing",
        "lists.MARKETING == 1",
        "if user.enabled then true else false",
        "RAND() < 0.5",
        "timestamp() == 1",
        "sleep(1)",
        "eval(\"true\")",
        "user.title == \"x\\y\"",
        "user.title.contains(\"x\"",
        "user.title.contains(\"x\"))",
        "user.title.contains(",
        "user.title &&",
        "user.title == \"x",
        "(user) => user.enabled",
        "# nobody",
    ] {
        let script = format!("role(\"a\", |user| {condition});");
        out.push_str(&format!("──── {condition}\n{}\n", findings(&script)));
    }
    for script in [
        "role(\"a\", |user| lists::is_it(user));",
        "function f(user) { true }",
        "def f(user):\n    true",
        "fn f(user) { if user.enabled { true }\nrole(\"a\", |user| f(user));\nrole(\"b\", |user| usr.enabled);",
        "import \"std/text\" as text;\nrole(\"a\", |user| text.domain(user.mail) == \"x\");",
        "const A = [\"x\"];\nfn f(user) { user.title.any_of(A) }\nrole(\"a\", |user| f(user));",
        "role(\"a\", |user| {\n    if user.enabled { true }\n    elif user.expired { false }\n});",
    ] {
        out.push_str(&format!("──── {}\n{}\n", script.replace('\n', " ⏎ "), findings(script)));
    }
    insta::assert_snapshot!(out);
}

/// An attribute held against what it can never be.
#[test]
fn comparisons() {
    let mut out = String::new();
    for condition in [
        "user.whenCreated > \"2024-01-01\"",
        "user.department == 5",
        "user.memberOf == \"Klaviyo Users\"",
        "user.groups != \"Klaviyo Users\"",
        "user.proxyAddresses == \"x\"",
        "\"TRUE\" == user.enabled",
        "user.logonCount == \"12\"",
        "user.manager == \"Bo Boss\"",
        "user.manager.logonCount == true",
        "user.thumbnailPhoto == \"\"",
        "user.lastLogonTimestamp < 5",
        "user[\"department\"] == false",
        "user.department == [\"x\", \"y\"]",
        "user.memberOf != \"\"",
        "user.lastLogonTimestamp == \"\"",
        "user.acmeCostCentre == 5",
        "user.acmecostcentre != true",
    ] {
        let script = format!("{FRAME}role(\"a\", |user| {condition});");
        out.push_str(&format!("──── {condition}\n{}\n", of_check(&[("main.rhai", &script)], &[])));
    }
    insta::assert_snapshot!(out);
    for condition in [
        "user.acmeCostCentre == \"5\"",
        "user.acmeCostCentre == [\"5\", \"6\"]",
        "user.whenCreated == ()",
        "user.memberOf == []",
        "user.department == ()",
        "user.department == \"\"",
        "user.enabled == true",
        "user.logonCount > 1.5",
        "user.title < \"x\"",
        "user.title == user.department",
        "user.title == 'x'",
        "N(user.whenCreated) > DATE(2024, 1, 1)",
    ] {
        let script = format!("{FRAME}role(\"a\", |user| {condition});");
        let found = of_check(&[("main.rhai", &script)], &[]);
        assert!(!found.contains("P0207"), "{found}");
    }
}

/// What nothing uses, and what the case of letters may change.
#[test]
fn advice() {
    let main = format!(
        "{FRAME}import \"lists\" as lists;\nimport \"rules\" as rules;\nimport \"std/text\" as text;\nimport \"helpers\" as helpers;\n\
         const LEVEL = 3;\nlet open = [\"a\"];\nfn unused(user) {{ true }}\nfn used(user) {{ helpers::is_it(user) && user.title != \"CEO\" }}\n\
         role(\"a\", |user| used(user) && user.department == \"IT\" && user.company == \"4711\");\n\
         role(\"b\", Fn(\"by_name\"));\nfn by_name(user) {{ user.department != \"\" && user.guid == \"abc\" && \"x\" == user.mail }}\n\
         invariant(\"i\", |d| d.role != \"a\" || d.user.title == \"Boss\");"
    );
    let files = [
        ("main.rhai", main.as_str()),
        ("lists.rhai", "export const MARKETING = [\"x\"];"),
        ("rules.rhai", "import \"lists\" as lists;\nrole(\"c\", |user| true);"),
        (
            "helpers.rhai",
            "export const TEAMS = [\"x\"];\nexport const IDLE = [\"x\"];\nfn is_it(user) { user.department.any_of(global::TEAMS) }\nfn for_tests(user) { true }\nprivate fn forgotten() { 1 }",
        ),
    ];
    insta::assert_snapshot!(of_check(&files, &[]));
    let test = "import \"helpers\" as h;\nimport \"lists\" as l;\ntest(\"x\", || expect(h::for_tests(fixture(\"mia\"))).to_be(l::MARKETING));";
    let with_tests = of_check(&files, &[("a_test.rhai", test)]);
    assert!(!with_tests.contains("for_tests`") && !with_tests.contains("MARKETING`"), "{with_tests}");
    // Only those who check are told.
    assert_eq!(of_files(&files), "");
}

/// One statement that does not parse takes nothing else with it, and brings no other findings.
#[test]
fn several_torn_statements() {
    let main = "import \"lists\" as lists\nprovision_by_role()\nmap(\"userName\", |user| LOWER(user.mail);\n\
        /// Whether somebody is in sales.\nfn in_sales(user) {\n    user.department.any_of(lists::SALES\n}\n\
        let level = ;\nrole(\"a\", |user| in_sales(user) && level == 3);\n\
        role(\"b\", |user| user.titel.contains(\"x\"));\n\
        role(\"c\", |user| {\n    if user.enabled {\n        user.title.contains(\"x\")\n\n\
        role(\"d\", |user| lists::torn(user) && lists::SUPORT == 1 && user.title == 'abc');\n\
        role(\"e\", |user| user.title and user.mail);\nrole(\"f\", |user| usr.mail == \"x\");\n";
    let lists =
        "export const SALES = [\"Sales\";\nexport const SUPPORT = [\"Support\"];\nfn torn(user) { user. }\n";
    let late = "role(\"g\", |user| user.title == \"never closed);\nrole(\"h\", |user| `x${user.title);\n";
    insta::assert_snapshot!(of_files(&[("main.rhai", main), ("lists.rhai", lists), ("late.rhai", late)]));
}

/// A beginning of a script is wrong in some way; it is told once, and nothing hangs or falls over.
#[test]
fn a_script_that_is_being_written() {
    let whole = "import \"std/people\" as people;\nconst A = #{ b: [1, `x${1 + 2}`] };\n/* c /* d */ */\nfn f(user) {\n    if user.title.contains('x') { return true; }\n    !people::is_contractor(user)\n}\nrole(\"a\", |user| f(user) && user.mail != ()); // é\n";
    for (end, _) in whole.char_indices().step_by(7) {
        let compiled = compile(&[("main.rhai", &whole[..end])]);
        assert!(compiled.policy.is_none());
        let torn = compiled.findings.0.iter().filter(|finding| finding.code == "P0001").count();
        assert!(torn <= 1, "{}", diagnostic::human(&compiled.findings, false));
    }
}

/// A policy of 200 roles in 10 files with 50 mistakes.
#[test]
fn many_mistakes_in_a_large_policy() {
    let mistakes = [
        "user.departement.equals(\"x\")",
        "user.title.includes(\"x\")",
        "user.title.contains(\"x\", \"y\")",
        "user.title == 5",
        "usr.enabled",
    ];
    let mut main = FRAME.to_owned();
    let mut files = Vec::new();
    for file in 0..10 {
        main.push_str(&format!("import \"team{file}\" as team{file};\n"));
        let mut text = String::new();
        for role in 0..20 {
            let condition = match role % 4 {
                3 => mistakes[role / 4],
                _ => {
                    "user.department.any_of([\"A\", \"B\"]) && user.title.matches(\"lead|head\") || user.in_group(\"G\")"
                }
            };
            text.push_str(&format!("role(\"role {file} {role}\", |user| {condition});\n"));
        }
        files.push((format!("team{file}.rhai"), text));
    }
    files.push(("main.rhai".to_owned(), main));
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let started = std::time::Instant::now();
    let findings = checked(&files, &[]);
    assert_eq!(findings.0.len(), 50);
    assert!(started.elapsed() < std::time::Duration::from_secs(10), "{:?}", started.elapsed());
    let short = diagnostic::short(&findings);
    insta::assert_snapshot!(short.lines().take(10).collect::<Vec<_>>().join("\n"));
    let places: Vec<_> = findings.0.iter().map(|finding| finding.label.clone().unwrap()).collect();
    assert!(
        places.windows(2).all(|two| (&two[0].path, two[0].span.start) <= (&two[1].path, two[1].span.start))
    );
}

/// Statements of every kind, each of which names what others define.
const SOUND: [&str; 8] = [
    "import \"lists\" as lists;\n",
    "provision_by_role();\n",
    "// Whom to call what.\nmap(\"userName\", |user| LOWER(user.mail));\n",
    "const LEVELS = #{ low: [1, 2], high: `${1 + 2}` };\n",
    "fn in_sales(user) {\n    if user.title.contains(\"x\") { return true; }\n    user.department.any_of(lists::SALES)\n}\n",
    "role(\"a\", |user| in_sales(user) && LEVELS.low.contains(3) || !(user.mail == ()));\n",
    "role(\"b\", |user| {\n    let title = user.title;\n    switch title { \"x\" => true, _ => in_sales(user) }\n});\n",
    "invariant(\"i\", |d| d.role != \"a\" || d.user.enabled); /* é */\n",
];

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, cases: 32, ..Default::default() })]

    /// A character that is missing makes no other statement look wrong.
    #[test]
    fn a_slip_is_found_where_it_is(torn in 0..SOUND.len(), at in 0_usize..200) {
        let characters: Vec<char> = SOUND[torn].chars().collect();
        let at = at % characters.len();
        let slipped: String =
            characters.iter().enumerate().filter(|(index, _)| *index != at).map(|(_, character)| character).collect();
        let lines = |count: usize| SOUND[..count].concat().matches('\n').count();
        let text = format!("{}{slipped}{}", SOUND[..torn].concat(), SOUND[torn + 1..].concat());
        let lists = "export const SALES = [\"Sales\"];";
        let findings = compile(&[("main.rhai", &text), ("lists.rhai", lists)]).findings;
        if findings.0.iter().any(|finding| finding.code == "P0001") {
            for finding in &findings.0 {
                let line = finding.label.as_ref().unwrap().line_column().0;
                let shown = diagnostic::human(&findings, false);
                assert!((lines(torn) + 1..=lines(torn + 1)).contains(&line), "{text}\n{shown}");
            }
        }
    }
}
