use std::collections::{BTreeMap, BTreeSet};

use super::change::{activation, creation, difference};
use super::diff::{Draft, deactivation, sorted};
use super::matching::Owners;
use super::order::order;
use super::{Existing, Kind, Links, Operation, Plan, Standing, Verdict};
use crate::desired::{Account, Person};
use crate::policy::{Attribute, Profile, Reason, Switches};

/// What somebody orders for the account of one person, beside the rules.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    pub kind: Kind,
    pub user: Person,
    /// The SCIM `id`; absent for a create.
    pub account: Option<String>,
    /// Create: all that the account gets, `userName` among it. Update and reactivate: what is to be changed, where
    /// `None` is no value, and the role always has one.
    pub values: BTreeMap<Attribute, Option<String>>,
    pub reasons: Vec<Reason>,
}

/// The plan of orders, in the place of what the rules would do. `usual` is the plan that the rules lead to: accounts
/// that it adopts for the people of the orders are adopted here too. Protected accounts and the policy's lifecycle
/// switches hold, and its hooks are asked; the guard has not looked at it yet. At most one order an account.
///
/// `links` are those of before, `accounts` every account of the target.
#[must_use]
pub fn ordered(
    usual: Plan,
    orders: &[Order],
    switches: &Switches,
    accounts: &[Account],
    links: &Links,
    standing: Standing<'_>,
) -> Plan {
    let after = usual.links_after(links);
    let owners = Owners::new(accounts, &after);
    let by_id: BTreeMap<&str, &Account> =
        accounts.iter().map(|account| (account.id.as_str(), account)).collect();
    let existing = Existing::default();
    let mut draft = Draft::new(switches, standing, &existing);
    for order in orders {
        let account = order.account.as_deref().and_then(|id| by_id.get(id)).copied();
        match (operation(order, account), account) {
            (Some(operation), account) => draft.operation(operation, account),
            (None, _) => draft.unchanged += 1,
        }
    }

    let owner = |account: &Account| match owners.owner(account).and_then(|guid| after.get(&guid)) {
        Some(link) => link.name.clone(),
        None => "nobody that is known".to_owned(),
    };
    let (operations, blocked) = order(draft.operations, &owners, owner);
    let mut skipped = draft.skipped;
    skipped.extend(blocked);
    let people: BTreeSet<_> = orders.iter().map(|order| order.user.guid).collect();
    let mut adopted = usual.adopted;
    adopted.retain(|(person, _)| people.contains(&person.guid));
    let mut released = usual.released;
    released.retain(|_, link| adopted.iter().any(|(_, adopted)| adopted.account == link.account));
    Plan {
        operations,
        unchanged: draft.unchanged,
        skipped,
        held: sorted(draft.held, |held| (held.operation.user.name.clone(), held.operation.user.guid)),
        rejected: draft.rejected,
        leaving: Vec::new(),
        unmanaged: Vec::new(),
        adoptable: Vec::new(),
        drifted: Vec::new(),
        adopted,
        released,
        guard: Verdict::Allowed,
        ..usual
    }
}

/// `None` when the account is as it was ordered to be already.
fn operation(order: &Order, account: Option<&Account>) -> Option<Operation> {
    let user = order.user.clone();
    let reasons = order.reasons.clone();
    let mut values = order.values.clone();
    let role = values.remove(&Attribute::ROLE).flatten();
    let profile = Profile { role, attributes: values, on_create: BTreeMap::new() };
    let Some(account) = account else {
        return Some(Operation {
            kind: Kind::Create,
            user,
            account: None,
            user_name: profile.user_name().unwrap_or_default().to_owned(),
            changes: creation(&profile),
            reasons,
        });
    };
    let mut changes = difference(account, &profile);
    let mut kind = order.kind;
    match kind {
        Kind::Deactivate => return account.active.then(|| deactivation(user, account, reasons)),
        Kind::Reactivate if !account.active => {
            changes.push(activation(true));
            changes.sort_by_key(|change| change.attribute);
        }
        Kind::Create | Kind::Update | Kind::Reactivate => kind = Kind::Update,
    }
    (!changes.is_empty()).then(|| Operation {
        kind,
        user,
        account: Some(account.id.clone()),
        user_name: account.user_name.clone(),
        changes,
        reasons,
    })
}
