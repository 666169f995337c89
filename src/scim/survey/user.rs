//! How one account looks: the shape of its role, its version, which attributes are shown.

use std::collections::BTreeMap;

use serde_json::Value;

use super::ask::{Asked, quoted};
use super::listing::Page;
use crate::config::RoleShape;
use crate::scim::Error;
use crate::scim::resource::User;

pub(super) async fn ask(asked: &mut Asked<'_>, first: &Page) -> Result<(), Error> {
    roles(asked, first);
    let Some(id) = first.ids().into_iter().next() else {
        asked.survey.unanswered("ETags", "there is no account to look at");
        return Ok(());
    };
    let answer = asked.get(&["Users", &id], &[]).await?;
    let Some(user) = answer.json.as_ref().filter(|_| answer.is_success()).and_then(User::of) else {
        asked.survey.problem(
            "one account",
            format!("it is listed, and asked for alone refused with {}", answer.status),
        );
        return Ok(());
    };
    match (user.version(), answer.etag()) {
        (Some(_), _) => asked.survey.fine("ETags", "accounts have a version, and a PUT is for the one that was read"),
        (None, Some(_)) => asked.survey.note("ETags", "answers have an ETag, and accounts have no version"),
        (None, None) => asked.survey.note(
            "ETags",
            "there are none: a change by somebody else between reading and writing may be overwritten by a PUT",
        ),
    }
    Ok(())
}

fn roles(asked: &mut Asked<'_>, first: &Page) {
    let mut shapes: BTreeMap<&str, usize> = BTreeMap::new();
    for user in &first.users {
        let lists = match user.get("roles") {
            Some(Value::Array(items)) if items.is_empty() => None,
            Some(Value::Array(items)) if items.iter().all(Value::is_string) => {
                Some("`roles`, a list of strings")
            }
            Some(Value::Array(_)) => Some("`roles`, a list"),
            Some(Value::Object(_)) => Some("`roles`, an object"),
            Some(Value::String(_)) => Some("`roles`, a string"),
            _ => None,
        };
        let single = user.get("role").filter(|role| !role.is_null()).map(|_| "`role`");
        for shape in lists.into_iter().chain(single) {
            *shapes.entry(shape).or_default() += 1;
        }
    }
    let now = match asked.target.role_shape {
        RoleShape::Roles => "roles",
        RoleShape::Role => "role",
        RoleShape::Both => "both",
    };
    if shapes.is_empty() {
        asked.survey.unanswered("role", "no account on the first page has one");
        return;
    }
    let seen: Vec<String> = shapes.iter().map(|(shape, count)| format!("{shape} ({count})")).collect();
    let seen = seen.join(", ");
    let found = match (shapes.contains_key("`role`"), shapes.keys().any(|shape| shape.starts_with("`roles`")))
    {
        (true, true) => "both",
        (true, false) => "role",
        _ => "roles",
    };
    asked.survey.set("role_shape", quoted(found), quoted(now));
    if found == now {
        asked.survey.fine("role", format!("it stands in {seen}"));
    } else {
        asked.survey.problem("role", format!("it stands in {seen}, and `role_shape` is \"{now}\""));
    }
}
