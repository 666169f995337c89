//! One request, and what may be done when it fails.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use fastrand::Rng;
use http_body_util::Full;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, IF_MATCH, USER_AGENT};
use hyper::{Method, Uri};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use url::{Host, Url, form_urlencoded};

use super::Error;
use super::answer::Answer;
use super::circuit::Circuit;
use super::pace::Pace;
use super::retry::{Backoff, Budget};
use super::wire::{Failure, Wire};
use crate::config::{AuthScheme, Target};

/// The way to the target. Cheap to clone.
#[derive(Clone)]
pub(super) struct Http {
    inner: Arc<Inner>,
    budget: Arc<Budget>,
    pub(super) circuit: Arc<Circuit>,
}

struct Inner {
    wire: Wire,
    base: Url,
    /// The base URL up to its query, without a slash at its end.
    root: String,
    /// Without its prefix: what must stand in no message.
    key: SecretString,
    authorization: HeaderValue,
    pace: Pace,
    retries: u32,
    retry_delay: Duration,
    circuit: u32,
    rng: Mutex<Rng>,
    /// A filter by `userName` has found somebody, so that the target is known to filter.
    filters: AtomicBool,
}

/// What is asked, on a path of segments below the base URL.
#[derive(Clone, Debug)]
pub(super) struct Request<'a> {
    pub(super) method: Method,
    pub(super) path: &'a [&'a str],
    pub(super) query: &'a [(&'a str, String)],
    pub(super) body: Option<Bytes>,
    /// The version of the account that is meant (RFC 7644 section 3.14).
    pub(super) version: Option<&'a str>,
}

impl<'a> Request<'a> {
    pub(super) fn get(path: &'a [&'a str], query: &'a [(&'a str, String)]) -> Self {
        Self { method: Method::GET, path, query, body: None, version: None }
    }

    pub(super) fn write(method: Method, path: &'a [&'a str], body: Option<Bytes>) -> Self {
        Self { method, path, query: &[], body, version: None }
    }

    pub(super) fn if_match(self, version: Option<&'a str>) -> Self {
        Self { version, ..self }
    }
}

/// What became of a request.
pub(super) enum Sent {
    Answered(Answer),
    /// It may have been carried out, or not: no answer, half an answer, or a failure inside the target.
    Unclear {
        answer: Option<Answer>,
        why: String,
    },
}

/// Further tries when there is no connection.
const CONNECT_RETRIES: usize = 2;
/// Further tries when something failed in between or inside the target.
const RETRIES: usize = 4;
/// Further tries when the target asked for patience.
const PATIENCE: usize = 8;
/// A target that asks for more is not waited for.
pub(super) const MAX_WAIT: Duration = Duration::from_secs(120);
/// How much of a target's words reach a message, in characters.
const MAX_DETAIL: usize = 300;

impl Http {
    pub(super) fn new(target: &Target) -> Result<Self, Error> {
        let wrong = |why: String| Error::Config { why };
        let base = Url::parse(&target.base_url)
            .map_err(|e| wrong(format!("`base_url` `{}` is no URL: {e}", target.base_url)))?;
        if !base.username().is_empty() || base.password().is_some() {
            return Err(wrong("`base_url` has a user or a password in it".into()));
        }
        let loopback = match base.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => return Err(wrong(format!("`base_url` `{base}` names no host"))),
        };
        match base.scheme() {
            "https" => {}
            "http" if loopback => {}
            "http" => return Err(wrong(format!("`base_url` `{base}` would send the key unencrypted"))),
            _ => return Err(wrong(format!("`base_url` `{base}` is neither https nor http"))),
        }
        let key = bare(&target.key.read("key of the target")?);
        let authorization = authorization(target.auth_scheme, &key)?;
        let uri: Uri =
            base.as_str().parse().map_err(|e| wrong(format!("`base_url` `{base}` is no URL: {e}")))?;
        let (root, _) = base.as_str().split_once(['?', '#']).unwrap_or((base.as_str(), ""));
        let inner = Inner {
            wire: Wire::new(target, &uri, loopback)?,
            root: root.trim_end_matches('/').to_owned(),
            pace: Pace::new(target.per_second, target.per_minute, target.concurrency)?,
            retries: target.retries,
            retry_delay: target.retry_delay,
            circuit: target.circuit,
            rng: Mutex::new(Rng::new()),
            filters: AtomicBool::new(false),
            base,
            key,
            authorization,
        };
        Ok(Self::with(Arc::new(inner)))
    }

    fn with(inner: Arc<Inner>) -> Self {
        let budget = Arc::new(Budget::new(inner.retries));
        let circuit = Arc::new(Circuit::new(inner.circuit, inner.retry_delay * 10));
        Self { inner, budget, circuit }
    }

    /// With all its retries, and no memory of failures.
    pub(super) fn afresh(&self) -> Self {
        Self::with(Arc::clone(&self.inner))
    }

    pub(super) fn base(&self) -> &Url {
        &self.inner.base
    }

    /// Takes one of the retries that are left; whether there was one.
    pub(super) fn may_retry(&self) -> bool {
        self.budget.spend()
    }

    pub(super) fn backoff(&self) -> Backoff {
        let rng = self.inner.rng.lock().unwrap_or_else(PoisonError::into_inner).fork();
        Backoff::new(self.inner.retry_delay, rng)
    }

    pub(super) fn filter_found(&self) {
        self.inner.filters.store(true, Ordering::Relaxed);
    }

    /// Whether a filter by `userName` that finds nobody is to be believed.
    pub(super) fn filters(&self) -> bool {
        self.inner.filters.load(Ordering::Relaxed)
    }

    /// Sends a request, again and again while that is certain to do no harm: always when nothing had been sent or
    /// the target said that it was too much; after any passing failure for GET alone.
    pub(super) async fn send(&self, request: &Request<'_>, doing: &str) -> Result<Sent, Error> {
        let mut delays = self.backoff();
        let (mut unsent, mut lost, mut refused) = (0, 0, 0);
        loop {
            let (answer, why) = match self.once(request).await {
                Ok(answer) if answer.status == 429 => {
                    let wait = answer.limits.wait().unwrap_or_else(|| delays.next());
                    refused += 1;
                    self.inner.pace.refused();
                    if refused > PATIENCE || wait > MAX_WAIT || !self.may_retry() {
                        return Err(impatient(doing, &answer.detail(|text| self.clean(text)), wait));
                    }
                    self.inner.pace.hold(wait);
                    continue;
                }
                Ok(answer) if answer.is_torn() => (Some(answer), "the answer is cut off".to_owned()),
                Ok(answer) if answer.is_transient() => {
                    let why = format!("the target failed with {}", answer.status);
                    (Some(answer), why)
                }
                Ok(answer) => {
                    self.budget.earn();
                    return Ok(Sent::Answered(answer));
                }
                Err(Failure::NotSent(why)) => {
                    let why = self.clean(&why);
                    unsent += 1;
                    if unsent > CONNECT_RETRIES || !self.may_retry() {
                        return Err(Error::Unreachable { doing: doing.to_owned(), why });
                    }
                    tokio::time::sleep(delays.next()).await;
                    continue;
                }
                Err(Failure::Lost(why)) => (None, self.clean(&why)),
            };
            lost += 1;
            let asked = answer.as_ref().and_then(|answer| answer.limits.wait()).unwrap_or_default();
            let again = request.method == Method::GET && lost <= RETRIES && asked <= MAX_WAIT;
            if !again || !self.may_retry() {
                return Ok(Sent::Unclear { answer, why });
            }
            tokio::time::sleep(delays.next().max(asked)).await;
        }
    }

    /// One try of a GET, whatever comes of it.
    pub(super) async fn try_once(&self, request: &Request<'_>) -> Result<Answer, String> {
        match self.once(request).await {
            Ok(answer) => Ok(answer),
            Err(Failure::NotSent(why) | Failure::Lost(why)) => Err(self.clean(&why)),
        }
    }

    /// A GET: the answer, whatever its status, or an error.
    pub(super) async fn read(&self, request: &Request<'_>, doing: &str) -> Result<Answer, Error> {
        match self.send(request, doing).await? {
            Sent::Answered(answer) => Ok(answer),
            Sent::Unclear { answer: Some(answer), .. } => Err(self.refusal(&answer, doing)),
            Sent::Unclear { answer: None, why } => Err(Error::Unreachable { doing: doing.to_owned(), why }),
        }
    }

    pub(super) fn refusal(&self, answer: &Answer, doing: &str) -> Error {
        answer.refusal(doing, |text| self.clean(text))
    }

    pub(super) fn detail(&self, answer: &Answer) -> String {
        answer.detail(|text| self.clean(text))
    }

    async fn once(&self, request: &Request<'_>) -> Result<Answer, Failure> {
        let inner = &self.inner;
        let message = inner.message(request).map_err(Failure::NotSent)?;
        let permit = inner.pace.ready().await;
        let (status, headers, body) = inner.wire.send(message).await?;
        let answer = Answer::new(status, headers, body);
        // A list takes its time.
        if request.method != Method::GET || request.path.len() > 1 {
            permit.answered();
        }
        inner.pace.told(&answer.limits.quotas);
        if answer.limits.is_exhausted() && answer.is_success() {
            inner.pace.hold(answer.limits.wait().unwrap_or_default().min(MAX_WAIT));
        }
        Ok(answer)
    }

    /// Makes a target's words fit for a message: without the key, which some echo, on one line, not long.
    fn clean(&self, text: &str) -> String {
        let text = text.replace(self.inner.key.expose_secret(), "***");
        let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let line = line.trim();
        match line.char_indices().nth(MAX_DETAIL) {
            Some((end, _)) => format!("{} ..", line.get(..end).unwrap_or_default()),
            None => line.to_owned(),
        }
    }
}

impl Inner {
    fn message(&self, request: &Request<'_>) -> Result<hyper::Request<Full<Bytes>>, String> {
        let version = request.version.map(HeaderValue::from_str).transpose();
        let mut message = hyper::Request::new(Full::new(request.body.clone().unwrap_or_default()));
        *message.method_mut() = request.method.clone();
        *message.uri_mut() = self.uri(request).try_into().map_err(|e| format!("it makes no URL: {e}"))?;
        let headers = message.headers_mut();
        headers.insert(AUTHORIZATION, self.authorization.clone());
        headers.insert(
            USER_AGENT,
            const { HeaderValue::from_static(concat!("rolecall/", env!("CARGO_PKG_VERSION"))) },
        );
        headers.insert(ACCEPT, const { HeaderValue::from_static("application/scim+json, application/json") });
        if request.body.is_some() {
            headers.insert(CONTENT_TYPE, const { HeaderValue::from_static("application/scim+json") });
        }
        if let Some(version) = version.map_err(|_| "its version has characters that no header can have")? {
            headers.insert(IF_MATCH, version);
        }
        Ok(message)
    }

    fn uri(&self, request: &Request<'_>) -> String {
        let mut uri = self.root.clone();
        for segment in request.path {
            uri.push('/');
            match *segment {
                // They would be steps on the path (RFC 3986 section 5.2.4).
                "." => uri.push_str("%2E"),
                ".." => uri.push_str("%2E%2E"),
                segment => uri.extend(utf8_percent_encode(segment, SEGMENT)),
            }
        }
        let own = self.base.query();
        if own.is_some() || !request.query.is_empty() {
            uri.push('?');
            uri.push_str(own.unwrap_or_default());
            let start = uri.len() - own.map_or(0, str::len);
            uri = form_urlencoded::Serializer::for_suffix(uri, start).extend_pairs(request.query).finish();
        }
        uri
    }
}

/// What stands in a segment of a path only in another form (RFC 3986 section 3.3).
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// A body. What we write has nothing in it that JSON lacks, so it does not fail.
pub(super) fn json(body: &impl Serialize) -> Bytes {
    serde_json::to_vec(body).map(Bytes::from).unwrap_or_default()
}

fn impatient(doing: &str, detail: &str, wait: Duration) -> Error {
    Error::Refused {
        doing: doing.to_owned(),
        status: 429,
        scim_type: None,
        detail: format!("{detail} (it asks to wait {} s)", wait.as_secs()),
    }
}

const PREFIX: &str = "Klaviyo-API-Key ";

/// The key is issued with its prefix, which bearer tokens go without.
fn bare(key: &SecretString) -> SecretString {
    let key = key.expose_secret().trim();
    let bare = match key.get(..PREFIX.len()) {
        Some(prefix) if prefix.eq_ignore_ascii_case(PREFIX) => key.get(PREFIX.len()..).unwrap_or_default(),
        _ => key,
    };
    SecretString::from(bare.trim())
}

fn authorization(scheme: AuthScheme, key: &SecretString) -> Result<HeaderValue, Error> {
    let key = key.expose_secret();
    let text = match scheme {
        AuthScheme::KlaviyoApiKey => format!("{PREFIX}{key}"),
        AuthScheme::Bearer => format!("Bearer {key}"),
    };
    let mut value = HeaderValue::from_str(&text)
        .map_err(|_| Error::Config { why: "the key has characters that no header can have".into() })?;
    value.set_sensitive(true);
    Ok(value)
}
