use std::borrow::Cow;

use fastrand::Rng;
use uuid::Uuid;

use crate::cli::bench::company::DEPARTMENTS;
use crate::directory::{Entry, Raw};

pub(super) const BASE: &str = "DC=corp,DC=example,DC=com";

/// What is asked for of people beside what every reading asks for: with that, 25 attributes and `memberOf`.
pub(super) const ASKED: [&str; 11] = [
    "givenName",
    "sn",
    "title",
    "department",
    "company",
    "physicalDeliveryOfficeName",
    "l",
    "co",
    "employeeID",
    "telephoneNumber",
    "extensionAttribute1",
];

/// Groups that each person is in.
const GROUPS: usize = 10;

const SYLLABLES: [&str; 24] = [
    "an", "ber", "mar", "lo", "ti", "ka", "ren", "so", "vi", "el", "mi", "da", "jo", "ne", "ra", "to", "us",
    "li", "ha", "go", "ste", "fan", "wil", "ö",
];
const TITLES: [&str; 12] = [
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
    "Marketing Manager",
    "Copywriter",
];
const COUNTRIES: [&str; 6] = ["Germany", "United States", "France", "United Kingdom", "Japan", "India"];
const CITIES: [&str; 8] = ["Berlin", "Paris", "London", "Madrid", "Tokyo", "Austin", "Sydney", "Toronto"];

type Text = Cow<'static, str>;

/// An object with its attributes as a server would send them.
pub(super) struct Object {
    pub(super) dn: String,
    pub(super) attributes: Vec<(&'static str, Values)>,
}

pub(super) enum Values {
    Text(Text),
    Octets(Vec<u8>),
    Classes(&'static [&'static str]),
    /// DNs of groups, by number.
    Groups([usize; GROUPS]),
}

/// A made-up company: the same seed makes the same person of the same number, whoever is asked for before.
pub(super) struct Company {
    seed: u64,
    pub(super) people: usize,
    pub(super) groups: Vec<String>,
}

impl Company {
    pub(super) fn new(seed: u64, people: usize) -> Self {
        // One group for every 20 people, and those that everybody is in.
        let groups = (0..people / 20 + 20).map(|number| format!("CN=gg-{number:05},OU=Groups,{BASE}"));
        Self { seed, people, groups: groups.collect() }
    }

    fn rng(&self, number: usize) -> Rng {
        Rng::with_seed(self.seed ^ (number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    /// The name of a person, with which all that is random about that person begins.
    fn name(rng: &mut Rng) -> (String, String) {
        let mut word = |syllables: usize| {
            let text: String = (0..syllables).filter_map(|_| rng.choice(SYLLABLES)).collect();
            let mut letters = text.chars();
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters.clone()).collect::<String>()
        };
        (word(2), word(3))
    }

    fn dn(&self, number: usize) -> String {
        let (given, sn) = Self::name(&mut self.rng(number));
        dn(&given, &sn, number)
    }

    pub(super) fn person(&self, number: usize) -> Object {
        let mut rng = self.rng(number);
        let (given, sn) = Self::name(&mut rng);
        let dn = dn(&given, &sn, number);
        let account = format!("u{number:06}");
        let mail = format!("{}.{}{number}@example.com", given.to_lowercase(), sn.to_lowercase());
        // Everybody works for somebody of the same hundred.
        let manager = number / 100 * 100 + rng.usize(..10);
        // Few groups are large.
        let groups = std::array::from_fn(|_| {
            let part = rng.usize(..self.groups.len()) + 1;
            rng.usize(..part)
        });
        let text = |text: String| Values::Text(Cow::Owned(text));
        let one = |rng: &mut Rng, of: &'static [&'static str]| {
            Values::Text(Cow::Borrowed(rng.choice(of).copied().unwrap_or_default()))
        };
        let cn = format!("{given} {sn} {number}");
        let mut attributes = vec![
            ("accountExpires", Values::Text(Cow::Borrowed("9223372036854775807"))),
            ("displayName", text(format!("{sn}, {given}"))),
            ("distinguishedName", text(dn.clone())),
            ("manager", text(self.dn(manager.min(self.people.saturating_sub(1))))),
            ("memberOf", Values::Groups(groups)),
            ("objectCategory", text(format!("CN=Person,CN=Schema,CN=Configuration,{BASE}"))),
            ("objectClass", Values::Classes(&["top", "person", "organizationalPerson", "user"])),
            ("objectGUID", Values::Octets(Uuid::from_u128(rng.u128(..)).to_bytes_le().to_vec())),
            ("objectSid", Values::Octets(sid(number + 20_000_000))),
            ("primaryGroupID", Values::Text(Cow::Borrowed("513"))),
            ("sAMAccountName", text(account)),
            ("userAccountControl", Values::Text(Cow::Borrowed("512"))),
            ("userPrincipalName", text(mail.clone())),
            ("mail", text(mail)),
            ("title", one(&mut rng, &TITLES)),
            ("department", one(&mut rng, &DEPARTMENTS)),
            ("company", Values::Text(Cow::Borrowed("Example Corporation"))),
            (
                "physicalDeliveryOfficeName",
                text(format!("Building {} Room {}", rng.u8(1..9), rng.u16(100..999))),
            ),
            ("l", one(&mut rng, &CITIES)),
            ("co", one(&mut rng, &COUNTRIES)),
            ("employeeID", text(format!("{number:08}"))),
            ("telephoneNumber", text(format!("+49 30 {}", rng.u32(1_000_000..9_999_999)))),
            ("extensionAttribute1", text(format!("C{}", rng.u16(1_000..1_400)))),
        ];
        attributes.push(("cn", text(cn)));
        attributes.push(("givenName", text(given)));
        attributes.push(("sn", text(sn)));
        Object { dn, attributes }
    }

    pub(super) fn group(&self, number: usize) -> Object {
        let name = format!("gg-{number:05}");
        let text = |text: String| Values::Text(Cow::Owned(text));
        let attributes = vec![
            ("cn", text(name.clone())),
            ("groupType", Values::Text(Cow::Borrowed("-2147483646"))),
            ("objectClass", Values::Classes(&["top", "group"])),
            ("objectGUID", Values::Octets(Uuid::from_u128(number as u128 + 1).to_bytes_le().to_vec())),
            ("objectSid", Values::Octets(sid(number + 1_000))),
            ("sAMAccountName", text(name)),
        ];
        Object { dn: self.groups.get(number).cloned().unwrap_or_default(), attributes }
    }

    /// Each value of an attribute.
    pub(super) fn values<'v>(&'v self, values: &'v Values, mut each: impl FnMut(&'v [u8])) {
        match values {
            Values::Text(text) => each(text.as_bytes()),
            Values::Octets(octets) => each(octets),
            Values::Classes(classes) => classes.iter().for_each(|class| each(class.as_bytes())),
            Values::Groups(groups) => groups
                .iter()
                .enumerate()
                .filter(|(at, group)| groups.iter().take(*at).all(|other| other != *group))
                .filter_map(|(_, group)| self.groups.get(*group))
                .for_each(|dn| each(dn.as_bytes())),
        }
    }

    /// An object as a file has it.
    pub(super) fn entry(&self, object: &Object) -> Entry {
        let mut entry = Entry::new(object.dn.as_str());
        for (name, values) in &object.attributes {
            self.values(values, |value| entry.push(name, Raw::from_bytes(value.to_vec())));
        }
        entry
    }
}

fn dn(given: &str, sn: &str, number: usize) -> String {
    format!("CN={given} {sn} {number},OU=Staff {:02},OU=People,{BASE}", number % 50)
}

/// One of the company's domain (MS-DTYP 2.4.2.2).
fn sid(relative: usize) -> Vec<u8> {
    let mut octets = vec![1, 5, 0, 0, 0, 0, 0, 5];
    for part in [21, 1_111_111_111, 2_222_222_222, 3_333_333_333, u32::try_from(relative).unwrap_or(u32::MAX)]
    {
        octets.extend_from_slice(&part.to_le_bytes());
    }
    octets
}
