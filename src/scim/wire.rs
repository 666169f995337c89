//! The connection to the target: by TLS, through a proxy where one is set, and what its failures leave open.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::{HeaderMap, Request, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{HttpConnector, capture_connection};
use hyper_util::client::legacy::{self, Client, ResponseFuture};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use super::Error;
use crate::config::{Target, system_roots};

/// Connections that are kept.
pub(super) struct Wire {
    way: Way,
    timeout: Duration,
}

enum Way {
    Direct(Box<Pool<HttpConnector>>),
    /// By CONNECT (RFC 9110 section 9.3.6).
    Proxied(Box<Pool<Tunnel<HttpsConnector<HttpConnector>>>>),
}

type Pool<C> = Client<HttpsConnector<C>, Full<Bytes>>;

/// Why there is no answer, in words that name no URL.
pub(super) enum Failure {
    NotSent(String),
    Lost(String),
}

/// Status, headers and body.
pub(super) type Received = (u16, HeaderMap, Bytes);

/// For the way to the target, or to the proxy.
const CONNECT: Duration = Duration::from_secs(10);
/// Connections that nobody uses are closed.
const IDLE: Duration = Duration::from_secs(90);
const KEEPALIVE: Duration = Duration::from_secs(15);
/// Larger answers are not read to their end.
const MAX_BODY: usize = 64 * 1024 * 1024;

impl Wire {
    /// `base` is on this machine when it is `local`: then no proxy of the environment holds.
    pub(super) fn new(target: &Target, base: &Uri, local: bool) -> Result<Self, Error> {
        let proxy = proxy(target, base, local)?;
        let is_tls = |uri: &Uri| uri.scheme_str() == Some("https");
        // Without TLS there is nothing to trust, and a machine without certificates is good enough.
        let roots = if is_tls(base) || proxy.as_ref().is_some_and(|proxy| is_tls(proxy.uri())) {
            roots(target)?
        } else {
            RootCertStore::empty()
        };
        let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|e| wrong(format!("no connection can be prepared: {e}")))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEPALIVE));
        tcp.set_connect_timeout(Some(target.timeout.min(CONNECT)));
        let secured = HttpsConnectorBuilder::new().with_tls_config(tls.clone()).https_or_http();
        let mut clients = Client::builder(TokioExecutor::new());
        clients.timer(TokioTimer::new()).pool_timer(TokioTimer::new()).pool_idle_timeout(IDLE);
        let way = match proxy {
            None => Way::Direct(Box::new(clients.build(secured.enable_all_versions().wrap_connector(tcp)))),
            Some(proxy) => {
                let to_proxy = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
                let to_proxy = to_proxy.enable_http1().wrap_connector(tcp);
                let mut tunnel = Tunnel::new(proxy.uri().clone(), to_proxy);
                if let Some(authorization) = proxy.basic_auth() {
                    tunnel = tunnel.with_auth(authorization.clone());
                }
                let client = clients.build(secured.enable_all_versions().wrap_connector(tunnel));
                Way::Proxied(Box::new(client))
            }
        };
        Ok(Self { way, timeout: target.timeout })
    }

    /// Sends it once.
    pub(super) async fn send(&self, mut request: Request<Full<Bytes>>) -> Result<Received, Failure> {
        let connection = capture_connection(&mut request);
        let exchange = async {
            let response = self.begin(request).await.map_err(|e| failure(&e))?;
            let (head, body) = response.into_parts();
            let body = Limited::new(body, MAX_BODY).collect().await.map_err(|e| unfinished(&*e))?;
            Ok((head.status.as_u16(), head.headers, body.to_bytes()))
        };
        match tokio::time::timeout(self.timeout, exchange).await {
            Ok(received) => received,
            Err(_) if connection.connection_metadata().is_none() => {
                Err(Failure::NotSent(format!("no connection came about within {:?}", self.timeout)))
            }
            Err(_) => Err(Failure::Lost(format!("no answer came within {:?}", self.timeout))),
        }
    }

    fn begin(&self, request: Request<Full<Bytes>>) -> ResponseFuture {
        match &self.way {
            Way::Direct(client) => client.request(request),
            Way::Proxied(client) => client.request(request),
        }
    }
}

fn failure(error: &legacy::Error) -> Failure {
    let why = causes(error);
    if error.is_connect() { Failure::NotSent(why) } else { Failure::Lost(why) }
}

fn unfinished(error: &(dyn StdError + Send + Sync + 'static)) -> Failure {
    Failure::Lost(match error.downcast_ref::<LengthLimitError>() {
        Some(_) => "the answer is too large".to_owned(),
        None => causes(error),
    })
}

fn causes(error: &(dyn StdError + 'static)) -> String {
    let mut causes = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(inner) = cause {
        causes.push(inner.to_string());
        cause = inner.source();
    }
    // The client's own layers say nothing to people.
    causes.retain(|cause| !cause.starts_with("client error ("));
    causes.dedup();
    if causes.is_empty() { "the connection failed".to_owned() } else { causes.join(": ") }
}

/// That of the configuration; else what HTTPS_PROXY, ALL_PROXY and NO_PROXY say.
fn proxy(target: &Target, base: &Uri, local: bool) -> Result<Option<Intercept>, Error> {
    let (proxy, name) = match &target.proxy {
        Some(proxy) => {
            let found = Matcher::builder().all(proxy.as_str()).build().intercept(base);
            let found = found.ok_or_else(|| wrong("`proxy` is no URL of a proxy".to_owned()))?;
            (Some(found), "`proxy`")
        }
        None if local => (None, ""),
        None => (Matcher::from_env().intercept(base), "the proxy of the environment"),
    };
    match proxy.as_ref().and_then(|proxy| proxy.uri().scheme_str()) {
        None | Some("http" | "https") => Ok(proxy),
        Some(other) => Err(wrong(format!("{name} is of the kind `{other}`; it has to be `http` or `https`"))),
    }
}

/// The system's certificates, and those that the configuration names.
fn roots(target: &Target) -> Result<RootCertStore, Error> {
    let mut roots = system_roots();
    if let Some(path) = &target.ca_file {
        let name = path.display();
        let pem = std::fs::read(path)
            .map_err(|e| wrong(format!("cannot read the certificates in `{name}`: {e}")))?;
        let certificates = CertificateDer::pem_slice_iter(&pem)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|e| wrong(format!("the certificates in `{name}` cannot be understood: {e}")))?;
        if certificates.is_empty() {
            return Err(wrong(format!("`{name}` holds no certificate")));
        }
        for certificate in certificates {
            roots.add(certificate).map_err(|e| {
                wrong(format!("no connection can be prepared with the certificates in `{name}`: {e}"))
            })?;
        }
    }
    if roots.is_empty() {
        let hint = "install `ca-certificates`, or name the target's own authority as `ca_file`";
        return Err(wrong(format!("this system trusts no certificate: {hint}")));
    }
    Ok(roots)
}

fn wrong(why: String) -> Error {
    Error::Config { why }
}
