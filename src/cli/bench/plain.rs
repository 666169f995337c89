//! The rules of the benchmark as a Rust programmer would write them, by hand, on the same facts.

use std::ops::Range;
use std::sync::Arc;

use crate::facts::{Column, Facts, Person, Standing, Value};

/// The rules as a policy.
pub(super) const POLICY: &str = r#"
provision_by_role();
role("all_employees", |user| user.enabled && (user.employeeType.equals("employee") || user.employeeType.equals("intern")) && user.mail != "");
role("engineering", |user| user.department.equals("engineering") || (user.title.contains("engineer") && !user.title.contains("sales")));
role("sales_emea", |user| user.department.starts_with("sales") && user.c in ["DE", "FR", "GB", "NL", "ES"]);
role("it_admins", |user| user.in_group("gg-it-admins") && !user.in_group("gg-service-accounts") && user.enabled);
role("managers", |user| user.title.contains("manager") || user.title.contains("director") || user.title.starts_with("head of") || user.in_group("gg-people-managers"));
role("finance", |user| (user.department.equals("finance") || user.department.equals("accounting") || user.division.equals("corporate")) && !user.employeeType.equals("contractor"));
role("contractors", |user| user.employeeType.equals("contractor") || user.sAMAccountName.starts_with("x-") || user.in_group("gg-contractors"));
role("site_hq", |user| (user.physicalDeliveryOfficeName.starts_with("hq") || user.l.equals("berlin")) && user.logonCount >= 30);
role("klaviyo", |user| (user.in_group("gg-klaviyo-users") || user.in_group("gg-marketing") || user.department.equals("marketing")) && user.enabled && user.mail.contains("@corp.example"));
role("keep_access", |user| user.in_group("gg-keep-access") || (user.logonCount < 90 && user.enabled && user.company.equals("contoso")) || (user.department.equals("legal") && user.extensionAttribute1.starts_with("9")));
map("userName", |user| LOWER(user.mail));
map("displayName", |user| user.givenName + " " + user.sn);
map("name.familyName", |user| UPPER(user.sn));
map("nickName", |user| LOWER(LEFT(user.givenName, 1) + user.sn));
map("userType", |user| if user.c in ["US", "CA", "MX"] { "AMER" } else if user.c in ["DE", "FR", "GB", "NL", "ES"] { "EMEA" } else { "APAC" });
map("title", |user| LEFT(user.title, 20));
map("locale", |user| if user.l != () { user.l + ", " + UPPER(user.c) } else { user.physicalDeliveryOfficeName });
map("externalId", |user| UPPER(LEFT(user.department, 3)) + "-" + user.extensionAttribute1);
"#;

/// Where the rules find what they read.
struct Columns {
    mail: Option<Column>,
    employee_type: Option<Column>,
    department: Option<Column>,
    title: Option<Column>,
    c: Option<Column>,
    division: Option<Column>,
    sam_account_name: Option<Column>,
    office: Option<Column>,
    l: Option<Column>,
    logon_count: Option<Column>,
    company: Option<Column>,
    extension_attribute_1: Option<Column>,
    given_name: Option<Column>,
    sn: Option<Column>,
}

struct Groups<'f> {
    it_admins: &'f [usize],
    service_accounts: &'f [usize],
    people_managers: &'f [usize],
    contractors: &'f [usize],
    klaviyo_users: &'f [usize],
    marketing: &'f [usize],
    keep_access: &'f [usize],
}

fn text(person: &Person, column: Option<Column>) -> &str {
    match column.and_then(|column| person.value(column)) {
        Some(Value::Text(text)) => text,
        _ => "",
    }
}

fn integer(person: &Person, column: Option<Column>) -> Option<i64> {
    match column.and_then(|column| person.value(column)) {
        Some(Value::Integer(number)) => Some(*number),
        _ => None,
    }
}

fn equals(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

fn starts_with(a: &str, b: &str) -> bool {
    a.as_bytes().get(..b.len()).is_some_and(|start| start.eq_ignore_ascii_case(b.as_bytes()))
}

fn contains(a: &str, b: &str) -> bool {
    a.as_bytes().windows(b.len()).any(|part| part.eq_ignore_ascii_case(b.as_bytes()))
}

fn left(text: &str, count: usize) -> &str {
    text.char_indices().nth(count).and_then(|(at, _)| text.get(..at)).unwrap_or(text)
}

/// All conditions and mappings of some people, as [`Policy::race`](crate::policy::Policy::race) has them.
pub(super) fn race(facts: &Arc<Facts>, people: Range<usize>, answers: &mut dyn FnMut(u64, &[&str])) {
    let columns = Columns {
        mail: facts.column("mail"),
        employee_type: facts.column("employeetype"),
        department: facts.column("department"),
        title: facts.column("title"),
        c: facts.column("c"),
        division: facts.column("division"),
        sam_account_name: facts.column("samaccountname"),
        office: facts.column("physicaldeliveryofficename"),
        l: facts.column("l"),
        logon_count: facts.column("logoncount"),
        company: facts.column("company"),
        extension_attribute_1: facts.column("extensionattribute1"),
        given_name: facts.column("givenname"),
        sn: facts.column("sn"),
    };
    let groups = Groups {
        it_admins: facts.groups_named("gg-it-admins"),
        service_accounts: facts.groups_named("gg-service-accounts"),
        people_managers: facts.groups_named("gg-people-managers"),
        contractors: facts.groups_named("gg-contractors"),
        klaviyo_users: facts.groups_named("gg-klaviyo-users"),
        marketing: facts.groups_named("gg-marketing"),
        keep_access: facts.groups_named("gg-keep-access"),
    };
    for person in facts.people.get(people).unwrap_or_default() {
        let roles = roles(person, &columns, &groups);
        let mapped = mappings(person, &columns);
        answers(roles, &mapped.each_ref().map(String::as_str));
    }
}

fn roles(p: &Person, columns: &Columns, groups: &Groups<'_>) -> u64 {
    let enabled = p.standing == Standing::Enabled;
    let is_in = |group: &[usize]| group.iter().any(|group| p.groups.binary_search(group).is_ok());
    let kind = || text(p, columns.employee_type);
    let department = || text(p, columns.department);
    let title = || text(p, columns.title);
    let answers = [
        enabled
            && (equals(kind(), "employee") || equals(kind(), "intern"))
            && !text(p, columns.mail).is_empty(),
        equals(department(), "engineering") || (contains(title(), "engineer") && !contains(title(), "sales")),
        starts_with(department(), "sales")
            && ["DE", "FR", "GB", "NL", "ES"].iter().any(|c| equals(c, text(p, columns.c))),
        is_in(groups.it_admins) && !is_in(groups.service_accounts) && enabled,
        contains(title(), "manager")
            || contains(title(), "director")
            || starts_with(title(), "head of")
            || is_in(groups.people_managers),
        (equals(department(), "finance")
            || equals(department(), "accounting")
            || equals(text(p, columns.division), "corporate"))
            && !equals(kind(), "contractor"),
        equals(kind(), "contractor")
            || starts_with(text(p, columns.sam_account_name), "x-")
            || is_in(groups.contractors),
        (starts_with(text(p, columns.office), "hq") || equals(text(p, columns.l), "berlin"))
            && integer(p, columns.logon_count).is_some_and(|count| count >= 30),
        (is_in(groups.klaviyo_users) || is_in(groups.marketing) || equals(department(), "marketing"))
            && enabled
            && contains(text(p, columns.mail), "@corp.example"),
        is_in(groups.keep_access)
            || (integer(p, columns.logon_count).is_some_and(|count| count < 90)
                && enabled
                && equals(text(p, columns.company), "contoso"))
            || (equals(department(), "legal") && starts_with(text(p, columns.extension_attribute_1), "9")),
    ];
    answers.iter().enumerate().fold(0, |bits, (bit, passed)| bits | (u64::from(*passed) << bit))
}

fn mappings(p: &Person, columns: &Columns) -> [String; 8] {
    let (given_name, sn) = (text(p, columns.given_name), text(p, columns.sn));
    let (c, l) = (text(p, columns.c), text(p, columns.l));
    let is_one_of = |countries: &[&str]| countries.iter().any(|country| equals(country, c));
    [
        text(p, columns.mail).to_lowercase(),
        [given_name, " ", sn].concat(),
        sn.to_uppercase(),
        [left(given_name, 1), sn].concat().to_lowercase(),
        if is_one_of(&["US", "CA", "MX"]) {
            "AMER".to_owned()
        } else if is_one_of(&["DE", "FR", "GB", "NL", "ES"]) {
            "EMEA".to_owned()
        } else {
            "APAC".to_owned()
        },
        left(text(p, columns.title), 20).to_owned(),
        if l.is_empty() { text(p, columns.office).to_owned() } else { [l, ", ", &c.to_uppercase()].concat() },
        [
            left(text(p, columns.department), 3).to_uppercase().as_str(),
            "-",
            text(p, columns.extension_attribute_1),
        ]
        .concat(),
    ]
}
