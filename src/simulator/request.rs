use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use serde_json::Value;

use super::answer::Refusal;

/// A request as far as the protocol needs it.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) method: Method,
    /// Below the base URL, with the slash in front; percent-decoded.
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// What the base URL ends in.
pub(super) const BASE: &str = "/scim/v2";

impl Incoming {
    pub(super) fn new(parts: Parts, body: Vec<u8>) -> Self {
        let path = parts.uri.path();
        let path = path.strip_prefix(BASE).unwrap_or(path);
        let query = parts.uri.query().unwrap_or_default();
        Self {
            path: decode(path),
            query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            method: parts.method,
            headers: parts.headers,
            body,
        }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as a JSON object.
    pub(super) fn json(&self) -> Result<Value, Refusal> {
        match serde_json::from_slice(&self.body) {
            Ok(value @ Value::Object(_)) => Ok(value),
            Ok(_) => Err(Refusal::bad("invalidSyntax", "the body is no JSON object")),
            Err(e) => Err(Refusal::bad("invalidSyntax", format!("the body is no JSON: {e}"))),
        }
    }

    /// RFC 7644 section 3.14.
    pub(super) fn check_version(&self, user: &Value) -> Result<(), Refusal> {
        match self.header("if-match") {
            Some(wanted) if !names_version(wanted, user) => {
                Err(Refusal::new(StatusCode::PRECONDITION_FAILED, "the user has been changed meanwhile"))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn has_version(&self, user: &Value) -> bool {
        self.header("if-none-match").is_some_and(|known| names_version(known, user))
    }
}

fn names_version(list: &str, user: &Value) -> bool {
    let version = user.get("meta").and_then(|meta| meta.get("version")).and_then(Value::as_str);
    list.split(',').map(str::trim).any(|item| item == "*" || Some(item) == version)
}

fn decode(path: &str) -> String {
    // A plus sign is itself in a path, and a space in a form.
    let form = path.replace('+', "%2B");
    let mut decoded = url::form_urlencoded::parse(form.as_bytes());
    match decoded.next() {
        Some((name, value)) if value.is_empty() && !path.contains(['&', '=']) => name.into_owned(),
        _ => path.to_owned(),
    }
}
