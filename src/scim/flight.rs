use std::time::Duration;

use tokio::time::Instant;

/// How many requests may be under way at once: one more after as many answers, half after a 429, a tenth fewer when
/// answers take much longer than they can (additive increase, multiplicative decrease).
#[derive(Debug)]
pub(super) struct Flight {
    most: f64,
    limit: f64,
    under_way: usize,
    /// How fast the target can be, in seconds.
    quickest: Option<f64>,
    /// How fast it is of late, in seconds.
    usual: f64,
    lowered: Option<Instant>,
}

/// What was under way when the limit was lowered says nothing of the new one.
const SETTLING: Duration = Duration::from_secs(1);
/// Answers that come within this time are fast, whatever is possible.
const FAST: f64 = 0.1;
/// So many times the quickest answer shows a queue at the target.
const QUEUED: f64 = 4.0;

impl Flight {
    pub(super) fn new(most: usize) -> Self {
        let most = u32::try_from(most.max(1)).map_or(f64::MAX, f64::from);
        Self { most, limit: most, under_way: 0, quickest: None, usual: 0.0, lowered: None }
    }

    pub(super) fn has_room(&self) -> bool {
        u32::try_from(self.under_way).is_ok_and(|under_way| f64::from(under_way) + 1.0 <= self.limit)
    }

    pub(super) fn begin(&mut self) {
        self.under_way += 1;
    }

    pub(super) fn end(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// An answer came, after so long.
    pub(super) fn answered(&mut self, took: Duration, now: Instant) {
        let took = took.as_secs_f64();
        let quickest = match self.quickest {
            // A target may have become slower for good.
            Some(quickest) => (quickest * 1.0005).min(took),
            None => took,
        };
        self.usual = if self.quickest.is_some() { self.usual * 0.9 + took * 0.1 } else { took };
        self.quickest = Some(quickest);
        if self.usual > FAST && self.usual > quickest * QUEUED {
            self.lower(0.9, now);
        } else {
            self.limit = (self.limit + 1.0 / self.limit).min(self.most);
        }
    }

    /// The target said that it was too much.
    pub(super) fn refused(&mut self, now: Instant) {
        self.lower(0.5, now);
    }

    fn lower(&mut self, factor: f64, now: Instant) {
        if self.lowered.is_none_or(|at| now.duration_since(at) >= SETTLING) {
            self.limit = (self.limit * factor).max(1.0);
            self.lowered = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::Flight;

    fn room(flight: &mut Flight) -> usize {
        let mut room = 0;
        while flight.has_room() {
            flight.begin();
            room += 1;
        }
        (0..room).for_each(|_| flight.end());
        room
    }

    #[test]
    fn a_refusal_halves_and_answers_bring_it_back() {
        let mut flight = Flight::new(8);
        let mut now = Instant::now();
        assert_eq!(room(&mut flight), 8);
        flight.refused(now);
        flight.refused(now);
        assert_eq!(room(&mut flight), 4);
        for expected in [2, 1, 1] {
            now += Duration::from_secs(2);
            flight.refused(now);
            assert_eq!(room(&mut flight), expected);
        }
        let mut answers = 0;
        while room(&mut flight) < 8 {
            flight.answered(Duration::from_millis(5), now);
            answers += 1;
        }
        assert!((20..60).contains(&answers), "{answers}");
        (0..100).for_each(|_| flight.answered(Duration::from_millis(5), now));
        assert_eq!(room(&mut flight), 8);
    }

    #[test]
    fn a_queue_at_the_target_is_not_made_longer() {
        let mut flight = Flight::new(16);
        let mut now = Instant::now();
        flight.answered(Duration::from_millis(20), now);
        for _ in 0..400 {
            now += Duration::from_millis(100);
            let took = Duration::from_millis(20 * room(&mut flight) as u64);
            flight.answered(took, now);
        }
        assert!((2..9).contains(&room(&mut flight)), "{}", room(&mut flight));
    }

    #[test]
    fn a_target_that_is_slow_alike_is_not_held_for_busy() {
        let mut flight = Flight::new(8);
        (0..100).for_each(|_| flight.answered(Duration::from_secs(2), Instant::now()));
        assert_eq!(room(&mut flight), 8);
    }
}
