//! What systemd is told of the loop: readiness, reloads, its end, and that it lives (sd_notify(3)). Without systemd
//! nobody is told.

use std::time::Duration;

use sd_notify::{NotifyState, notify};
use tokio::sync::watch;

use super::event::{Event, Listener};
use super::service::Service;

/// Tells systemd.
pub struct Systemd {
    /// How long the service may be silent, where systemd wants to hear from it.
    watchdog: Option<Duration>,
}

impl Systemd {
    /// What the process's environment says of systemd.
    #[must_use]
    pub fn from_environment() -> Self {
        Self { watchdog: sd_notify::watchdog_enabled() }
    }

    /// Rules are in force, the state folder is locked, and the address is taken.
    pub fn ready(&self) {
        tell(&[NotifyState::Ready]);
    }

    /// The files are read anew; ends with [`Systemd::ready`].
    pub fn reloading(&self) {
        let since = NotifyState::monotonic_usec_now();
        tell(&std::iter::once(NotifyState::Reloading).chain(since).collect::<Vec<_>>());
    }

    /// Says that the loop lives, as long as it gets on, and that it ends, when `stop` is true.
    pub async fn attend(&self, service: &Service, stop: &watch::Receiver<bool>) {
        let mut stopped = stop.clone();
        // Twice in the time, as systemd advises; where it wants nothing, there is nothing to say.
        let pause = self.watchdog.map(|watchdog| watchdog / 2);
        let mut before = None;
        loop {
            tokio::select! {
                _ = stopped.wait_for(|stop| *stop) => break,
                () = pause_for(pause) => {
                    let now = service.heart.count();
                    if before != Some(now) {
                        tell(&[NotifyState::Watchdog]);
                    }
                    before = Some(now);
                }
            }
        }
        tell(&[NotifyState::Stopping]);
    }
}

async fn pause_for(pause: Option<Duration>) {
    match pause {
        Some(pause) => tokio::time::sleep(pause).await,
        None => std::future::pending().await,
    }
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = notify(state) {
        tracing::warn!(%error, "systemd could not be told");
    }
}

/// Keeps the line that `systemctl status` shows up to date.
pub struct StatusLine<'a> {
    pub service: &'a Service,
    pub listener: &'a dyn Listener,
}

impl Listener for StatusLine<'_> {
    fn hear(&self, event: &Event<'_>) {
        self.listener.hear(event);
        if !matches!(event, Event::CycleStarted { .. } | Event::Progress { .. }) {
            tell(&[NotifyState::Status(&self.service.board.line())]);
        }
    }
}
