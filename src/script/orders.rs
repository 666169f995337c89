use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use rhai::{Dynamic, EvalAltResult, Map, NativeCallContext};
use uuid::Uuid;

use super::account::{SeenAccount, attribute};
use super::once::Ground;
use crate::desired::{Account, Person};
use crate::plan::{Kind, Order};
use crate::policy::{Attribute, Place, Profile, Reason, User, Verdict, dynamic_text, user_name_key};

pub(super) type Fallible<T> = Result<T, Box<EvalAltResult>>;

/// What the words work on, and what they have ordered.
pub(super) struct World {
    pub(super) users: Vec<User>,
    pub(super) accounts: Vec<Account>,
    /// What the rules would make of somebody who is entitled.
    profiles: HashMap<Uuid, Profile>,
    /// Names of people who are linked, and may be gone from the directory.
    names: HashMap<Uuid, String>,
    by_id: HashMap<String, usize>,
    by_name: HashMap<String, Vec<usize>>,
    by_guid: HashMap<Uuid, usize>,
    /// By the account's place; no one, or one, who is not linked to it alone.
    owners: HashMap<usize, Uuid>,
    users_by_guid: HashMap<Uuid, usize>,
    given: Mutex<Given>,
}

#[derive(Default)]
struct Given {
    orders: Vec<Order>,
    /// Where something was ordered for somebody before.
    places: HashMap<Uuid, Place>,
}

impl World {
    pub(super) fn empty() -> Self {
        Self {
            users: Vec::new(),
            accounts: Vec::new(),
            profiles: HashMap::new(),
            names: HashMap::new(),
            by_id: HashMap::new(),
            by_name: HashMap::new(),
            by_guid: HashMap::new(),
            owners: HashMap::new(),
            users_by_guid: HashMap::new(),
            given: Mutex::default(),
        }
    }

    pub(super) fn of(ground: Ground<'_>) -> Self {
        let mut world = Self::empty();
        world.users =
            (0..ground.facts.people.len()).map(|index| ground.policy.user(ground.facts, index)).collect();
        world.users_by_guid =
            ground.facts.people.iter().enumerate().map(|(index, person)| (person.guid, index)).collect();
        world.accounts = ground.accounts.to_vec();
        for decision in ground.decisions {
            if let Verdict::Provision { profile } = &decision.verdict {
                world.profiles.insert(decision.user, profile.clone());
            }
        }
        for (index, account) in ground.accounts.iter().enumerate() {
            world.by_id.insert(account.id.clone(), index);
            world.by_name.entry(user_name_key(&account.user_name)).or_default().push(index);
        }
        let mut shared = HashSet::new();
        for (guid, link) in ground.links {
            world.names.insert(*guid, link.name.clone());
            let Some(index) = world.by_id.get(&link.account).copied() else { continue };
            world.by_guid.insert(*guid, index);
            if world.owners.insert(index, *guid).is_some() {
                shared.insert(index);
            }
        }
        world.owners.retain(|index, _| !shared.contains(index));
        world
    }

    /// The orders that were given.
    pub(super) fn take(&self) -> Vec<Order> {
        std::mem::take(&mut self.given.lock().unwrap_or_else(PoisonError::into_inner).orders)
    }

    /// The person of the directory that an account belongs to.
    pub(super) fn owner(&self, account: &Account) -> Option<&User> {
        let guid = self.owners.get(self.by_id.get(&account.id)?)?;
        self.users.get(*self.users_by_guid.get(guid)?)
    }

    pub(super) fn account_of(&self, user: &User) -> Option<usize> {
        self.by_guid.get(&user.person()?.guid).copied()
    }

    /// The account with this `id` or, case apart, this `userName`.
    pub(super) fn named(&self, name: &str) -> Fallible<Option<usize>> {
        if let Some(index) = self.by_id.get(name) {
            return Ok(Some(*index));
        }
        match self.by_name.get(&user_name_key(name)).map(Vec::as_slice) {
            None | Some([]) => Ok(None),
            Some([index]) => Ok(Some(*index)),
            Some(several) => {
                Err(format!("{} accounts have the userName `{name}`: name one by its id", several.len())
                    .into())
            }
        }
    }

    /// The account that a script names by itself, by its person, or by a text.
    fn meant(&self, what: &Dynamic) -> Fallible<usize> {
        if let Some(account) = what.read_lock::<SeenAccount>() {
            return Ok(account.index);
        }
        if let Some(user) = what.read_lock::<User>() {
            let name = user.person().map_or("nobody", |person| &*person.name);
            return self.account_of(&user).ok_or_else(|| format!("{name} has no account").into());
        }
        if let Some(text) = what.read_lock::<rhai::ImmutableString>() {
            let missing = || format!("there is no account `{}`", &*text).into();
            return self.named(&text)?.ok_or_else(missing);
        }
        if what.is_unit() {
            return Err("there is no such account: what is given is blank".into());
        }
        Err(format!(
            "an account is given by itself, its person, or its userName; this is {}",
            crate::policy::shown(what)
        )
        .into())
    }

    /// Orders a change of an account that is there.
    pub(super) fn change(
        &self,
        context: &NativeCallContext<'_>,
        kind: Kind,
        what: &Dynamic,
        values: &Map,
        why: Option<&str>,
    ) -> Fallible<()> {
        let index = self.meant(what)?;
        let Some(account) = self.accounts.get(index) else { return Ok(()) };
        let Some(guid) = self.owners.get(&index) else {
            return Err(format!(
                "the account `{}` belongs to nobody in the directory, and is left to whoever manages it",
                account.user_name
            )
            .into());
        };
        let values = values_of(values)?;
        if matches!(values.get(&Attribute::USER_NAME), Some(None)) {
            return Err("an account cannot be without a `userName`".into());
        }
        self.give(
            context,
            why,
            Order {
                kind,
                user: self.person(*guid),
                account: Some(account.id.clone()),
                values,
                reasons: Vec::new(),
            },
        )
    }

    /// Orders a new account: what the rules would make of the person, and `values` in the place of that.
    pub(super) fn create(
        &self,
        context: &NativeCallContext<'_>,
        user: &User,
        values: &Map,
        why: Option<&str>,
    ) -> Fallible<()> {
        let Some(person) = user.person() else { return Ok(()) };
        if let Some(account) = self.account_of(user).and_then(|index| self.accounts.get(index)) {
            return Err(format!(
                "{} has the account `{}` already: `update` and `reactivate` change it",
                person.name, account.user_name
            )
            .into());
        }
        let profile = self.profiles.get(&person.guid).cloned().unwrap_or_default();
        let mut all: BTreeMap<_, _> = profile.on_create.into_iter().chain(profile.attributes).collect();
        if let Some(role) = profile.role {
            all.insert(Attribute::ROLE, Some(role));
        }
        all.extend(values_of(values)?);
        let user_name = all.get(&Attribute::USER_NAME).cloned().flatten();
        let Some(user_name) = user_name else {
            return Err(format!(
                "{} passes no rule, so there is no `userName`: give it, as in `#{{ userName: user.mail }}`",
                person.name
            )
            .into());
        };
        if self.by_name.contains_key(&user_name_key(&user_name)) {
            return Err(format!("an account with the userName `{user_name}` is there already").into());
        }
        let user = self.person(person.guid);
        self.give(
            context,
            why,
            Order { kind: Kind::Create, user, account: None, values: all, reasons: Vec::new() },
        )
    }

    fn person(&self, guid: Uuid) -> Person {
        let known = self.users_by_guid.get(&guid).and_then(|index| self.users.get(*index)?.person());
        match known {
            Some(person) => Person { guid, name: person.name.to_string(), dn: Some(person.dn.to_string()) },
            None => Person { guid, name: self.names.get(&guid).cloned().unwrap_or_default(), dn: None },
        }
    }

    fn give(&self, context: &NativeCallContext<'_>, why: Option<&str>, mut order: Order) -> Fallible<()> {
        let position = context.call_position();
        let place = Place {
            file: context.call_source().unwrap_or_default().into(),
            line: position.line().unwrap_or_default(),
            column: position.position().unwrap_or_default(),
        };
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(earlier) = given.places.get(&order.user.guid) {
            return Err(format!(
                "something was ordered for the account of {} before, at {}:{}: one operation does all, or none",
                order.user.name, earlier.file, earlier.line
            )
            .into());
        }
        given.places.insert(order.user.guid, place.clone());
        order.reasons.push(Reason::new(why.unwrap_or("ordered by the script")).at(place));
        given.orders.push(order);
        Ok(())
    }
}

/// A script's values by SCIM path.
fn values_of(values: &Map) -> Fallible<BTreeMap<Attribute, Option<String>>> {
    let mut out = BTreeMap::new();
    for (path, value) in values {
        let attribute = attribute(path)?;
        if attribute == Attribute::ACTIVE {
            return Err("`active` is changed by `reactivate` and `deactivate`".into());
        }
        let text =
            dynamic_text(value).map_err(|why| format!("the value of `{attribute}` cannot be sent: {why}"))?;
        if attribute == Attribute::ROLE && text.is_none() {
            return Err("an account cannot be without a role".into());
        }
        if out.insert(attribute, text).is_some() {
            return Err(format!("`{attribute}` is given twice").into());
        }
    }
    Ok(out)
}
