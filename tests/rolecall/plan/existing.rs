//! Every combination of an account that is there, what is remembered of it, and the settings, against a second
//! statement of what is right.

use std::collections::BTreeMap;

use rolecall::config::{Adoption, Drift, DriftSettings};
use rolecall::plan::{Existing, Kind};
use rolecall::policy::{Attribute, Decision, Verdict};
use uuid::Uuid;

use super::{World, account, decision, link, provision};

#[derive(Clone, Copy, Debug, PartialEq)]
enum There {
    Nothing,
    Same,
    OtherRole,
    Inactive,
}

/// What was last known to be as wished: nothing, what is wished now, or something else.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Known {
    Nothing,
    Wish,
    Other,
}

#[derive(Clone, Copy, Debug)]
struct Case {
    entitled: bool,
    there: There,
    linked: bool,
    /// Its creation was begun, with an unknown end.
    begun: bool,
    adoption: Adoption,
    known: Known,
    drift: Drift,
}

#[derive(Debug, PartialEq)]
enum Expected {
    Do(Kind),
    /// With the reason that it is set back.
    SetBack(Kind),
    Unchanged,
    Drifted,
    Adoptable,
    Fault,
}

fn expected(case: Case) -> Expected {
    use Expected::{Adoptable, Do, Drifted, Fault, SetBack, Unchanged};

    let theirs = case.linked || case.begun || case.adoption == Adoption::Adopt;
    match (case.there, theirs, case.entitled) {
        (There::Nothing, _, true) => return Do(Kind::Create),
        (There::Nothing, _, false) => return Unchanged,
        (_, false, _) if case.adoption == Adoption::Report => return Adoptable,
        (_, false, true) => return Fault,
        (_, false, false) => return Unchanged,
        (There::Inactive, true, false) => return Unchanged,
        (_, true, false) => return Do(Kind::Deactivate),
        (There::Same, true, true) => return Unchanged,
        (There::OtherRole | There::Inactive, true, true) => {}
    }
    let kind = if case.there == There::Inactive { Kind::Reactivate } else { Kind::Update };
    match (case.known, case.drift) {
        (Known::Nothing | Known::Other, _) => Do(kind),
        (Known::Wish, Drift::Correct) => SetBack(kind),
        (Known::Wish, Drift::Report) => Drifted,
        (Known::Wish, Drift::Leave) => Unchanged,
    }
}

fn world(case: Case) -> World {
    let verdict = if case.entitled {
        provision("mia@example.com", Some("manager"), None)
    } else {
        Verdict::NotEntitled
    };
    let decision = Decision { user_name: Some("mia@example.com".to_owned()), ..decision(1, "Mia", verdict) };
    let role = if case.there == There::OtherRole { "analyst" } else { "manager" };
    let one = account("id-1", "Mia@Example.com", case.there != There::Inactive, Some(role), None);
    let accounts = if case.there == There::Nothing { Vec::new() } else { vec![one] };
    let mut world = World::new(vec![decision], accounts, case.linked.then(|| link(1, "id-1", "Mia")));
    let known = match case.known {
        Known::Nothing => None,
        Known::Wish => Some(("manager", "true")),
        Known::Other => Some(("support", "false")),
    };
    let known = known.map(|(role, active)| {
        let values = [(Attribute::ROLE, role.to_owned()), (Attribute::ACTIVE, active.to_owned())];
        ("id-1".to_owned(), values.into())
    });
    world.existing = Existing {
        adoption: case.adoption,
        drift: DriftSettings { default: case.drift, ..DriftSettings::default() },
        settled: known.into_iter().collect(),
        begun: case.begun.then(|| (Uuid::from_u128(1), "MIA@example.com".to_owned())).into_iter().collect(),
    };
    world
}

fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    for there in [There::Nothing, There::Same, There::OtherRole, There::Inactive] {
        for adoption in [Adoption::Adopt, Adoption::Report, Adoption::Never] {
            for known in [Known::Nothing, Known::Wish, Known::Other] {
                for drift in [Drift::Correct, Drift::Report, Drift::Leave] {
                    for bits in 0..8u32 {
                        let bit = |n: u32| bits >> n & 1 == 1;
                        let (entitled, linked, begun) = (bit(0), bit(1), bit(2));
                        all.push(Case { entitled, there, linked, begun, adoption, known, drift });
                    }
                }
            }
        }
    }
    all
}

#[test]
fn every_account_that_is_there_is_treated_as_the_settings_say() {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for case in cases() {
        let plan = world(case).plan();
        let got = match (plan.operations.as_slice(), plan.skipped.as_slice(), plan.unchanged) {
            ([one], [], 0) if one.reasons.iter().any(|why| why.text.ends_with("and is set back")) => {
                Expected::SetBack(one.kind)
            }
            ([one], [], 0) => Expected::Do(one.kind),
            ([], [one], 0) if one.fault => Expected::Fault,
            ([], [], 1) if plan.drifted.len() == 1 => Expected::Drifted,
            ([], [], 1) => Expected::Unchanged,
            ([], [], 0) if plan.adoptable.len() == 1 => Expected::Adoptable,
            other => panic!("{case:?}: {other:?}"),
        };
        assert_eq!(got, expected(case), "{case:?}");
        let exists = usize::from(case.there != There::Nothing);
        let theirs = usize::from(case.linked || case.begun || case.adoption == Adoption::Adopt) * exists;
        assert_eq!(plan.unmanaged.len() + plan.adoptable.len(), exists - theirs, "{case:?}");
        *seen.entry(format!("{got:?}")).or_default() += 1;
    }
    // Every outcome was really met.
    insta::assert_debug_snapshot!(seen);
}

#[test]
fn a_role_that_somebody_lost_by_hand_is_drift_and_an_empty_value_is_none() {
    let mut world = World::new(
        vec![decision(1, "Mia", provision("mia@x", Some("manager"), Some("")))],
        vec![account("id-1", "mia@x", true, None, Some("Mia"))],
        [link(1, "id-1", "Mia")],
    );
    world.existing.drift.default = Drift::Report;
    let given = Attribute::parse("name.givenName").unwrap();
    let known = [(Attribute::ROLE, "manager".to_owned()), (given, String::new())];
    world.existing.settled.insert("id-1".to_owned(), known.into());
    let plan = world.plan();
    let drifted: Vec<_> =
        plan.drifted.iter().map(|one| (one.attribute, one.wished.as_deref(), one.found.as_deref())).collect();
    assert_eq!(drifted, [(Attribute::ROLE, Some("manager"), None), (given, None, Some("Mia"))]);
}
