//! `IF` and its like as scripts call them: what is not needed is not evaluated, by trees and by Rhai alike.

use crate::support::{Project, stable};

const HEAD: &str = "provision_everyone();\nmap(\"userName\", |user| LOWER(user.mail));\n";
const PEOPLE: &str = "[mia]\nmail = \"mia@example.com\"\ngivenName = \"mia\"\nsn = \"Fischer\"\n";

fn project(main: &str) -> Project {
    let project = Project::new();
    project
        .write("rolecall.toml", "")
        .write("policy/main.rhai", &format!("{HEAD}{main}"))
        .write("fixtures/people.toml", PEOPLE);
    project
}

#[test]
fn what_would_fail_is_not_evaluated() {
    let project = project(
        r#"
fn fails() { [1][7] }
map("name.givenName", |user| IF(ISBLANK(user.title), "none", SEARCH("a", fails())));
map("name.familyName", |user| IFS(user.sn == "", [][1], true, `${IF(true, "é", [][2])}`));
map("title", |user| { let out = ""; for each in [1, 2] { out += IF(each == 1, "x", CHOOSE(each, [][1], "y")); } out });
map("nickName", |user| ["a", "b"].map(|each| SWITCH(each, "a", "1", "b", IFNA("2", [][3]), fails()))[1]);
map("displayName", |user| IF(')' == ')', "(", fails(),) + IFERROR(VALUE("x"), "0"));
map("locale", |user| switch IF(true, 1, fails()) { 1 => IFERROR("b", fails()), _ => "c" });
"#,
    );
    project.write(
        "tests/lazy_test.rhai",
        r#"
test("a mapping in which something would fail comes to its value", || {
    let profile = decide(fixture("mia")).profile;
    expect(profile["name.givenName"]).to_be("none");
    expect(profile["name.familyName"]).to_be("é");
    expect(profile.displayName).to_be("(0");
    expect(profile.locale).to_be("b");
});
test("a side that is needed fails as it would alone", || {
    expect(IF(false, 1, [1][7])).to_be(1);
});
test("so does a list that chooses everything", || {
    expect(IF([true, false], 1, [1][7])).to_be(1);
});
test("as a method it gets all arguments", || {
    expect(FIND("@", "ab").IFERROR(0)).to_be(0);
    expect("a".IFERROR([1][7])).to_be("a");
});
test("what a closure captured is there", || {
    let user = fixture("mia");
    let name = |is_long| IF(is_long, user.givenName + user.sn, [][2]);
    expect(name.call(true)).to_be("miaFischer");
});
test("a division by 0.0 is an error value", || {
    expect(IFERROR(1 / 0.0, 3)).to_be(3);
});
"#,
    );
    let _guard = stable();
    insta::assert_snapshot!(project.rolecall(["test"]).run());
}

#[test]
fn a_list_and_a_loop_need_no_more() {
    // The two are opaque to trees: Rhai evaluates them.
    let project = project(
        r#"
map("name.givenName", |user| { let out = ""; for each in [1, 2] { out += IF(each == 1, "x", CHOOSE(each, [][1], "y")); } out });
map("name.familyName", |user| ["a", "b"].map(|each| SWITCH(each, "a", "1", "b", IFNA("2", [][3]), [][4]))[1]);
"#,
    );
    let test = r#"test("both", || {
    let profile = decide(fixture("mia")).profile;
    expect(profile["name.givenName"]).to_be("xy");
    expect(profile["name.familyName"]).to_be("2");
});"#;
    project.write("tests/lazy_test.rhai", test);
    let ran = project.rolecall(["test"]).run();
    assert_eq!(ran.code, Some(0), "{ran}");
}

#[test]
fn wrong_calls_are_told_as_of_every_function() {
    let project = project(
        r#"
map("title", |user| IF());
map("nickName", |user| IF(1));
map("displayName", |user| IFERROR(1, 2, 3));
map("locale", |user| user.sn.IF(1, 2, 3));
map("userType", |user| SWTCH(1, 2, 3));
map("timezone", |user| IFF(1, 2, 3));
fn IFS(a) { a }
map("name.givenName", |user| `${CHOOSE(1)}`);
"#,
    );
    let _guard = stable();
    insta::assert_snapshot!(project.rolecall(["check", "--format", "short"]).run());
}

#[test]
fn lines_of_a_session() {
    let lines = [
        "IF(true 2)",
        "IF(true, 2,)",
        "let IF = 3",
        "IF",
        "#{ IF: 1 }",
        "#{ a: [1, IF(true, 2, [][1])], IF: 3, /* c */ IFS: IF(true, 4, 5), b: 6 }",
        "3 IF(1, 2)",
        "IF(true, \"a\", [][2]).len()",
        "-IF(true, [1, 2], 3)[1]",
        "IF(true, #{ a: 1 }, 2)",
        "Fn(\"IF\").call(false, 1, 2)",
        "/* c */ IF(true, IFS(false, [][1], true, 4), [][1]) // d",
        ":explain IF(1 > 2, [][1], 1 + 1)",
        ":type IF(true, now(), 1)",
        "IF(true,",
    ];
    let _guard = stable();
    insta::assert_snapshot!(project("").rolecall(["repl"]).typed(&(lines.join("\n") + "\n")));
}
