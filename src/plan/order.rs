use std::collections::HashMap;

use super::matching::Owners;
use super::{Kind, Operation, Skipped};
use crate::desired::Account;
use crate::policy::{Attribute, Reason, user_name_key};

/// Puts operations into the order in which they may start, so that a `userName` is freed before it is taken.
/// Whoever needs a name that stays taken is skipped. `owner` names the person that an account belongs to.
pub(super) fn order(
    operations: Vec<Operation>,
    owners: &Owners<'_>,
    owner: impl Fn(&Account) -> String,
) -> (Vec<Operation>, Vec<Skipped>) {
    let places = Walk::new(&operations, owners, &owner).run();
    let mut ordered: Vec<((u8, usize), Operation)> = Vec::new();
    let mut skipped = Vec::new();
    for (operation, place) in operations.into_iter().zip(places) {
        match place {
            Place::Blocked(why) => skipped.push(Skipped {
                user: operation.user,
                kind: Some(operation.kind),
                why: Reason::new(why),
                fault: true,
            }),
            Place::After(depth) => ordered.push((stage(&operation, depth), operation)),
            Place::Unseen | Place::Entered => ordered.push((stage(&operation, 0), operation)),
        }
    }
    ordered.sort_by(|(a, x), (b, y)| {
        a.cmp(b).then_with(|| x.user.name.cmp(&y.user.name)).then_with(|| x.user.guid.cmp(&y.user.guid))
    });
    (ordered.into_iter().map(|(_, operation)| operation).collect(), skipped)
}

fn stage(operation: &Operation, depth: usize) -> (u8, usize) {
    match operation.kind {
        Kind::Update | Kind::Reactivate if operation.takes().is_some() => (0, depth),
        Kind::Update => (1, 0),
        Kind::Reactivate => (2, 0),
        Kind::Create => (3, 0),
        Kind::Deactivate => (4, 0),
    }
}

impl Operation {
    /// The `userName` that the account gets, where it gets another.
    #[must_use]
    pub fn takes(&self) -> Option<&str> {
        self.changes.iter().find(|change| change.attribute == Attribute::USER_NAME)?.to.as_deref()
    }
}

/// Where one operation stands among those that free and take names.
#[derive(Clone)]
enum Place {
    Unseen,
    /// Under way; met again, it closes a circle.
    Entered,
    /// How many renames have to come before.
    After(usize),
    Blocked(String),
}

struct Walk<'a, F> {
    operations: &'a [Operation],
    owners: &'a Owners<'a>,
    owner: &'a F,
    /// SCIM `id` to the operation that gives the account another `userName`.
    renames: HashMap<&'a str, usize>,
    places: Vec<Place>,
}

/// What stands between an operation and its `userName`.
enum Obstacle<'a> {
    Nothing,
    /// The account has it until this operation is done.
    Until(usize),
    Account(&'a Account),
}

impl<'a, F: Fn(&Account) -> String> Walk<'a, F> {
    fn new(operations: &'a [Operation], owners: &'a Owners<'a>, owner: &'a F) -> Self {
        let renames = operations
            .iter()
            .enumerate()
            .filter(|(_, operation)| operation.takes().is_some())
            .filter_map(|(index, operation)| Some((operation.account.as_deref()?, index)))
            .collect();
        Self { operations, owners, owner, renames, places: vec![Place::Unseen; operations.len()] }
    }

    fn run(mut self) -> Vec<Place> {
        for index in 0..self.operations.len() {
            self.visit(index);
        }
        self.places
    }

    /// Follows the chain of names from one operation to its end, then writes the chain's places backwards.
    fn visit(&mut self, start: usize) {
        let mut path = Vec::new();
        let mut at = start;
        let mut end = loop {
            match self.places.get(at) {
                Some(Place::Unseen) => {}
                Some(Place::Entered) => {
                    let from = path.iter().position(|seen| *seen == at).unwrap_or_default();
                    self.block_circle(&path.split_off(from));
                    break Place::Blocked(self.is_blocked_by(path.last().copied(), at));
                }
                Some(Place::After(depth)) => break Place::After(depth + 1),
                Some(Place::Blocked(_)) => {
                    break Place::Blocked(self.is_blocked_by(path.last().copied(), at));
                }
                None => return,
            }
            self.set(at, Place::Entered);
            path.push(at);
            match self.obstacle(at) {
                Obstacle::Nothing => break Place::After(0),
                Obstacle::Until(next) => at = next,
                Obstacle::Account(account) => break Place::Blocked(self.is_taken(at, account)),
            }
        };
        while let Some(index) = path.pop() {
            let next = match &end {
                Place::After(depth) => Place::After(depth + 1),
                _ => Place::Blocked(self.is_blocked_by(path.last().copied(), index)),
            };
            self.set(index, std::mem::replace(&mut end, next));
        }
    }

    fn set(&mut self, index: usize, place: Place) {
        if let Some(slot) = self.places.get_mut(index) {
            *slot = place;
        }
    }

    fn obstacle(&self, index: usize) -> Obstacle<'a> {
        let Some(operation) = self.operations.get(index) else { return Obstacle::Nothing };
        let Some(name) = operation.takes() else { return Obstacle::Nothing };
        let mut others = self
            .owners
            .holders(name)
            .iter()
            .filter(|account| operation.account.as_deref() != Some(account.id.as_str()));
        match (others.next(), others.next()) {
            (None, _) => Obstacle::Nothing,
            (Some(account), None) => match self.renames.get(account.id.as_str()) {
                Some(rename) => Obstacle::Until(*rename),
                None => Obstacle::Account(account),
            },
            (Some(account), Some(_)) => Obstacle::Account(account),
        }
    }

    fn is_taken(&self, index: usize, account: &Account) -> String {
        let Some(operation) = self.operations.get(index) else { return String::new() };
        format!(
            "{} should get the userName `{}`, which is taken by account `{}` of {}",
            operation.user.name,
            user_name_key(operation.takes().unwrap_or_default()),
            account.id,
            (self.owner)(account)
        )
    }

    /// `index` waits for a name that `other`, which is blocked itself, does not free.
    fn is_blocked_by(&self, index: Option<usize>, other: usize) -> String {
        let (Some(operation), Some(other)) =
            (index.and_then(|index| self.operations.get(index)), self.operations.get(other))
        else {
            return String::new();
        };
        format!(
            "{} should get the userName `{}`, which {} keeps, being skipped too",
            operation.user.name,
            user_name_key(operation.takes().unwrap_or_default()),
            other.user
        )
    }

    fn block_circle(&mut self, circle: &[usize]) {
        for (index, next) in circle.iter().zip(circle.iter().cycle().skip(1)) {
            let (Some(operation), Some(other)) = (self.operations.get(*index), self.operations.get(*next))
            else {
                continue;
            };
            let why = format!(
                "{} should get the userName `{}`, which {} has, who waits for another in a circle of {}: give one of \
                 the accounts a third userName by hand first",
                operation.user.name,
                user_name_key(operation.takes().unwrap_or_default()),
                other.user,
                circle.len()
            );
            self.set(*index, Place::Blocked(why));
        }
    }
}
