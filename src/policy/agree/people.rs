use std::collections::BTreeMap;

use fastrand::Rng;
use uuid::Uuid;

use crate::directory::{Completeness, Entry, Raw, Snapshot};

/// Text attributes that rules read.
pub(super) const TEXTS: [&str; 8] =
    ["department", "title", "givenName", "sn", "mail", "l", "employeeID", "extensionAttribute1"];
pub(super) const LISTS: [&str; 3] = ["proxyAddresses", "otherTelephone", "departmentNumber"];
pub(super) const NUMBERS: [&str; 2] = ["logonCount", "countryCode"];
pub(super) const TIMES: [&str; 2] = ["whenCreated", "accountExpires"];
pub(super) const GROUPS: [&str; 4] = ["Klaviyo Users", "Admins", "Équipe Ω", "nobody"];

/// What attributes and literals are made of, so that they meet: letter case, numbers as text, several scripts,
/// characters that change their length with their case.
pub(super) const WORDS: [&str; 24] = [
    "Marketing",
    "marketing",
    "MARK",
    "IT",
    "Sales EMEA",
    "sales",
    "Team Lead",
    "Head of Sales",
    "",
    " ",
    "  x ",
    "42",
    "-7",
    "3.5",
    "007",
    "Straße",
    "STRASSE",
    "ΟΔΟΣ",
    "οδος",
    "İstanbul",
    "日本語",
    "😀 Ω",
    "a,b;c",
    "@example.com",
];

pub(super) fn company(rng: &mut Rng, size: usize) -> Snapshot {
    let people = (0..size).map(|index| person(rng, index, size)).collect();
    let groups = GROUPS.iter().take(3).enumerate().map(|(index, name)| group(rng, name, index)).collect();
    Snapshot {
        source: "made up".to_owned(),
        people,
        groups,
        asked: None,
        completeness: Completeness::Whole,
        absent: BTreeMap::new(),
    }
}

fn dn(name: &str) -> String {
    format!("CN={name},DC=example,DC=com")
}

fn group(rng: &mut Rng, name: &str, index: usize) -> Entry {
    let mut entry = Entry::new(dn(name));
    entry.set("objectGUID", Raw::Text(Uuid::from_u128(1_000_000 + index as u128).to_string()));
    entry.set("objectClass", Raw::Text("group".to_owned()));
    entry.set("cn", Raw::Text(name.to_owned()));
    if rng.bool() {
        entry.push("memberOf", Raw::Text(dn(pick(rng, &GROUPS))));
    }
    entry
}

fn person(rng: &mut Rng, index: usize, size: usize) -> Entry {
    let mut entry = Entry::new(dn(&format!("p{index}")));
    entry.set("objectGUID", Raw::Text(Uuid::from_u128(index as u128 + 1).to_string()));
    entry.set("userAccountControl", Raw::Text(if rng.u8(..8) == 0 { "514" } else { "512" }.to_owned()));
    for name in TEXTS {
        if rng.u8(..4) > 0 {
            entry.push(name, Raw::Text(text(rng)));
        }
    }
    for name in LISTS {
        for _ in 0..rng.usize(..4) {
            entry.push(name, Raw::Text(text(rng)));
        }
    }
    for name in NUMBERS {
        if rng.bool() {
            entry.push(name, Raw::Text(rng.i32(-3..50).to_string()));
        }
    }
    if rng.bool() {
        entry.push("whenCreated", Raw::Text(format!("202{}0{}15120000.0Z", rng.u8(..7), rng.u8(1..10))));
    }
    if rng.u8(..3) > 0 {
        entry.push("manager", Raw::Text(dn(&format!("p{}", rng.usize(..size)))));
    }
    for name in GROUPS {
        if rng.u8(..3) == 0 {
            entry.push("memberOf", Raw::Text(dn(name)));
        }
    }
    entry
}

fn text(rng: &mut Rng) -> String {
    match rng.u8(..12) {
        0 => format!("{}{}", pick(rng, &WORDS), pick(rng, &WORDS)),
        1 => pick(rng, &WORDS).repeat(rng.usize(..200)),
        2 => pick(rng, &WORDS).to_uppercase(),
        3 => pick(rng, &WORDS).to_lowercase(),
        _ => pick(rng, &WORDS).to_owned(),
    }
}

pub(super) fn pick<'a>(rng: &mut Rng, from: &[&'a str]) -> &'a str {
    rng.choice(from).copied().unwrap_or_default()
}
