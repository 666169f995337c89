//! Look-up tables: CSV files of the policy folder, in scripts, in formulas, and in what `check` says.

use std::fmt::Write as _;

use crate::support::{Project, stable};

const HEAD: &str = "provision_everyone();\nmap(\"userName\", |user| LOWER(user.mail));\n";
const PEOPLE: &str = "[mia]\nmail = \"mia@example.com\"\nsn = \"Fischer\"\nl = \"007\"\ndepartment = \"marketing\"\n\
                      [ola]\nmail = \"ola@example.com\"\nl = \"100\"\nemployeeNumber = \"12\"\n";
const OFFICES: &str = "Code,City,Desks,Open,Note\r\n007,\"Berlin, Mitte\",120,true,\"say \"\"hi\"\"\"\r\n100,Zürich,8,FALSE,\r\n\
                       0x1,Ørsta,40,TRUE,\"two\r\nlines\"\r\n";
const BANDS: &str = "From,Band\n0,junior\n10,senior\n20,principal\n";

fn project(main: &str) -> Project {
    let project = Project::new();
    project
        .write("rolecall.toml", "")
        .write("policy/main.rhai", &format!("{HEAD}{main}"))
        .write("policy/offices.csv", OFFICES)
        .write("policy/tables/bands.csv", BANDS)
        .write("fixtures/people.toml", PEOPLE);
    project
}

#[test]
fn looked_up_by_formulas() {
    let project = project("");
    let formulas = [
        r##"=XLOOKUP("007", table("offices.csv", "Code"), table("offices.csv", "city"))"##,
        r##"=XLOOKUP("nowhere", table("offices.csv", "Code"), table("offices.csv", "City"), "none")"##,
        r##"=XLOOKUP("100", table("offices.csv", "Code"), table("offices.csv"))"##,
        r##"=VLOOKUP("0X1", table("offices.csv"), 2, FALSE)"##,
        r##"=VLOOKUP("*x*", table("offices.csv"), 2, FALSE)"##,
        r##"=VLOOKUP(17, Table("tables/bands.csv"), 2)"##,
        r##"=LOOKUP(9.5, table("tables/bands.csv", "From"), table("tables/bands.csv", "Band"))"##,
        r##"=HLOOKUP("Band", table("tables/bands.csv", "#All"), 4, FALSE)"##,
        r##"=INDEX(table("offices.csv"), MATCH("100", table("offices.csv", "Code"), 0), MATCH("Desks", table("offices.csv", "#Headers"), 0))"##,
        r##"=XMATCH(15, table("tables/bands.csv", "From"), 1)"##,
        r##"=FILTER(table("offices.csv", "City"), table("offices.csv", "Desks")>10)"##,
        r##"=SORT(table("offices.csv", "City"), 1, -1)"##,
        r##"=UNIQUE(table("offices.csv", "Open"))"##,
        r##"=SUM(table("offices.csv", "Desks"))"##,
        r##"=ISBLANK(XLOOKUP("100", table("offices.csv", "Code"), table("offices.csv", "Note")))"##,
        r##"=XLOOKUP("007", table("offices.csv", "Code"), table("offices.csv", "Note"))"##,
        r##"=XLOOKUP("0x1", table("offices.csv", "Code"), table("offices.csv", "Note"))"##,
        r##"=table("office.csv")"##,
        r##"=SUM(table("offices.csv", "Desk"))"##,
        r##"=table()"##,
        r##"=table("a" & "b")"##,
        r##"=table("a", "b", "c")"##,
    ];
    let answers = project.rolecall(["formula", "--file", "-"]).typed(&formulas.join("\n"));
    let mut told = String::new();
    for (formula, answer) in formulas.iter().zip(answers.stdout.lines()) {
        writeln!(told, "{formula}\n  {answer}").unwrap();
    }
    let _guard = stable();
    insta::assert_snapshot!(format!("{told}{}", answers.stderr));
}

#[test]
fn looked_up_by_rules() {
    let project = project(
        r#"
const CODES = table("offices.csv", "Code");
role("planner", |user| XLOOKUP(user.l, global::CODES, table("offices.csv", "Open"), false) == true);
map("title", |user| XLOOKUP(user.l, table("offices.csv", "Code"), table("offices.csv", "City"), "remote"));
map("nickName", formula(`=VLOOKUP([l], table("offices.csv"), 3, FALSE)`));
map("displayName", |user| user.formula(`=VLOOKUP(VALUE([employeeNumber]), table("tables/bands.csv"), 2)`));
map("locale", |user| { let out = ""; for name in TOROW(table("tables/bands.csv", "Band")) { out += LEFT(name); } out });
map("userType", |user| COUNTA(UNIQUE(table("offices.csv", "Open"))).to_string());
"#,
    );
    project.write(
        "tests/tables_test.rhai",
        r##"
test("what stands in a table reaches the account", || {
    let profile = decide(fixture("mia")).profile;
    expect(profile.title).to_be("Berlin, Mitte");
    expect(profile.nickName).to_be("120");
    expect(profile.displayName).to_be("junior");
    expect(profile.locale).to_be("jsp");
    expect(profile.userType).to_be("2");
    expect(decide(fixture("ola")).profile.displayName).to_be("senior");
});
test("and decides", || {
    expect(decide(fixture("mia")).role).to_be("planner");
    expect(decide(fixture("ola")).role).to_be(());
});
test("tests look things up as rules do", || {
    expect(INDEX(table("offices.csv"), 2, 2)).to_be("Zürich");
    expect(SORT(table("tables/bands.csv", "Band"))).to_be(["junior", "principal", "senior"]);
});
test("a table is no list", || {
    expect(table("offices.csv", "Code") == "007").to_be(true);
});
"##,
    );
    let _guard = stable();
    insta::assert_snapshot!(project.rolecall(["test"]).run());
}

#[test]
fn what_is_wrong_is_found_before_a_run() {
    let project = project(
        r#"
const FILE = "offices.csv";
map("title", |user| XLOOKUP(user.l, table("ofices.csv", "Code"), table("offices.csv", "Cty")));
map("nickName", formula(`=VLOOKUP([l], table("offices"), 2) & SUM(table("offices.csv", "Salary"))`));
map("displayName", |user| VLOOKUP(user.l, table(global::FILE), 2, false));
map("locale", |user| VLOOKUP(user.l, table("offices.csv", "Code", "City"), 2, false));
"#,
    );
    project
        .write("policy/empty.csv", "")
        .write("policy/ragged.csv", "a,b\n1,2\n\"x\ny\",2\n3\n")
        .write("policy/semicolons.csv", "a;b\n1;2\n")
        .write("policy/twice.csv", "Code,code\n1,2\n")
        .write("policy/quote.csv", "a,b\n1,\"2\n3,4\n");
    let _guard = stable();
    insta::assert_snapshot!(project.rolecall(["check"]).run());
}

#[test]
fn a_table_is_part_of_the_revision() {
    let project = project("map(\"title\", |user| VLOOKUP(user.l, table(\"offices.csv\"), 2, false));\n");
    let revision = || {
        let ran = project.rolecall(["check"]).run();
        assert_eq!(ran.code, Some(0), "{ran}");
        let told = ran.stdout + ran.stderr.as_str();
        told.split("revision ").nth(1).unwrap().trim().to_owned()
    };
    let before = revision();
    project.write("policy/offices.csv", &OFFICES.replace("Mitte", "Wedding"));
    assert_ne!(revision(), before);
    project.write("policy/offices.csv", OFFICES);
    assert_eq!(revision(), before);
}
