use std::collections::BTreeMap;

use super::{CycleRecord, OperationRecord};
use crate::desired::{Account, Person};
use crate::plan::{Change, Kind, Links, Order, Skipped};
use crate::policy::{Attribute, Reason};

/// What takes a cycle back, as far as it stands as the cycle left it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Undo {
    /// For an account that becomes inactive and looks otherwise, two: the first for how it looks.
    pub orders: Vec<Order>,
    /// What changed since, or cannot be taken back.
    pub left: Vec<Skipped>,
}

/// What one account comes back to.
struct Back {
    user: Person,
    values: BTreeMap<Attribute, Option<String>>,
    active: Option<bool>,
    reasons: Vec<Reason>,
}

/// Draws up the orders that restore role, attributes and state of the accounts that a cycle's operations changed.
/// Operations that failed or were never sent changed nothing; one that was never answered counts as far as the account
/// stands as it would have left it. Accounts that were created become inactive.
#[must_use]
pub fn undo(record: &CycleRecord, accounts: &[Account], links: &Links) -> Undo {
    let by_id: BTreeMap<&str, &Account> =
        accounts.iter().map(|account| (account.id.as_str(), account)).collect();
    let mut undo = Undo::default();
    let mut all: BTreeMap<&str, Back> = BTreeMap::new();
    for operation in record.operations.iter().rev() {
        let outcome = operation.answer.as_ref().map_or("lost", |answer| answer.outcome.as_str());
        if outcome != "done" && outcome != "lost" {
            continue;
        }
        let user = Person { guid: operation.guid, name: operation.name.clone(), dn: operation.dn.clone() };
        let found = account_of(operation, links).and_then(|id| by_id.get(id.as_str()).copied());
        let mut leave = |kind: Kind, why: String| {
            let why = Reason::new(format!("left as it is: {why}"));
            undo.left.push(Skipped { user: user.clone(), kind: Some(kind), why, fault: false });
        };
        let Some(account) = found else {
            let kind = kind(operation).map_or(Kind::Update, inverse);
            leave(kind, "the account is no longer there".to_owned());
            continue;
        };
        let (Some(kind), Ok(changes)) =
            (kind(operation), serde_json::from_value::<Vec<Change>>(operation.changes.clone()))
        else {
            leave(Kind::Update, "what the operation changed cannot be read".to_owned());
            continue;
        };
        let was = format!("undo of cycle {}, which {}", record.summary.id, past(kind));
        let back = all.entry(account.id.as_str()).or_insert_with(|| Back {
            user: user.clone(),
            values: BTreeMap::new(),
            active: None,
            reasons: Vec::new(),
        });
        back.reasons.push(Reason::new(was));
        match (kind, account.active) {
            (Kind::Create | Kind::Reactivate, true) => back.active = Some(false),
            (Kind::Deactivate, false) => back.active = Some(true),
            (Kind::Deactivate, true) => leave(Kind::Reactivate, "the account is active again".to_owned()),
            (Kind::Create | Kind::Reactivate, false) => {
                leave(Kind::Deactivate, "the account is inactive already".to_owned());
            }
            (Kind::Update, _) => {}
        }
        if kind == Kind::Create {
            continue;
        }
        for change in changes.into_iter().filter(|change| change.attribute != Attribute::ACTIVE) {
            match restore(account, &change) {
                Restored::To(value) => {
                    back.values.insert(change.attribute, value);
                }
                Restored::Already => {}
                Restored::Left(why) => leave(Kind::Update, why),
            }
        }
    }
    undo.orders = all.into_iter().flat_map(|(id, back)| orders(id, back)).collect();
    undo.left.reverse();
    undo
}

fn orders(id: &str, back: Back) -> Vec<Order> {
    let Back { user, values, active, reasons } = back;
    let order = |kind, values| Order {
        kind,
        user: user.clone(),
        account: Some(id.to_owned()),
        values,
        reasons: reasons.clone(),
    };
    match active {
        Some(true) => vec![order(Kind::Reactivate, values)],
        None if values.is_empty() => Vec::new(),
        None => vec![order(Kind::Update, values)],
        Some(false) if values.is_empty() => vec![order(Kind::Deactivate, values)],
        Some(false) => vec![order(Kind::Update, values), order(Kind::Deactivate, BTreeMap::new())],
    }
}

/// Where the account is that an operation was about.
fn account_of(operation: &OperationRecord, links: &Links) -> Option<String> {
    let answered = || {
        let detail = &operation.answer.as_ref()?.detail;
        Some(detail.get("account")?.get("id")?.as_str()?.to_owned())
    };
    operation
        .account
        .clone()
        .or_else(answered)
        .or_else(|| links.get(&operation.guid).map(|link| link.account.clone()))
}

enum Restored {
    To(Option<String>),
    Already,
    Left(String),
}

fn restore(account: &Account, change: &Change) -> Restored {
    let attribute = change.attribute;
    let now = account.get(attribute).filter(|value| !value.is_empty());
    let same = |value: &Option<String>| match (now, value.as_deref().filter(|value| !value.is_empty())) {
        (None, None) => true,
        (Some(a), Some(b)) => attribute.same(a, b),
        _ => false,
    };
    let shown = |value: Option<&str>| value.map_or("no value".to_owned(), |value| format!("`{value}`"));
    if same(&change.from) {
        return Restored::Already;
    }
    if !same(&change.to) {
        let left = shown(change.to.as_deref());
        return Restored::Left(format!("`{attribute}` was changed since, from {left} to {}", shown(now)));
    }
    let must_have = attribute == Attribute::ROLE || attribute == Attribute::USER_NAME;
    if must_have && change.from.is_none() {
        return Restored::Left(format!("`{attribute}` had no value before, and cannot be taken away"));
    }
    Restored::To(change.from.clone())
}

fn kind(operation: &OperationRecord) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| kind.name() == operation.kind)
}

fn inverse(kind: Kind) -> Kind {
    match kind {
        Kind::Create | Kind::Reactivate => Kind::Deactivate,
        Kind::Update => Kind::Update,
        Kind::Deactivate => Kind::Reactivate,
    }
}

fn past(kind: Kind) -> &'static str {
    match kind {
        Kind::Create => "created the account",
        Kind::Update => "changed it",
        Kind::Reactivate => "reactivated it",
        Kind::Deactivate => "deactivated it",
    }
}
