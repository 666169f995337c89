use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request as HttpRequest, State};
use axum::http::header::{HeaderName, HeaderValue, RETRY_AFTER};
use axum::http::{Method, Response, StatusCode};
use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use super::answer::{Answer, Refusal};
use super::fault::{Fault, Faults};
use super::path::{self, Parsed};
use super::rate::{Counter, Left};
use super::request::{BASE, Incoming};
use super::state;
use super::store::Store;
use super::users::Provider;
use super::wire::{Scissors, Wires};
use super::{Settings, shape};
use crate::config::AuthScheme;

/// Why a simulator cannot start, or an edit by hand cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot listen on `{address}`: {source}")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error("cannot read the users from `{path}`: {source}")]
    Load { path: PathBuf, source: std::io::Error },
    #[error("cannot edit `{who}`: {why}")]
    Edit { who: String, why: String },
}

/// A request that came, for tests and for people who watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    /// Below the base URL, with the query.
    pub path: String,
    /// In the order in which they came; without the key.
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// The status that was answered; absent where the connection was cut or hangs.
    pub status: Option<u16>,
    pub answer: String,
}

/// A running service provider. It stops when it is dropped, or in good order by [`Simulator::stop`].
#[derive(Debug)]
pub struct Simulator {
    shared: Arc<Shared>,
    server: JoinHandle<()>,
    saver: JoinHandle<()>,
    running: watch::Sender<bool>,
}

#[derive(Debug)]
pub(super) struct Shared {
    provider: Mutex<Provider>,
    faults: Mutex<Faults>,
    counter: Mutex<Counter>,
    log: Mutex<VecDeque<Request>>,
    watchers: Mutex<Vec<UnboundedSender<Request>>>,
    running: watch::Receiver<bool>,
    changed: Notify,
}

/// Older requests are forgotten.
const LOG_LENGTH: usize = 10_000;
/// Larger bodies are refused.
const MAX_BODY: usize = 2 * 1024 * 1024;
/// Writes within this time reach the file together.
const SAVE_DELAY: Duration = Duration::from_millis(100);
/// How long connections may take to end.
const STOP_PATIENCE: Duration = Duration::from_secs(2);

impl Simulator {
    /// Begins to listen; port 0 chooses a free one.
    ///
    /// # Errors
    /// When the address is taken, or the state file cannot be read.
    pub async fn start(listen: SocketAddr, settings: Settings) -> Result<Self, Error> {
        let refused = |source| Error::Listen { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let faults = Faults::new(settings.faults.clone(), settings.seed);
        let mut provider =
            Provider { settings, store: Store::default(), base: format!("http://{address}{BASE}") };
        if let Some(path) = provider.settings.state.clone() {
            provider.restore(state::load(&path).map_err(|source| Error::Load { path, source })?);
        }
        let (running, watched) = watch::channel(true);
        let shared = Arc::new(Shared {
            provider: Mutex::new(provider),
            faults: Mutex::new(faults),
            counter: Mutex::default(),
            log: Mutex::default(),
            watchers: Mutex::default(),
            running: watched,
            changed: Notify::new(),
        });
        let app = Router::new().fallback(handle).with_state(Arc::clone(&shared));
        let service = app.into_make_service_with_connect_info::<Scissors>();
        let end = Arc::clone(&shared);
        let server = tokio::spawn(async move {
            let serve = axum::serve(Wires(listener), service);
            // The listener has no way to fail but a cut connection, which is no failure of the server.
            let _ = serve.with_graceful_shutdown(async move { end.stopped().await }).await;
        });
        let saver = tokio::spawn(save_when_changed(Arc::clone(&shared)));
        Ok(Self { shared, server, saver, running })
    }

    /// The base URL: `http://127.0.0.1:PORT/scim/v2`.
    #[must_use]
    pub fn url(&self) -> String {
        self.shared.provider().base.clone()
    }

    /// Every user as it is kept, in the order in which they came.
    #[must_use]
    pub fn users(&self) -> Vec<Value> {
        self.shared.provider().store.users().map(|user| Value::clone(user)).collect()
    }

    /// The user with this `id` or `userName` (case apart).
    #[must_use]
    pub fn user(&self, who: &str) -> Option<Value> {
        self.shared.provider().find(who).map(|user| Value::clone(&user))
    }

    /// Puts a user there by hand, by no rule but the schema's; shows its `id`.
    ///
    /// # Errors
    /// When it is no object, has a value of the wrong type, or has the `userName` of another.
    pub fn add_user(&self, user: &Value) -> Result<String, Error> {
        let mut provider = self.shared.provider();
        let who = user.get("userName").and_then(Value::as_str).unwrap_or_default();
        let wrong = |why: String| Error::Edit { who: who.to_owned(), why };
        let members = user.as_object().ok_or_else(|| wrong("it is no object".into()))?;
        let members =
            shape::resource(&provider.schema(), members).map_err(|refusal| wrong(refusal.to_string()))?;
        if provider.store.by_user_name(who).is_some() {
            return Err(wrong("it is there already".into()));
        }
        let user = provider.keep(None, members);
        self.shared.changed.notify_one();
        Ok(user.get("id").and_then(Value::as_str).unwrap_or_default().to_owned())
    }

    /// Sets one attribute (`active`, `name.givenName`, `emails`) of a user by hand, by no rule; `null` takes it away.
    ///
    /// # Errors
    /// When there is no such user or no such attribute.
    pub fn set(&self, who: &str, path: &str, value: &Value) -> Result<(), Error> {
        let wrong = |why: String| Error::Edit { who: who.to_owned(), why };
        let mut provider = self.shared.provider();
        let before = provider.find(who).ok_or_else(|| wrong("there is no such user".into()))?;
        let mut after = before.as_object().cloned().unwrap_or_default();
        let Parsed::Path(parsed) = path::parse(&provider.schema(), path).map_err(wrong)? else {
            return Err(wrong(format!("`{path}` is not kept")));
        };
        let members = match parsed.sub {
            Some(_) => after
                .entry(parsed.attribute.name)
                .or_insert_with(|| Value::Object(Map::new()))
                .as_object_mut()
                .ok_or_else(|| wrong(format!("`{path}` has several values")))?,
            None => &mut after,
        };
        let name = parsed.sub.unwrap_or(parsed.attribute).name;
        if value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.to_owned(), value.clone());
        }
        provider.keep(Some(&before), after);
        self.shared.changed.notify_one();
        Ok(())
    }

    /// Takes a user away by hand; whether there was one.
    pub fn remove_user(&self, who: &str) -> bool {
        let mut provider = self.shared.provider();
        let id = provider.find(who).and_then(|user| Some(user.get("id")?.as_str()?.to_owned()));
        let removed = id.and_then(|id| provider.store.remove(&id)).is_some();
        self.shared.changed.notify_one();
        removed
    }

    /// One more fault, behind those that are still to come.
    pub fn fault(&self, fault: Fault) {
        lock(&self.shared.faults).add(fault);
    }

    /// No more faults.
    pub fn clear_faults(&self) {
        lock(&self.shared.faults).clear();
    }

    /// How many requests went wrong because a fault was asked for.
    #[must_use]
    pub fn faults_happened(&self) -> usize {
        lock(&self.shared.faults).happened()
    }

    /// The requests that came, oldest first; the last 10,000.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.shared.log).iter().cloned().collect()
    }

    /// Every request from now on, as soon as it is answered.
    #[must_use]
    pub fn watch(&self) -> UnboundedReceiver<Request> {
        let (watcher, watched) = unbounded_channel();
        lock(&self.shared.watchers).push(watcher);
        watched
    }

    /// Forgets the requests that came.
    pub fn clear_requests(&self) {
        lock(&self.shared.log).clear();
    }

    /// Answers what is under way, writes the state file, and ends.
    pub async fn stop(self) {
        let _ = self.running.send(false);
        let server = self.server.abort_handle();
        if tokio::time::timeout(STOP_PATIENCE, self.server).await.is_err() {
            server.abort();
        }
        let _ = self.saver.await;
    }
}

impl Shared {
    pub(super) fn provider(&self) -> MutexGuard<'_, Provider> {
        lock(&self.provider)
    }

    /// Until the simulator stops or is dropped.
    pub(super) async fn stopped(&self) {
        let _ = self.running.clone().wait_for(|running| !running).await;
    }
}

impl Provider {
    fn find(&self, who: &str) -> Option<Arc<Value>> {
        self.store.get(who).or_else(|| self.store.by_user_name(who)).cloned()
    }

    fn restore(&mut self, state: state::State<Vec<Value>>) {
        for mut user in state.users {
            // The port may be another one now.
            let location =
                format!("{}/Users/{}", self.base, user.get("id").and_then(Value::as_str).unwrap_or(""));
            if let Some(Value::Object(meta)) = user.get_mut("meta") {
                meta.insert("location".into(), location.into());
            }
            self.store.put(user);
        }
        self.store.begin_behind(state.last);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn save_when_changed(shared: Arc<Shared>) {
    let mut running = true;
    while running {
        tokio::select! {
            () = shared.changed.notified() => tokio::time::sleep(SAVE_DELAY).await,
            () = shared.stopped() => running = false,
        }
        let (path, state) = {
            let provider = shared.provider();
            let Some(path) = provider.settings.state.clone() else { continue };
            (
                path,
                state::State {
                    last: provider.store.last(),
                    users: provider.store.users().cloned().collect(),
                },
            )
        };
        let file = path.clone();
        let saved = tokio::task::spawn_blocking(move || state::save(&file, &state)).await;
        if let Ok(Err(e)) = saved {
            tracing::error!("cannot write the simulator's users to `{}`: {e}", path.display());
        }
    }
}

async fn handle(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: HttpRequest,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let target = target.strip_prefix(BASE).unwrap_or(target).to_owned();
    let method = parts.method.to_string();
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY).await else {
        return Answer::from(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"))
            .into_response();
    };
    let incoming = Incoming::new(parts, body.to_vec());
    scissors.fast();
    let answer = shared.respond(&incoming, &scissors).await;
    shared.note(method, target, &incoming, answer.as_ref());
    answer
        .unwrap_or_else(|| {
            scissors.cut();
            Answer::empty(StatusCode::OK)
        })
        .into_response()
}

impl Shared {
    fn note(&self, method: String, path: String, incoming: &Incoming, answer: Option<&Answer>) {
        let key = self.provider().settings.key.clone();
        let hide = |text: &str| text.replace(key.expose_secret(), "***");
        let header = |(name, value): (&HeaderName, &HeaderValue)| {
            (name.to_string(), hide(&String::from_utf8_lossy(value.as_bytes())))
        };
        let request = Request {
            method,
            path: hide(&path),
            headers: incoming.headers.iter().map(header).collect(),
            body: hide(&String::from_utf8_lossy(&incoming.body)),
            status: answer.map(|answer| answer.status.as_u16()),
            answer: answer.map(|answer| hide(&answer.body)).unwrap_or_default(),
        };
        lock(&self.watchers).retain(|watcher| watcher.send(request.clone()).is_ok());
        let mut log = lock(&self.log);
        if log.len() >= LOG_LENGTH {
            log.pop_front();
        }
        log.push_back(request);
    }

    /// `None` cuts the connection.
    async fn respond(&self, request: &Incoming, scissors: &Scissors) -> Option<Answer> {
        if !self.knows_key(request) {
            return Some(Refusal::unauthorized().into());
        }
        let rate = self.provider().settings.rate;
        let left = rate.map(|rate| lock(&self.counter).count(rate, Instant::now()));
        if let Some(left) = left.filter(|left| !left.allowed) {
            let refusal = Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too many requests");
            return Some(limits(Answer::from(refusal).header(RETRY_AFTER, 1), left));
        }
        let fault = lock(&self.faults).take(request.method.as_str(), &request.path);
        let answer = match fault {
            None => Some(self.carry_out(request)),
            Some(fault) => self.misbehave(fault, request, scissors).await,
        };
        answer.map(|answer| match left {
            Some(left) => limits(answer, left),
            None => answer,
        })
    }

    fn knows_key(&self, request: &Incoming) -> bool {
        let provider = self.provider();
        let key = provider.settings.key.expose_secret();
        let Some((scheme, sent)) = request.header("authorization").and_then(|value| value.split_once(' '))
        else {
            return false;
        };
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "klaviyo-api-key" => AuthScheme::KlaviyoApiKey,
            "bearer" => AuthScheme::Bearer,
            _ => return false,
        };
        provider.settings.accept.contains(&scheme) && sent.trim() == key
    }

    pub(super) fn carry_out(&self, request: &Incoming) -> Answer {
        let answer = {
            let mut provider = self.provider();
            provider.answer(request).unwrap_or_else(|refusal| provider.refuse(refusal))
        };
        if request.method != Method::GET && answer.status.is_success() {
            self.changed.notify_one();
        }
        answer
    }
}

fn limits(answer: Answer, left: Left) -> Answer {
    answer
        .header(HeaderName::from_static("ratelimit-limit"), format_args!("{0}, {0};w=1", left.limit))
        .header(HeaderName::from_static("ratelimit-remaining"), left.remaining)
        .header(HeaderName::from_static("ratelimit-reset"), 1)
}
