//! `rolecall formula` as it is typed, over a file, and about somebody.

use std::fmt::Write as _;

use crate::commands::{KEY, Site};
use crate::support::{Project, Ran, stable};

fn formula(project: &Project, arguments: &[&'static str]) -> Ran {
    project.rolecall(["formula"].into_iter().chain(arguments.iter().copied())).run()
}

#[test]
fn one_formula() {
    let project = Project::new();
    let mut told = String::new();
    for arguments in [
        &["=LOWER(\"ÀÉ\")"][..],
        &["IF(1>2,1/0,{1,\"a\";TRUE,#N/A})"],
        &["=VLOOKUP(1,{2,3},2,FALSE)"],
        &["=TEXTJION(\", \", TRUE, \"a\")"],
        &["=UPPER(\"é\") & LEFT()"],
        &["=UPPER([givenName])"],
        &["=UPPER([gievnName])"],
        &["=RAND()"],
        &["=\"a"],
        &[],
        &["=1", "--file", "-"],
        &["--file", "nowhere.txt"],
    ] {
        writeln!(told, "{arguments:?}\n{}", formula(&project, arguments)).unwrap();
    }
    let _guard = stable();
    insta::assert_snapshot!(told);
}

#[test]
fn about_somebody() {
    let site = Site::new();
    let mut told = String::new();
    for arguments in [
        &["=PROPER([givenName]) & \" \" & UPPER([sn]) & \", \" & [manager.title]", "--user", "mia"][..],
        &["=IF(ISBLANK([pager]), \"none\", [pager])", "--user", "mia"],
        &["=[employeNumber]", "--user", "mia"],
        &["=1+1", "--user", "nobody"],
    ] {
        let ran = site
            .project
            .rolecall(["formula"].into_iter().chain(arguments.iter().copied()))
            .env("SCIM_KEY", KEY);
        writeln!(told, "{arguments:?}\n{}", ran.run()).unwrap();
    }
    let _guard = stable();
    insta::assert_snapshot!(told);
}

#[test]
fn a_file_of_formulas() {
    let project = Project::new();
    let lines = "=1/3\r\n=CHAR(9)&\"é\\\"&CHAR(7)\n=NOSUCH(1)\n\n=SEQUENCE(2,2)\n=[sn]\n=1=1\n=LEFT(\n=1/0";
    project.write("formulas.txt", lines);
    let _guard = stable();
    insta::assert_snapshot!(formula(&project, &["--file", "formulas.txt"]));
}

fn policy(main: &str) -> Project {
    let project = Project::new();
    project
        .write("rolecall.toml", "")
        .write(
            "policy/main.rhai",
            &format!("provision_everyone();\nmap(\"userName\", |user| LOWER(user.mail));\n{main}"),
        )
        .write(
            "fixtures/people.toml",
            "[mia]\nmail = \"mia@example.com\"\ngivenName = \"mia\"\nsn = \"Fischer\"\n",
        );
    project
}

#[test]
fn a_mapping_can_be_a_formula() {
    let project = policy(
        "map(\"displayName\", formula(`=PROPER([givenName]) & \" \" & UPPER([sn])`));\n\
         map(\"title\", |user| user.formula(\"=IF(LEN([title])=0,\\\"none\\\",[title])\") + \"!\");\n",
    );
    project.write(
        "tests/names.test.rhai",
        "test(\"names\", || {\n    let d = decide(fixture(\"mia\"));\n    expect(d.displayName).to_be(\"Mia FISCHER\");\n    \
         expect(d.title).to_be(\"none!\");\n});\n",
    );
    let mut told = project.rolecall(["check", "--verbose"]).run().to_string();
    writeln!(told, "{}", project.rolecall(["test"]).run()).unwrap();
    let _guard = stable();
    insta::assert_snapshot!(told);
}

#[test]
fn mistakes_in_a_policys_formulas_point_into_their_texts() {
    let project = policy(
        "map(\"displayName\", formula(\"=\\\"é\\\" & PROPR([givenName])\"));\n\
         map(\"title\", formula(`=UPPER([titel])`));\n\
         map(\"name.givenName\", formula(`=LEFT()`));\n\
         map(\"name.familyName\", formula(`=IF([sn]=\"\", RAND(), 1)`));\n\
         map(\"nickName\", |user| user.formula(`=[sn] [sn]`));\n\
         map(\"locale\", |user| user.formula(\"=\" + user.sn));\n",
    );
    let _guard = stable();
    insta::assert_snapshot!(project.rolecall(["check"]).run());
}

#[test]
fn five_thousand_formulas_take_a_moment() {
    let project = Project::new();
    let lines: String =
        (0..5_000).map(|n| format!("=TEXT({n}/7,\"0.00\")&IF(LEN({n})>3,\"!\",\"\")\n")).collect();
    project.write("formulas.txt", &lines);
    let started = std::time::Instant::now();
    let ran = formula(&project, &["--file", "formulas.txt"]);
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
    assert_eq!(ran.stdout.lines().count(), 5_000);
    assert_eq!(ran.stdout.lines().last(), Some("text\t714.14!"));
}
