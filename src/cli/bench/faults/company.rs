//! The people of a campaign, the accounts that they have before it, and those that they should have behind it.

use serde_json::{Value, json};
use uuid::Uuid;

use super::kinds::Task;

pub(super) const POLICY: &str = r#"provision_by_role();
role("manager", |user| user.title.contains("Manager"));
role("analyst", |user| user.department.equals("Marketing"));
map("userName", |user| LOWER(user.mail));
map("name.givenName", |user| user.givenName);
map("name.familyName", |user| user.sn);
"#;

/// Nobody may touch it.
pub(super) const OWNER: &str = "owner@example.com";
/// Nobody in the directory has it.
pub(super) const STRANGER: &str = "stranger@example.net";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Person {
    number: u128,
    pub(super) user_name: String,
    family: String,
    title: &'static str,
    pub(super) enabled: bool,
    /// Whether the campaign is about them, or only wants them left as they are.
    pub(super) concerned: bool,
}

const BYSTANDERS: u128 = 3;
const CONCERNED: u128 = 3;

/// Before the task: the directory as the accounts know it. `None`, where nothing is known of the concerned yet.
pub(super) fn before(task: Task) -> Option<Vec<Person>> {
    match task {
        Task::Create | Task::Reactivate => None,
        _ => Some(people()),
    }
}

pub(super) fn after(task: Task) -> Vec<Person> {
    let mut people = people();
    for person in people.iter_mut().filter(|person| person.concerned) {
        match task {
            Task::Create | Task::Reactivate => {}
            Task::Role => person.title = "Marketing Manager",
            Task::Name => person.family = format!("{} Married", person.family),
            Task::Rename => person.user_name = format!("new.{}", person.user_name),
            Task::Deactivate | Task::Delete => person.enabled = false,
        }
    }
    people
}

fn people() -> Vec<Person> {
    let person = |number: u128| Person {
        number,
        user_name: format!("person{number}@example.com"),
        family: format!("Nr {number}"),
        title: "Writer",
        enabled: true,
        concerned: number > BYSTANDERS,
    };
    (1..=BYSTANDERS + CONCERNED).map(person).collect()
}

/// The directory as an export.
pub(super) fn directory(people: &[Person]) -> String {
    let entry = |person: &Person| {
        json!({
            "dn": format!("CN=Person {},OU=People,DC=example,DC=com", person.number),
            "objectGUID": Uuid::from_u128(person.number),
            "objectClass": ["top", "person", "organizationalPerson", "user"],
            "sAMAccountName": format!("person{}", person.number),
            "givenName": "Person",
            "sn": person.family,
            "mail": person.user_name,
            "department": "Marketing",
            "title": person.title,
            "userAccountControl": if person.enabled { 512 } else { 514 },
        })
    };
    people.iter().map(|person| format!("{}\n", entry(person))).collect()
}

/// The accounts that are there before the first cycle, the owner's and a stranger's among them.
pub(super) fn accounts(task: Task) -> Vec<Value> {
    let account = |user_name: &str, active: bool, role: &str| json!({ "userName": user_name, "active": active, "roles": [{ "value": role, "primary": true }] });
    let mut accounts: Vec<Value> = people()
        .iter()
        .filter(|person| !person.concerned || task == Task::Reactivate)
        .map(|person| account(&person.user_name.to_uppercase(), !person.concerned, "support"))
        .collect();
    accounts.push(account(OWNER, true, "admin"));
    accounts.push(account(STRANGER, true, "support"));
    accounts
}

impl Person {
    /// What is wrong with the account that the person has, `None` where nothing is.
    pub(super) fn wrong(&self, accounts: &[Value], deletes: bool) -> Option<String> {
        let named = |user: &&Value| {
            text(user, "/userName").is_some_and(|name| name.eq_ignore_ascii_case(&self.user_name))
        };
        let found: Vec<&Value> = accounts.iter().filter(named).collect();
        let who = &self.user_name;
        match (found.as_slice(), self.enabled) {
            ([], false) => None,
            ([], true) => Some(format!("{who} has no account")),
            ([_], false) if deletes => Some(format!("{who} still has an account")),
            ([account], enabled) => {
                let role = text(account, "/roles/0/value");
                let wanted = if self.title.contains("Manager") { "manager" } else { "analyst" };
                if account.get("active") != Some(&Value::Bool(enabled)) {
                    Some(format!("{who} is {}", if enabled { "inactive" } else { "active" }))
                } else if role != Some(wanted) {
                    Some(format!("{who} has the role {role:?} in place of {wanted}"))
                } else if text(account, "/name/familyName") != Some(&self.family) {
                    Some(format!("{who} has the wrong name"))
                } else {
                    None
                }
            }
            (several, _) => Some(format!("{who} has {} accounts", several.len())),
        }
    }
}

pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer)?.as_str()
}
