//! How fast requests may follow each other, and how many at once; shared by all clones of a client.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::Error;
use super::flight::Flight;
use super::limits::Quota;
use super::window::{Turn, Window};

#[derive(Debug)]
pub(super) struct Pace {
    /// Held by whoever is next.
    queue: tokio::sync::Mutex<()>,
    state: Mutex<State>,
    ended: Notify,
}

#[derive(Debug)]
struct State {
    /// By the configuration.
    own: [Window; 2],
    /// By the target's word.
    told: Vec<Window>,
    flight: Flight,
    /// Until when the target asked for silence.
    held: Option<Instant>,
}

/// A request under way, until it is dropped.
pub(super) struct Permit<'a> {
    pace: &'a Pace,
    since: Instant,
}

impl Pace {
    pub(super) fn new(per_second: u32, per_minute: u32, most: usize) -> Result<Self, Error> {
        for (name, limit) in [("per_second", per_second), ("per_minute", per_minute)] {
            if limit == 0 {
                return Err(Error::Config { why: format!("`{name}` has to be at least 1") });
            }
        }
        Ok(Self {
            queue: tokio::sync::Mutex::new(()),
            state: Mutex::new(State {
                own: [
                    Window::new(per_second, Duration::from_secs(1)),
                    Window::new(per_minute, Duration::from_secs(60)),
                ],
                told: Vec::new(),
                flight: Flight::new(most),
                held: None,
            }),
            ended: Notify::new(),
        })
    }

    /// Until one more request may be sent; in the order in which it was asked for.
    pub(super) async fn ready(&self) -> Permit<'_> {
        let _queue = self.queue.lock().await;
        loop {
            let now = Instant::now();
            let turn = {
                let mut state = self.state();
                let turn = state.turn(now);
                if turn == Turn::Now {
                    state.each(Window::begin);
                    state.flight.begin();
                }
                turn
            };
            match turn {
                Turn::Now => return Permit { pace: self, since: now },
                Turn::At(then) => tokio::time::sleep_until(then).await,
                Turn::Later => self.ended.notified().await,
            }
        }
    }

    /// No request of anybody for so long.
    pub(super) fn hold(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let mut state = self.state();
        state.held = Some(state.held.map_or(until, |earlier| earlier.max(until)));
    }

    /// The target said that it was too much.
    pub(super) fn refused(&self) {
        self.state().flight.refused(Instant::now());
    }

    /// The limits that the target names hold beside the configured ones, until it names others.
    pub(super) fn told(&self, quotas: &[Quota]) {
        let mut state = self.state();
        let same = state.told.len() == quotas.len()
            && state.told.iter().zip(quotas).all(|(window, (limit, span))| window.is(*limit, *span));
        if !quotas.is_empty() && !same {
            state.told = quotas.iter().map(|(limit, span)| Window::new(*limit, *span)).collect();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn turn(&mut self, now: Instant) -> Turn {
        let held = match self.held {
            Some(until) if until > now => Turn::At(until),
            _ => Turn::Now,
        };
        let flight = if self.flight.has_room() { Turn::Now } else { Turn::Later };
        let windows = self.own.iter_mut().chain(&mut self.told);
        windows.map(|window| window.turn(now)).fold(held.and(flight), Turn::and)
    }

    fn each(&mut self, change: impl FnMut(&mut Window)) {
        self.own.iter_mut().chain(&mut self.told).for_each(change);
    }
}

impl Permit<'_> {
    /// An answer came whose time tells how busy the target is.
    pub(super) fn answered(&self) {
        let now = Instant::now();
        self.pace.state().flight.answered(now.duration_since(self.since), now);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let now = Instant::now();
        let mut state = self.pace.state();
        state.each(|window| window.end(now));
        state.flight.end();
        drop(state);
        self.pace.ended.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::time::Instant;

    use super::Pace;

    /// How long so many requests take that are each answered after `took`.
    async fn run(pace: &Arc<Pace>, count: usize, took: Duration) -> Duration {
        let since = Instant::now();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..count {
            let pace = Arc::clone(pace);
            tasks.spawn(async move {
                let permit = pace.ready().await;
                tokio::time::sleep(took).await;
                permit.answered();
            });
        }
        tasks.join_all().await;
        since.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn the_pace_is_kept_and_used_up() {
        let pace = Arc::new(Pace::new(3, 60, 8).unwrap());
        let ten_seconds = run(&pace, 30, Duration::from_millis(1)).await.as_secs_f64();
        assert!((9.0..9.1).contains(&ten_seconds), "{ten_seconds}");
        // Thirty more fill the minute.
        run(&pace, 30, Duration::from_millis(1)).await;
        let waited = run(&pace, 1, Duration::from_millis(1)).await.as_secs_f64();
        assert!((39.0..42.0).contains(&waited), "{waited}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_target_says_of_its_limits_is_kept() {
        let pace = Arc::new(Pace::new(1_000, 60_000, 8).unwrap());
        pace.told(&[(2, Duration::from_secs(1))]);
        pace.told(&[]);
        let took = run(&pace, 10, Duration::from_millis(1)).await.as_secs_f64();
        assert!((4.0..4.1).contains(&took), "{took}");
        pace.told(&[(100, Duration::from_secs(1))]);
        assert!(run(&pace, 10, Duration::from_millis(1)).await < Duration::from_millis(10));
    }

    #[tokio::test(start_paused = true)]
    async fn silence_is_kept_and_no_more_are_under_way_than_allowed() {
        let pace = Arc::new(Pace::new(1_000, 60_000, 2).unwrap());
        pace.hold(Duration::from_secs(3));
        pace.hold(Duration::from_secs(1));
        let took = run(&pace, 4, Duration::from_millis(100)).await.as_secs_f64();
        assert!((3.2..3.21).contains(&took), "{took}");
        pace.refused();
        let took = run(&pace, 4, Duration::from_millis(100)).await.as_secs_f64();
        assert!((0.3..0.41).contains(&took), "{took}");
    }

    #[test]
    fn a_limit_of_nothing_is_refused() {
        let error = Pace::new(3, 0, 1).unwrap_err();
        assert_eq!(error.to_string(), "the target cannot be used: `per_minute` has to be at least 1");
    }
}
