//! Every combination of what can be for one person and their account, against a second statement of what is right.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use rolecall::directory::{Absence, Completeness};
use rolecall::plan::Kind;
use rolecall::policy::{Cause, Decision, Reason, Verdict};
use uuid::Uuid;

use super::{NOW, World, account, attribute, changes, decision, link, provision};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    Entitled,
    NotEntitled,
    Barred,
    Failed,
    Deleted,
    MovedAway,
    LookUpFailed,
    NotLookedUp,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum There {
    Nothing,
    ActiveSame,
    ActiveDiffers,
    InactiveSame,
    InactiveDiffers,
}

/// What the policy says of waiting, and for how long the deactivation has been wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Grace {
    None,
    BeginsNow,
    Running,
    Over,
}

#[derive(Clone, Copy, Debug)]
struct Case {
    mode: Mode,
    there: There,
    linked: bool,
    /// The policy's mapping gives the account's `userName`, right to an account or not.
    named: bool,
    keep: bool,
    /// create, update, reactivate, deactivate
    on: [bool; 4],
    protected: bool,
    whole: bool,
    grace: Grace,
}

#[derive(Debug, PartialEq)]
enum Expected {
    Do(Kind),
    /// Deactivated later.
    Wait,
    Unchanged,
    Fault,
    AsOrdered(Kind),
    /// The plan does not speak of this person.
    Absent,
}

impl Case {
    /// Whether the account is there and found by its `userName` alone.
    fn found(self) -> bool {
        let by_name = match self.mode {
            Mode::Entitled => true,
            Mode::NotEntitled | Mode::Barred => self.named,
            _ => false,
        };
        self.there != There::Nothing && !self.linked && by_name
    }

    fn theirs(self) -> bool {
        self.there != There::Nothing && self.linked || self.found()
    }
}

/// The table in other words: first whether the account is known to be the person's, then what is right for it, then
/// who may forbid it.
fn expected(case: Case) -> Expected {
    use Expected::{Absent, AsOrdered, Do, Fault, Unchanged, Wait};
    use Mode::{Barred, Deleted, Entitled, Failed, LookUpFailed, MovedAway, NotEntitled, NotLookedUp};

    let active = matches!(case.there, There::ActiveSame | There::ActiveDiffers);
    let differs = matches!(case.there, There::ActiveDiffers | There::InactiveDiffers);
    let theirs = case.theirs();

    let right = match case.mode {
        Failed => return Fault,
        Entitled if !theirs => Kind::Create,
        Entitled if !active => Kind::Reactivate,
        Entitled if differs => Kind::Update,
        Entitled => return Unchanged,
        Deleted | MovedAway | LookUpFailed | NotLookedUp if !theirs => return Absent,
        _ if !theirs || !active => return Unchanged,
        NotEntitled if case.keep => return Unchanged,
        NotEntitled | Barred => Kind::Deactivate,
        Deleted | MovedAway if case.whole => Kind::Deactivate,
        Deleted | MovedAway | LookUpFailed | NotLookedUp => return Fault,
    };
    let position = Kind::ALL.iter().position(|kind| *kind == right).unwrap();
    match (right, case.grace) {
        _ if case.protected || !case.on[position] => AsOrdered(right),
        (Kind::Deactivate, Grace::BeginsNow | Grace::Running) => Wait,
        _ => Do(right),
    }
}

/// Since when, by the plan, the deactivation is wanted; in days before now.
fn wanted(case: Case, outcome: &Expected) -> Option<i64> {
    let before = match case.grace {
        Grace::None => return None,
        Grace::BeginsNow => None,
        Grace::Running => Some(3),
        Grace::Over => Some(8),
    };
    match outcome {
        Expected::Do(Kind::Deactivate) | Expected::Wait => Some(before.unwrap_or(0)),
        // Who knows what is right today? What was right yesterday is not forgotten.
        Expected::Fault => before,
        _ => None,
    }
}

fn world(case: Case) -> World {
    let differing = matches!(case.there, There::ActiveDiffers | There::InactiveDiffers);
    let active = matches!(case.there, There::ActiveSame | There::ActiveDiffers);
    let role = if differing { "analyst" } else { "manager" };
    // The same but for case; the family name differs and is none of our business after the creation.
    let mut one = account("id-1", "Mia@Example.com", active, Some(role), Some("Mia"));
    one.attributes.insert(attribute("name.familyName"), "Changed".into());
    let verdict = match case.mode {
        Mode::Entitled => Some(provision("mia@example.com", Some("manager"), Some("Mia"))),
        Mode::NotEntitled => Some(Verdict::NotEntitled),
        Mode::Barred => Some(Verdict::Barred),
        Mode::Failed => Some(Verdict::Failed { why: Reason::new("boom") }),
        _ => None,
    };
    let absence = match case.mode {
        Mode::Deleted => Some(Absence::Gone),
        Mode::MovedAway => Some(Absence::OutOfScope { dn: "CN=Mia,OU=Elsewhere".into() }),
        Mode::LookUpFailed => Some(Absence::Unknown { why: "timeout".into() }),
        _ => None,
    };
    let mut world = World::new(
        verdict
            .into_iter()
            .map(|verdict| Decision {
                user_name: case.named.then(|| "mia@example.com".to_owned()),
                ..decision(1, "Mia", verdict)
            })
            .collect(),
        if case.there == There::Nothing { Vec::new() } else { vec![one] },
        case.linked.then(|| link(1, "id-1", "Mia")),
    );
    world.absent = absence.into_iter().map(|absence| (Uuid::from_u128(1), absence)).collect();
    world.switches.keep_access_on_role_change = case.keep;
    [world.switches.create, world.switches.update, world.switches.reactivate, world.switches.deactivate] =
        case.on;
    if case.protected {
        world.switches.protected = BTreeSet::from(["mia@example.com".to_owned()]);
    }
    if case.grace != Grace::None {
        let week = SignedDuration::from_hours(7 * 24);
        world.switches.grace = rolecall::policy::Grace { no_role: week, disabled: week, gone: week };
    }
    let cause = match case.mode {
        Mode::NotEntitled => Cause::NoRole,
        Mode::Barred => Cause::Disabled,
        _ => Cause::Gone,
    };
    let days = match case.grace {
        Grace::None | Grace::BeginsNow => None,
        Grace::Running => Some(3),
        Grace::Over => Some(8),
    };
    world.departures = days
        .map(|days| {
            let since = world.now - SignedDuration::from_hours(days * 24);
            (Uuid::from_u128(1), BTreeMap::from([(cause, since)]))
        })
        .into_iter()
        .collect();
    if !case.whole {
        world.completeness = Completeness::Partial { why: "size limit exceeded".into() };
    }
    world
}

fn cases(grace: Grace) -> Vec<Case> {
    use Mode::{Barred, Deleted, Entitled, Failed, LookUpFailed, MovedAway, NotEntitled, NotLookedUp};
    use There::{ActiveDiffers, ActiveSame, InactiveDiffers, InactiveSame, Nothing};
    let mut all = Vec::new();
    for mode in [Entitled, NotEntitled, Barred, Failed, Deleted, MovedAway, LookUpFailed, NotLookedUp] {
        for there in [Nothing, ActiveSame, ActiveDiffers, InactiveSame, InactiveDiffers] {
            for bits in 0..512u32 {
                let bit = |n: u32| bits >> n & 1 == 1;
                all.push(Case {
                    grace,
                    mode,
                    there,
                    linked: bit(0),
                    keep: bit(1),
                    on: [bit(2), bit(3), bit(4), bit(5)],
                    protected: bit(6),
                    whole: bit(7),
                    named: bit(8),
                });
            }
        }
    }
    all
}

/// How often each outcome was met.
fn met(grace: Grace) -> BTreeMap<String, usize> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for case in cases(grace) {
        let plan = world(case).plan();
        let waits = plan.leaving.len();
        let got = match (plan.operations.as_slice(), plan.skipped.as_slice(), plan.unchanged, waits) {
            ([one], [], 0, 0) => Expected::Do(one.kind),
            ([], [one], 0, 0) if one.fault => Expected::Fault,
            ([], [one], 0, 0) => Expected::AsOrdered(one.kind.unwrap()),
            ([], [], 1, 0) => Expected::Unchanged,
            ([], [], 0, 1) => Expected::Wait,
            ([], [], 0, 0) => Expected::Absent,
            other => panic!("{case:?}: {other:?}"),
        };
        assert_eq!(got, expected(case), "{case:?}");
        assert!(plan.held.is_empty(), "{case:?}");
        let since = plan.departures.get(&Uuid::from_u128(1)).and_then(|causes| causes.values().min());
        let days =
            since.map(|since| NOW.parse::<Timestamp>().unwrap().duration_since(*since).as_hours() / 24);
        assert_eq!(days, wanted(case, &got), "{case:?}");
        *seen.entry(format!("{got:?}")).or_default() += 1;

        let exists = case.there != There::Nothing;
        let (theirs, adopted) = (case.theirs(), case.found());
        assert_eq!(plan.unmanaged.len(), usize::from(exists && !theirs), "{case:?}");
        assert_eq!(plan.adopted.len(), usize::from(adopted), "{case:?}");
        let active = matches!(case.there, There::ActiveSame | There::ActiveDiffers);
        assert_eq!(plan.managed_active, usize::from(theirs && active), "{case:?}");

        for operation in &plan.operations {
            let expected: &[&str] = match (operation.kind, case.there, case.on[1]) {
                (Kind::Create, ..) => &[
                    "userName: - > mia@example.com",
                    "active: - > true",
                    "role: - > manager",
                    "name.givenName: - > Mia",
                    "name.familyName: - > Initial",
                ],
                (Kind::Update, ..) => &["role: analyst > manager"],
                (Kind::Reactivate, There::InactiveDiffers, true) => {
                    &["active: false > true", "role: analyst > manager"]
                }
                (Kind::Reactivate, ..) => &["active: false > true"],
                (Kind::Deactivate, ..) => &["active: true > false"],
            };
            assert_eq!(changes(operation), expected, "{case:?}");
            let said = |text: &str| operation.reasons.iter().any(|r| r.text == text);
            let entitled = case.mode == Mode::Entitled;
            assert_eq!(said("adopts the account that is already there"), adopted && entitled, "{case:?}");
            assert_eq!(said("the account was found by its userName"), adopted && !entitled, "{case:?}");
        }
    }
    seen
}

#[test]
fn every_combination_leads_where_the_table_says() {
    insta::assert_debug_snapshot!(met(Grace::None), @r#"
    {
        "Absent": 6144,
        "AsOrdered(Create)": 384,
        "AsOrdered(Deactivate)": 1248,
        "AsOrdered(Reactivate)": 768,
        "AsOrdered(Update)": 384,
        "Do(Create)": 128,
        "Do(Deactivate)": 416,
        "Do(Reactivate)": 256,
        "Do(Update)": 128,
        "Fault": 4096,
        "Unchanged": 6528,
    }
    "#);
}

#[test]
fn every_combination_on_the_day_on_which_a_deactivation_begins_to_wait() {
    insta::assert_debug_snapshot!(met(Grace::BeginsNow), @r#"
    {
        "Absent": 6144,
        "AsOrdered(Create)": 384,
        "AsOrdered(Deactivate)": 1248,
        "AsOrdered(Reactivate)": 768,
        "AsOrdered(Update)": 384,
        "Do(Create)": 128,
        "Do(Reactivate)": 256,
        "Do(Update)": 128,
        "Fault": 4096,
        "Unchanged": 6528,
        "Wait": 416,
    }
    "#);
}

#[test]
fn every_combination_while_a_deactivation_waits() {
    insta::assert_debug_snapshot!(met(Grace::Running), @r#"
    {
        "Absent": 6144,
        "AsOrdered(Create)": 384,
        "AsOrdered(Deactivate)": 1248,
        "AsOrdered(Reactivate)": 768,
        "AsOrdered(Update)": 384,
        "Do(Create)": 128,
        "Do(Reactivate)": 256,
        "Do(Update)": 128,
        "Fault": 4096,
        "Unchanged": 6528,
        "Wait": 416,
    }
    "#);
}

#[test]
fn every_combination_when_the_wait_is_over() {
    insta::assert_debug_snapshot!(met(Grace::Over), @r#"
    {
        "Absent": 6144,
        "AsOrdered(Create)": 384,
        "AsOrdered(Deactivate)": 1248,
        "AsOrdered(Reactivate)": 768,
        "AsOrdered(Update)": 384,
        "Do(Create)": 128,
        "Do(Deactivate)": 416,
        "Do(Reactivate)": 256,
        "Do(Update)": 128,
        "Fault": 4096,
        "Unchanged": 6528,
    }
    "#);
}
