//! What people and programs may ask of the loop over HTTP. It answers from memory and from the journal, and can ask for
//! a cycle; nothing else.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::sync::{Semaphore, watch};

use super::event::{Event, Listener};
use super::service::Service;
use crate::config::{self, Http as Settings};
use crate::journal::{Waiting, Waits};

/// Connections at once; more wait, unanswered.
const CONNECTIONS: usize = 64;
/// From the connection to the end of the answer, so that nobody holds one for long.
const PATIENCE: Duration = Duration::from_secs(10);
/// What a request may be long, its body apart, which nobody reads.
const LONGEST_HEAD: usize = 16 * 1024;

/// Why nobody can be answered.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    #[error("cannot listen on `{address}`: {source}")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error(transparent)]
    Token(#[from] config::Error),
}

/// Listens already, and answers nobody yet.
pub struct Http {
    listener: TcpListener,
    address: SocketAddr,
    token: Option<SecretString>,
}

impl Http {
    /// Takes the address.
    ///
    /// # Errors
    /// When it is taken, or the token cannot be read.
    pub fn bind(settings: &Settings) -> Result<Self, ListenError> {
        let address = settings.listen;
        let failed = |source| ListenError::Listen { address, source };
        let token = settings.token.as_ref().map(|token| token.read("token for HTTP")).transpose()?;
        let listener = TcpListener::bind(address).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address, token })
    }

    /// Answers until `stop` is true.
    pub async fn serve(self, service: &Arc<Service>, stop: &watch::Receiver<bool>, listener: &dyn Listener) {
        let Ok(socket) = tokio::net::TcpListener::from_std(self.listener) else { return };
        listener.hear(&Event::Listening { at: self.address });
        let router = router(Arc::new(Shared { service: Arc::clone(service), token: self.token }));
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        let mut stopped = stop.clone();
        loop {
            let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
            let accepted = tokio::select! {
                _ = stopped.wait_for(|stop| *stop) => return,
                accepted = socket.accept() => accepted,
            };
            let Ok((stream, _)) = accepted else {
                // Out of descriptors: they come back as connections end.
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            let service = TowerToHyperService::new(router.clone());
            tokio::spawn(async move {
                let connection = hyper::server::conn::http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(PATIENCE)
                    .max_buf_size(LONGEST_HEAD)
                    .keep_alive(false)
                    .serve_connection(TokioIo::new(stream), service);
                let _ = tokio::time::timeout(PATIENCE, connection).await;
                drop(place);
            });
        }
    }
}

struct Shared {
    service: Arc<Service>,
    token: Option<SecretString>,
}

fn router(shared: Arc<Shared>) -> Router {
    // Whether it lives and is ready is no secret, and probes carry no token.
    let open = Router::new().route("/livez", get(async || "ok\n")).route("/readyz", get(ready));
    let guarded = Router::new()
        .route("/status", get(status))
        .route("/metrics", get(metrics))
        .route("/trigger", post(trigger))
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), authorized));
    open.merge(guarded).with_state(shared)
}

async fn authorized(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    request: axum::extract::Request,
    next: Next,
) -> Response {
    let shown = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let shown = shown
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let fits = match (&shared.token, shown) {
        (None, _) => true,
        (Some(token), Some((_, shown))) => same(token.expose_secret(), shown.trim()),
        (Some(_), None) => false,
    };
    if fits {
        return next.run(request).await;
    }
    (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Bearer")], "a token is wanted\n").into_response()
}

/// Compared by their hashes, whose every byte is looked at: how long it takes tells nothing of the token.
fn same(token: &str, shown: &str) -> bool {
    let (token, shown) = (Sha256::digest(token), Sha256::digest(shown));
    token.iter().zip(shown.iter()).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

async fn ready(State(shared): State<Arc<Shared>>) -> Response {
    if shared.service.board.is_ready() {
        "ready\n".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "no cycle went through yet\n").into_response()
    }
}

/// What waits for a person; `None` when the journal cannot say.
async fn waiting(shared: &Arc<Shared>) -> Option<Vec<Waiting>> {
    let shared = Arc::clone(shared);
    tokio::task::spawn_blocking(move || shared.service.journal.waiting().ok()).await.ok().flatten()
}

async fn status(State(shared): State<Arc<Shared>>) -> Response {
    let waiting = waiting(&shared).await.map(|open| {
        let open = open.iter().map(|open| {
            json!({
                "kind": open.kind,
                "hash": open.hash,
                "since": open.since,
                "approved": open.approval.is_some(),
            })
        });
        open.collect::<Value>()
    });
    let status = shared.service.board.status(&waiting.unwrap_or(Value::Null));
    ([(CONTENT_TYPE, "application/json")], format!("{status:#}\n")).into_response()
}

async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    let waiting = waiting(&shared).await.unwrap_or_default();
    let kinds = waiting.iter().filter(|open| open.approval.is_none()).map(|open| Waits::name(open.kind));
    let text = shared.service.board.metrics.text(kinds);
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

async fn trigger(State(shared): State<Arc<Shared>>) -> Response {
    shared.service.trigger();
    (StatusCode::ACCEPTED, "a cycle will run\n").into_response()
}

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn a_token_is_right_as_a_whole_alone() {
        assert!(same("s3cret", "s3cret"));
        for wrong in ["", "s3cre", "s3cret ", "S3cret", "s3crets", "\u{0}"] {
            assert!(!same("s3cret", wrong), "{wrong:?}");
        }
    }
}
