//! An operation as `before` sees it: what is about to be done, and what may be said of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rhai::{Dynamic, Engine, EvalAltResult, ImmutableString, Map};

use super::User;
use super::user::shortened;
use crate::diagnostic::closest;
use crate::policy::before::{Ask, Values};
use crate::policy::reference::{Documented, OPERATION};
use crate::policy::{Attribute, dynamic_text};

/// What can be read of an operation.
pub(crate) const MEMBERS: [&str; 6] = ["kind", "user", "account", "user_name", "role", "changes"];

/// Characters of a reason that are kept.
const MOST: usize = 500;

/// What hooks have said of an operation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    /// By attribute: the value to send, or `None` for no value.
    pub(crate) set: BTreeMap<Attribute, Option<String>>,
    /// What is not to be changed after all.
    pub(crate) without: Vec<Attribute>,
    pub(crate) skip: Option<String>,
    pub(crate) hold: Option<String>,
}

/// An operation in the hands of one hook. What is said of it holds whether or not the hook gives it back, so that a
/// forgotten value is no forgotten hold.
#[derive(Clone)]
pub(crate) struct Asked {
    ask: Arc<Ask>,
    user: Option<User>,
    said: Arc<Mutex<Said>>,
}

type Fallible<T> = Result<T, Box<EvalAltResult>>;

impl Asked {
    pub(crate) fn new(ask: Ask, user: Option<User>) -> Self {
        Self { ask: Arc::new(ask), user, said: Arc::default() }
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn take(&self) -> Said {
        std::mem::take(&mut *self.said())
    }

    fn get(&self, name: &str) -> Fallible<Dynamic> {
        Ok(match name {
            "kind" => ImmutableString::from(self.ask.kind).into(),
            "user" => self.user.clone().map_or(Dynamic::UNIT, Dynamic::from),
            "account" => self.ask.account.as_ref().map_or(Dynamic::UNIT, |values| map_of(values).into()),
            "user_name" => ImmutableString::from(self.ask.user_name.as_str()).into(),
            "role" => optional(self.ask.role.as_deref()),
            "changes" => {
                let mut changes = Map::new();
                for (attribute, (from, to)) in &self.ask.changes {
                    let change = Map::from([
                        ("from".into(), optional(from.as_deref())),
                        ("to".into(), optional(to.as_deref())),
                    ]);
                    changes.insert(attribute.path().into(), change.into());
                }
                changes.into()
            }
            other => return Err(format!("an operation has no `{other}`").into()),
        })
    }

    fn set(&self, path: &str, value: &Dynamic) -> Fallible<Self> {
        let attribute = self.free(path)?;
        let text = dynamic_text(value).map_err(|why| format!("`{attribute}` cannot be set: {why}"))?;
        let mut said = self.said();
        said.without.retain(|other| *other != attribute);
        said.set.insert(attribute, text);
        drop(said);
        Ok(self.clone())
    }

    fn without(&self, path: &str) -> Fallible<Self> {
        let attribute = self.free(path)?;
        let mut said = self.said();
        said.set.remove(&attribute);
        if !said.without.contains(&attribute) {
            said.without.push(attribute);
        }
        drop(said);
        Ok(self.clone())
    }

    /// An attribute that hooks may change.
    fn free(&self, path: &str) -> Fallible<Attribute> {
        let Some(attribute) = Attribute::parse(path) else {
            let near = closest(path, Attribute::all().filter(|one| one.is_mappable()).map(Attribute::path));
            let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return Err(format!("an account has no attribute `{path}`{near}").into());
        };
        let why = match attribute {
            Attribute::USER_NAME => "the account is found by it",
            Attribute::ROLE => "the role follows from `role(..)`",
            Attribute::ACTIVE => "that would be another kind of operation",
            _ if self.ask.kind == "deactivate" => "a deactivation changes nothing else",
            _ => return Ok(attribute),
        };
        Err(format!("`{attribute}` cannot be changed before an operation: {why}").into())
    }

    fn skip(&self, why: &str) -> Fallible<Self> {
        self.said().skip = Some(reason(why, "skip")?);
        Ok(self.clone())
    }

    fn hold(&self, why: &str) -> Fallible<Self> {
        self.said().hold = Some(reason(why, "hold")?);
        Ok(self.clone())
    }
}

fn reason(why: &str, word: &str) -> Fallible<String> {
    match why.trim() {
        "" => Err(format!("say why: `op.{word}(\"ask the board\")`").into()),
        why => Ok(shortened(why, MOST)),
    }
}

fn optional(value: Option<&str>) -> Dynamic {
    value.map_or(Dynamic::UNIT, |value| ImmutableString::from(value).into())
}

fn map_of(values: &Values) -> Map {
    values
        .iter()
        .map(|(path, value)| ((*path).into(), ImmutableString::from(value.as_str()).into()))
        .collect()
}

pub(crate) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Asked>("operation");
    engine.register_indexer_get(|asked: &mut Asked, name: &str| asked.get(name));
    let engine = &mut Documented::new(engine, &[OPERATION]);
    engine.register_fn("set", |asked: &mut Asked, path: &str, value: Dynamic| asked.set(path, &value));
    engine.register_fn("without", |asked: &mut Asked, path: &str| asked.without(path));
    engine.register_fn("skip", |asked: &mut Asked, why: &str| asked.skip(why));
    engine.register_fn("hold", |asked: &mut Asked, why: &str| asked.hold(why));
}
