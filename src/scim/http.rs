//! One request, and what may be done when it fails.

use std::error::Error as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, IF_MATCH};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::{Host, Url};

use super::Error;
use super::answer::Answer;
use super::circuit::Circuit;
use super::pace::Pace;
use super::retry::{Backoff, Budget};
use crate::config::{AuthScheme, Target};

/// The way to the target. Cheap to clone.
#[derive(Clone)]
pub(super) struct Http {
    inner: Arc<Inner>,
    budget: Arc<Budget>,
    pub(super) circuit: Arc<Circuit>,
}

struct Inner {
    client: reqwest::Client,
    base: Url,
    /// Without its prefix: what must stand in no message.
    key: SecretString,
    authorization: HeaderValue,
    pace: Pace,
    timeout: Duration,
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
    pub(super) body: Option<&'a Value>,
    /// The version of the account that is meant (RFC 7644 section 3.14).
    pub(super) version: Option<&'a str>,
}

impl<'a> Request<'a> {
    pub(super) fn get(path: &'a [&'a str], query: &'a [(&'a str, String)]) -> Self {
        Self { method: Method::GET, path, query, body: None, version: None }
    }

    pub(super) fn write(method: Method, path: &'a [&'a str], body: Option<&'a Value>) -> Self {
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

enum Failure {
    NotSent(String),
    Lost(String),
}

/// Further tries when there is no connection.
const CONNECT_RETRIES: usize = 2;
/// Further tries when something failed in between or inside the target.
const RETRIES: usize = 4;
/// Further tries when the target asked for patience.
const PATIENCE: usize = 8;
/// A target that asks for more is not waited for.
pub(super) const MAX_WAIT: Duration = Duration::from_secs(120);
/// Larger answers are not read to their end.
const MAX_BODY: usize = 64 * 1024 * 1024;
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
        let inner = Inner {
            client: client(target, &base, loopback)?,
            pace: Pace::new(target.per_second, target.per_minute, target.concurrency)?,
            timeout: target.timeout,
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
                    unsent += 1;
                    if unsent > CONNECT_RETRIES || !self.may_retry() {
                        return Err(Error::Unreachable { doing: doing.to_owned(), why });
                    }
                    tokio::time::sleep(delays.next()).await;
                    continue;
                }
                Err(Failure::Lost(why)) => (None, why),
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
            Err(Failure::NotSent(why) | Failure::Lost(why)) => Err(why),
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
        let mut url = inner.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(request.path);
        }
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(request.query);
        }
        let mut builder = inner
            .client
            .request(request.method.clone(), url)
            .header(AUTHORIZATION, &inner.authorization)
            .header(ACCEPT, "application/scim+json, application/json");
        if let Some(body) = request.body {
            builder = builder.header(CONTENT_TYPE, "application/scim+json").body(body.to_string());
        }
        if let Some(version) = request.version {
            builder = builder.header(IF_MATCH, version);
        }
        let permit = inner.pace.ready().await;
        let failed = |e: reqwest::Error| {
            let why = self.explain(&e);
            if e.is_connect() || e.is_builder() { Failure::NotSent(why) } else { Failure::Lost(why) }
        };
        let mut response = builder.send().await.map_err(failed)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| Failure::Lost(self.explain(&e)))? {
            if body.len() + chunk.len() > MAX_BODY {
                return Err(Failure::Lost("the answer is too large".into()));
            }
            body.extend_from_slice(&chunk);
        }
        let answer = Answer::new(response.status().as_u16(), response.headers(), &body);
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

    /// The causes of a failure, without the URL, which stands in no message twice.
    fn explain(&self, error: &reqwest::Error) -> String {
        if error.is_timeout() && !error.is_connect() {
            return format!("no answer came within {:?}", self.inner.timeout);
        }
        let mut causes = Vec::new();
        let mut cause = error.source();
        while let Some(inner) = cause {
            causes.push(inner.to_string());
            cause = inner.source();
        }
        // The client's own layers say nothing to people.
        causes.retain(|cause| !cause.starts_with("client error ("));
        causes.dedup();
        if causes.is_empty() {
            causes.push("the connection failed".into());
        }
        self.clean(&causes.join(": "))
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

fn client(target: &Target, base: &Url, loopback: bool) -> Result<reqwest::Client, Error> {
    let wrong = |why: String| Error::Config { why };
    // An error means that a provider is in force already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("rolecall/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(target.timeout.min(Duration::from_secs(10)))
        .timeout(target.timeout);
    match &target.proxy {
        Some(proxy) => {
            let proxy = reqwest::Proxy::all(proxy)
                .map_err(|e| wrong(format!("`proxy` `{proxy}` cannot be used: {e}")))?;
            builder = builder.no_proxy().proxy(proxy);
        }
        // Else HTTPS_PROXY, ALL_PROXY and NO_PROXY hold.
        None if loopback => builder = builder.no_proxy(),
        None => {}
    }
    if base.scheme() == "http" {
        // Without TLS there is nothing to trust, and a machine without certificates is good enough.
        builder = builder.tls_certs_only([]);
    } else if let Some(path) = &target.ca_file {
        let name = path.display();
        let pem = std::fs::read(path)
            .map_err(|e| wrong(format!("cannot read the certificates in `{name}`: {e}")))?;
        let certificates = reqwest::Certificate::from_pem_bundle(&pem)
            .map_err(|e| wrong(format!("the certificates in `{name}` cannot be understood: {e}")))?;
        if certificates.is_empty() {
            return Err(wrong(format!("`{name}` holds no certificate")));
        }
        builder = builder.tls_certs_merge(certificates);
    }
    builder.build().map_err(|e| {
        let cause = e.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        let with =
            target.ca_file.as_ref().map(|path| format!(" with the certificates in `{}`", path.display()));
        wrong(format!("no connection can be prepared{}{cause}", with.unwrap_or_default()))
    })
}
