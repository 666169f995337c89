//! Every combination of who claims one account by its `userName` and who is linked to it, against a second statement
//! of whose it is and what becomes of it.

use std::collections::BTreeMap;

use rolecall::directory::{Absence, Completeness};
use rolecall::plan::{Kind, Links};
use rolecall::policy::{Decision, Reason, Verdict};
use uuid::Uuid;

use super::{World, account, decision, link, provision, said};

/// Somebody whose `userName` is the account's.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Claimant {
    Nobody,
    Entitled,
    NotEntitled,
    Barred,
    Failed,
}

/// Who is linked to the account, if anybody; never one of the claimants.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Holder {
    Nobody,
    Gone,
    MovedAway,
    LookUpFailed,
    NotLookedUp,
    Disabled,
    /// Proven gone in a look-up and read all the same: what was read counts.
    GoneAndRead,
}

#[derive(Clone, Copy, Debug)]
struct Case {
    claimants: [Claimant; 2],
    holder: Holder,
    active: bool,
    keep: bool,
    whole: bool,
}

const HOLDER: u128 = 9;
const CLAIMANTS: [Claimant; 5] =
    [Claimant::Nobody, Claimant::Entitled, Claimant::NotEntitled, Claimant::Barred, Claimant::Failed];
const HOLDERS: [Holder; 7] = [
    Holder::Nobody,
    Holder::Gone,
    Holder::MovedAway,
    Holder::LookUpFailed,
    Holder::NotLookedUp,
    Holder::Disabled,
    Holder::GoneAndRead,
];

impl Case {
    /// The one person who claims the account in this way.
    fn only(self, what: Claimant) -> Option<u128> {
        match self.claimants {
            [a, b] if a == what && b != what => Some(1),
            [a, b] if b == what && a != what => Some(2),
            _ => None,
        }
    }

    fn has(self, what: Claimant) -> bool {
        self.claimants.contains(&what)
    }

    /// Whose account it is in the end.
    fn owner(self) -> Option<u128> {
        match self.holder {
            Holder::Gone if self.whole => self.only(Claimant::Entitled).or(Some(HOLDER)),
            Holder::Nobody => match self.claimants {
                // Two with the same right to it: neither, or the first where it is a right to nothing.
                [Claimant::Entitled, Claimant::Entitled] => None,
                _ if self.has(Claimant::Entitled) => self.only(Claimant::Entitled),
                // What a failed one has a right to, nobody knows.
                _ if self.has(Claimant::Failed) => None,
                [Claimant::NotEntitled, Claimant::Barred] => Some(1),
                [Claimant::Barred, Claimant::NotEntitled] if self.keep => Some(2),
                [Claimant::Nobody, Claimant::Nobody] => None,
                [Claimant::Nobody, _] => Some(2),
                _ => Some(1),
            },
            _ => Some(HOLDER),
        }
    }

    /// What is done to the account, which looks as its claimants should have it.
    fn done(self) -> Option<Kind> {
        let claimant = match self.owner()? {
            1 => self.claimants[0],
            2 => self.claimants[1],
            _ => {
                let proven = match self.holder {
                    Holder::Gone | Holder::MovedAway => self.whole,
                    Holder::Disabled | Holder::GoneAndRead => true,
                    _ => false,
                };
                return (proven && self.active).then_some(Kind::Deactivate);
            }
        };
        match claimant {
            Claimant::Entitled => (!self.active).then_some(Kind::Reactivate),
            Claimant::NotEntitled if self.keep => None,
            Claimant::NotEntitled | Claimant::Barred => self.active.then_some(Kind::Deactivate),
            Claimant::Nobody | Claimant::Failed => None,
        }
    }
}

fn world(case: Case) -> World {
    let verdict = |claimant| match claimant {
        Claimant::Nobody => None,
        Claimant::Entitled => Some(provision("mia@example.com", None, None)),
        Claimant::NotEntitled => Some(Verdict::NotEntitled),
        Claimant::Barred => Some(Verdict::Barred),
        Claimant::Failed => Some(Verdict::Failed { why: Reason::new("boom") }),
    };
    let mut decisions = Vec::new();
    for (n, claimant) in [1, 2].into_iter().zip(case.claimants) {
        decisions.extend(verdict(claimant).map(|verdict| Decision {
            user_name: Some("mia@example.com".to_owned()),
            ..decision(n, &format!("Claimant {n}"), verdict)
        }));
    }
    if matches!(case.holder, Holder::Disabled | Holder::GoneAndRead) {
        decisions.push(decision(HOLDER, "Holder", Verdict::Barred));
    }
    let absence = match case.holder {
        Holder::Gone | Holder::GoneAndRead => Some(Absence::Gone),
        Holder::MovedAway => Some(Absence::OutOfScope { dn: "CN=Holder,OU=Elsewhere".into() }),
        Holder::LookUpFailed => Some(Absence::Unknown { why: "timeout".into() }),
        _ => None,
    };
    let mut world = World::new(
        decisions,
        vec![account("id-1", "Mia@Example.com", case.active, None, None)],
        (case.holder != Holder::Nobody).then(|| link(HOLDER, "id-1", "Holder")),
    );
    world.absent = absence.into_iter().map(|absence| (Uuid::from_u128(HOLDER), absence)).collect();
    world.switches.keep_access_on_role_change = case.keep;
    if !case.whole {
        world.completeness = Completeness::Partial { why: "size limit exceeded".into() };
    }
    world
}

fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    for first in CLAIMANTS {
        for second in CLAIMANTS {
            for holder in HOLDERS {
                for bits in 0..8u32 {
                    let bit = |n: u32| bits >> n & 1 == 1;
                    let claimants = [first, second];
                    all.push(Case { claimants, holder, active: bit(0), keep: bit(1), whole: bit(2) });
                }
            }
        }
    }
    all
}

#[test]
fn every_account_goes_to_who_has_the_most_right_to_it() {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for case in cases() {
        let world = world(case);
        let plan = world.plan();
        let owner = case.owner();

        let done: Vec<_> = plan.operations.iter().map(|o| (o.kind, o.user.guid.as_u128())).collect();
        assert_eq!(done, case.done().zip(owner).into_iter().collect::<Vec<_>>(), "{case:?}");

        let moved = owner.filter(|owner| *owner != HOLDER);
        let adopted: Vec<_> = plan.adopted.iter().map(|(p, to)| (p.guid.as_u128(), &*to.account)).collect();
        assert_eq!(adopted, moved.map(|n| (n, "id-1")).into_iter().collect::<Vec<_>>(), "{case:?}");
        let released = if moved.is_some() { world.links.clone() } else { Links::new() };
        assert_eq!(plan.released, released, "{case:?}");
        assert_eq!(plan.unmanaged.len(), usize::from(owner.is_none()), "{case:?}");

        // Who is entitled and does not get it is told, and so is everyone who failed.
        let faults: Vec<_> = plan.skipped.iter().filter(|s| s.fault).map(|s| s.user.guid.as_u128()).collect();
        for (n, claimant) in [1, 2].into_iter().zip(case.claimants) {
            let told = match claimant {
                Claimant::Failed => true,
                Claimant::Entitled => owner != Some(n),
                _ => false,
            };
            assert_eq!(faults.contains(&n), told, "{case:?}");
        }
        let who = owner.map_or("nobody", |n| if n == HOLDER { "the holder" } else { "a claimant" });
        let what = done.first().map_or("nothing", |(kind, _)| kind.name());
        *seen.entry(format!("{who}: {what}")).or_default() += 1;
    }
    insta::assert_debug_snapshot!(seen, @r#"
    {
        "a claimant: deactivate": 22,
        "a claimant: nothing": 90,
        "a claimant: reactivate": 48,
        "nobody: nothing": 72,
        "the holder: deactivate": 284,
        "the holder: nothing": 884,
    }
    "#);
}

#[test]
fn a_rehire_with_a_new_identity_is_explained() {
    let mut case = Case {
        claimants: [Claimant::Entitled, Claimant::Nobody],
        holder: Holder::Gone,
        active: false,
        keep: false,
        whole: true,
    };
    insta::assert_debug_snapshot!(said(&world(case).plan()), @r#"
    [
        "reactivate Claimant 1 [takes over the account of Holder, who is gone from the directory]",
    ]
    "#);
    case.holder = Holder::LookUpFailed;
    insta::assert_debug_snapshot!(said(&world(case).plan()), @r#"
    [
        "fault create Claimant 1: Claimant 1 should get the userName `mia@example.com`, which is taken by account `id-1` of Holder (00000000-0000-0000-0000-000000000009), who was not read from the directory",
    ]
    "#);
    case.holder = Holder::Nobody;
    case.active = true;
    case.claimants = [Claimant::Barred, Claimant::Barred];
    insta::assert_debug_snapshot!(said(&world(case).plan()), @r#"
    [
        "deactivate Claimant 1 [disabled or expired in the directory; the account was found by its userName]",
    ]
    "#);
}

#[test]
fn a_protected_account_that_is_found_stays_as_it_is() {
    let mut world = world(Case {
        claimants: [Claimant::Barred, Claimant::Nobody],
        holder: Holder::Nobody,
        active: true,
        keep: false,
        whole: true,
    });
    world.switches.protected.insert("mia@example.com".to_owned());
    insta::assert_debug_snapshot!(said(&world.plan()), @r#"
    [
        "ordered deactivate Claimant 1: the account `Mia@Example.com` is protected",
    ]
    "#);
}
