//! Scripts that would take the machine or the other people's decisions with them. Each is stopped, soon, and says why;
//! at load, in a condition, in a mapping, and in a test.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use rolecall::policy::Verdict;
use rolecall::testing::{self, Material, Options};

use super::stage::{FRAME, company, findings, framed, person, policy, told};

/// Far above the deadline of half a second of the processor: whether it holds shows in the answer, and this only that there is one.
const SOON: Duration = Duration::from_secs(20);

const STATEMENTS: &[&str] = &[
    "loop {}",
    "for i in 0..9000000000000 { let x = i; }",
    "down(0)",
    "ping(0)",
    "let s = \"x\"; loop { s += s; }",
    "let s = \"x\"; s.pad(2000000000, \"x\");",
    "let s = REPT(\"x\", 32767); loop { s += s; }",
    "let a = [1]; loop { a += a; }",
    "let a = []; a.pad(2000000000, 0);",
    "let a = []; loop { a = [a, a]; }",
    "let s = \"\"; s.pad(500000, \"x\"); let a = []; for i in 0..100000 { a.push(s + i); }",
    "let a = []; for i in 0..9000 { a.push(i); } a.sort(|x, y| { let n = 0; for i in 0..500 { n += i; } y - x }); user_of(1)",
    "let k = []; for i in 0..9000 { k.push(i); } XLOOKUP(k, k, k);",
    "Fn(\"sleep\").call(60)",
    "let nap = \"sl\" + \"eep\"; Fn(nap).call(60)",
    "let nap = \"sl\" + \"eep\"; Fn(nap).call(60.0)",
    "let run = \"ev\" + \"al\"; Fn(run).call(\"1\")",
    "deep(0)",
    "let grow = \"cur\" + \"ry\"; Fn(grow).call(1)",
    "let read = \"import\"; Fn(read).call(\"x\")",
];

/// What runs into the deadline or out of memory, each taking its time. Tried in a condition alone: the deadline is one and the same.
const SLOW: &[&str] = &[
    "let m = #{}; let i = 0; loop { i += 1; m[`k${i}`] = i; }",
    "let a = []; a.pad(1000, 0); a.map(|x| { let b = []; b.pad(1000, 0); b.map(|y| y); 1 });",
    "let n = 0; loop { n += 1; \"x\".matches(`(\\\\w{1,50}){1,20}${n}`); }",
];

/// Each level of `deep` nests expressions as far as they may be nested.
const FUNCTIONS: &str = "fn deep(n) { \
    !!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!! \
    deep(n + 1) } \
    fn down(n) { down(n + 1) } fn ping(n) { pong(n) } fn pong(n) { ping(n) } fn user_of(n) { n } \n";

/// The sentence, when it came soon.
fn timed(statement: &str, run: impl FnOnce() -> String) -> String {
    let started = Instant::now();
    let answer = run();
    assert!(started.elapsed() < SOON, "`{statement}` took {:?}", started.elapsed());
    // Which of the two limits is met first depends on the machine.
    let answer = answer.lines().next().unwrap_or_default();
    answer.replace(
        "takes too long: more than 0.5 s of processor time",
        "does too much work: it takes more than 250,000 steps, and may not end",
    )
}

#[test]
fn in_a_condition_and_in_a_mapping() {
    let facts = company();
    let mut out = String::new();
    for (index, statement) in STATEMENTS.iter().enumerate() {
        let fails = |script: String| {
            timed(statement, || {
                let policy = framed(&script);
                match policy.decide(&facts, 1).unwrap().verdict {
                    Verdict::Failed { why } => why.to_string(),
                    other => panic!("`{statement}` gave {other:?}"),
                }
            })
        };
        // Both are run in one way, so each statement is tried in one of them.
        let why = fails(if index % 2 == 0 {
            format!("{FUNCTIONS}role(\"a\", |user| {{ {statement}; true }});")
        } else {
            let map = format!("map(\"name.givenName\", |user| {{ {statement}; \"x\" }});");
            format!("{FUNCTIONS}role(\"a\", |user| true); {map}")
        });
        out.push_str(&format!("{statement}\n    {why}\n"));
    }
    insta::assert_snapshot!(out);
}

#[test]
fn within_the_deadline() {
    let facts = company();
    for statement in SLOW {
        let policy = framed(&format!("role(\"a\", |user| {{ {statement}; true }});"));
        let why = timed(statement, || told(&[policy.decide(&facts, 1).unwrap()]));
        assert!(why.contains("too much work") || why.contains("too much memory"), "{statement}: {why}");
    }
}

#[test]
fn at_load() {
    let mut out = String::new();
    for statement in STATEMENTS.iter().skip(1).step_by(2) {
        let script = format!("{FUNCTIONS}role(\"a\", |user| true); {statement};");
        out.push_str(&format!("{statement}\n    {}\n", timed(statement, || findings(&script))));
    }
    insta::assert_snapshot!(out);
}

#[test]
fn in_a_test() {
    let policy = Arc::new(framed("role(\"a\", |user| true);"));
    let mut out = String::new();
    // A rule has a budget of its own; that must not be a way around the test's.
    let endless = "loop { decide(person(#{ mail: \"a@example.com\" })); }";
    for statement in STATEMENTS.iter().step_by(2).chain([&endless]) {
        let text = format!("{FUNCTIONS}test(\"t\", || {{ {statement}; expect(1).to_be(1); }});");
        let files = BTreeMap::from([("a_test.rhai".to_owned(), Arc::from(text))]);
        let material = Material { files, ..Material::default() };
        let answer = timed(statement, || {
            let report = material.run(&policy, &Options::default());
            assert_eq!(
                (report.counts().total(), report.counts().errors),
                (1, 1),
                "{statement}: {}",
                testing::human(&report, false)
            );
            testing::json(&report)["tests"][0]["finding"]["message"].as_str().unwrap().to_owned()
        });
        out.push_str(&format!("{statement}\n    {answer}\n"));
    }
    insta::assert_snapshot!(out);
}

/// What does not even compile, or is refused before it runs.
#[test]
fn by_the_text_alone() {
    let deep = |open: &str, close: &str, count: usize| {
        format!("role(\"a\", |user| {}true{});", open.repeat(count), close.repeat(count))
    };
    let mut out = String::new();
    for (name, script) in [
        ("eval", "role(\"a\", |user| eval(\"true\"));".to_owned()),
        ("curry", "role(\"a\", |user| Fn(\"x\").curry(1));".to_owned()),
        ("timestamp", "role(\"a\", |user| timestamp().elapsed > 1);".to_owned()),
        ("rand", "role(\"a\", |user| rand() > 1);".to_owned()),
        ("a file", "import \"/etc/hostname\" as x; role(\"a\", |user| true);".to_owned()),
        ("above", "import \"../secret\" as x; role(\"a\", |user| true);".to_owned()),
        ("a circle", "import \"main\" as x; role(\"a\", |user| true);".to_owned()),
        ("brackets", deep("(", ")", 10_000)),
        ("nots", deep("!", "", 10_000)),
        ("lists", deep("[", "]", 10_000)),
        ("blocks", deep("{", "}", 10_000)),
        ("dots", format!("role(\"a\", |user| user{} == 1);", ".manager".repeat(10_000))),
        ("ands", format!("role(\"a\", |user| true{});", " && true".repeat(10_000))),
        ("closures", format!("let f = {} 1;", "|x| ".repeat(10_000))),
        ("this", "role(\"a\", |user| true); this.x = 1;".to_owned()),
    ] {
        let answer = timed(name, || findings(&script));
        out.push_str(&format!("{name}\n    {answer}\n"));
    }
    insta::assert_snapshot!(out);
}

#[test]
fn ten_thousand_roles_are_no_burden() {
    let policy = framed("for i in 0..10000 { role(`r${i}`, |user| user.title == `t${i}`); }");
    assert_eq!(policy.role_names().count(), 10_000);
}

/// Each of these would keep a count from one person to the next.
const STATEFUL: &[&str] = &[
    "let n = 0; role(\"a\", |user| { n += 1; n > 1 }); role(\"b\", |user| n == 1);",
    "let seen = []; role(\"a\", |user| { seen.push(user.mail); seen.len() > 1 });",
    "let box = #{ n: 0 }; role(\"a\", |user| { box.n += 1; box.n > 1 });",
    "let n = 0; let count = || { n += 1; n }; role(\"a\", |user| count.call() > 1);",
    "let n = 0; let inner = #{ f: || { n += 1; n } }; role(\"a\", |user| inner.f.call() > 1);",
];

#[test]
fn nothing_is_kept_from_one_person_to_the_next() {
    let facts = company();
    for script in STATEFUL {
        let policy = framed(script);
        let once = told(&policy.decide_all(&facts));
        assert_eq!(once, told(&policy.decide_all(&facts)), "{script}");
        assert!(once.contains("Mia Fischer: not entitled"), "{script}: {once}");
    }
    let module = "let n = 0; export n;";
    let main = format!("{FRAME}import \"m\" as m;\nrole(\"a\", |user| {{ m::n += 1; m::n > 1 }});");
    let policy = policy(&[("main.rhai", &main), ("m.rhai", module)]);
    let once = told(&policy.decide_all(&facts));
    assert_eq!(once, told(&policy.decide_all(&facts)));
    insta::assert_snapshot!(once);
}

/// Each import is resolved inside the one before.
#[test]
fn a_long_chain_of_imports_does_not_end_the_process() {
    let chain: Vec<_> = (1..=450)
        .map(|n| {
            (
                format!("m{n}.rhai"),
                if n < 450 { format!("import \"m{}\" as m;", n + 1) } else { String::new() },
            )
        })
        .collect();
    let main = format!("import \"m1\" as m; {FRAME}role(\"a\", |user| true);");
    let mut files: Vec<_> = chain.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    files.push(("main.rhai", &main));
    assert_eq!(policy(&files).role_names().count(), 1);
}

#[test]
fn what_holds_itself_cannot_be_captured() {
    let script = "let a = []; a.push(|| a); role(\"a\", |user| a.len() == 1);";
    insta::assert_snapshot!(findings(script));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Whoever else is decided, before or after, everybody gets the same.
    #[test]
    fn the_order_of_people_changes_nothing(
        order in Just((0..6_usize).collect::<Vec<_>>()).prop_shuffle(),
        script in prop::sample::select(STATEFUL.to_vec()),
    ) {
        let people = (1..=6).map(|n| {
            let mail = format!("p{n}@example.com");
            person(n, &[("mail", &mail), ("department", if n % 2 == 0 { "IT" } else { "Sales" })])
        });
        let facts = super::stage::facts(people.collect(), Vec::new());
        let roles = format!("{script} role(\"it\", |user| user.department == \"IT\");");
        let policy = policy(&[("main.rhai", &format!("{FRAME}{roles}"))]);
        let straight: Vec<_> = (0..6).map(|index| policy.decide(&facts, index).unwrap()).collect();
        for index in order {
            prop_assert_eq!(&policy.decide(&facts, index).unwrap(), &straight[index]);
        }
    }

    /// Host functions meet values of every type, and more of them than they want, and never panic.
    #[test]
    fn host_functions_never_panic(
        name in prop::sample::select(vec![
            "equals", "contains", "starts_with", "matches", "any_of", "in_group", "in_direct_group", "plus_days",
            "trim", "split", "sub_string", "pad", "crop", "index_of", "replace", "LEFT", "MID", "REPT", "TEXT",
            "DATE", "EDATE", "WORKDAY", "XLOOKUP", "VLOOKUP", "INDEX", "TEXTJOIN", "SUBSTITUTE", "ROUND", "MOD",
            "POWER", "FIND", "SEARCH", "CHOOSE", "SWITCH", "VALUE", "N", "DATEDIF", "YEARFRAC", "SEQUENCE",
        ]),
        arguments in prop::collection::vec(prop::sample::select(vec![
            "()", "user", "user.manager", "now()", "0", "-1", "9223372036854775807", "-9223372036854775808", "1.5",
            "-1e308", "0.0 / 0.0", "\"\"", "\"İß\u{1f600}\"", "\"2026-02-30\"", "true", "[]", "[[1, 2], [3]]",
            "[(), NA()]", "#{}", "#{ a: 1 }", "NA()", "'x'", "|x| x", "1..3", "user.whenCreated",
        ]), 0..5),
    ) {
        let first = arguments.first().copied().unwrap_or("user");
        let rest = arguments.get(1..).unwrap_or_default().join(", ");
        let call = format!("role(\"a\", |user| {{ let x = {first}; x.{name}({rest}); true }});");
        let plain = format!("role(\"a\", |user| {{ {name}({}); true }});", arguments.join(", "));
        for script in [call, plain] {
            let compiled = super::stage::compile(&[("main.rhai", &format!("{FRAME}{script}"))]);
            if let Some(policy) = compiled.policy {
                let started = Instant::now();
                policy.decide(&company(), 1).unwrap();
                prop_assert!(started.elapsed() < SOON);
            }
        }
    }
}
