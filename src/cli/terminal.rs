//! Where output goes: data to stdout, talk to stderr, colours and progress bars only where a person looks.

use std::io::{self, Write};
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::sync::{Step, Watcher};

/// Writes data to stdout. A reader who went away is no error.
///
/// # Errors
/// Anything else that stdout refuses.
pub(super) fn data(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|error| io::Error::other(format!("cannot write the output: {error}"))),
    }
}

/// Says something on stderr. Nothing can be done about a stderr that does not take it.
pub(super) fn talk(text: impl std::fmt::Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Whether stdout takes colours: a terminal does, unless `NO_COLOR` or `TERM=dumb`; anything does under
/// `CLICOLOR_FORCE=1`.
pub(super) fn colour() -> bool {
    anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
}

/// The same for stderr.
pub(super) fn talk_colour() -> bool {
    anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never
}

/// Shows how a cycle goes, on stderr, when that is a terminal.
pub(super) struct Bar(Mutex<Option<ProgressBar>>);

impl Bar {
    pub(super) fn new() -> Self {
        Self(Mutex::new(None))
    }
}

impl Bar {
    /// Shows how far something is that is no cycle.
    pub(super) fn say(&self, what: String) {
        if let Ok(mut bar) = self.0.lock() {
            bar.get_or_insert_with(spinner).set_message(what);
        }
    }

    /// Takes the bar from the screen, so that other lines can be written.
    pub(super) fn clear(&self) {
        if let Ok(mut bar) = self.0.lock()
            && let Some(bar) = bar.take()
        {
            bar.finish_and_clear();
        }
    }
}

fn spinner() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.clear();
    }
}

impl Watcher for Bar {
    fn at(&self, step: Step) {
        let Ok(mut shown) = self.0.lock() else { return };
        let bar = shown.get_or_insert_with(spinner);
        match step {
            Step::Reading(people) => bar.set_message(format!("reading the directory: {people} people")),
            Step::Deciding(people) => bar.set_message(format!("deciding {people} people")),
            Step::Listing(accounts) => bar.set_message(format!("listing accounts: {accounts}")),
            Step::Applying(done, of) => {
                if bar.length() != Some(of as u64) {
                    bar.set_length(of as u64);
                    if let Ok(style) = ProgressStyle::with_template("applying [{bar:30}] {pos}/{len} {eta}") {
                        bar.set_style(style);
                    }
                }
                bar.set_position(done as u64);
            }
        }
    }
}
