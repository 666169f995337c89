use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use tempfile::TempDir;
use tokio::sync::watch;

use super::company::{self, OWNER, POLICY, STRANGER, text};
use super::kinds::{Plan, Position, Task, faults};
use crate::apply::Outcome;
use crate::cli::exit::Failure;
use crate::cli::project::{Parts, Project, configuration};
use crate::config::{Sources, UpdateMethod};
use crate::journal::{CycleId, CycleKind, Journal, Lock};
use crate::plan::Allowance;
use crate::policy::Policy;
use crate::simulator::{Fault, FaultKind, On, Settings, Simulator};
use crate::sync::{Cycle, Unwatched};

const KEY: &str = "campaign-key";

/// What came of one campaign.
pub(super) struct Ended {
    /// Whether the fault happened at all: a cycle may have ended before its turn.
    pub(super) met: bool,
    /// What is not as it should be.
    pub(super) wrong: Vec<String>,
}

/// What all campaigns have in common.
pub(super) struct Rules {
    sources: Sources,
    policy: Arc<Policy>,
}

impl Rules {
    pub(super) fn compile() -> Result<Self, Failure> {
        let folder = TempDir::with_prefix("rolecall-faults-")?;
        std::fs::create_dir(folder.path().join("policy"))?;
        std::fs::write(folder.path().join("policy/main.rhai"), POLICY)?;
        std::fs::write(folder.path().join("rolecall.toml"), "")?;
        let Project { sources, policy, .. } = Project::load(&folder.path().join("rolecall.toml"))?;
        Ok(Self { sources, policy })
    }
}

/// A cycle with the fault, one without, and a look at what they left.
pub(super) async fn run(rules: &Rules, plan: Plan) -> Result<Ended, Failure> {
    let folder = TempDir::with_prefix("rolecall-faults-")?;
    let settings = Settings { owner: Some(OWNER.to_owned()), page_limit: 3, ..Settings::klaviyo(KEY) };
    let target = Simulator::start(([127, 0, 0, 1], 0).into(), settings).await.map_err(anyhow::Error::from)?;
    for account in company::accounts(plan.task) {
        target.add_user(&account).map_err(anyhow::Error::from)?;
    }
    let stage = Stage { folder: folder.path(), target: &target, rules, plan };
    stage.set()?;
    let ended = stage.play().await;
    target.stop().await;
    ended
}

struct Stage<'a> {
    folder: &'a Path,
    target: &'a Simulator,
    rules: &'a Rules,
    plan: Plan,
}

impl Stage<'_> {
    fn set(&self) -> Result<(), Failure> {
        let put = |name: &str, text: &str| std::fs::write(self.folder.join(name), text);
        std::fs::create_dir(self.folder.join("policy"))?;
        put("policy/main.rhai", POLICY)?;
        put("key", KEY)?;
        put(
            "rolecall.toml",
            &format!(
                r#"[directory]
kind = "file"
path = "people.jsonl"

[target]
base_url = "{}"
key = {{ file = "key" }}
update_method = "{}"
deprovision = "{}"
page_size = 3
per_second = 1000
per_minute = 60000
concurrency = 2
timeout = "300ms"
retry_delay = "2ms"

[guard]
update = {{ max = 100, percent = 100, floor = 100 }}
reactivate = {{ max = 100, percent = 100, floor = 100 }}
deactivate = {{ max = 100, percent = 100, floor = 100 }}
role_change = {{ max = 100, percent = 100, floor = 100 }}
"#,
                self.target.url(),
                if self.plan.method == UpdateMethod::Put { "put" } else { "patch" },
                if self.plan.task == Task::Delete { "delete" } else { "active=false" },
            ),
        )?;
        Ok(())
    }

    fn employ(&self, people: &[company::Person]) -> Result<(), Failure> {
        Ok(std::fs::write(self.folder.join("people.jsonl"), company::directory(people))?)
    }

    async fn play(&self) -> Result<Ended, Failure> {
        let project = Project {
            config: configuration(&self.folder.join("rolecall.toml"))?,
            sources: self.rules.sources.clone(),
            policy: Arc::clone(&self.rules.policy),
        };
        let parts = project.parts()?;
        let lock = Lock::take(&project.config.state)?;
        let mut wrong = Vec::new();
        if let Some(people) = company::before(self.plan.task) {
            self.employ(&people)?;
            self.cycle(&project, &parts, &lock).await?;
        }
        let people = company::after(self.plan.task);
        self.employ(&people)?;

        self.arm();
        let faulty = self.cycle(&project, &parts, &lock).await;
        let met = self.target.faults_happened() > 0;
        self.target.clear_faults();
        if let Ok((_, outcomes)) = &faulty {
            self.journalled(&parts.journal, outcomes.len(), &mut wrong)?;
        }
        self.unharmed(&people, &mut wrong);

        let clean = self.cycle(&project, &parts, &lock).await;
        match &clean {
            Ok((_, outcomes)) => {
                self.journalled(&parts.journal, outcomes.len(), &mut wrong)?;
                let left = outcomes.iter().find(|outcome| !matches!(outcome, Outcome::Done { .. }));
                wrong.extend(left.map(|outcome| format!("in the cycle without a fault: {outcome:?}")));
            }
            Err(failure) => wrong.push(format!("the cycle without a fault failed: {:?}", failure.message())),
        }
        self.settled(&people, &mut wrong);
        let again = Self::of(&project, &parts)?.draw_up().await.map_err(|error| project.failed(error))?;
        if !again.plan.operations.is_empty() {
            wrong.push(format!("{} operations are left", again.plan.operations.len()));
        }
        Ok(Ended { met, wrong })
    }

    fn arm(&self) {
        let Some((_, kind)) = faults().into_iter().nth(self.plan.fault) else { return };
        let on = match self.plan.position {
            Position::Request(nth) => On::next("", "").after(nth - 1),
            Position::Write(nth) => On::next(On::WRITES, "").after(nth - 1),
            Position::EveryWrite => On::every(On::WRITES, ""),
        };
        self.target.fault(Fault { on, kind });
    }

    fn of<'a>(project: &'a Project, parts: &'a Parts) -> Result<Cycle<'a>, Failure> {
        let cycle = project.cycle(parts, Allowance { deactivations: None })?;
        Ok(Cycle { watcher: &Unwatched, ..cycle })
    }

    async fn cycle(
        &self,
        project: &Project,
        parts: &Parts,
        lock: &Lock,
    ) -> Result<(CycleId, Vec<Outcome>), Failure> {
        parts.journal.settle(lock, Timestamp::now())?;
        let (_stop, stopped) = watch::channel(false);
        let cycle = Self::of(project, parts)?;
        let finished = cycle.carry_out(lock, CycleKind::Apply, "bench faults", &stopped).await;
        let finished = finished.map_err(|error| project.failed(error))?;
        Ok((finished.id, finished.outcomes))
    }

    /// The last cycle has an answer to each of its operations in the journal.
    fn journalled(&self, journal: &Journal, count: usize, wrong: &mut Vec<String>) -> Result<(), Failure> {
        let last = journal.cycles(1)?;
        let Some(record) = last.first().map(|cycle| journal.cycle(cycle.id)).transpose()?.flatten() else {
            wrong.push("the journal has no cycle".to_owned());
            return Ok(());
        };
        let answered = record.operations.iter().filter(|operation| operation.answer.is_some()).count();
        if answered != count || record.operations.len() != count {
            wrong.push(format!("the journal has {answered} of {count} outcomes"));
        }
        Ok(())
    }

    /// Whether somebody else deletes accounts in this campaign.
    fn vanishes(&self) -> bool {
        matches!(faults().get(self.plan.fault), Some((_, FaultKind::Vanish | FaultKind::Swap)))
    }

    /// Whatever went wrong, nobody lost an account or a role that the cycle was not about.
    fn unharmed(&self, people: &[company::Person], wrong: &mut Vec<String>) {
        let users = self.target.users();
        for name in [OWNER, STRANGER] {
            let kept = users.iter().any(|user| {
                text(user, "/userName") == Some(name) && user.get("active") == Some(&true.into())
            });
            if !kept && !self.vanishes() {
                wrong.push(format!("{name} was touched"));
            }
        }
        for user in &users {
            let name = text(user, "/userName").unwrap_or_default();
            let ours = people.iter().any(|person| person.user_name.eq_ignore_ascii_case(name));
            if ours && text(user, "/roles/0/value").is_none() {
                wrong.push(format!("{name} lost the role"));
            }
        }
        for person in people.iter().filter(|person| !person.concerned && !self.vanishes()) {
            let kept = users.iter().any(|user| {
                text(user, "/userName").is_some_and(|name| name.eq_ignore_ascii_case(&person.user_name))
                    && user.get("active") == Some(&true.into())
            });
            if !kept {
                wrong.push(format!("{} lost the account", person.user_name));
            }
        }
    }

    /// Everybody has what they should have, once.
    fn settled(&self, people: &[company::Person], wrong: &mut Vec<String>) {
        let users = self.target.users();
        let deletes = self.plan.task == Task::Delete;
        wrong.extend(people.iter().filter_map(|person| person.wrong(&users, deletes)));
        let mut names: Vec<String> =
            users.iter().filter_map(|user| Some(text(user, "/userName")?.to_lowercase())).collect();
        names.retain(|name| !name.ends_with("@elsewhere.example"));
        let most = people.len() + 2;
        if names.len() > most {
            wrong.push(format!("there are {} accounts where {most} should be: {names:?}", names.len()));
        }
    }
}
