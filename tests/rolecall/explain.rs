//! `rolecall explain`, as an engineer reads it who asks why somebody has, or has not, what they should.

use std::fmt::Write as _;

use crate::commands::{POLICY, Site, person};
use crate::support::stable;

/// Rules over several files, of all kinds that there are.
const MAIN: &str = r#"import "roles" as roles;
provision_by_role();
map("userName", |user| LOWER(user.mail));
map("name.givenName", |user| TRIM(roles::called(user)));
map("name.familyName", |user| if user.title.contains("Chef") { "Küche" } else { user.sn });
map("emails[type eq 'work'].value", |user| `${UPPER(LEFT(user.givenName, 1))}. ${user.sn}`);
"#;

const ROLES: &str = r#"import "lists" as lists;
import "std/people" as people;

fn in_marketing(user) { user.mail != () && user.department.any_of(lists::MARKETING) }
fn called(user) { if ISBLANK(user.givenName) { user.displayName } else { user.givenName } }
fn seasoned(user, days) {
    if user.whenCreated == () { return false; }
    let start = user.whenCreated.plus_days(days);
    start < now()
}

role("admin", |user| user.in_group("Klaviyo Admins") && user.department.equals("IT"));
role("manager", |user|
    in_marketing(user)
    && user.title.matches("manager|head of")
    && !people::is_contractor(user));
role("kitchen", |user| {
    let cooks = user.title.contains("Chef") || user.title.ends_with("Köchin");
    cooks && user.l.equals("Zürich") && user.logonCount >= 10
});
role("veteran", |user| seasoned(user, 365) && user.manager.department == "Board");
role("board", |user| user.in_group("No Such Group") || (user.department.equals("Board") && user.enabled));
"#;

const LISTS: &str = "export const MARKETING = [\"Marketing\", \"Brand\", \"Events\"];\n";

fn people() -> String {
    [
        "version: 1\n\n".to_owned(),
        person(1, "Mia Fischer", "department: brand\ntitle: Head of Brand\nuserAccountControl: 512\nemployeeType: Employee\n"),
        person(2, "Noah Wagner", "department: Marketing\ntitle: Team Lead\nuserAccountControl: 512\n"),
        person(3, "Con Tractor", "department: Marketing\ntitle: Manager\nemployeeType: External\nuserAccountControl: 512\n"),
        person(4, "Ana Silva", "department: Marketing\ntitle: Manager\nuserAccountControl: 514\n"),
        person(5, "Zoë Çelik", "department: Gastro\ntitle: Chef de Partie\nl: Genève\nlogonCount: 12\nuserAccountControl: 512\n"),
        person(6, "Sam Lee", "department: IT\nuserAccountControl: 512\n"),
        person(7, "Vera Old", "department: Gastro\nwhenCreated: 20200301120000.0Z\nmanager: CN=Bo Boss,OU=People,DC=example,DC=com\nuserAccountControl: 512\n"),
        person(8, "Bo Boss", "department: board\nuserAccountControl: 512\n"),
        person(9, "Eli Expired", "department: Gastro\nuserAccountControl: 512\naccountExpires: 134200000000000000\n"),
        "dn: CN=Klaviyo Admins,OU=Groups,DC=example,DC=com\nobjectClass: group\ncn: Klaviyo Admins\n\n".to_owned(),
    ]
    .concat()
}

fn site() -> Site {
    let site = Site::new();
    site.project
        .write("policy/main.rhai", MAIN)
        .write("policy/roles.rhai", ROLES)
        .write("policy/lists.rhai", LISTS)
        .write("people.ldif", &people());
    site
}

const TODAY: &str = "--at 2026-06-01";

fn told(site: &Site, who: &str) -> String {
    let ran = site.run(&format!("explain {who} {TODAY}"));
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran}");
    ran.stdout
}

#[test]
fn somebody_entitled() {
    insta::assert_snapshot!(told(&site(), "mia.fischer"));
}

#[test]
fn somebody_who_lacks_a_word_in_the_title() {
    insta::assert_snapshot!(told(&site(), "noah.wagner"));
}

#[test]
fn somebody_who_is_too_much_of_something() {
    insta::assert_snapshot!(told(&site(), "con.tractor"));
}

#[test]
fn somebody_disabled() {
    insta::assert_snapshot!(told(&site(), "ana.silva"));
}

#[test]
fn somebody_with_other_letters() {
    insta::assert_snapshot!(told(&site(), "zoë.çelik"));
}

#[test]
fn what_is_near_is_told_of_each() {
    let site = site();
    let mut out = String::new();
    for who in ["sam.lee", "vera.old", "bo.boss", "eli.expired"] {
        for line in told(&site, who).lines().filter(|line| line.starts_with("Gets") || line.contains('→')) {
            writeln!(out, "{who}: {}", line.trim()).unwrap();
        }
    }
    insta::assert_snapshot!(out);
}

#[test]
fn as_a_document() {
    let (code, value) = site().json(&format!("explain noah.wagner {TODAY} --format json"));
    assert_eq!(code, Some(0));
    let _guard = stable();
    insta::assert_snapshot!(format!("{value:#}"));
}

#[test]
fn what_rhai_runs_is_told_by_what_it_read() {
    let site = Site::new();
    let rules = r#"
role("loop", |user| { let n = 0; for word in user.title.split(" ") { n += 1; } n > 3 });
role("some", |user| user.department.equals("Marketing") && user.proxyAddresses.some(|a| a.starts_with("SMTP:")));
role("breaks", |user| user.department.equals("Sales") || user.title - 1 > 0);
"#;
    site.project.write(
        "policy/main.rhai",
        &format!("provision_by_role();\nmap(\"userName\", |user| user.mail.sub_string(0, 3));\n{rules}"),
    );
    let people = [
        "version: 1\n\n".to_owned(),
        person(
            1,
            "Mia Fischer",
            "department: Marketing\ntitle: Head of Brand\nproxyAddresses: smtp:x@example.com\nuserAccountControl: 512\n",
        ),
    ];
    site.project.write("people.ldif", &people.concat());
    insta::assert_snapshot!(told(&site, "mia.fischer"));
}

#[test]
fn conditions_of_a_hundred_terms_stay_readable() {
    let site = Site::new();
    let titles: Vec<_> = (0..100).map(|n| format!("user.title.equals(\"Title {n}\")")).collect();
    let groups: Vec<_> = (0..100).map(|n| format!("!user.in_group(\"Group {n}\")")).collect();
    let list: Vec<_> = (0..200).map(|n| format!("\"Department {n}\"")).collect();
    let deep = (0..30).fold("user.sn == \"x\"".to_owned(), |inner, n| match n % 2 {
        0 => format!("(user.l.equals(\"L{n}\") || {inner})"),
        _ => format!("(user.mail != () && {inner})"),
    });
    let rules = format!(
        "role(\"titles\", |user| {});\nrole(\"groups\", |user| {} && user.sn == \"x\");\n\
         role(\"list\", |user| user.department.any_of([{}]));\nrole(\"deep\", |user| {deep});\n",
        titles.join(" || "),
        groups.join(" && "),
        list.join(", ")
    );
    site.project.write(
        "policy/main.rhai",
        &format!("provision_by_role();\nmap(\"userName\", |user| user.mail);\n{rules}"),
    );
    let shown = told(&site, "noah.wagner");
    assert!(shown.lines().count() < 80 && shown.lines().all(|line| line.chars().count() < 300), "{shown}");
    insta::assert_snapshot!(shown);
}

#[test]
fn of_two_hundred_roles_those_are_shown_that_matter() {
    let site = Site::new();
    let role = |n: usize| {
        format!("role(\"role_{n}\", |user| user.mail != () && user.department.equals(\"D{n}\"));\n")
    };
    let roles: String = (0..200).map(role).collect();
    let policy = format!("provision_by_role();\nmap(\"userName\", |user| user.mail);\n{roles}");
    site.project.write("policy/main.rhai", &policy);
    let none = told(&site, "noah.wagner");
    assert!(none.lines().count() < 240, "{none}");
    let passing = policy.replace("\"D7\"", "\"Marketing\"").replace("\"D90\"", "\"marketing\"");
    site.project.write("policy/main.rhai", &passing);
    insta::assert_snapshot!(told(&site, "noah.wagner"));
}

#[test]
fn as_of_another_time() {
    let site = site();
    let mut out = String::new();
    for at in ["2026-01-01", "2026-04-07T10:00:00+02:00", "2027-01-01", "yesterday", "2026-13-01"] {
        let ran = site.run(&format!("explain eli.expired --at {at}"));
        let lines = ran.stdout.lines().filter(|line| line.contains("As of") || line.starts_with("Gets"));
        writeln!(
            out,
            "$ explain eli.expired --at {at}\n{}\n{}",
            lines.collect::<Vec<_>>().join("\n"),
            ran.stderr
        )
        .unwrap();
    }
    insta::assert_snapshot!(out);
}

#[test]
fn by_the_rules_of_an_earlier_revision() {
    let site = Site::new();
    let _guard = stable();
    let first = site.run("apply");
    assert_eq!(first.code, Some(0), "{first}");
    let recorded = site.json("journal show 1 --format json").1["revision"].as_str().unwrap().to_owned();
    // The rules change, and then break.
    site.project.write("policy/main.rhai", &POLICY.replace("contains(\"Manager\")", "contains(\"Chief\")"));
    let now = site.run("explain mia.fischer").stdout;
    assert!(now.contains("the role `analyst`"), "{now}");
    site.project.write("policy/main.rhai", "role(");
    let before = site.run(&format!("explain mia.fischer --revision {}", &recorded[..8]));
    insta::assert_snapshot!(before);
    let mut out = String::new();
    for wrong in ["00000000", "xyz", "ab", "0123456789abcdef0"] {
        writeln!(out, "{}", site.run(&format!("explain mia.fischer --revision {wrong}")).stderr).unwrap();
    }
    insta::assert_snapshot!(out);
}
