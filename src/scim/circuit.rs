//! Leaves a target alone that fails again and again, and asks now and then whether it is back.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Error;

#[derive(Debug)]
pub(super) struct Circuit {
    /// So many failures in a row open it.
    after: u32,
    /// Before the first probe.
    pause: Duration,
    state: Mutex<State>,
    probing: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    failures: u32,
    /// Why it is open.
    open: Option<String>,
    /// Probes failed, too: it stays open.
    given_up: bool,
}

/// Each after three times the pause of the one before.
const PROBES: u32 = 3;

impl Circuit {
    pub(super) fn new(after: u32, pause: Duration) -> Self {
        Self { after, pause, state: Mutex::default(), probing: tokio::sync::Mutex::new(()) }
    }

    /// Whether an operation may be sent; why not, otherwise. While it is open, one waits and probes, and the others wait
    /// for what comes of it. `probe` is harmless and says whether the target is back.
    pub(super) async fn pass<F>(&self, probe: impl Fn() -> F) -> Result<(), String>
    where
        F: Future<Output = Result<(), String>>,
    {
        if self.state().open.is_none() {
            return Ok(());
        }
        let _probing = self.probing.lock().await;
        let mut pause = self.pause;
        for _ in 0..PROBES {
            match &*self.state() {
                State { open: None, .. } => return Ok(()),
                State { open: Some(why), given_up: true, .. } => return Err(why.clone()),
                _ => {}
            }
            tokio::time::sleep(pause).await;
            pause *= 3;
            match probe().await {
                Ok(()) => *self.state() = State::default(),
                Err(why) => self.state().open = Some(self.told(&why)),
            }
        }
        let mut state = self.state();
        match state.open.clone() {
            None => Ok(()),
            Some(why) => {
                state.given_up = true;
                Err(why)
            }
        }
    }

    pub(super) fn succeeded(&self) {
        self.state().failures = 0;
    }

    pub(super) fn failed(&self, error: &Error) {
        let mut state = self.state();
        state.failures += 1;
        if state.failures >= self.after && state.open.is_none() {
            state.open = Some(self.told(&error.to_string()));
        }
    }

    fn told(&self, why: &str) -> String {
        let failures = if self.after == 1 { "failure" } else { "failures" };
        format!("the target is left alone after {} {failures} in a row: {why}", self.after)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use tokio::time::Instant;

    use super::Circuit;
    use crate::scim::Error;

    fn failure() -> Error {
        Error::Unreachable { doing: "update `a@x`".into(), why: "no route".into() }
    }

    #[tokio::test(start_paused = true)]
    async fn failures_in_a_row_open_it_and_a_probe_closes_it() {
        let circuit = Circuit::new(3, Duration::from_secs(4));
        let fine = || std::future::ready(Ok(()));
        for _ in 0..5 {
            circuit.failed(&failure());
            circuit.failed(&failure());
            circuit.succeeded();
        }
        circuit.pass(fine).await.unwrap();
        (0..3).for_each(|_| circuit.failed(&failure()));
        let since = Instant::now();
        circuit.pass(fine).await.unwrap();
        assert_eq!(since.elapsed().as_secs(), 4);
        circuit.failed(&failure());
        circuit.pass(fine).await.unwrap();
        assert_eq!(since.elapsed().as_secs(), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn it_stays_open_when_probes_fail_and_those_who_waited_know_why() {
        let circuit = Circuit::new(1, Duration::from_secs(1));
        circuit.failed(&failure());
        let probes = AtomicU32::new(0);
        let probe = || {
            probes.fetch_add(1, Ordering::Relaxed);
            std::future::ready(Err("still down".to_owned()))
        };
        let since = Instant::now();
        let (one, other) = tokio::join!(circuit.pass(probe), circuit.pass(probe));
        let why = "the target is left alone after 1 failure in a row: still down";
        assert_eq!([one, other], [Err(why.to_owned()), Err(why.to_owned())]);
        assert_eq!((since.elapsed().as_secs(), probes.into_inner()), (13, 3));
    }
}
