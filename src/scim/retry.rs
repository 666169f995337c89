//! How often, and after how long, something is sent again.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use fastrand::Rng;

/// Waits of growing length, each drawn from nothing up to the bound of its turn ("full jitter"), so that clients that
/// failed together do not come back together.
#[derive(Debug)]
pub(super) struct Backoff {
    bound: Duration,
    most: Duration,
    rng: Rng,
}

impl Backoff {
    pub(super) fn new(first: Duration, rng: Rng) -> Self {
        Self { bound: first, most: first * 25, rng }
    }

    pub(super) fn next(&mut self) -> Duration {
        let wait = self.bound.mul_f64(self.rng.f64());
        self.bound = (self.bound * 3).min(self.most);
        wait
    }
}

/// The tries that one cycle has beyond the first of each request; every tenth answer gives one back, so that a long
/// cycle is not cut off by rare failures, and a target that is down is not kept down.
#[derive(Debug)]
pub(super) struct Budget {
    /// In tenths.
    left: AtomicI64,
    most: i64,
}

impl Budget {
    pub(super) fn new(retries: u32) -> Self {
        let most = i64::from(retries) * 10;
        Self { left: AtomicI64::new(most), most }
    }

    /// Takes one try; whether there was one.
    pub(super) fn spend(&self) -> bool {
        let take = |left: i64| (left >= 10).then(|| left - 10);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    pub(super) fn earn(&self) {
        let give = |left: i64| (left < self.most).then(|| left + 1);
        let _ = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, give);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use fastrand::Rng;

    use super::{Backoff, Budget};

    #[test]
    fn waits_grow_and_reach_down_to_nothing() {
        let second = Duration::from_secs(1);
        let turns: Vec<Vec<Duration>> = (0..200)
            .map(|seed| {
                let mut backoff = Backoff::new(second, Rng::with_seed(seed));
                (0..6).map(|_| backoff.next()).collect()
            })
            .collect();
        for (turn, bound) in [1, 3, 9, 25, 25, 25].into_iter().enumerate() {
            let waits = turns.iter().map(|waits| waits[turn]);
            assert!(waits.clone().all(|wait| wait <= second * bound));
            assert!(waits.clone().max().unwrap() > second * bound * 9 / 10);
            assert!(waits.min().unwrap() < second * bound / 10);
        }
    }

    #[test]
    fn a_budget_is_spent_and_earned_back() {
        let budget = Budget::new(2);
        assert_eq!([budget.spend(), budget.spend(), budget.spend()], [true, true, false]);
        (0..9).for_each(|_| budget.earn());
        assert!(!budget.spend());
        budget.earn();
        assert!(budget.spend() && !budget.spend());
        (0..1_000).for_each(|_| budget.earn());
        assert_eq!([budget.spend(), budget.spend(), budget.spend()], [true, true, false]);
        assert!(!Budget::new(0).spend());
    }
}
