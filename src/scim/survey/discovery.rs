//! What the target says of itself (RFC 7644 section 4), each part of which it may do without.

use serde_json::Value;

use super::ask::{Asked, quoted};
use crate::config::UpdateMethod;
use crate::scim::Error;
use crate::scim::resource::USER;

pub(super) async fn ask(asked: &mut Asked<'_>) -> Result<(), Error> {
    match document(asked, "ServiceProviderConfig").await? {
        Ok(config) => service_provider_config(asked, &config),
        Err(why) => asked.survey.note("ServiceProviderConfig", why),
    }
    match document(asked, "ResourceTypes").await? {
        Ok(types) => resource_types(asked, &types),
        Err(why) => asked.survey.note("ResourceTypes", why),
    }
    match document(asked, "Schemas").await? {
        Ok(schemas) => user_schema(asked, &schemas),
        Err(why) => asked.survey.note("Schemas", why),
    }
    Ok(())
}

/// The document, or what there is in its place.
async fn document(asked: &Asked<'_>, name: &str) -> Result<Result<Value, String>, Error> {
    let answer = match asked.get(&[name], &[]).await {
        Ok(answer) => answer,
        Err(Error::Refused { status, .. }) => return Ok(Err(format!("it is not there ({status})"))),
        Err(other) => return Err(other),
    };
    Ok(match answer.json.filter(Value::is_object) {
        Some(json) if (200..300).contains(&answer.status) => Ok(json),
        _ if (200..300).contains(&answer.status) => Err("what is there is no JSON object".to_owned()),
        _ => Err(format!("it is not there ({})", answer.status)),
    })
}

fn service_provider_config(asked: &mut Asked<'_>, config: &Value) {
    let supports = |name: &str| config.get(name)?.get("supported")?.as_bool();
    let word = |name: &str| match supports(name) {
        Some(true) => "yes",
        Some(false) => "no",
        None => "not said",
    };
    let most = config.pointer("/filter/maxResults").and_then(Value::as_u64);
    let most = most.map(|most| format!(", at most {most} found")).unwrap_or_default();
    asked.survey.fine(
        "ServiceProviderConfig",
        format!(
            "PATCH: {}; filters: {}{most}; ETags: {}; bulk: {}",
            word("patch"),
            word("filter"),
            word("etag"),
            word("bulk")
        ),
    );
    let now = match asked.target.update_method {
        UpdateMethod::Patch => "patch",
        UpdateMethod::Put => "put",
    };
    match supports("patch") {
        Some(false) if now == "patch" => {
            asked.survey.problem("PATCH", "the target says that it does not support it");
            asked.survey.set("update_method", quoted("put"), quoted(now));
        }
        Some(_) => asked.survey.set("update_method", quoted(now), quoted(now)),
        None => {}
    }
}

fn resource_types(asked: &mut Asked<'_>, types: &Value) {
    let listed = items(types);
    let endpoint = listed.iter().find_map(|kind| {
        let is_user = kind.get("schema").and_then(Value::as_str) == Some(USER);
        kind.get("endpoint").and_then(Value::as_str).filter(|_| is_user)
    });
    let names: Vec<&str> =
        listed.iter().filter_map(|kind| kind.get("name").or(kind.get("id"))?.as_str()).collect();
    match endpoint {
        // Some show the path below the server, others the one below the base URL, as RFC 7643 section 6 has it.
        Some(place) if place.trim_end_matches('/').rsplit('/').next() == Some("Users") => {
            asked.survey.fine("ResourceTypes", names.join(", "));
        }
        Some(other) => {
            asked.survey.problem("ResourceTypes", format!("users are at `{other}`, not at `/Users`"))
        }
        None => asked.survey.note("ResourceTypes", format!("no users among `{}`", names.join("`, `"))),
    }
}

fn user_schema(asked: &mut Asked<'_>, schemas: &Value) {
    let listed = items(schemas);
    let user = listed.iter().find(|schema| schema.get("id").and_then(Value::as_str) == Some(USER));
    let Some(attributes) = user.and_then(|schema| schema.get("attributes")?.as_array()) else {
        asked.survey.note("Schemas", "they do not describe a user");
        return;
    };
    let names: Vec<&str> = attributes.iter().filter_map(|one| one.get("name")?.as_str()).collect();
    asked.survey.fine("Schemas", format!("a user has {}", names.join(", ")));
    if !names.iter().any(|name| matches!(*name, "roles" | "role")) {
        asked.survey.note("role", "the schema of a user has none");
    }
}

/// A list, or the one resource that stands in its place.
fn items(document: &Value) -> Vec<Value> {
    match document.get("Resources").and_then(Value::as_array) {
        Some(items) => items.clone(),
        None => vec![document.clone()],
    }
}
