use axum::body::Body;
use axum::http::header::{ALLOW, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, LOCATION, WWW_AUTHENTICATE};
use axum::http::{Response, StatusCode};
use serde_json::{Value, json};

/// An answer before it is put on the wire.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: Vec<(HeaderName, String)>,
    pub(super) content_type: String,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn json(status: StatusCode, body: &impl serde::Serialize) -> Self {
        Self {
            status,
            headers: Vec::new(),
            content_type: "application/scim+json".into(),
            // Values of serde_json have string keys alone, so this cannot fail.
            body: serde_json::to_string(body).unwrap_or_default(),
        }
    }

    pub(super) fn empty(status: StatusCode) -> Self {
        Self { status, headers: Vec::new(), content_type: String::new(), body: String::new() }
    }

    /// What a web server says of a page that nobody has put there.
    pub(super) fn not_found_page() -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            headers: Vec::new(),
            content_type: "text/html; charset=utf-8".into(),
            body: "<!DOCTYPE html><html><head><title>Not Found</title></head><body>Not Found</body></html>"
                .into(),
        }
    }

    /// A user, with the version in `ETag` (RFC 7644 section 3.14) and, when it is new, the place (section 3.3).
    pub(super) fn user(status: StatusCode, user: &Value, shown: &Value) -> Self {
        let mut answer = Self::json(status, shown);
        let meta = |name: &str| user.get("meta").and_then(|meta| meta.get(name)).and_then(Value::as_str);
        if let Some(version) = meta("version") {
            answer = answer.header(ETAG, version);
        }
        if status == StatusCode::CREATED
            && let Some(location) = meta("location")
        {
            answer = answer.header(LOCATION, location);
        }
        answer
    }

    pub(super) fn header(mut self, name: HeaderName, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    pub(super) fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        let content_type = (!self.content_type.is_empty()).then_some((CONTENT_TYPE, self.content_type));
        for (name, value) in content_type.into_iter().chain(self.headers) {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// A refusal (RFC 7644 section 3.12).
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    scim_type: Option<&'static str>,
    detail: String,
    header: Option<(HeaderName, &'static str)>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, scim_type: None, detail: detail.into(), header: None }
    }

    /// 400 with one of the `scimType`s of RFC 7644, table 9.
    pub(super) fn bad(scim_type: &'static str, detail: impl Into<String>) -> Self {
        Self { scim_type: Some(scim_type), ..Self::new(StatusCode::BAD_REQUEST, detail) }
    }

    pub(super) fn uniqueness(user_name: &str) -> Self {
        let detail = format!("a user with the userName `{user_name}` is there already");
        Self { scim_type: Some("uniqueness"), ..Self::new(StatusCode::CONFLICT, detail) }
    }

    pub(super) fn unauthorized() -> Self {
        Self {
            header: Some((WWW_AUTHENTICATE, "Bearer realm=\"scim\", Klaviyo-API-Key realm=\"scim\"")),
            ..Self::new(StatusCode::UNAUTHORIZED, "the access key is missing or wrong")
        }
    }

    /// `allow` are the methods that are possible (RFC 9110 section 15.5.6).
    pub(super) fn not_allowed(method: &str, path: &str, allow: &'static str) -> Self {
        Self {
            header: Some((ALLOW, allow)),
            ..Self::new(StatusCode::METHOD_NOT_ALLOWED, format!("{method} is not possible on `{path}`"))
        }
    }

    pub(super) fn no_such_user(id: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("no user has the id `{id}`"))
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.detail)
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        let mut body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": refusal.status.as_str(),
            "detail": refusal.detail,
        });
        if let (Some(scim_type), Some(members)) = (refusal.scim_type, body.as_object_mut()) {
            members.insert("scimType".into(), scim_type.into());
        }
        let answer = Self::json(refusal.status, &body);
        match refusal.header {
            Some((name, value)) => answer.header(name, value),
            None => answer,
        }
    }
}
