use std::borrow::Cow;

use bytes::Bytes;
use hyper::HeaderMap;
use hyper::header::{CONTENT_TYPE, DATE, ETAG, HeaderName, LOCATION};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::Error;
use super::limits::{Limits, http_date};

/// A whole answer, as it came: what of it reaches a message is made fit for that there, as few answers do.
#[derive(Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    headers: HeaderMap,
    body: Bytes,
    /// The body, when it is JSON.
    pub(super) json: Option<Value>,
    pub(super) limits: Limits,
}

/// An error of RFC 7644 section 3.12; `status` is a number at some providers, so the HTTP status is used.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    schemas: Option<Value>,
    status: Option<Value>,
    #[serde(rename = "scimType")]
    scim_type: Option<Value>,
    detail: Option<Value>,
    /// Klaviyo's other APIs answer `{"errors": [{"detail": ..}]}`.
    #[serde(alias = "Errors")]
    errors: Option<Value>,
    message: Option<Value>,
    /// A word, or an object with a message; beside it often `error_description` (RFC 6749 section 5.2).
    error: Option<Value>,
    error_description: Option<Value>,
}

const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

impl Answer {
    pub(super) fn new(status: u16, headers: HeaderMap, body: Bytes) -> Self {
        let limits = Limits::of(&headers);
        let json = serde_json::from_str(&text(&body)).ok();
        let mut answer = Self { status, headers, body, json, limits };
        // Some answer 200 with an error in the body.
        let member = |name| answer.json.as_ref().and_then(|json: &Value| json.get(name));
        if answer.is_success() && member("schemas").is_some_and(names_error) {
            let status = member("status").and_then(|status| text_of(status)?.parse().ok());
            answer.status = status.filter(|status| (400..600).contains(status)).unwrap_or(400);
        }
        answer
    }

    fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// RFC 7644 section 3.14
    pub(super) fn etag(&self) -> Option<&str> {
        self.header(&ETAG)
    }

    /// The target's clock.
    pub(super) fn date(&self) -> Option<Timestamp> {
        self.header(&DATE).and_then(http_date)
    }

    fn is_html(&self) -> bool {
        self.json.is_none()
            && (text(&self.body).starts_with('<')
                || self.header(&CONTENT_TYPE).is_some_and(|kind| kind.contains("html")))
    }

    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A success whose body is neither JSON nor absent nor a page for people: cut off on its way.
    pub(super) fn is_torn(&self) -> bool {
        self.is_success() && self.json.is_none() && !text(&self.body).is_empty() && !self.is_html()
    }

    /// A failure that may pass by itself. Not 501, which will not.
    pub(super) fn is_transient(&self) -> bool {
        matches!(self.status, 500 | 502 | 503 | 504)
    }

    pub(super) fn scim_type(&self) -> Option<String> {
        self.body().scim_type.as_ref().and_then(text_of)
    }

    /// What the target says for people. `clean` makes its words fit for messages.
    pub(super) fn detail(&self, clean: impl Fn(&str) -> String) -> String {
        let body = self.body();
        let first = body.errors.as_ref().and_then(|errors| errors.get(0));
        let within = |value: &Value| {
            ["detail", "description", "message"].into_iter().find_map(|name| text_of(value.get(name)?))
        };
        let told = [&body.detail, &body.message, &body.error_description]
            .into_iter()
            .flatten()
            .find_map(text_of)
            .or_else(|| first.and_then(|error| within(error).or_else(|| text_of(error))))
            .or_else(|| body.error.as_ref().and_then(|error| within(error).or_else(|| text_of(error))));
        match told {
            Some(told) => clean(&told),
            None if self.is_html() => "it sent a page of HTML".into(),
            None => clean(&text(&self.body)),
        }
    }

    /// What this answer means when it is not the one that was hoped for.
    pub(super) fn refusal(&self, doing: &str, clean: impl Fn(&str) -> String) -> Error {
        let doing = doing.to_owned();
        let detail = self.detail(&clean);
        match self.status {
            401 => Error::Unauthorized { doing, detail },
            300..=399 => {
                let place = self.header(&LOCATION).map_or_else(|| "nowhere".to_owned(), clean);
                Error::NotScim {
                    doing,
                    why: format!("it redirects to `{place}`, and the key is not sent there"),
                }
            }
            status if self.is_html() && status < 500 => {
                Error::NotScim { doing, why: format!("it sent a page of HTML with {status}") }
            }
            status @ 200..=299 => {
                let what = if self.json.is_some() { "JSON that is not the resource" } else { "no JSON" };
                Error::NotScim { doing, why: format!("it sent {what} with {status}") }
            }
            status => Error::Refused { doing, status, scim_type: self.scim_type(), detail },
        }
    }

    fn body(&self) -> Body {
        self.json
            .as_ref()
            .filter(|json| json.is_object())
            .and_then(|json| Body::deserialize(json).ok())
            .unwrap_or_default()
    }
}

/// The body as text, whatever it is, without a byte order mark and blanks around it.
fn text(body: &[u8]) -> Cow<'_, str> {
    let trimmed = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body).trim_ascii();
    // By far faster than to look for what is no UTF-8 at once.
    str::from_utf8(trimmed).map_or_else(|_| String::from_utf8_lossy(trimmed), Cow::Borrowed)
}

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

fn names_error(schemas: &Value) -> bool {
    match schemas {
        Value::Array(items) => items.iter().any(|item| item == ERROR),
        other => other == ERROR,
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use hyper::HeaderMap;

    use super::Answer;

    fn answer(status: u16, body: &'static str) -> Answer {
        Answer::new(status, HeaderMap::new(), Bytes::from_static(body.as_bytes()))
    }

    #[test]
    fn every_form_of_error_body_gives_a_message() {
        let refusals = [
            answer(
                400,
                r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":400,"scimType":"invalidValue","detail":"no such role"}"#,
            ),
            answer(400, r#"{"status":"400","detail":"no such role"}"#),
            answer(
                200,
                r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"409","detail":"taken"}"#,
            ),
            answer(403, r#"{"errors":[{"detail":"not allowed"}]}"#),
            answer(400, r#"{"Errors":[{"description":"no such role","code":400}]}"#),
            answer(400, r#"{"errors":["no such role"]}"#),
            answer(400, r#"{"error":{"code":400,"message":"no such role"}}"#),
            answer(400, r#"{"error":"invalid_request","error_description":"no such role"}"#),
            answer(400, r#"{"error":"invalid_request"}"#),
            answer(422, "plain words"),
            answer(500, ""),
            answer(502, "<html>bad gateway</html>"),
            answer(404, "<html>not found</html>"),
            answer(200, "<html>sign in</html>"),
            answer(200, r#"{"schemas":["#),
            answer(200, "[]"),
            answer(302, ""),
        ];
        let texts: Vec<String> =
            refusals.iter().map(|answer| answer.refusal("read it", str::to_owned).to_string()).collect();
        insta::assert_snapshot!(texts.join("\n"), @r#"
        cannot read it: the target refused it with 400: no such role
        cannot read it: the target refused it with 400: no such role
        cannot read it: the target refused it with 409: taken
        cannot read it: the target refused it with 403: not allowed
        cannot read it: the target refused it with 400: no such role
        cannot read it: the target refused it with 400: no such role
        cannot read it: the target refused it with 400: no such role
        cannot read it: the target refused it with 400: no such role
        cannot read it: the target refused it with 400: invalid_request
        cannot read it: the target refused it with 422: plain words
        cannot read it: the target refused it with 500
        cannot read it: the target refused it with 502: it sent a page of HTML
        cannot read it: what answered is no SCIM service provider: it sent a page of HTML with 404
        cannot read it: what answered is no SCIM service provider: it sent a page of HTML with 200
        cannot read it: what answered is no SCIM service provider: it sent no JSON with 200
        cannot read it: what answered is no SCIM service provider: it sent JSON that is not the resource with 200
        cannot read it: what answered is no SCIM service provider: it redirects to `nowhere`, and the key is not sent there
        "#);
    }
}
