//! Who works there: the cast, then people made up from lists, department by department.

use std::collections::HashMap;

use super::BASE;
use super::cast::{CAST, Role};
use super::names::{self, FAMILY, GIVEN, PLACES};
use super::person::{Employee, Person};

/// How many people report to one manager.
const SPAN: usize = 8;
/// The longest sAMAccountName of a person is 20 characters (MS-ADTS 3.1.1.6): what is left beside a number.
const ACCOUNT_STEM: usize = 13;

struct Department {
    name: &'static str,
    /// Of 32 people so many.
    share: usize,
    group: &'static str,
    titles: &'static [&'static str],
}

const fn department(
    name: &'static str,
    share: usize,
    group: &'static str,
    titles: &'static [&'static str],
) -> Department {
    Department { name, share, group, titles }
}

const DEPARTMENTS: &[Department] = &[
    department(
        "Marketing",
        5,
        "Marketing All",
        &[
            "Campaign Coordinator",
            "Content Writer",
            "Email Marketing Specialist",
            "Data Analyst",
            "Marketing Manager",
            "SEO Specialist",
            "Marketing Intern",
        ],
    ),
    department("Brand", 1, "Brand Team", &["Graphic Designer", "Copywriter", "Brand Strategist"]),
    department(
        "Sales",
        5,
        "Sales All",
        &["Account Executive", "Sales Development Representative", "Sales Engineer"],
    ),
    department(
        "Customer Success",
        3,
        "Customer Success All",
        &["Customer Success Manager", "Onboarding Specialist"],
    ),
    department("Support", 4, "Support All", &["Support Specialist", "Senior Support Specialist"]),
    department(
        "Engineering",
        6,
        "Engineering All",
        &["Software Engineer", "Senior Software Engineer", "QA Engineer"],
    ),
    department("Finance", 2, "Finance All", &["Accountant", "Financial Analyst"]),
    department("People", 1, "People All", &["Recruiter", "People Partner"]),
    department("IT", 1, "IT All", &["System Administrator", "Systems Engineer", "Service Desk Analyst"]),
    department("Legal", 1, "Legal All", &["Legal Counsel", "Paralegal"]),
    department("Warehouse", 3, "Warehouse All", &["Warehouse Associate", "Forklift Operator"]),
];

/// The people of a company, in order.
pub(super) fn people(size: usize) -> impl Iterator<Item = Person> {
    let mut staff = Staff::new(size);
    (0..size).map(move |number| staff.next(number))
}

struct Staff {
    /// The DNs of each department's people so far, the head first; of the cast only the head.
    teams: HashMap<&'static str, Vec<String>>,
    /// How many people each department will have.
    totals: HashMap<&'static str, usize>,
    /// How many accounts have begun with this stem.
    stems: HashMap<String, usize>,
    /// The DN of each member of the cast.
    cast: HashMap<&'static str, String>,
}

impl Staff {
    fn new(size: usize) -> Self {
        let mut totals = HashMap::new();
        for role in CAST.iter().take(size).filter(|role| role.leads) {
            *totals.entry(role.department).or_default() += 1;
        }
        for number in CAST.len()..size {
            if let Some(department) = department_of(number) {
                *totals.entry(department.name).or_default() += 1;
            }
        }
        let stems = CAST.iter().map(|role| (stem(role.account), 9)).collect();
        Self { teams: HashMap::new(), totals, stems, cast: HashMap::new() }
    }

    fn next(&mut self, number: usize) -> Person {
        match (CAST.get(number), department_of(number)) {
            (Some(role), _) => self.cast_member(number, role),
            (None, Some(department)) => self.made_up(number, department),
            (None, None) => service(number, &format!("svc-{:06}", number)),
        }
    }

    fn cast_member(&mut self, number: usize, role: &'static Role) -> Person {
        if role.department.is_empty() {
            return service(number, role.account);
        }
        let dn = person_dn(role.cn, role.department);
        self.cast.insert(role.account, dn.clone());
        if role.leads {
            self.teams.entry(role.department).or_default().push(dn.clone());
        }
        let mut groups = vec![group_of(role.department)];
        groups.extend(role.groups);
        groups.extend(role.contract.map(|_| "Contractors"));
        Person {
            number,
            account: role.account.to_owned(),
            cn: role.cn.to_owned(),
            dn,
            mail: role.mail.map(str::to_owned),
            days_since_created: days(number),
            enabled: role.enabled,
            groups,
            employee: Some(Employee {
                given_name: role.given_name.to_owned(),
                sn: role.sn.to_owned(),
                // A name with spaces at its end has them wherever AD keeps them.
                display_name: format!("{}{}", role.cn, " ".repeat(role.sn.len() - role.sn.trim_end().len())),
                title: role.title.to_owned(),
                department: role.department,
                cost_center: cost_center(role.department),
                place: pick(PLACES, draw(number, 3)).unwrap_or_default(),
                manager: role.manager.and_then(|account| self.cast.get(account).cloned()),
                contract: role.contract,
            }),
        }
    }

    fn made_up(&mut self, number: usize, department: &'static Department) -> Person {
        let given = pick(GIVEN, draw(number, 1)).unwrap_or_default();
        let family = pick(FAMILY, draw(number, 2)).unwrap_or_default();
        let login = names::login(given, family);
        let count = self.stems.entry(stem(&login)).or_default();
        *count += 1;
        let (account, suffix) = match *count {
            1 if login.len() <= 20 => (login.clone(), String::new()),
            count => (format!("{}{count}", stem(&login)), count.to_string()),
        };
        let cn = format!("{given} {family} {suffix}").trim_end().to_owned();
        let dn = person_dn(&cn, department.name);

        let team = self.teams.entry(department.name).or_default();
        let seat = team.len();
        team.push(dn.clone());
        let leads = SPAN * seat + 1 < self.totals.get(department.name).copied().unwrap_or(0);
        let manager = match seat.checked_sub(1) {
            None => self.cast.get("helen.okafor").cloned(),
            Some(place) => team.get(place / SPAN).cloned(),
        };
        let title = match seat {
            0 => format!("Head of {}", department.name),
            1..=SPAN if leads => format!("{} Manager", department.name),
            _ if leads => "Team Lead".to_owned(),
            _ => pick(department.titles, draw(number, 4)).unwrap_or_default().to_owned(),
        };

        let contract = (!leads && draw(number, 5).is_multiple_of(12)).then(|| contract(number));
        let enabled = leads || !draw(number, 6).is_multiple_of(15);
        // Half of those who have left are still in their groups.
        let keeps_groups = enabled || draw(number, 7).is_multiple_of(2);
        let mut groups = Vec::new();
        if keeps_groups {
            groups.push(department.group);
            groups.extend((leads && department.name == "Marketing").then_some("Marketing Managers"));
            groups.extend((department.name == "IT" && seat < 4).then_some("Klaviyo Admins"));
            groups.extend(contract.map(|_| "Contractors"));
        }
        let has_mail = department.name != "Warehouse" || leads;
        Person {
            number,
            account,
            mail: has_mail.then(|| format!("{login}{suffix}@example.com")),
            days_since_created: days(number),
            enabled,
            groups,
            employee: Some(Employee {
                given_name: given.to_owned(),
                sn: family.to_owned(),
                display_name: format!("{given} {family}"),
                title,
                department: department.name,
                cost_center: cost_center(department.name),
                place: pick(PLACES, draw(number, 3)).unwrap_or_default(),
                manager,
                contract,
            }),
            cn,
            dn,
        }
    }
}

fn service(number: usize, account: &str) -> Person {
    Person {
        number,
        account: account.to_owned(),
        cn: account.to_owned(),
        dn: format!("CN={account},OU=Service Accounts,{BASE}"),
        mail: None,
        days_since_created: days(number),
        enabled: true,
        groups: Vec::new(),
        employee: None,
    }
}

/// The department of somebody made up; none for one in 64, which is a service account.
fn department_of(number: usize) -> Option<&'static Department> {
    if number % 64 == 63 {
        return None;
    }
    // 13 has no factor in common with 32: every 32 people in a row are spread over all departments.
    let mut place = number * 13 % 32;
    DEPARTMENTS.iter().find(|department| {
        let found = place < department.share;
        place = place.saturating_sub(department.share);
        found
    })
}

fn group_of(department: &str) -> &'static str {
    DEPARTMENTS.iter().find(|known| known.name == department).map_or("All Staff", |known| known.group)
}

fn cost_center(department: &str) -> String {
    let place = DEPARTMENTS.iter().position(|known| known.name == department).map_or(0, |place| place + 1);
    format!("CC-{}", 4000 + place * 100)
}

fn person_dn(cn: &str, department: &str) -> String {
    // RFC 4514 section 2.4; no name has another character that would have to be escaped.
    format!("CN={},OU={department},OU=Staff,{BASE}", cn.replace(',', "\\,"))
}

fn stem(login: &str) -> String {
    login.chars().take(ACCOUNT_STEM).collect()
}

fn days(number: usize) -> i64 {
    i64::try_from(30 + draw(number, 8) % 3000).unwrap_or(30)
}

/// Days until the account of a contractor expires: a third of them have.
fn contract(number: usize) -> i64 {
    let days = i64::try_from(5 + draw(number, 9) % 200).unwrap_or(5);
    if draw(number, 10).is_multiple_of(3) { -days } else { days }
}

fn pick<T: Copy>(list: &[T], drawn: usize) -> Option<T> {
    list.get(drawn.checked_rem(list.len())?).copied()
}

/// A number that looks random but is the same for the same person and purpose (SplitMix64).
fn draw(number: usize, purpose: u64) -> usize {
    let mut z = (number as u64).wrapping_mul(16).wrapping_add(purpose).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    usize::try_from((z ^ (z >> 31)) >> 33).unwrap_or(0)
}
