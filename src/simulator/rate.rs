use std::time::{Duration, Instant};

use super::Rate;

/// Counts requests in windows of one second.
#[derive(Debug, Default)]
pub(super) struct Counter {
    window: Option<(Instant, u32)>,
}

/// What is left of a window, for the `RateLimit-*` headers (draft-ietf-httpapi-ratelimit-headers).
#[derive(Clone, Copy, Debug)]
pub(super) struct Left {
    pub(super) limit: u32,
    pub(super) remaining: u32,
    pub(super) allowed: bool,
}

const WINDOW: Duration = Duration::from_secs(1);

impl Counter {
    pub(super) fn count(&mut self, rate: Rate, now: Instant) -> Left {
        let (since, used) = match self.window {
            Some((since, used)) if now.duration_since(since) < WINDOW => (since, used),
            _ => (now, 0),
        };
        let allowed = used < rate.per_second;
        let used = if allowed { used + 1 } else { used };
        self.window = Some((since, used));
        Left { limit: rate.per_second, remaining: rate.per_second.saturating_sub(used), allowed }
    }
}
