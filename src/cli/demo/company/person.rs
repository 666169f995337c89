use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{BASE, groups};
use crate::directory::{Entry, Raw};

/// userAccountControl (MS-ADTS 2.2.16): NORMAL_ACCOUNT.
pub(super) const ENABLED: &str = "512";
/// NORMAL_ACCOUNT and ACCOUNTDISABLE.
pub(super) const DISABLED: &str = "514";
/// NORMAL_ACCOUNT and DONT_EXPIRE_PASSWORD, as service accounts have it.
const SERVICE: &str = "66048";

/// accountExpires (MS-ADTS 2.2.18) of an account that never does.
const NEVER: &str = "9223372036854775807";
/// Seconds from 1601-01-01, where FILETIME begins (MS-DTYP 2.3.3), to 1970-01-01.
const FILETIME_EPOCH: i64 = 11_644_473_600;

/// What an entry is made of.
pub(super) struct Person {
    /// Counted from 0.
    pub(super) number: usize,
    /// The sAMAccountName.
    pub(super) account: String,
    pub(super) cn: String,
    pub(super) dn: String,
    pub(super) mail: Option<String>,
    pub(super) days_since_created: i64,
    pub(super) enabled: bool,
    /// The names of the groups that list this person.
    pub(super) groups: Vec<&'static str>,
    /// `None` for a service account.
    pub(super) employee: Option<Employee>,
}

pub(super) struct Employee {
    pub(super) given_name: String,
    pub(super) sn: String,
    pub(super) display_name: String,
    pub(super) title: String,
    pub(super) department: &'static str,
    pub(super) cost_center: String,
    /// City, country, ISO 3166-1 alpha-2 code.
    pub(super) place: (&'static str, &'static str, &'static str),
    /// A DN.
    pub(super) manager: Option<String>,
    /// For a contractor, the days until the account expires; below 0 when it has.
    pub(super) contract: Option<i64>,
}

impl Person {
    pub(super) fn entry(&self, now: Timestamp) -> Entry {
        let mut entry = object(&self.dn, &self.cn, self.days_since_created, now);
        for class in ["top", "person", "organizationalPerson", "user"] {
            entry.push("objectClass", text(class));
        }
        let mut set = |name: &str, value: &str| entry.set(name, text(value));
        set("objectCategory", &format!("CN=Person,CN=Schema,CN=Configuration,{BASE}"));
        set("sAMAccountName", &self.account);
        set("userPrincipalName", &format!("{}@corp.example.com", self.account));
        set("primaryGroupID", "513");
        let control = match (&self.employee, self.enabled) {
            (None, _) => SERVICE,
            (Some(_), true) => ENABLED,
            (Some(_), false) => DISABLED,
        };
        set("userAccountControl", control);
        if let Some(mail) = &self.mail {
            set("mail", mail);
            set("proxyAddresses", &format!("SMTP:{mail}"));
        }
        let contract = self.employee.as_ref().and_then(|employee| employee.contract);
        set("accountExpires", &contract.map_or_else(|| NEVER.to_owned(), |days| filetime(days, now)));
        if let Some(employee) = &self.employee {
            let (city, country, code) = employee.place;
            set("givenName", &employee.given_name);
            set("sn", &employee.sn);
            set("displayName", &employee.display_name);
            set("title", &employee.title);
            set("department", employee.department);
            set("company", "Example Outdoor");
            set("l", city);
            set("co", country);
            set("c", code);
            set("employeeID", &format!("{:07}", 1_000_000 + self.number));
            set("employeeType", if contract.is_some() { "Contractor" } else { "Employee" });
            set("extensionAttribute1", &employee.cost_center);
            if let Some(manager) = &employee.manager {
                set("manager", manager);
            }
        }
        if let Some(mail) = self.mail.as_ref().filter(|_| self.number.is_multiple_of(3)) {
            let (local, _) = mail.split_once('@').unwrap_or((mail, ""));
            entry.push("proxyAddresses", text(&format!("smtp:{local}@old.example.com")));
        }
        for group in &self.groups {
            entry.push("memberOf", text(&groups::dn(group)));
        }
        entry.set("objectSid", sid(10_000 + self.number));
        entry
    }
}

/// What people and groups have in common.
pub(super) fn object(dn: &str, cn: &str, days_since_created: i64, now: Timestamp) -> Entry {
    let mut entry = Entry::new(dn);
    let guid = Uuid::new_v5(&Uuid::NAMESPACE_X500, dn.as_bytes());
    entry.set("objectGUID", Raw::Bytes(guid.to_bytes_le().to_vec()));
    entry.set("distinguishedName", text(dn));
    entry.set("cn", text(cn));
    entry.set("name", text(cn));
    let created = days_later(-days_since_created, now).strftime("%Y%m%d%H%M%S.0Z").to_string();
    entry.set("whenCreated", text(&created));
    entry
}

/// A security identifier of the company's domain in its binary form (MS-DTYP 2.4.2.2).
pub(super) fn sid(relative: usize) -> Raw {
    let relative = u32::try_from(relative).unwrap_or(u32::MAX);
    let mut bytes = vec![1, 5, 0, 0, 0, 0, 0, 5];
    for part in [21, 3_141_592_653, 589_793_238, 462_643_383, relative] {
        bytes.extend(part.to_le_bytes());
    }
    Raw::Bytes(bytes)
}

pub(super) fn text(value: &str) -> Raw {
    Raw::Text(value.to_owned())
}

fn days_later(days: i64, now: Timestamp) -> Timestamp {
    now.saturating_add(SignedDuration::from_hours(days * 24)).unwrap_or(now)
}

fn filetime(days: i64, now: Timestamp) -> String {
    ((days_later(days, now).as_second() + FILETIME_EPOCH) * 10_000_000).to_string()
}
