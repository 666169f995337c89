//! Room for scripts that nest deeply: they are limited by levels and depth, and what those come to does not fit the
//! stack of any thread that may call.

use std::cell::Cell;
use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Only what is used of it is ever taken from the machine.
const STACK: usize = 64 << 20;

thread_local! {
    static HAS_ROOM: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work` where it has room, and waits for it.
pub(crate) fn with_room<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    if HAS_ROOM.get() {
        return work();
    }
    let work = Mutex::new(Some(work));
    let take = || work.lock().unwrap_or_else(PoisonError::into_inner).take().map(|work| work());
    let done = thread::scope(|scope| {
        let run = || {
            HAS_ROOM.set(true);
            take()
        };
        match thread::Builder::new().name("policy".into()).stack_size(STACK).spawn_scoped(scope, run) {
            Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            // No thread to be had: most scripts fit the caller's stack.
            Err(_) => take(),
        }
    });
    done.unwrap_or_else(|| unreachable!("the work is taken once, here or there"))
}
