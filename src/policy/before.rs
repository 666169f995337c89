//! What a policy's hooks say of an operation before it is planned.

use std::collections::BTreeMap;
use std::sync::Arc;

use rhai::Dynamic;
use uuid::Uuid;

use super::fault::Fault;
use super::host::operation::{Asked, Said};
use super::host::user::in_short;
use super::stack::with_room;
use super::{Attribute, Policy, Reason};
use crate::facts::Facts;

/// An account's attributes by SCIM path, `id`, `userName`, `active` and `role` among them.
pub type Values = BTreeMap<&'static str, String>;

/// By attribute, the value before and the value to send; `None` is no value.
pub type Proposed = BTreeMap<Attribute, (Option<String>, Option<String>)>;

/// An operation that hooks are asked about.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// `create`, `update`, `reactivate` or `deactivate`
    pub kind: &'static str,
    pub user: Uuid,
    /// The account's `userName` before the operation; for a create, the one it will have.
    pub user_name: String,
    /// The role that the account has afterwards.
    pub role: Option<String>,
    /// `None` for a create.
    pub account: Option<Values>,
    pub changes: Proposed,
}

/// What comes of an operation by the hooks' word.
#[derive(Clone, Debug, PartialEq)]
pub struct Ruling {
    pub changes: Proposed,
    /// Which hooks changed it, and how.
    pub notes: Vec<Reason>,
    pub word: Word,
    /// For each hook that was asked, whether it said anything.
    pub spoke: Vec<bool>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Word {
    Go,
    /// Not now, and not for any approval.
    Skip(Reason),
    /// Not before a person approves; everything that says so.
    Hold(Vec<Reason>),
}

impl Policy {
    #[must_use]
    pub fn has_hooks(&self) -> bool {
        !self.rules.hooks.is_empty()
    }

    /// Asks every hook in the order written, each about what the ones before it left; none after one that skips.
    ///
    /// # Errors
    /// Why a hook failed: then nothing may be sent.
    pub fn before(&self, facts: &Arc<Facts>, ask: Ask) -> Result<Ruling, Reason> {
        with_room(|| self.asked(facts, ask))
    }

    fn asked(&self, facts: &Arc<Facts>, mut ask: Ask) -> Result<Ruling, Reason> {
        let user = facts.index(&ask.user).map(|index| self.user(facts, index));
        let (mut notes, mut holds, mut spoke) = (Vec::new(), Vec::new(), Vec::new());
        for hook in &self.rules.hooks {
            let asked = Asked::new(ask.clone(), user.clone());
            let gave = hook
                .closure
                .call(&self.engine, [Dynamic::from(asked.clone())], facts.now)
                .map_err(|fault: Fault| fault.reason("`before` failed"))?;
            if !gave.is_unit() && !gave.is::<Asked>() {
                let text = format!(
                    "`before` failed: it gave {}, where it gives its operation or nothing",
                    in_short(&gave)
                );
                return Err(Reason::new(text).at(hook.at.clone()));
            }
            let said = asked.take();
            let changed = apply(&mut ask, &said);
            let says = |text: String| Reason::new(text).at(hook.at.clone());
            spoke.push(said.skip.is_some() || said.hold.is_some() || !changed.is_empty());
            if !changed.is_empty() {
                notes.push(says(format!("`before` {}", changed.join(", "))));
            }
            if let Some(why) = said.skip {
                return Ok(Ruling { changes: ask.changes, notes, word: Word::Skip(says(why)), spoke });
            }
            holds.extend(said.hold.map(says));
        }
        let word = if holds.is_empty() { Word::Go } else { Word::Hold(holds) };
        Ok(Ruling { changes: ask.changes, notes, word, spoke })
    }
}

/// Changes the operation as a hook said, and tells what that changed.
fn apply(ask: &mut Ask, said: &Said) -> Vec<String> {
    let mut told = Vec::new();
    for attribute in &said.without {
        if ask.changes.remove(attribute).is_some() {
            told.push(format!("leaves `{attribute}` out"));
        }
    }
    for (attribute, to) in &said.set {
        let from = match ask.changes.get(attribute) {
            Some((from, _)) => from.clone(),
            None => ask.account.as_ref().and_then(|values| values.get(attribute.path()).cloned()),
        };
        let before = ask.changes.get(attribute).cloned();
        let is_same = match (&from, to) {
            (None, None) => true,
            (Some(from), Some(to)) => attribute.same(from, to),
            _ => false,
        };
        if is_same {
            ask.changes.remove(attribute);
        } else {
            ask.changes.insert(*attribute, (from, to.clone()));
        }
        if before.as_ref() != ask.changes.get(attribute) {
            told.push(format!("sets `{attribute}`"));
        }
    }
    told
}
