//! How fast requests may follow each other; shared by all clones of a client.

use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::time::Instant;

use super::Error;

#[derive(Debug)]
pub(super) struct Pace {
    second: DefaultDirectRateLimiter,
    minute: DefaultDirectRateLimiter,
    /// Until when the target asked for silence.
    held: Mutex<Option<Instant>>,
}

impl Pace {
    pub(super) fn new(per_second: u32, per_minute: u32) -> Result<Self, Error> {
        let limiter = |name: &str, count: u32, window: Duration| {
            let quota = quota(count, window);
            quota
                .map(RateLimiter::direct)
                .ok_or_else(|| Error::Config { why: format!("`{name}` has to be at least 1") })
        };
        Ok(Self {
            second: limiter("per_second", per_second, Duration::from_secs(1))?,
            minute: limiter("per_minute", per_minute, Duration::from_secs(60))?,
            held: Mutex::new(None),
        })
    }

    /// Until one more request may be sent.
    pub(super) async fn ready(&self) {
        loop {
            let held = *self.held.lock().unwrap_or_else(PoisonError::into_inner);
            match held {
                Some(until) if until > Instant::now() => tokio::time::sleep_until(until).await,
                _ => break,
            }
        }
        self.minute.until_ready().await;
        self.second.until_ready().await;
    }

    /// No request of anybody for so long.
    pub(super) fn hold(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        *held = Some(held.map_or(until, |earlier| earlier.max(until)));
    }
}

/// At most `count` requests in any stretch of time as long as the window: a bucket of `burst` that is refilled
/// `refill` times a window lets `burst + refill - 1` through.
fn quota(count: u32, window: Duration) -> Option<Quota> {
    let burst = NonZeroU32::new(count / 6).unwrap_or(NonZeroU32::MIN);
    let refill = count.checked_sub(burst.get())? + 1;
    Some(Quota::with_period(window / refill)?.allow_burst(burst))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;
    use governor::{Quota, RateLimiter};

    use super::{Pace, quota};

    /// The most requests that pass within any window, when there are always more waiting.
    fn most(quota: Quota, window: Duration) -> usize {
        let clock = FakeRelativeClock::default();
        let limiter = RateLimiter::direct_with_clock(quota, clock.clone());
        let step = Duration::from_millis(1);
        let mut passed: Vec<u64> = Vec::new();
        for tick in 0..window.as_millis() as u64 * 3 {
            while limiter.check().is_ok() {
                passed.push(tick);
            }
            clock.advance(step);
        }
        let width = window.as_millis() as u64;
        (0..passed.len())
            .map(|i| passed[i..].iter().take_while(|at| **at < passed[i] + width).count())
            .max()
            .unwrap()
    }

    #[test]
    fn no_window_sees_more_than_the_limit() {
        for count in [1, 2, 3, 5, 6, 10, 60, 150] {
            let window = Duration::from_secs(1);
            let most = most(quota(count, window).unwrap(), window);
            assert!(most <= count as usize && most * 10 >= count as usize * 8, "{most} of {count}");
        }
        assert_eq!(most(quota(60, Duration::from_secs(60)).unwrap(), Duration::from_secs(60)), 60);
    }

    #[test]
    fn a_limit_of_nothing_is_refused() {
        let error = Pace::new(3, 0).unwrap_err();
        assert_eq!(error.to_string(), "the target cannot be used: `per_minute` has to be at least 1");
    }
}
