//! What holds for every plan, whatever the directory, the policy and the target look like.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rolecall::config::{Adoption, Drift, DriftSettings};
use rolecall::directory::{Absence, Completeness};
use rolecall::plan::{Drifted, Existing, Kind, Link, Operation, Plan, Settled};
use rolecall::policy::{Attribute, Decision, Reason, Verdict};
use uuid::Uuid;

use super::{World, account, decision, link, provision};

fn verdict() -> impl Strategy<Value = Verdict> {
    let role = prop::option::of(prop::sample::select(vec!["analyst", "manager"]));
    let given = prop::option::of(prop::sample::select(vec!["Mia", "mia", ""]));
    prop_oneof![
        6 => (user_name(), role, given).prop_map(|(name, role, given)| provision(&name, role, given)),
        1 => Just(Verdict::NotEntitled),
        1 => Just(Verdict::Barred),
        1 => Just(Verdict::Failed { why: Reason::new("boom") }),
    ]
}

fn user_name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a@x", "B@x", "b@x", "c@x", "É@x", "é@x", "d@x", "e@x", "f@x", "g@x"])
        .prop_map(str::to_owned)
}

fn worlds() -> impl Strategy<Value = World> {
    let decisions = prop::collection::btree_map(1..9u128, (verdict(), prop::option::of(user_name())), 0..8);
    let accounts =
        prop::collection::vec((user_name(), any::<bool>(), prop::option::of(Just("analyst"))), 0..8);
    let links = prop::collection::btree_map(1..12u128, 0..9usize, 0..8);
    let absent = prop::collection::vec(0..4u8, 12);
    let switches =
        (any::<bool>(), prop::collection::vec(prop::bool::weighted(0.85), 4), prop::bool::weighted(0.3));
    (decisions, accounts, links, absent, switches, existing(), prop::bool::weighted(0.8)).prop_map(
        |(decisions, accounts, links, absent, (keep, on, protect), existing, whole)| {
            let decisions = decisions.into_iter().map(|(n, (v, name))| decided(n, v, name)).collect();
            let mut taken = BTreeSet::new();
            let accounts = accounts
                .into_iter()
                .filter(|(name, ..)| taken.insert(name.to_lowercase()))
                .enumerate()
                .map(|(i, (name, active, role))| account(&format!("id-{i}"), &name, active, role, None))
                .collect();
            let mut owned = BTreeSet::new();
            let links = links
                .into_iter()
                .filter(|(_, i)| owned.insert(*i))
                .map(|(n, i)| link(n, &format!("id-{i}"), "Linked"));
            let mut world = World::new(decisions, accounts, links);
            world.existing = existing;
            world.absent = absent
                .into_iter()
                .enumerate()
                .filter_map(|(n, how)| {
                    let absence = match how {
                        0 => Absence::Gone,
                        1 => Absence::OutOfScope { dn: "CN=away".into() },
                        2 => Absence::Unknown { why: "timeout".into() },
                        _ => return None,
                    };
                    Some((Uuid::from_u128(n as u128), absence))
                })
                .collect();
            world.switches.keep_access_on_role_change = keep;
            [
                world.switches.create,
                world.switches.update,
                world.switches.reactivate,
                world.switches.deactivate,
            ] = on.try_into().unwrap();
            if protect {
                world.switches.protected = BTreeSet::from(["a@x".to_owned(), "é@x".to_owned()]);
            }
            if !whole {
                world.completeness = Completeness::Partial { why: "cut short".into() };
            }
            world
        },
    )
}

/// Settings, and what is remembered of some accounts.
fn existing() -> impl Strategy<Value = Existing> {
    let adoption =
        prop::sample::select(vec![Adoption::Adopt, Adoption::Adopt, Adoption::Report, Adoption::Never]);
    let drift = prop::sample::select(vec![Drift::Correct, Drift::Report, Drift::Leave]);
    let values = (prop::sample::select(vec!["analyst", "manager", ""]), any::<bool>());
    let settled = prop::collection::btree_map(0..8usize, values, 0..8);
    (adoption, drift, settled).prop_map(|(adoption, default, settled)| Existing {
        adoption,
        drift: DriftSettings { default, ..DriftSettings::default() },
        settled: settled
            .into_iter()
            .map(|(i, (role, active))| {
                let values = [(Attribute::ROLE, role.to_owned()), (Attribute::ACTIVE, active.to_string())];
                (format!("id-{i}"), values.into())
            })
            .collect(),
        begun: Default::default(),
    })
}

fn decided(n: u128, verdict: Verdict, user_name: Option<String>) -> Decision {
    let user_name = match &verdict {
        Verdict::Provision { profile } => profile.user_name().map(str::to_owned),
        _ => user_name,
    };
    Decision { user_name, ..decision(n, &format!("P{}", n % 3), verdict) }
}

/// A target that does what it is told and refuses a `userName` that is taken (RFC 7644 section 3.12, uniqueness).
fn carry_out(plan: &Plan, world: &mut World) {
    for (guid, link) in &plan.released {
        assert_eq!(world.links.remove(guid).as_ref(), Some(link));
    }
    for (person, link) in &plan.adopted {
        let other =
            world.links.iter().find(|(guid, held)| **guid != person.guid && held.account == link.account);
        assert_eq!(other, None, "{person} would share an account");
        world.links.insert(person.guid, link.clone());
    }
    for (account, values) in &plan.settled {
        world.existing.settled.entry(account.clone()).or_default().extend(values.clone());
    }
    for (index, operation) in plan.operations.iter().enumerate() {
        let id = operation.account.clone().unwrap_or_else(|| format!("new-{index}"));
        if operation.kind == Kind::Create {
            world.accounts.push(account(&id, "", false, None, None));
            let link = Link { account: id.clone(), name: operation.user.name.clone() };
            world.links.insert(operation.user.guid, link);
        }
        let account = world.accounts.iter_mut().find(|account| account.id == id).unwrap();
        if operation.kind != Kind::Create {
            assert_eq!(account.user_name, operation.user_name);
        }
        for change in &operation.changes {
            let before = account.get(change.attribute).filter(|_| operation.kind != Kind::Create);
            assert_eq!(before.map(str::to_owned), change.from);
            match (change.attribute, &change.to) {
                (Attribute::USER_NAME, Some(to)) => account.user_name.clone_from(to),
                (Attribute::ACTIVE, Some(to)) => account.active = to == "true",
                (Attribute::ROLE, to) => account.role.clone_from(to),
                (attribute, Some(to)) => drop(account.attributes.insert(attribute, to.clone())),
                (attribute, None) => drop(account.attributes.remove(&attribute)),
            }
        }
        let names: BTreeSet<_> =
            world.accounts.iter().map(|account| account.user_name.to_lowercase()).collect();
        assert_eq!(names.len(), world.accounts.len(), "a userName was taken before it was free");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_plan_carried_out_leaves_nothing_to_do(mut world in worlds()) {
        let first = world.plan();
        let before = world.accounts.clone();
        carry_out(&first, &mut world);
        let second = world.plan();
        prop_assert_eq!(&second.operations, &Vec::new());
        prop_assert_eq!((second.adopted.len(), second.released.len()), (0, 0));
        // Who was left alone is left alone again, for the same reason, and nobody needs mending who did not before.
        // (Who was reactivated without the update, its switch being off, now lacks the update as ordered.)
        for skipped in &first.skipped {
            prop_assert!(second.skipped.contains(skipped), "{:?}", skipped);
        }
        prop_assert!(second.skipped.iter().all(|s| first.skipped.contains(s) || !s.fault && !world.switches.update));
        prop_assert_eq!(&second.unmanaged, &first.unmanaged);
        prop_assert_eq!(&second.adoptable, &first.adoptable);
        // The same, whatever the account is called by now.
        let drifted = |plan: &Plan| -> Vec<_> {
            let key = |one: &Drifted| (one.account.clone(), one.attribute, one.wished.clone(), one.found.clone());
            plan.drifted.iter().map(key).collect()
        };
        prop_assert_eq!(drifted(&second), drifted(&first));
        for (account, values) in &second.settled {
            world.existing.settled.entry(account.clone()).or_default().extend(values.clone());
        }
        prop_assert_eq!(&world.plan().settled, &Settled::new());
        // Nobody's accounts and protected ones are as they were.
        for account in &before {
            let same = world.accounts.iter().any(|after| after == account);
            let nobodys = first.unmanaged.iter().any(|one| one.account == account.id)
                || first.adoptable.iter().any(|one| one.account == account.id);
            let protected = world.switches.protected.contains(&account.user_name.to_lowercase());
            prop_assert!(same || !(nobodys || protected), "{:?}", account);
        }
    }

    #[test]
    fn everyone_and_every_account_appears_once(world in worlds()) {
        let plan = world.plan();
        let accounts: Vec<_> = plan.operations.iter().filter_map(|o| o.account.as_ref()).collect();
        prop_assert_eq!(accounts.iter().collect::<BTreeSet<_>>().len(), accounts.len());
        let people: BTreeSet<_> = plan
            .operations
            .iter()
            .map(|o| o.user.guid)
            .chain(plan.skipped.iter().map(|s| s.user.guid))
            .chain(plan.adoptable.iter().map(|a| a.user.guid))
            .collect();
        prop_assert_eq!(people.len(), plan.operations.len() + plan.skipped.len() + plan.adoptable.len());
        let decided: BTreeSet<_> = world.decisions.iter().map(|d| d.user).collect();
        let gone = world
            .links
            .iter()
            .filter(|(guid, _)| !plan.released.contains_key(guid))
            .filter(|(guid, link)| !decided.contains(guid) && world.accounts.iter().any(|a| a.id == link.account))
            .count();
        prop_assert_eq!(people.len() + plan.unchanged, decided.len() + gone);
    }

    #[test]
    fn drift_is_left_only_where_the_wish_is_what_it_was(world in worlds()) {
        let plan = world.plan();
        for one in &plan.drifted {
            prop_assert_eq!(world.existing.drift.default, Drift::Report);
            let settled = &world.existing.settled[&one.account][&one.attribute];
            let wished = one.wished.clone().unwrap_or_default();
            prop_assert!(one.attribute.same(settled, &wished), "{:?}", one);
            let changed = plan.operations.iter().any(|o| {
                o.account.as_ref() == Some(&one.account)
                    && o.changes.iter().any(|change| change.attribute == one.attribute)
            });
            prop_assert!(!changed, "{:?}", one);
        }
        // Whoever has no right to an account has none, whatever the settings.
        let mut corrected = world.clone();
        corrected.existing.drift.default = Drift::Correct;
        let deactivated = |plan: &Plan| {
            plan.operations.iter().filter(|o| o.kind == Kind::Deactivate).map(|o| o.user.guid).collect::<Vec<_>>()
        };
        prop_assert_eq!(deactivated(&plan), deactivated(&corrected.plan()));
    }

    #[test]
    fn only_who_is_proven_gone_loses_an_account_to_somebody_entitled(world in worlds()) {
        let plan = world.plan();
        for (guid, link) in &plan.released {
            prop_assert_eq!(&world.completeness, &Completeness::Whole);
            prop_assert_eq!(world.absent.get(guid), Some(&Absence::Gone));
            prop_assert!(world.decisions.iter().all(|d| d.user != *guid));
            let (heir, _) = plan.adopted.iter().find(|(_, to)| to.account == link.account).unwrap();
            let heir = world.decisions.iter().find(|d| d.user == heir.guid).unwrap();
            prop_assert!(matches!(heir.verdict, Verdict::Provision { .. }), "{:?}", heir);
            prop_assert!(plan.operations.iter().all(|o| o.user.guid != *guid));
        }
    }

    #[test]
    fn nobody_is_deactivated_by_a_name_that_somebody_entitled_claims(world in worlds()) {
        let plan = world.plan();
        let linked: BTreeSet<_> = world.links.iter().map(|(guid, link)| (*guid, link.account.as_str())).collect();
        for operation in plan.operations.iter().filter(|o| o.kind == Kind::Deactivate) {
            let account = operation.account.as_deref().unwrap();
            if linked.contains(&(operation.user.guid, account)) {
                continue;
            }
            prop_assert!(linked.iter().all(|(_, other)| *other != account), "{:?}", operation);
            let name = operation.user_name.to_lowercase();
            for decision in &world.decisions {
                let claims = decision.user_name.as_ref().is_some_and(|n| n.to_lowercase() == name);
                let may_have = matches!(decision.verdict, Verdict::Provision { .. } | Verdict::Failed { .. });
                prop_assert!(!(claims && may_have), "{:?} and {:?}", operation, decision);
            }
        }
    }

    #[test]
    fn the_order_of_what_comes_in_does_not_matter(world in worlds(), seed in any::<u64>()) {
        let first = world.plan();
        let mut world = world;
        let key = |text: &str| {
            use std::hash::{Hash, Hasher};
            let mut hasher = std::collections::hash_map::DefaultHasher::new();
            (seed, text).hash(&mut hasher);
            hasher.finish()
        };
        world.accounts.sort_by_key(|account| key(&account.id));
        world.decisions.sort_by_key(|decision| key(&decision.user.to_string()));
        prop_assert_eq!(world.plan(), first);
    }

    #[test]
    fn kinds_come_in_the_order_of_safety(world in worlds()) {
        let rank = |o: &Operation| match o.kind {
            Kind::Update | Kind::Reactivate if o.takes().is_some() => 0,
            Kind::Update => 1,
            Kind::Reactivate => 2,
            Kind::Create => 3,
            Kind::Deactivate => 4,
        };
        prop_assert!(world.plan().operations.is_sorted_by_key(rank));
    }
}
