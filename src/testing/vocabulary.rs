//! The words of test scripts: `test`, `fixture`, `decide`, `plan` and the accounts they are held against.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use rhai::{Array, Dynamic, Engine, EvalAltResult, FnPtr, ImmutableString, Map, NativeCallContext};

use super::fixtures::Fixtures;
use super::subject::Subject;
use crate::desired::{Account, Desired};
use crate::diagnostic::closest;
use crate::directory::Completeness;
use crate::facts::Facts;
use crate::plan::{Current, Link, Links, Plan, diff};
use crate::policy::{Attribute, Closure, Decision, Policy, Verdict};

/// The clock of tests that set none.
const DEFAULT_CLOCK: &str = "2026-01-15T09:00:00Z";
/// The id of the account that a test holds a person against.
const ACCOUNT_ID: &str = "account";

/// One `test` or one case of a `test_each`.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) body: Closure,
    pub(super) argument: Option<Dynamic>,
}

/// What a test file said while it loaded.
#[derive(Default)]
struct Said {
    cases: Vec<Case>,
    clock: Option<Timestamp>,
    /// Somebody was told the time, or the directory as it is at that time.
    told: Option<Arc<Facts>>,
    /// The file is loaded: what a test says now would come too late for some, and count for others.
    sealed: bool,
}

/// What the words work on.
pub(super) struct World {
    pub(super) policy: Arc<Policy>,
    pub(super) fixtures: Fixtures,
    entries: Arc<Vec<crate::directory::Entry>>,
    said: Mutex<Said>,
}

impl World {
    pub(super) fn new(policy: Arc<Policy>, fixtures: Fixtures) -> Arc<Self> {
        let entries = Arc::new(fixtures.entries.clone());
        Arc::new(Self { policy, fixtures, entries, said: Mutex::default() })
    }

    fn said(&self) -> std::sync::MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file is loaded: its tests, and from now on no more can be said.
    pub(super) fn seal(&self) -> Vec<Case> {
        let mut said = self.said();
        said.sealed = true;
        std::mem::take(&mut said.cases)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.said().clock.or_else(|| DEFAULT_CLOCK.parse().ok()).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// The directory of all fixtures.
    fn facts(&self) -> Arc<Facts> {
        let now = self.now();
        Arc::clone(self.said().told.get_or_insert_with(|| Subject::facts_of(&self.entries, now)))
    }

    fn say(&self, word: &str, say: impl FnOnce(&mut Said) -> Fallible<()>) -> Fallible<()> {
        let mut said = self.said();
        if said.sealed {
            return Err(
                format!("`{word}` can be said only at the top of a test file, not inside a test").into()
            );
        }
        say(&mut said)
    }

    fn fixture(&self, name: &str) -> Fallible<Subject> {
        let Some(index) = self.fixtures.named(name) else {
            let near = closest(name, self.fixtures.names()).map(|near| format!("; did you mean `{near}`?"));
            return Err(format!("there is no fixture `{name}`{}", near.unwrap_or_default()).into());
        };
        Subject::among(Arc::clone(&self.entries), self.facts(), index)
    }

    fn fixtures_of(&self, file: &str) -> Fallible<Array> {
        let Some(indices) = self.fixtures.of_file(file) else {
            let near = closest(file, self.fixtures.files()).map(|near| format!("; did you mean `{near}`?"));
            return Err(format!("there is no fixture file `{file}`{}", near.unwrap_or_default()).into());
        };
        let facts = self.facts();
        let subject = |index: &usize| Subject::among(Arc::clone(&self.entries), Arc::clone(&facts), *index);
        indices.iter().map(|index| subject(index).map(Dynamic::from)).collect()
    }

    fn decide(&self, subject: &Subject) -> Fallible<Decided> {
        let decision =
            self.policy.decide(subject.facts(), subject.index()?).ok_or("there is nobody to decide on")?;
        Ok(Decided { decision, subject: subject.clone() })
    }

    /// The account that the policy would make of the person; of somebody who has no right to one, as bare as it can be.
    fn account_of(&self, subject: &Subject, active: bool) -> Fallible<TestAccount> {
        let decision = self.decide(subject)?.decision;
        let mut account = Account {
            id: ACCOUNT_ID.to_owned(),
            user_name: format!("{}@example.com", decision.user),
            active,
            role: None,
            attributes: BTreeMap::new(),
        };
        if let Verdict::Provision { profile } = decision.verdict {
            account.user_name = profile.user_name().unwrap_or(&account.user_name).to_owned();
            account.role = profile.role;
            for (attribute, value) in profile.on_create.into_iter().chain(profile.attributes) {
                if let Some(value) = value.filter(|_| attribute != Attribute::USER_NAME) {
                    account.attributes.insert(attribute, value);
                }
            }
        }
        Ok(TestAccount(Some(account)))
    }

    /// The kind of operation that a cycle would plan for the person: `none` when all is as it should be.
    fn operation(&self, decided: &Decided, account: &TestAccount) -> &'static str {
        let plan = self.plan(decided, account);
        match plan.operations.first() {
            Some(operation) => operation.kind.name(),
            None if plan.skipped.is_empty() => "none",
            None => "skipped",
        }
    }

    fn plan(&self, decided: &Decided, account: &TestAccount) -> Plan {
        let switches = self.policy.switches();
        let desired = Desired::of(std::slice::from_ref(&decided.decision), switches);
        let mut links = Links::new();
        if let Some(account) = &account.0 {
            links.insert(
                decided.decision.user,
                Link { account: account.id.clone(), name: decided.decision.name.clone() },
            );
        }
        let current = Current {
            accounts: account.0.as_slice(),
            links: &links,
            completeness: &Completeness::Whole,
            absent: &BTreeMap::new(),
        };
        diff(self.policy.revision(), &desired, switches, current)
    }
}

type Fallible<T> = Result<T, Box<EvalAltResult>>;

/// What the policy decided on one person.
#[derive(Clone)]
struct Decided {
    decision: Decision,
    subject: Subject,
}

impl Decided {
    fn get(&self, name: &str) -> Fallible<Dynamic> {
        let text = |text: &str| Dynamic::from(ImmutableString::from(text));
        let profile = match &self.decision.verdict {
            Verdict::Provision { profile } => Some(profile),
            _ => None,
        };
        Ok(match name {
            "role" => profile.and_then(|p| p.role.as_deref()).map_or(Dynamic::UNIT, text),
            "provisioned" => profile.is_some().into(),
            "failed" => match &self.decision.verdict {
                Verdict::Failed { why } => text(&why.to_string()),
                _ => Dynamic::UNIT,
            },
            "reasons" => self.decision.reasons.iter().map(|r| text(&r.to_string())).collect::<Array>().into(),
            "user" => Dynamic::from(self.subject.clone()),
            path => {
                let Some(attribute) = Attribute::parse(path) else {
                    return Err(format!("a decision has no `{path}`").into());
                };
                profile
                    .and_then(|p| p.attributes.get(&attribute).or_else(|| p.on_create.get(&attribute)))
                    .and_then(Option::as_deref)
                    .map_or(Dynamic::UNIT, text)
            }
        })
    }
}

/// What Klaviyo has of the person: nothing, or an account.
#[derive(Clone)]
struct TestAccount(Option<Account>);

impl TestAccount {
    fn with(&self, changes: &Map) -> Fallible<Self> {
        let Some(mut account) = self.0.clone() else { return Err("there is no account to change".into()) };
        for (path, value) in changes {
            let value = if value.is_unit() { None } else { Some(value.to_string()) };
            let attribute =
                Attribute::parse(path).ok_or_else(|| format!("an account has no attribute `{path}`"))?;
            match (attribute, value) {
                (Attribute::USER_NAME, value) => account.user_name = value.unwrap_or_default(),
                (Attribute::ACTIVE, value) => account.active = value.as_deref() == Some("true"),
                (Attribute::ROLE, value) => account.role = value,
                (attribute, Some(value)) => drop(account.attributes.insert(attribute, value)),
                (attribute, None) => drop(account.attributes.remove(&attribute)),
            }
        }
        Ok(Self(Some(account)))
    }
}

pub(super) fn register(engine: &mut Engine, world: &Arc<World>) {
    register_tests(engine, world);
    register_people(engine, world);
    register_decisions(engine, world);
}

fn register_tests(engine: &mut Engine, world: &Arc<World>) {
    let w = Arc::clone(world);
    engine.register_fn("test", move |context: NativeCallContext<'_>, name: &str, body: FnPtr| {
        let body = Closure::here(&context, &body)?;
        w.say("test", |said| {
            said.cases.push(Case { name: name.to_owned(), body, argument: None });
            Ok(())
        })
    });
    let w = Arc::clone(world);
    engine.register_fn(
        "test_each",
        move |context: NativeCallContext<'_>, name: &str, each: Array, body: FnPtr| -> Fallible<()> {
            if each.is_empty() {
                return Err(format!("`{name}` has no cases, so it would test nothing").into());
            }
            let body = Closure::here(&context, &body)?;
            for (index, argument) in each.into_iter().enumerate() {
                let label = argument.read_lock::<Subject>().map_or_else(
                    || crate::policy::shown(&argument),
                    |subject| {
                        subject
                            .index()
                            .ok()
                            .and_then(|at| subject.facts().people.get(at))
                            .map(|p| p.name.to_string())
                            .unwrap_or_default()
                    },
                );
                let name = format!("{name} [{}: {label}]", index + 1);
                let case = Case { name, body: body.clone(), argument: Some(argument) };
                w.say("test_each", |said| {
                    said.cases.push(case);
                    Ok(())
                })?;
            }
            Ok(())
        },
    );
    let w = Arc::clone(world);
    engine.register_fn("clock", move |text: &str| -> Fallible<()> {
        let time =
            text.parse().map_err(|_| format!("`{text}` is no time: write it as `2026-01-15T09:00:00Z`"))?;
        w.say("clock", |said| {
            if said.told.is_some() {
                return Err("`clock` must come before the first fixture".into());
            }
            said.clock = Some(time);
            Ok(())
        })
    });
}

fn register_people(engine: &mut Engine, world: &Arc<World>) {
    engine.register_type_with_name::<Subject>("user");
    let w = Arc::clone(world);
    engine.register_fn("fixture", move |name: &str| w.fixture(name));
    let w = Arc::clone(world);
    engine.register_fn("fixtures", move |file: &str| w.fixtures_of(file));
    let w = Arc::clone(world);
    engine.register_fn("person", move |attributes: Map| {
        Subject::made(&w.policy, &w.entries, &attributes, w.now())
    });
    let w = Arc::clone(world);
    engine.register_fn("with", move |subject: &mut Subject, changes: Map| subject.with(&w.policy, &changes));
    let w = Arc::clone(world);
    engine.register_indexer_get(move |subject: &mut Subject, name: &str| subject.user(&w.policy)?.get(name));
    let w = Arc::clone(world);
    engine.register_fn("in_group", move |subject: &mut Subject, group: &str| -> Fallible<bool> {
        Ok(subject.user(&w.policy)?.in_group(group, false))
    });
    let w = Arc::clone(world);
    engine.register_fn("in_direct_group", move |subject: &mut Subject, group: &str| -> Fallible<bool> {
        Ok(subject.user(&w.policy)?.in_group(group, true))
    });
}

fn register_decisions(engine: &mut Engine, world: &Arc<World>) {
    engine.register_type_with_name::<Decided>("decision");
    engine.register_type_with_name::<TestAccount>("account");
    let w = Arc::clone(world);
    engine.register_fn("decide", move |subject: Subject| w.decide(&subject));
    engine.register_indexer_get(|decided: &mut Decided, name: &str| decided.get(name));
    let w = Arc::clone(world);
    engine.register_fn("operation_for", move |decided: &mut Decided, account: TestAccount| {
        w.operation(decided, &account)
    });
    let w = Arc::clone(world);
    engine.register_fn("plan", move |subject: Subject, account: TestAccount| -> Fallible<&'static str> {
        Ok(w.operation(&w.decide(&subject)?, &account))
    });
    engine.register_fn("no_account", || TestAccount(None));
    let w = Arc::clone(world);
    engine.register_fn("active_account", move |subject: Subject| w.account_of(&subject, true));
    let w = Arc::clone(world);
    engine.register_fn("inactive_account", move |subject: Subject| w.account_of(&subject, false));
    engine.register_fn("with", |account: &mut TestAccount, changes: Map| account.with(&changes));
}
