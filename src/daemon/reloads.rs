use std::collections::BTreeSet;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::cycles::retry_after;
use super::event::{Event, Listener};
use super::reload::{Active, Rejection, Seen, admit, load};
use super::service::{AtStart, InForce, Service, Told, keep};
use super::settings::{Settings, Unfit};
use super::watch::Watch;
use crate::config::{Config, Revision, WatchMode};
use crate::directory::{self, Query};
use crate::facts::Facts;
use crate::journal::{Closed, Waits};
use crate::plan::Impact;
use crate::policy::Policy;
use crate::testing::Material;

/// How often somebody looks whether what waits was approved.
const APPROVALS: Duration = Duration::from_secs(1);
/// For so many people of each kind the record tells the terms that decided.
const EXPLAINED: usize = 5;

/// Takes over what is on disk: the rules by way of every gate, the configuration as far as it may change.
pub(super) struct Reloads<'a> {
    service: &'a Service,
    told: &'a Told<'a>,
    /// What was loaded last: the same again is no news.
    seen: Option<Seen>,
    /// The rejection that was told: the same broken files are not said twice.
    rejected: Option<String>,
    misconfigured: Option<String>,
    /// Rules that wait for approval.
    pending: Option<Arc<Active>>,
    /// Rules that a person does not want.
    refused: Option<Revision>,
    unjudged: Option<Unjudged>,
}

/// Rules for which the directory has to be read first, because nobody read yet what they go by.
struct Unjudged {
    rules: Arc<Active>,
    reading: JoinHandle<Result<Facts, directory::Error>>,
    failures: u32,
    /// The failure that was told.
    told: Option<String>,
}

/// Rules that may come into force.
struct Passed {
    rules: Arc<Active>,
    impact: Option<Impact>,
    approved_by: Option<String>,
}

impl Service {
    pub(super) async fn reloads(&self, stop: &watch::Receiver<bool>, told: &Told<'_>) {
        let mut stopped = stop.clone();
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => {}
            () = self.watched(told) => {}
        }
    }

    async fn watched(&self, told: &Told<'_>) {
        let mut watch = self.watch();
        let mut reloads = Reloads::new(self, told);
        let mut cause = None;
        let mut approvals = self.journal.last_approval().ok();
        loop {
            // Looked at once before the first event: what changed between the start and the watch would never be told.
            reloads.look().await;
            if let Some(cause) = cause.take() {
                self.ask(cause);
            }
            loop {
                if reloads.unjudged.is_none() {
                    self.settled.send_replace(true);
                }
                tokio::select! {
                    () = watch.changed() => break,
                    () = self.look.notified() => {
                        cause = Some("asked for");
                        watch.wake();
                    }
                    read = Reloads::read(&mut reloads.unjudged) => reloads.was_read(read).await,
                    () = tokio::time::sleep(APPROVALS) => {
                        reloads.approvals();
                        let last = self.journal.last_approval().ok();
                        if last.is_some() && last != approvals {
                            approvals = last;
                            self.ask("approval");
                        }
                    }
                }
            }
        }
    }

    fn watch(&self) -> Watch {
        let in_force = self.in_force.load();
        let config = &in_force.settings.config;
        let policy = &config.policy;
        let folders = vec![policy.folder.clone(), policy.tests.clone(), policy.fixtures.clone()];
        if config.watch == WatchMode::Poll {
            return Watch::polling();
        }
        Watch::with_files(folders, vec![config.path.clone()]).unwrap_or_else(|error| {
            tracing::warn!(%error, "changes are looked for every few seconds");
            Watch::polling()
        })
    }
}

impl<'a> Reloads<'a> {
    pub(super) fn new(service: &'a Service, told: &'a Told<'a>) -> Self {
        let rejected = match &service.at_start {
            AtStart::Rejected(rejection) => Some(shown(rejection)),
            AtStart::Same | AtStart::Others(_) => None,
        };
        let mut reloads = Self {
            service,
            told,
            seen: None,
            rejected,
            misconfigured: None,
            pending: None,
            refused: None,
            unjudged: None,
        };
        reloads.restore();
        reloads
    }

    /// Rules that waited before a restart wait still, unless a person said something meanwhile.
    fn restore(&mut self) {
        let service = self.service;
        let active = service.revision();
        let kept = service.pending.read().and_then(|sources| admit(sources, &Material::default()).ok());
        let Some(rules) = kept.filter(|rules| rules.revision() != active) else {
            // A run that was broken off may have left something open.
            if let Err(error) = self.close_all(active) {
                tracing::warn!(%error, "what waited could not be closed");
            }
            return;
        };
        let revision = rules.revision();
        match service.journal.waiting() {
            Ok(open)
                if open.iter().any(|open| open.kind == Waits::Revision && open.hash == revision.full()) =>
            {
                self.pending = Some(Arc::new(rules));
                self.told.hear(&Event::StillPending { active, revision });
                self.approvals();
            }
            Ok(_) => self.refused = Some(revision),
            Err(error) => tracing::warn!(%error, "nobody can say what waits for approval"),
        }
    }

    /// Looks at the disk until it is known by what rules to go; whether it became known.
    pub(super) async fn settle(mut self) -> bool {
        self.look().await;
        if self.unjudged.is_some() {
            let read = Self::read(&mut self.unjudged).await;
            self.was_read(read).await;
        }
        let is_settled = self.unjudged.is_none();
        if let Some(unjudged) = self.unjudged {
            unjudged.reading.abort();
        }
        is_settled
    }

    /// Reads the configuration and the rules anew.
    async fn look(&mut self) {
        let settings = self.configuration().await;
        let in_force = self.service.in_force.load_full();
        let now = settings.clone().unwrap_or_else(|| Arc::clone(&in_force.settings));
        let (paths, before) = (now.config.policy.clone(), self.seen.clone());
        let looked = tokio::task::spawn_blocking(move || {
            let seen = Seen::read(&paths);
            let is_same = seen.is_some() && seen == before;
            (!is_same).then(|| (seen, load(&paths)))
        });
        let mut passed = match looked.await {
            Ok(Some((seen, loaded))) => {
                self.seen = seen;
                self.weigh(loaded, &now).await
            }
            _ => None,
        };
        if let (None, Some(rules)) = (&passed, &self.pending)
            && now.config.guard != in_force.settings.config.guard
        {
            // Other limits may let pass what waits.
            passed = self.judge(Arc::clone(rules), &now).await;
        }
        self.publish(passed, settings);
    }

    /// The configuration on disk, where it is another one that may come into force.
    async fn configuration(&mut self) -> Option<Arc<Settings>> {
        let settings = Arc::clone(&self.service.in_force.load().settings);
        let path = settings.config.path.clone();
        let loaded = tokio::task::spawn_blocking(move || Config::load(&path)).await.ok()?;
        match loaded.map_err(Unfit::from).and_then(|config| settings.changed_to(config)) {
            Ok(changed) => {
                if self.misconfigured.take().is_some() && changed.is_none() {
                    self.told.hear(&Event::ConfigurationRestored);
                }
                changed.map(Arc::new)
            }
            Err(why) => {
                let text = format!("{why} {why:?}");
                if self.misconfigured.as_ref() != Some(&text) {
                    self.told.hear(&Event::Misconfigured { why: &why });
                    self.misconfigured = Some(text);
                }
                None
            }
        }
    }

    /// What becomes of rules that were loaded.
    async fn weigh(&mut self, loaded: Result<Active, Rejection>, settings: &Arc<Settings>) -> Option<Passed> {
        let active = self.service.revision();
        let rules = match loaded {
            Ok(rules) => rules,
            Err(rejection) => {
                let text = shown(&rejection);
                if self.rejected.as_ref() != Some(&text) {
                    self.told.hear(&Event::Rejected { active, rejection: &rejection });
                    self.rejected = Some(text);
                }
                return None;
            }
        };
        let was_rejected = self.rejected.take().is_some();
        let revision = rules.revision();
        if revision == active {
            self.drop_unjudged();
            if !self.withdraw() && was_rejected {
                self.told.hear(&Event::Restored { active });
            }
            return None;
        }
        if self.pending.as_ref().is_some_and(|pending| pending.revision() == revision) {
            if was_rejected {
                self.told.hear(&Event::StillPending { active, revision });
            }
            return None;
        }
        if self.refused == Some(revision) {
            self.told.hear(&Event::Refused { active, revision });
            return None;
        }
        self.judge(Arc::new(rules), settings).await
    }

    /// Asks whom the rules touch, by what was read last; where that is not enough, the directory is read first.
    async fn judge(&mut self, rules: Arc<Active>, settings: &Arc<Settings>) -> Option<Passed> {
        self.drop_unjudged();
        let old = Arc::clone(&self.service.in_force.load().rules);
        let wanted: BTreeSet<String> = old.policy.reads().union(rules.policy.reads()).cloned().collect();
        match self.service.facts.load_full() {
            Some(facts) if covers(&facts, &wanted) => self.decide(rules, facts, settings).await,
            _ => {
                self.begin_reading(rules, 0, Duration::ZERO, None);
                None
            }
        }
    }

    fn begin_reading(&mut self, rules: Arc<Active>, failures: u32, wait: Duration, told: Option<String>) {
        let in_force = self.service.in_force.load_full();
        let attributes = in_force.rules.policy.reads().union(rules.policy.reads()).cloned().collect();
        let clock = self.service.clock;
        let reading = tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            let query = Query { attributes, known: BTreeSet::new() };
            let snapshot = directory::read(&in_force.settings.directory, &query, &|_| {}).await?;
            Ok(Facts::of(&snapshot, clock()))
        });
        self.unjudged = Some(Unjudged { rules, reading, failures, told });
    }

    fn drop_unjudged(&mut self) {
        if let Some(unjudged) = self.unjudged.take() {
            unjudged.reading.abort();
        }
    }

    /// The reading that is under way; never, when there is none. Nothing is lost when it is dropped.
    async fn read(unjudged: &mut Option<Unjudged>) -> Option<Result<Facts, directory::Error>> {
        match unjudged {
            Some(unjudged) => (&mut unjudged.reading).await.ok(),
            None => pending().await,
        }
    }

    /// What was waited for is there, or is tried again.
    async fn was_read(&mut self, read: Option<Result<Facts, directory::Error>>) {
        let Some(Unjudged { rules, failures, told, .. }) = self.unjudged.take() else { return };
        let in_force = self.service.in_force.load_full();
        match read {
            Some(Ok(facts)) => {
                let facts = Arc::new(facts);
                self.service.facts.store(Some(Arc::clone(&facts)));
                let passed = self.decide(rules, facts, &in_force.settings).await;
                self.publish(passed, None);
            }
            Some(Err(error)) => {
                let retry_in = retry_after(failures, in_force.settings.config.interval);
                let text = error.to_string();
                if told.as_ref() != Some(&text) {
                    let (active, revision) = (in_force.rules.revision(), rules.revision());
                    self.told.hear(&Event::Unjudged { active, revision, error: &error, retry_in });
                }
                self.begin_reading(rules, failures + 1, retry_in, Some(text));
            }
            None => {
                let retry_in = retry_after(failures, in_force.settings.config.interval);
                self.begin_reading(rules, failures + 1, retry_in, told);
            }
        }
    }

    /// Decides everybody under old and new; above the limits the rules wait.
    async fn decide(&mut self, rules: Arc<Active>, facts: Arc<Facts>, settings: &Settings) -> Option<Passed> {
        let service = self.service;
        let active = service.revision();
        let impact =
            impact(Arc::clone(&service.in_force.load().rules.policy), Arc::clone(&rules.policy), facts);
        let impact = impact.await?;
        let breaches = impact.breaches(&settings.config.guard);
        if breaches.is_empty() {
            return Some(Passed { rules, impact: Some(impact), approved_by: None });
        }
        let revision = rules.revision();
        let waits_already = self.pending.as_ref().is_some_and(|pending| pending.revision() == revision);
        if waits_already {
            return None;
        }
        let summary = impact.summary(&breaches);
        let put_up = self.close_others(revision, Closed::Superseded).and_then(|()| {
            service.journal.wait(Waits::Revision, &revision.full(), None, &summary, (service.clock)())
        });
        match put_up {
            Ok(_) => {
                if let Err(error) = service.pending.keep(&rules.sources) {
                    tracing::warn!(%error, "the rules that wait could not be kept for a restart");
                }
                self.refused = None;
                self.pending = Some(rules);
                self.told.hear(&Event::Pending { active, revision, impact: &impact, breaches: &breaches });
            }
            // Seen anew, and put up anew, at the next look.
            Err(error) => {
                tracing::warn!(%error, "new rules could not be put up for approval");
                self.seen = None;
            }
        }
        None
    }

    /// Takes over in one step, so that no cycle has rules of one time and settings of another.
    fn publish(&mut self, passed: Option<Passed>, settings: Option<Arc<Settings>>) {
        let service = self.service;
        if passed.is_none() && settings.is_none() {
            return;
        }
        let old = service.in_force.load_full();
        let rules =
            passed.as_ref().map_or_else(|| Arc::clone(&old.rules), |passed| Arc::clone(&passed.rules));
        if passed.is_some() {
            keep(&service.last_good, &rules);
        }
        let is_reconfigured = settings.is_some();
        let settings = settings.unwrap_or_else(|| Arc::clone(&old.settings));
        service.in_force.store(Arc::new(InForce { rules: Arc::clone(&rules), settings }));
        if is_reconfigured {
            self.told.hear(&Event::Reconfigured);
            service.ask("new configuration");
        }
        if let Some(passed) = passed {
            self.pending = None;
            self.refused = None;
            if let Err(error) = self.close_all(rules.revision()) {
                tracing::warn!(%error, "what waited could not be closed");
            }
            self.told.hear(&Event::Reloaded {
                from: old.rules.revision(),
                to: rules.revision(),
                tests: rules.tests,
                impact: passed.impact.as_ref(),
                approved_by: passed.approved_by.as_deref(),
            });
            service.ask("new policy");
        }
    }

    /// The rules in force are on disk again, so nobody wants others; whether somebody did.
    fn withdraw(&mut self) -> bool {
        if self.refused.take().is_none() && self.pending.is_none() {
            return false;
        }
        let withdrawn = self.close_others(self.service.revision(), Closed::Withdrawn);
        if let Err(error) = withdrawn.and_then(|()| self.close_all(self.service.revision())) {
            tracing::warn!(%error, "what waited could not be closed");
        }
        let Some(pending) = self.pending.take() else { return false };
        self.told.hear(&Event::Withdrawn { revision: pending.revision() });
        true
    }

    /// Whether a person has said something of what waits.
    fn approvals(&mut self) {
        let Some(rules) = self.pending.clone() else { return };
        let revision = rules.revision();
        let open = match self.service.journal.waiting() {
            Ok(open) => open,
            Err(error) => return tracing::warn!(%error, "nobody can say what was approved"),
        };
        match open.into_iter().find(|open| open.kind == Waits::Revision && open.hash == revision.full()) {
            None => {
                self.pending = None;
                self.refused = Some(revision);
                self.told.hear(&Event::Refused { active: self.service.revision(), revision });
            }
            Some(waiting) => {
                if let Some(approval) = waiting.approval {
                    let passed = Passed { rules, impact: None, approved_by: Some(approval.who) };
                    self.publish(Some(passed), None);
                }
            }
        }
    }

    fn close_others(&self, but: Revision, how: Closed) -> Result<(), crate::journal::Error> {
        let service = self.service;
        for waiting in service.journal.waiting()? {
            if waiting.kind == Waits::Revision && waiting.hash != but.full() {
                service.journal.close(&waiting, how, None, None, (service.clock)())?;
            }
        }
        Ok(())
    }

    /// After rules came into force: what waited was these, or is overtaken by them.
    fn close_all(&self, in_force: Revision) -> Result<(), crate::journal::Error> {
        let service = self.service;
        self.close_others(in_force, Closed::Superseded)?;
        for waiting in service.journal.waiting()? {
            if waiting.kind == Waits::Revision {
                let who = waiting.approval.as_ref().map(|approval| approval.who.as_str());
                service.journal.close(&waiting, Closed::CarriedOut, who, None, (service.clock)())?;
            }
        }
        if let Err(error) = service.pending.forget() {
            tracing::warn!(%error, "the rules that waited could not be forgotten");
        }
        Ok(())
    }
}

/// Whether everything that is wanted was read.
fn covers(facts: &Facts, wanted: &BTreeSet<String>) -> bool {
    facts
        .asked
        .as_ref()
        .is_none_or(|asked| wanted.iter().all(|name| asked.contains(&name.to_ascii_lowercase())))
}

async fn impact(old: Arc<Policy>, new: Arc<Policy>, facts: Arc<Facts>) -> Option<Impact> {
    tokio::task::spawn_blocking(move || Impact::of(&facts, &old, &new, EXPLAINED)).await.ok()
}

/// What tells one rejection from another.
fn shown(rejection: &Rejection) -> String {
    match rejection {
        Rejection::Unreadable(error) => error.to_string(),
        Rejection::Invalid { revision, findings } => format!("{} {findings:?}", revision.full()),
        Rejection::Tests { revision, report } => format!("{} {:?}", revision.full(), report.counts()),
    }
}
