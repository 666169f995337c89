//! What most commands start with: the configuration, the policy, the parts that a cycle works with.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

use super::exit::{Exit, Failure};
use super::terminal::{Bar, talk, talk_colour};
use crate::config::{self, Config, Sources};
use crate::diagnostic::{self, Diagnostics, Severity, closest};
use crate::directory;
use crate::facts::Facts;
use crate::journal::Journal;
use crate::plan::{Allowance, escape};
use crate::policy::{Policy, stdlib_paths};
use crate::scim::Client;
use crate::sync::{self, Cycle, Drawn};

/// A configuration and the policy that it names.
pub(super) struct Project {
    pub(super) config: Config,
    pub(super) sources: Sources,
    pub(super) policy: Arc<Policy>,
}

/// Reads the configuration; what is wrong in its text is shown with carets.
pub(super) fn configuration(path: &Path) -> Result<Config, Failure> {
    Config::load(path).map_err(|error| match error {
        config::Error::Invalid(findings) => {
            talk(diagnostic::human(&findings, talk_colour()).trim_end());
            Failure::told(Exit::Usage)
        }
        error => error.into(),
    })
}

/// Tells what is wrong with rules or a script, and how many errors there are, for the message that ends the command.
pub(super) fn tell_findings(findings: &Diagnostics) -> String {
    talk(diagnostic::human(findings, talk_colour()).trim_end_matches('\n'));
    talk("");
    counted(findings.count(Severity::Error), "error")
}

/// Names the files of findings as somebody has to write them where the command runs, instead of as imports name them.
pub(super) fn locate(findings: &mut Diagnostics, folder: &Path) {
    let folder = near(folder);
    findings.rename(|path| {
        let ships = stdlib_paths().any(|module| module == path);
        if ships { path.to_owned() } else { folder.join(path).display().to_string() }
    });
}

/// The path from where the command runs, when it leads downwards; so it can be clicked, and a checkout's findings do not
/// depend on where it lies.
pub(super) fn near(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here).map_or_else(|_| path.to_owned(), Path::to_owned)
}

impl Project {
    /// Reads and compiles. Findings of the policy go to stderr; errors among them end the command.
    pub(super) fn load(path: &Path) -> Result<Self, Failure> {
        let config = configuration(path)?;
        let sources = Sources::read(&config.policy)?;
        let mut compiled = Policy::compile(&sources);
        let Some(policy) = compiled.policy else {
            locate(&mut compiled.findings, &config.policy.folder);
            let errors = tell_findings(&compiled.findings);
            return Err(Failure::new(Exit::Policy, format_args!("the policy has {errors}")));
        };
        let warnings = compiled.findings.count(Severity::Warning);
        if warnings > 0 {
            let warnings = counted(warnings, "warning");
            talk(format_args!("warning: the policy has {warnings}; `rolecall check` shows them"));
        }
        let roles = || policy.role_names().chain(policy.switches().default_role.as_deref());
        for role in config.guard.role.keys().filter(|role| roles().all(|name| name != *role)) {
            let near = closest(role, roles());
            let near = near.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
            talk(format_args!(
                "warning: [guard] limits the role `{role}`, which no rule of the policy gives{near}"
            ));
        }
        Ok(Self { config, sources, policy: Arc::new(policy) })
    }

    /// Opens what a cycle needs beside the policy.
    pub(super) fn parts(&self) -> Result<Parts, Failure> {
        // Whatever the configuration lacks is said before anything is opened.
        self.config.directory()?;
        let target = self.config.target()?;
        Ok(Parts {
            client: Client::new(target)?,
            journal: Journal::open(&self.config.state)?.keeping(self.config.facts),
            bar: Bar::new(),
        })
    }

    /// How a cycle's failure is told; of the target, with the address that was asked.
    pub(super) fn failed(&self, error: sync::Error) -> Failure {
        if let sync::Error::Script { findings, .. } = &error {
            tell_findings(findings);
        }
        match (&error, &self.config.target) {
            (sync::Error::Target(_), Some(target)) => {
                let address = format!("`{}`", target.base_url);
                Failure::from(error).about(address)
            }
            _ => error.into(),
        }
    }

    pub(super) fn cycle<'a>(&'a self, parts: &'a Parts, allowance: Allowance) -> Result<Cycle<'a>, Failure> {
        Ok(Cycle {
            directory: self.config.directory()?,
            policy: &self.policy,
            sources: &self.sources,
            target: &parts.client,
            settings: self.config.target()?,
            journal: &parts.journal,
            limits: &self.config.guard,
            allowance,
            orders: None,
            before: None,
            now: Timestamp::now(),
            clock: &Timestamp::now,
            watcher: &parts.bar,
        })
    }
}

/// The outside world of one command.
pub(super) struct Parts {
    pub(super) client: Client,
    pub(super) journal: Journal,
    pub(super) bar: Bar,
}

pub(super) fn runtime() -> Result<Runtime, Failure> {
    Ok(Builder::new_multi_thread().enable_all().build()?)
}

/// Becomes true at SIGINT or SIGTERM. A second signal ends the process at once, as it would have without us.
pub(super) fn stop_signal() -> Result<watch::Receiver<bool>, Failure> {
    stop_signal_telling(|| {
        talk("stopping: what was sent is waited for, nothing more is sent (again to end at once)");
    })
}

/// The same, told in some other way.
pub(super) fn stop_signal_telling(tell: fn()) -> Result<watch::Receiver<bool>, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let (stop, stopped) = watch::channel(false);
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::spawn(async move {
        loop {
            let code = tokio::select! {
                _ = interrupt.recv() => 130,
                _ = terminate.recv() => 143,
            };
            if *stop.borrow() {
                std::process::exit(code);
            }
            tell();
            stop.send_replace(true);
        }
    });
    Ok(stopped)
}

/// Tells on stderr what everybody should know of a reading: whether it is whole, and whom it could not identify.
pub(super) fn tell_reading(drawn: &Drawn) {
    tell_facts(&drawn.facts);
}

pub(super) fn tell_facts(facts: &Facts) {
    const SHOWN: usize = 10;
    if let crate::directory::Completeness::Partial { why } = &facts.completeness {
        talk(format_args!(
            "warning: the directory was not read whole, so nobody is deactivated for absence: {why}"
        ));
    }
    for rejected in facts.rejected.iter().take(SHOWN) {
        talk(format_args!(
            "warning: `{}` is passed over: {}",
            crate::plan::escape(&rejected.dn),
            rejected.why
        ));
    }
    if facts.rejected.len() > SHOWN {
        talk(format_args!("warning: {} more entries are passed over", facts.rejected.len() - SHOWN));
    }
}

/// `1 error`, `2 errors`.
pub(super) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Has `check`, `docs` and the repl know what attributes the directory itself has.
pub(super) fn keep_schema(schema: Result<Option<directory::Schema>, directory::Error>, state: &Path) {
    let kept = match schema {
        Ok(Some(schema)) => schema.keep(state).map_err(|error| error.to_string()),
        Ok(None) => Ok(()),
        Err(error) => Err(error.to_string()),
    };
    if let Err(why) = kept {
        talk(format_args!("warning: what attributes there are is not known: {}", escape(&why)));
    }
}
