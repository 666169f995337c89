//! Klaviyo's rules for a user, as far as they are known.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::Settings;
use super::answer::Refusal;
use crate::config::RoleShape;

/// Judges what a user would become; `before` is absent for a new one. Brings the two places of the role in step.
pub(super) fn judge(
    settings: &Settings,
    before: Option<&Value>,
    after: &mut Map<String, Value>,
) -> Result<(), Refusal> {
    if let Some(before) = before {
        protect_owner(settings, before)?;
    }
    let user_name = match after.get("userName") {
        Some(Value::String(name)) if !name.trim().is_empty() => name.clone(),
        _ => return Err(Refusal::bad("invalidValue", "`userName` is required")),
    };
    both_shapes(settings, before, after)?;
    if settings.strict_roles {
        known_role(settings, after)?;
    }
    same_name_elsewhere(settings, &user_name, after)
}

/// The account owner can't be deleted or changed.
pub(super) fn protect_owner(settings: &Settings, user: &Value) -> Result<(), Refusal> {
    let name = user.get("userName").and_then(Value::as_str).unwrap_or_default();
    match &settings.owner {
        Some(owner) if owner.to_lowercase() == name.to_lowercase() => Err(Refusal::new(
            StatusCode::FORBIDDEN,
            format!("`{name}` is the account owner and cannot be changed or deleted"),
        )),
        _ => Ok(()),
    }
}

/// Where the role is kept in two places, the one that was changed decides.
fn both_shapes(
    settings: &Settings,
    before: Option<&Value>,
    after: &mut Map<String, Value>,
) -> Result<(), Refusal> {
    if settings.role_shape != RoleShape::Both {
        return Ok(());
    }
    let old = |name: &str| before.and_then(|user| user.get(name));
    let roles_changed = after.get("roles") != old("roles");
    let role_changed = after.get("role") != old("role");
    let from_roles = first_role(after).map(str::to_owned);
    let from_role = after.get("role").and_then(Value::as_str).map(str::to_owned);
    if roles_changed && role_changed && from_roles != from_role && from_roles.is_some() && from_role.is_some()
    {
        return Err(Refusal::bad("invalidValue", "`roles` and `role` contradict each other"));
    }
    let role = if roles_changed && (from_roles.is_some() || !role_changed) { from_roles } else { from_role };
    match role {
        Some(role) => {
            if first_role(after) != Some(&role) {
                after.insert("roles".into(), json!([{ "value": role, "primary": true }]));
            }
            after.insert("role".into(), role.into());
        }
        None => {
            after.remove("roles");
            after.remove("role");
        }
    }
    Ok(())
}

fn first_role(user: &Map<String, Value>) -> Option<&str> {
    user.get("roles")?.as_array()?.first()?.get("value")?.as_str()
}

fn known_role(settings: &Settings, user: &Map<String, Value>) -> Result<(), Refusal> {
    let mut roles: Vec<&str> = Vec::new();
    if let Some(Value::Array(items)) = user.get("roles") {
        if items.len() > 1 {
            return Err(Refusal::bad("invalidValue", "a user has one role, and `roles` names several"));
        }
        roles.extend(items.iter().map(|item| item.get("value").and_then(Value::as_str).unwrap_or_default()));
    }
    roles.extend(user.get("role").and_then(Value::as_str));
    match roles.into_iter().find(|role| !settings.known_roles.iter().any(|known| known == role)) {
        None => Ok(()),
        Some(role) => Err(Refusal::bad(
            "invalidValue",
            format!(
                "`{role}` is no role of this account; it has to be one of {}, or the Custom SCIM ID of a custom role",
                settings.known_roles.join(", ")
            ),
        )),
    }
}

fn same_name_elsewhere(
    settings: &Settings,
    user_name: &str,
    user: &Map<String, Value>,
) -> Result<(), Refusal> {
    let Some(known) =
        settings.elsewhere.iter().find(|known| known.user_name.to_lowercase() == user_name.to_lowercase())
    else {
        return Ok(());
    };
    let name = |sub: &str| user.get("name").and_then(|name| name.get(sub)).and_then(Value::as_str);
    let differs = name("givenName").is_some_and(|name| name != known.given_name)
        || name("familyName").is_some_and(|name| name != known.family_name);
    if differs {
        return Err(Refusal::bad(
            "invalidValue",
            "the first name or last name differs from the user's name in another company",
        ));
    }
    Ok(())
}
