//! Every construct that a policy may be written in, each against the same few people.

use super::stage::{company, framed, of_mia, policy, told};

/// Conditions that hold for Mia, one a line.
const TRUE: &str = r#"
user.department == "Marketing"
user.department.equals("MARKETING") && !user.department.equals("IT")
user.title.contains("manager") || user.department.any_of(["IT"])
user.title.starts_with("MARK") && user.title.ends_with("ager")
user.title.matches("^marketing (manager|lead)$")
user.department.any_of(["it", "MARKETING"])
!(user.department.equals("IT") && (user.title.contains("x") || !user.in_group("Klaviyo Users")))
user.in_group("marketing all") && user.in_direct_group("Marketing All")
user.in_group("Klaviyo Users") && !user.in_direct_group("Klaviyo Users")
user.in_group("cn=klaviyo users,dc=example,dc=com") && user.in_group("S-1-5-21-1-2-3-1002")
!user.in_group("Nobody In Here") && !user.in_group("no such group") && !user.in_group("")
"klaviyo users" in user.groups && user.groups.len() == 2 && user.direct_groups.len == 1
user.department in ["it", "marketing"] && "IT" !in ["x"]
user.manager.title.contains("chief") && user.manager.department == "Board" && user.manager.enabled
user.manager.manager == () && user.manager.manager.manager.title.equals("x") == false
user.manager.manager.in_group("x") == false
user.Department == "Marketing" && user.MANAGER.title == user.manager.title
user["department"] == "Marketing" && user["msDS-cloudExtensionAttribute1"] == "x"
user.acmeCostCentre == "4711"
user.proxyAddresses.starts_with("SMTP:mia@") && user.proxyAddresses.any_of(["smtp:m.fischer@example.com"])
user.proxyAddresses.some(|address| address.starts_with("smtp:m.")) && user.proxyAddresses.contains("smtp:MIA@example.com")
user.proxyAddresses.filter(|address| address.contains("fischer")).len() == 1
user.whenCreated < now() && now().plus_days(-365) > user.whenCreated
user.logonCount == 12 && user.logonCount > 3
user.enabled && !user.expired
switch user.department { "IT" => false, "Marketing" if user.title.contains("Manager") => true, _ => false }
if user.department == "IT" { false } else if user.department == "Marketing" { true } else { false }
{ let parts = user.mail.split("@"); parts[0] == "Mia" && parts[1].to_lower() == "example.com" }
`${user.givenName} ${user.sn}` == "Mia Fischer"
{ try { throw #{ code: 3 } } catch (e) { return e.code == 3; } false }
{ let m = #{}; let key = "zork"; m[key] = 1; m.zork == 1 }
{ let found = false; for group in user.groups { if group == "Klaviyo Users" { found = true; } } found }
{ let n = 0; for i in 0..5 { n += i; } while n > 3 { n -= 1; } n == 3 && type_of(n) == "i64" }
{ let test = |u| u.department == "Marketing"; test.call(user) }
{ let tests = #{ it: |u| u.department == "IT", own: |u| u.department == "Marketing" }; tests.own.call(user) && !tests.it.call(user) }
ERROR_TYPE(NA()) == 7 && ERROR_TYPE(VALUE(user.sn)) == 3
YEAR(now()) == 2026 && TODAY() == DATE(2026, 1, 15)
IFERROR(VALUE(user.sn), 3) == 3 && ISERROR(VALUE(user.sn))
LEN(user.sn) == 7 && IF(ISBLANK(user.mobile), "none", user.mobile) == "none"
"#;

#[test]
fn conditions_hold_that_should() {
    let conditions: Vec<_> = TRUE.lines().filter(|line| !line.is_empty()).collect();
    let answers = of_mia(&conditions);
    let wrong: Vec<_> = conditions.iter().zip(answers).filter(|(_, answer)| answer != "true").collect();
    assert_eq!(wrong, []);
}

/// Every text method on an attribute that Mia does not have, and with one as its argument: false, and no error.
#[test]
fn an_absent_attribute_is_blank_on_either_side() {
    let mut calls = Vec::new();
    for method in ["equals", "contains", "starts_with", "ends_with", "matches", "any_of", "in_group"] {
        let given = if method == "any_of" { "[\"x\"]" } else { "\"x\"" };
        calls.push(format!("user.mobile.{method}({given})"));
        calls.push(format!("user.mobile.{method}(user.pager)"));
        if method == "in_group" {
            calls.push("user.in_group(user.mobile)".into());
        } else {
            calls.push(format!("\"x\".{method}(user.mobile)"));
            calls.push(format!("[\"x\"].{method}(user.mobile)"));
        }
    }
    let calls: Vec<_> = calls
        .iter()
        .map(String::as_str)
        .chain([
            "user.mobile < now()",
            "now() >= user.mobile",
            "user.accountExpires > now()",
            "user.mobile > 3",
            "user.mobile in [\"x\"]",
            "\"x\" in user.otherTelephone",
            "user.mobile == \"\"",
            "user.mobile.trim() == \"\"",
            "user.mobile.len() > 0",
            "user.mobile.len > 0",
            "!user.mobile.is_empty()",
            "user.mobile.to_upper() == \"X\"",
            "user.mobile.split(\"@\").len() > 0",
            "user.mobile[0] == \"x\"",
            "user.mobile.sub_string(0, 3) == \"x\"",
            "user.mobile.index_of(\"x\") == 0",
            "user.otherTelephone[0] == \"x\"",
            "user.otherTelephone.some(|number| number == \"x\")",
            "user.otherTelephone.filter(|n| true).len() > 0",
            "{ for number in user.otherTelephone { return true; } false }",
            "user.manager.manager.mail == \"x\"",
            "user.mobile.plus_days(3) < now()",
        ])
        .collect();
    let answers = of_mia(&calls);
    let wrong: Vec<_> = calls.iter().zip(answers).filter(|(_, answer)| answer != "false").collect();
    assert_eq!(wrong, []);
}

/// What must not pass in silence: it would take a role away from somebody.
#[test]
fn what_has_no_answer_fails() {
    let conditions = [
        "user.department",
        "VALUE(user.sn) == 1",
        "NA() != \"x\"",
        "NA().equals(\"x\")",
        "now() > \"2026-01-01\"",
        "user.whenCreated < 20200101",
        "{ let name = \"depart\"; user[name] == \"x\" }",
        "{ let somebody = user; somebody.department = \"IT\"; true }",
        "throw \"no idea\"",
        "user.mail.department == ()",
        "user.mail.matches(\"(\")",
        "role(\"x\", |user| true)",
    ];
    let out = conditions.iter().zip(of_mia(&conditions));
    insta::assert_snapshot!(
        out.map(|(condition, why)| format!("{condition}\n    {why}\n")).collect::<String>()
    );
}

#[test]
fn a_policy_of_several_files() {
    let main = r#"
        import "lists" as lists;
        import "rules/roles" as roles;
        import "./rules/roles.rhai" as again;
        import "std/people" as people;
        provision_by_role();
        keep_access_on_role_change(true);
        lifecycle(#{ deactivate: false });
        protect(" Owner@Example.com ");
        const DOMAIN = "@example.com";
        fn address(user) { LOWER(user.mail) }
        map("userName", |user| address(user));
        map("name.givenName", |user| people::given_name(user));
        map_on_create("name.familyName", |user| user.sn);
        invariant("managers are in marketing", |d| d.role != "manager" || d.user.department.any_of(lists::MARKETING));
    "#;
    let lists =
        "export const MARKETING = [\"Marketing\", \"Brand\"]; export const TEAMS = #{ Board: \"board\" };";
    let roles = r#"
        import "lists" as l;
        fn in_marketing(user) { user.department.any_of(l::MARKETING) }
        role("manager", |user| in_marketing(user) && user.title.contains("Manager"));
        role("board", |user| l::TEAMS[user.department] == "board");
        for team in ["Sales", "Finance"] { role(LOWER(team), |user| user.department.equals(team)); }
    "#;
    let policy = policy(&[("main.rhai", main), ("lists.rhai", lists), ("rules/roles.rhai", roles)]);
    assert_eq!(policy.role_names().collect::<Vec<_>>(), ["manager", "board", "sales", "finance"]);
    let switches = policy.switches();
    assert!(switches.keep_access_on_role_change && switches.create && !switches.deactivate);
    assert_eq!(switches.protected.iter().collect::<Vec<_>>(), ["owner@example.com"]);
    let facts = company();
    let decisions = policy.decide_all(&facts);
    insta::assert_snapshot!(told(&decisions));
    assert_eq!(policy.broken_invariants(&facts, &decisions), []);
}

#[test]
fn everyone_with_and_without_a_role() {
    let rest =
        "map(\"userName\", |user| user.mail); role(\"manager\", |user| user.title.contains(\"Manager\"));";
    let with = policy(&[("main.rhai", &format!("provision_everyone(\"analyst\"); {rest}"))]);
    insta::assert_snapshot!(told(&with.decide_all(&company())));
    let without = policy(&[("main.rhai", &format!("provision_everyone(); {rest}"))]);
    insta::assert_snapshot!(told(&without.decide_all(&company())));
}

/// Loops at load may make rules; each rule keeps the values that it was made with.
#[test]
fn rules_made_in_a_loop_keep_their_own_values() {
    let policy = framed(
        "let teams = #{ a: \"IT\", b: \"Marketing\" };
         for name in teams.keys() { let team = teams[name]; role(name, |user| user.department == team); }",
    );
    insta::assert_snapshot!(told(&policy.decide_all(&company())));
}
