//! A policy held against the people of a directory.

use rolecall::diagnostic;

use super::stage::{FRAME, compile, facts, person};

/// Two hundred people in three departments, and what does not fit them.
#[test]
fn what_does_not_fit_the_people() {
    let script = r#"import "std/people" as people;
map("name.givenName", |user| user.givenName);
map("title", |user| if user.sn == "Nr 9" { user.missing_part() } else { user.title });
fn sales(user) { user.department.any_of(["Sale", "Marketing", "Brand"]) }
role("admin", |user| user.in_group("Klayvio Admins") && user.department == "it");
role("sales", |user| sales(user) && user.title.contains("Manger"));
role("lead", |user| user.department.equals("Sales") && user.title.starts_with("Lead"));
role("seller", |user| user.department.equals("Sales"));
role("late", |user| user.department.equals("Sales") && user.title.contains("Manager"));
role("unit", |user| user.extensionAttribute1 == "A1");
role("away", |user| user.department.equals("IT") && user.title.contains("Seller") && user.sn.ends_with("x"));
role("few", |user| user.employeeType.equals("Contractor") || people::is_contractor(user) || people::is_new(user, 3));
"#;
    let script = script.replace("user.missing_part()", "1 / 0");
    let mut all = Vec::new();
    for number in 1..=200_u128 {
        let (sn, mail) =
            (format!("Nr {number}"), format!("P{}@example.com", if number == 6 { 3 } else { number }));
        let given = if number % 9 == 0 { "" } else { "Pat" };
        let department = ["Sales", "IT", "Marketing"][(number % 3) as usize];
        let title = if number % 10 == 0 { "Sales Manager" } else { "Seller" };
        let kind = if number == 5 { "Contractor" } else { "" };
        let attributes = [
            ("sn", sn.as_str()),
            ("displayName", sn.as_str()),
            ("mail", mail.as_str()),
            ("givenName", given),
            ("department", department),
            ("title", title),
            ("employeeType", kind),
            ("extensionAttribute2", "A1"),
        ];
        all.push(person(
            number,
            &attributes.into_iter().filter(|(_, value)| !value.is_empty()).collect::<Vec<_>>(),
        ));
    }
    let mut group = rolecall::directory::Entry::new("CN=Klaviyo Admins,DC=example,DC=com");
    group.set("cn", rolecall::directory::Raw::Text("Klaviyo Admins".into()));
    let facts = facts(all, vec![group]);
    let policy = compile(&[("main.rhai", &format!("{FRAME}{script}"))]).policy.unwrap();
    insta::assert_snapshot!(diagnostic::human(&policy.fit(&facts), false));
}

#[test]
fn nobody_at_all_and_what_fits() {
    let policy = compile(&[("main.rhai", &format!("{FRAME}role(\"a\", |user| user.title == \"x\");"))])
        .policy
        .unwrap();
    assert_eq!(diagnostic::human(&policy.fit(&facts(Vec::new(), Vec::new())), false), "");
    let mia = person(1, &[("title", "x"), ("mail", "mia@example.com")]);
    assert_eq!(diagnostic::human(&policy.fit(&facts(vec![mia], Vec::new())), false), "");
}

/// The nearest change, as it would be said.
#[test]
fn what_is_missing_for_a_role() {
    let company = super::stage::company();
    let mut out = String::new();
    for condition in [
        "user.department.equals(\"Marketing\") && user.title.contains(\"Lead\")",
        "user.in_group(\"Marketing All\") && !user.title.contains(\"Manager\")",
        "user.in_group(\"Board\") && user.manager.department.equals(\"IT\")",
        "user.mail.ends_with(\"@acme.test\")",
        "LEN(user.title) == 4 && user.title.matches(\"^c.o\")",
        "user.whenCreated > now().plus_days(-30)",
        "user.logonCount > 100 || user.department == \"x\" && user.sn == \"y\"",
        "user.proxyAddresses.contains(\"SMTP:new@example.com\") && user.l == ()",
        "user.department.equals(\"Marketing\")",
        "user.department.equals(\"a\") && user.department.equals(\"b\")",
        "{ let n = 0; for g in user.groups { n += 1; } n > 5 }",
    ] {
        let policy =
            compile(&[("main.rhai", &format!("{FRAME}role(\"r\", |user| {condition});"))]).policy.unwrap();
        let changes = policy.nearest_to_role("r", &company, 1);
        let said = match changes {
            None => "(nothing near)".to_owned(),
            Some(changes) if changes.is_empty() => "(passes)".to_owned(),
            Some(changes) => changes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and "),
        };
        out.push_str(&format!("{condition}\n    {said}\n"));
    }
    insta::assert_snapshot!(out);
}
