//! How much memory the calling thread holds: what it has allocated and not freed since.
//!
//! In: nothing. Out: bytes. A script is stopped by it long before the machine has none left. Never: another thread's
//! allocations.

use tikv_jemalloc_ctl::thread::{ThreadLocal, allocatedp, deallocatedp};
use tikv_jemallocator::Jemalloc;

/// Counts for each thread apart, at no cost; the system's own allocator does not count.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

thread_local! {
    /// Allocated and freed, ever. `None` would be a jemalloc built without statistics.
    static COUNTERS: Option<(ThreadLocal<u64>, ThreadLocal<u64>)> =
        Some((allocatedp::read().ok()?, deallocatedp::read().ok()?));
}

/// In bytes. Below 0 on a thread that has freed more of others' than it holds: only differences mean something.
pub(super) fn held() -> i64 {
    COUNTERS.with(|counters| {
        counters.map_or(0, |(allocated, freed)| allocated.get().wrapping_sub(freed.get()).cast_signed())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_allocated_and_freed_is_counted() {
        let before = held();
        let text = vec![1_u8; 5_000_000];
        let during = held() - before;
        assert!((5_000_000..6_000_000).contains(&during), "{during}");
        let elsewhere = std::thread::spawn(|| {
            let before = held();
            let bytes = vec![1_u8; 3_000_000];
            (held() - before, bytes)
        });
        let (there, bytes) = elsewhere.join().unwrap();
        assert!((3_000_000..4_000_000).contains(&there), "{there}");
        assert!(held() - before < 6_000_000);
        drop((text, bytes));
        assert!(held() - before < 0);
    }
}
