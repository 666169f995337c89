use std::collections::BTreeMap;
use std::sync::Arc;

use fastrand::Rng;
use jiff::Timestamp;
use uuid::Uuid;

use crate::directory::{Completeness, Entry, Raw, Snapshot};
use crate::facts::Facts;

const COUNTRIES: [&str; 12] = ["DE", "US", "FR", "GB", "NL", "ES", "CA", "MX", "JP", "IN", "AU", "KR"];
pub(super) const DEPARTMENTS: [&str; 10] = [
    "Engineering",
    "Sales EMEA",
    "Sales AMER",
    "Finance",
    "Accounting",
    "Marketing",
    "Legal",
    "IT",
    "Human Resources",
    "Support",
];
const TITLES: [&str; 10] = [
    "Software Engineer",
    "Sales Engineer",
    "Account Manager",
    "Analyst",
    "Director",
    "Head of Team",
    "Consultant",
    "Technician",
    "Designer",
    "Assistant",
];
const KINDS: [&str; 5] = ["employee", "Employee", "EMPLOYEE", "intern", "contractor"];
const GROUPS: [&str; 8] = [
    "gg-it-admins",
    "gg-service-accounts",
    "gg-people-managers",
    "gg-contractors",
    "gg-klaviyo-users",
    "gg-marketing",
    "gg-keep-access",
    "gg-other",
];
const CITIES: [&str; 8] = ["Berlin", "Paris", "London", "Madrid", "Tokyo", "Austin", "Sydney", "Toronto"];

/// A made-up company: 22 attributes and up to 8 groups a person; the same size makes the same company.
pub(super) fn company(people: usize) -> Arc<Facts> {
    let mut rng = Rng::with_seed(7);
    let snapshot = Snapshot {
        source: "made up".to_owned(),
        people: (0..people).map(|index| person(&mut rng, index)).collect(),
        groups: Default::default(),
        asked: None,
        completeness: Completeness::Whole,
        absent: BTreeMap::new(),
    };
    Arc::new(Facts::of(&snapshot, Timestamp::UNIX_EPOCH))
}

fn person(rng: &mut Rng, index: usize) -> Entry {
    let (given, sn) = (name(rng), name(rng));
    let number = index + 1;
    let mut entry = Entry::new(format!("CN={given} {sn} {number},OU=Staff,DC=corp,DC=example"));
    let mut set = |name: &str, value: String| entry.set(name, Raw::Text(value));
    set("objectGUID", Uuid::from_u128(number as u128).to_string());
    set("userAccountControl", if rng.u8(..20) == 0 { "514" } else { "512" }.to_owned());
    let prefix = if rng.u8(..10) == 0 { "x-" } else { "" };
    set("sAMAccountName", format!("{prefix}{}{number}", given.to_lowercase()));
    set("userPrincipalName", format!("{given}.{sn}{number}@corp.example"));
    set("mail", format!("{given}.{sn}{number}@Corp.Example"));
    set("displayName", format!("{given} {sn}"));
    set("department", skewed(rng, &DEPARTMENTS, 30));
    set("title", format!("{} {}", one(rng, &["Senior", "Junior", "Lead"]), skewed(rng, &TITLES, 10)));
    set("physicalDeliveryOfficeName", format!("{}-{}", one(rng, &["HQ", "Campus"]), rng.u8(1..40)));
    set("c", skewed(rng, &COUNTRIES, 12));
    set("company", one(rng, &["Contoso", "Fabrikam"]).to_owned());
    set("employeeType", skewed(rng, &KINDS, 5));
    set("employeeID", format!("{number:06}"));
    set("division", one(rng, &["Corporate", "Retail", "Online"]).to_owned());
    if rng.u8(..8) > 0 {
        set("l", skewed(rng, &CITIES, 8));
    }
    set("st", name(rng));
    set("postalCode", rng.u32(10_000..99_999).to_string());
    set("streetAddress", format!("{} Street {}", name(rng), rng.u8(..)));
    set("telephoneNumber", format!("+49 30 {}", rng.u32(100_000..999_999)));
    set("extensionAttribute1", rng.u32(1_000..9_999).to_string());
    set("logonCount", rng.u16(..400).to_string());
    set("givenName", given);
    set("sn", sn);
    for group in GROUPS {
        if rng.u8(..5) == 0 {
            entry.push("memberOf", Raw::Text(format!("CN={group},OU=Groups,DC=corp,DC=example")));
        }
    }
    entry
}

/// A capitalised word.
fn name(rng: &mut Rng) -> String {
    let length = rng.usize(3..8);
    let tail: String = (0..length).map(|_| char::from(rng.u8(b'a'..=b'z'))).collect();
    format!("{}{tail}", char::from(rng.u8(b'A'..=b'Z')))
}

/// One of the first more often than one of the last; behind those that have a name come numbered ones.
fn skewed(rng: &mut Rng, names: &[&str], distinct: usize) -> String {
    let part = rng.f64();
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "small"
    )]
    let index = (part * part * distinct as f64) as usize;
    names.get(index).map_or_else(|| format!("Unit {index:02}"), |name| (*name).to_owned())
}

fn one<'n>(rng: &mut Rng, of: &[&'n str]) -> &'n str {
    rng.choice(of).copied().unwrap_or_default()
}
