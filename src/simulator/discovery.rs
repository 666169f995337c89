//! What the service provider says of itself (RFC 7643 sections 5 to 7, RFC 7644 section 4).

use serde_json::{Value, json};

use super::Settings;
use super::schema::{Attribute, Schema, Type, USER};
use super::settings::Filters;

pub(super) fn service_provider_config(settings: &Settings, base: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": settings.filters != Filters::Refused, "maxResults": settings.page_limit },
        "changePassword": { "supported": false },
        "sort": { "supported": true },
        "etag": { "supported": settings.etags },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Access key",
            "description": "the access key as a bearer token, or behind `Klaviyo-API-Key`",
            "primary": true,
        }],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{base}/ServiceProviderConfig"),
        },
    })
}

pub(super) fn resource_type(base: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": "User",
        "name": "User",
        "endpoint": "/Users",
        "description": "a user of the account",
        "schema": USER,
        "meta": { "resourceType": "ResourceType", "location": format!("{base}/ResourceTypes/User") },
    })
}

pub(super) fn user_schema(schema: &Schema, base: &str) -> Value {
    let attributes: Vec<Value> = schema.published().map(|attribute| definition(schema, attribute)).collect();
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": USER,
        "name": "User",
        "description": "a user of the account",
        "attributes": attributes,
        "meta": { "resourceType": "Schema", "location": format!("{base}/Schemas/{USER}") },
    })
}

fn definition(schema: &Schema, attribute: &Attribute) -> Value {
    let mut shown = json!({
        "name": attribute.name,
        "type": match attribute.kind {
            Type::Text => "string",
            Type::Boolean => "boolean",
            Type::DateTime => "dateTime",
            Type::Reference => "reference",
            Type::Complex => "complex",
        },
        "multiValued": attribute.multi_valued,
        "description": attribute.description,
        "required": attribute.required,
        "caseExact": attribute.case_exact,
        "mutability": if attribute.read_only { "readOnly" } else { "readWrite" },
        "returned": "default",
        "uniqueness": if attribute.unique { "server" } else { "none" },
    });
    if let Value::Object(members) = &mut shown {
        if !attribute.canonical.is_empty() {
            members.insert("canonicalValues".into(), json!(attribute.canonical));
        }
        if attribute.kind == Type::Reference {
            members.insert("referenceTypes".into(), json!(["external"]));
        }
        let sub: Vec<Value> = attribute
            .sub
            .iter()
            .filter(|sub| schema.takes_sub(sub))
            .map(|sub| definition(schema, sub))
            .collect();
        if !sub.is_empty() {
            members.insert("subAttributes".into(), Value::Array(sub));
        }
    }
    shown
}

/// A list that is never paged.
pub(super) fn list(resources: Vec<Value>) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": resources.len(),
        "startIndex": 1,
        "itemsPerPage": resources.len(),
        "Resources": resources,
    })
}
