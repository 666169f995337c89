use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// Beats while the loop gets on: at every step of a cycle, and while it waits for the next one. A cycle that hangs
/// stops it, whatever else of the process goes on.
#[derive(Debug, Default)]
pub(super) struct Heart(AtomicU64);

/// How often the loop beats while it waits.
const IDLE: Duration = Duration::from_secs(1);

impl Heart {
    pub(super) fn beat(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// A number that is another one after every beat.
    pub(super) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Beats for as long as it is asked to.
    pub(super) async fn go_on(&self) {
        loop {
            self.beat();
            tokio::time::sleep(IDLE).await;
        }
    }

    /// Waits, beating.
    pub(super) async fn sleep(&self, wait: Duration) {
        let end = Instant::now() + wait;
        loop {
            self.beat();
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(IDLE)).await;
        }
    }
}
