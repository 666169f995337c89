use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// At most `limit` requests in any stretch of time as long as `span`, by the target's clock too: a request counts from
/// when it is sent until `span` after its answer, and the target saw it somewhere between.
#[derive(Debug)]
pub(super) struct Window {
    limit: usize,
    span: Duration,
    under_way: usize,
    /// Requests that ended together: when the first and the last of them did, and how many.
    ended: VecDeque<(Instant, Instant, usize)>,
    recent: usize,
}

/// So many groups of ended requests are told apart in one span.
const GROUPS: u32 = 256;

/// Whether one more request may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    Now,
    /// Not before then.
    At(Instant),
    /// Not before one that is under way has ended.
    Later,
}

impl Turn {
    /// Of two conditions, the one that takes longer.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Later, _) | (_, Self::Later) => Self::Later,
            (Self::Now, other) => other,
            (one, Self::Now) => one,
            (Self::At(one), Self::At(other)) => Self::At(one.max(other)),
        }
    }
}

impl Window {
    pub(super) fn new(limit: u32, span: Duration) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Self { limit, span, under_way: 0, ended: VecDeque::new(), recent: 0 }
    }

    pub(super) fn is(&self, limit: u32, span: Duration) -> bool {
        self.limit == usize::try_from(limit).unwrap_or(usize::MAX) && self.span == span
    }

    pub(super) fn turn(&mut self, now: Instant) -> Turn {
        while let Some((_, last, count)) = self.ended.front().copied()
            && last + self.span <= now
        {
            self.recent -= count;
            self.ended.pop_front();
        }
        if self.under_way + self.recent < self.limit {
            return Turn::Now;
        }
        match self.ended.front() {
            Some((_, last, _)) => Turn::At(*last + self.span),
            None => Turn::Later,
        }
    }

    pub(super) fn begin(&mut self) {
        self.under_way += 1;
    }

    pub(super) fn end(&mut self, now: Instant) {
        // A window that was made meanwhile has not seen it begin.
        self.under_way = self.under_way.saturating_sub(1);
        self.recent += 1;
        // Few requests are kept apart to the moment, so that a small limit is used up.
        let grain = if self.limit > GROUPS as usize { self.span / GROUPS } else { Duration::ZERO };
        match self.ended.back_mut() {
            Some((first, last, count)) if now.duration_since(*first) < grain => {
                *last = now;
                *count += 1;
            }
            _ => self.ended.push_back((now, now, 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::{prop, proptest};
    use tokio::time::Instant;

    use super::{Turn, Window};

    const SECOND: Duration = Duration::from_secs(1);

    /// When the target sees each request, where there are always more waiting: somewhere between sending and answer.
    fn seen(limit: u32, count: usize, delays: &[(u64, u64)]) -> Vec<Duration> {
        let start = Instant::now();
        let mut window = Window::new(limit, SECOND);
        let (mut now, mut seen) = (start, Vec::new());
        let mut delays = delays.iter().cycle();
        while seen.len() < count {
            match window.turn(now) {
                Turn::Now => {
                    let (there, back) = delays.next().copied().unwrap_or_default();
                    window.begin();
                    seen.push(now + Duration::from_millis(there) - start);
                    now += Duration::from_millis(there + back);
                    window.end(now);
                }
                Turn::At(then) => now = then,
                Turn::Later => unreachable!("one at a time"),
            }
        }
        seen
    }

    fn most_in_a_second(seen: &[Duration]) -> usize {
        let within = |from: Duration| seen.iter().filter(|at| **at >= from && **at < from + SECOND).count();
        seen.iter().map(|from| within(*from)).max().unwrap_or_default()
    }

    proptest! {
        #[test]
        fn no_second_of_the_targets_sees_more_than_the_limit(
            limit in 1..600_u32,
            delays in prop::collection::vec((0..40_u64, 0..40_u64), 1..6),
        ) {
            let seen = seen(limit, limit as usize * 3, &delays);
            assert!(most_in_a_second(&seen) <= limit as usize);
        }
    }

    #[test]
    fn the_limit_is_used_up_when_answers_come_at_once() {
        for limit in [1, 3, 10, 255, 1_000] {
            let seen = seen(limit, limit as usize * 10, &[(0, 0)]);
            let seconds = seen.last().unwrap().as_secs_f64() + 1.0;
            assert!(seconds <= 10.05, "{limit}: {seconds}");
        }
    }

    #[test]
    fn what_is_under_way_counts() {
        let mut window = Window::new(2, SECOND);
        let now = Instant::now();
        window.begin();
        assert_eq!(window.turn(now), Turn::Now);
        window.begin();
        assert_eq!(window.turn(now), Turn::Later);
        window.end(now);
        assert_eq!(window.turn(now), Turn::At(now + SECOND));
        assert_eq!(window.turn(now + SECOND), Turn::Now);
    }

    #[test]
    fn many_requests_take_little_memory() {
        let mut window = Window::new(600_000, SECOND * 60);
        let start = Instant::now();
        for n in 0..100_000_u64 {
            window.begin();
            window.end(start + Duration::from_micros(n * 100));
        }
        assert!(window.ended.len() <= 64, "{}", window.ended.len());
    }
}
