use jiff::Timestamp;

use super::BASE;
use super::person::{object, sid, text};
use crate::directory::Entry;

struct Group {
    name: &'static str,
    description: &'static str,
    /// The groups that list this one.
    within: &'static [&'static str],
}

const fn group(name: &'static str, description: &'static str, within: &'static [&'static str]) -> Group {
    Group { name, description, within }
}

const GROUPS: &[Group] = &[
    group("All Staff", "Everybody who is employed", &[]),
    group("Brand Team", "Brand", &["Marketing All"]),
    group("Contractors", "Everybody with a contract that ends", &[]),
    group("Customer Success All", "Customer Success", &["All Staff", "Klaviyo Users"]),
    group("Engineering All", "Engineering", &["All Staff"]),
    group("Finance All", "Finance", &["All Staff"]),
    group("IT All", "IT", &["All Staff"]),
    group("Klaviyo Admins", "Administrators of Klaviyo", &["Klaviyo Users"]),
    group("Klaviyo Users", "Everybody who may use Klaviyo", &[]),
    group("Legal All", "Legal", &["All Staff"]),
    group("Marketing All", "Marketing, with its teams", &["All Staff", "Klaviyo Users"]),
    group("Marketing Managers", "Who leads people in Marketing", &["Marketing All"]),
    group("People All", "People", &["All Staff"]),
    group("Sales All", "Sales", &["All Staff"]),
    group("Support All", "Support", &["All Staff", "Klaviyo Users"]),
    group("Warehouse All", "Warehouse", &["All Staff"]),
];

pub(super) fn dn(name: &str) -> String {
    format!("CN={name},OU=Groups,{BASE}")
}

pub(super) fn entries(now: Timestamp) -> Vec<Entry> {
    GROUPS
        .iter()
        .enumerate()
        .map(|(number, group)| {
            let mut entry = object(&dn(group.name), group.name, 3000, now);
            entry.push("objectClass", text("top"));
            entry.push("objectClass", text("group"));
            entry.set("objectCategory", text(&format!("CN=Group,CN=Schema,CN=Configuration,{BASE}")));
            entry.set("sAMAccountName", text(group.name));
            entry.set("description", text(group.description));
            // MS-ADTS 2.2.12: a global group for security.
            entry.set("groupType", text("-2147483646"));
            entry.set("objectSid", sid(1_200 + number));
            for within in group.within {
                entry.push("memberOf", text(&dn(within)));
            }
            entry
        })
        .collect()
}
