//! Plans: every row of the table against a second statement of it, properties, and what people and programs read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use rolecall::config::{GuardLimits, Limit, Revision, Sources};
use rolecall::desired::{Account, Desired};
use rolecall::directory::{Absence, Completeness};
use rolecall::plan::{
    Allowance, Current, Kind, Link, Links, Operation, Plan, Sizes, diff, human, json, judge,
};
use rolecall::policy::{Attribute, Decision, Place, Profile, Reason, Switches, Verdict};
use uuid::Uuid;

fn revision() -> Revision {
    let files = BTreeMap::from([("main.rhai".to_owned(), Arc::from(""))]);
    let sources = Sources { entry: "main.rhai".into(), files, extra_attributes: Vec::new() };
    sources.revision()
}

/// Without the revision, which every version of rolecall has another of.
fn shown(plan: &Plan, colour: bool, limit: Option<usize>) -> String {
    human(plan, colour, limit).replace(&revision().to_string(), "REVISION")
}

fn attribute(path: &str) -> Attribute {
    Attribute::parse(path).unwrap()
}

fn profile(user_name: &str, role: Option<&str>, given: Option<&str>) -> Profile {
    Profile {
        role: role.map(str::to_owned),
        attributes: BTreeMap::from([
            (Attribute::USER_NAME, Some(user_name.to_owned())),
            (attribute("name.givenName"), given.map(str::to_owned)),
        ]),
        on_create: BTreeMap::from([(attribute("name.familyName"), Some("Initial".to_owned()))]),
    }
}

fn provision(user_name: &str, role: Option<&str>, given: Option<&str>) -> Verdict {
    Verdict::Provision { profile: profile(user_name, role, given) }
}

fn decision(n: u128, name: &str, verdict: Verdict) -> Decision {
    Decision {
        user: Uuid::from_u128(n),
        name: name.to_owned(),
        dn: format!("CN={name},OU=Staff,DC=example,DC=com"),
        verdict,
        roles: Vec::new(),
        reasons: Vec::new(),
    }
}

fn account(id: &str, user_name: &str, active: bool, role: Option<&str>, given: Option<&str>) -> Account {
    let given = given.map(|given| (attribute("name.givenName"), given.to_owned()));
    Account {
        id: id.to_owned(),
        user_name: user_name.to_owned(),
        active,
        role: role.map(str::to_owned),
        attributes: given.into_iter().collect(),
    }
}

fn link(n: u128, account: &str, name: &str) -> (Uuid, Link) {
    (Uuid::from_u128(n), Link { account: account.to_owned(), name: name.to_owned() })
}

/// One situation, with the defaults of an orderly world.
#[derive(Clone, Debug)]
struct World {
    decisions: Vec<Decision>,
    switches: Switches,
    accounts: Vec<Account>,
    links: Links,
    completeness: Completeness,
    absent: BTreeMap<Uuid, Absence>,
}

impl World {
    fn new(
        decisions: Vec<Decision>,
        accounts: Vec<Account>,
        links: impl IntoIterator<Item = (Uuid, Link)>,
    ) -> Self {
        Self {
            decisions,
            switches: Switches::default(),
            accounts,
            links: links.into_iter().collect(),
            completeness: Completeness::Whole,
            absent: BTreeMap::new(),
        }
    }

    fn plan(&self) -> Plan {
        let current = Current {
            accounts: &self.accounts,
            links: &self.links,
            completeness: &self.completeness,
            absent: &self.absent,
        };
        diff(revision(), &Desired::of(&self.decisions, &self.switches), &self.switches, current)
    }
}

fn changes(operation: &Operation) -> Vec<String> {
    operation
        .changes
        .iter()
        .map(|c| {
            let text = |v: &Option<String>| v.clone().unwrap_or_else(|| "-".into());
            format!("{}: {} > {}", c.attribute, text(&c.from), text(&c.to))
        })
        .collect()
}

/// Kind, person and what is said, in the order of the plan.
fn said(plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    for operation in &plan.operations {
        let reasons: Vec<_> = operation.reasons.iter().map(ToString::to_string).collect();
        lines.push(format!("{} {} [{}]", operation.kind, operation.user.name, reasons.join("; ")));
    }
    for skipped in &plan.skipped {
        let kind = skipped.kind.map_or("?", Kind::name);
        let how = if skipped.fault { "fault" } else { "ordered" };
        lines.push(format!("{how} {kind} {}: {}", skipped.user.name, skipped.why));
    }
    lines
}

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

#[derive(Clone, Copy, Debug)]
struct Case {
    mode: Mode,
    there: There,
    linked: bool,
    keep: bool,
    /// create, update, reactivate, deactivate
    on: [bool; 4],
    protected: bool,
    whole: bool,
}

#[derive(Debug, PartialEq)]
enum Expected {
    Do(Kind),
    Unchanged,
    Fault,
    AsOrdered(Kind),
    /// The plan does not speak of this person.
    Absent,
}

/// The table in other words: first whether the account is known to be the person's, then what is right for it, then
/// who may forbid it.
fn expected(case: Case) -> Expected {
    use Expected::{Absent, AsOrdered, Do, Fault, Unchanged};
    use Mode::{Barred, Deleted, Entitled, Failed, LookUpFailed, MovedAway, NotEntitled, NotLookedUp};

    let exists = case.there != There::Nothing;
    let active = matches!(case.there, There::ActiveSame | There::ActiveDiffers);
    let differs = matches!(case.there, There::ActiveDiffers | There::InactiveDiffers);
    // Only who is to have an account has a userName to be matched by.
    let theirs = exists && (case.linked || case.mode == Entitled);

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
    if case.protected || !case.on[position] { AsOrdered(right) } else { Do(right) }
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
        verdict.into_iter().map(|verdict| decision(1, "Mia", verdict)).collect(),
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
    if !case.whole {
        world.completeness = Completeness::Partial { why: "size limit exceeded".into() };
    }
    world
}

fn cases() -> Vec<Case> {
    use Mode::{Barred, Deleted, Entitled, Failed, LookUpFailed, MovedAway, NotEntitled, NotLookedUp};
    use There::{ActiveDiffers, ActiveSame, InactiveDiffers, InactiveSame, Nothing};
    let mut all = Vec::new();
    for mode in [Entitled, NotEntitled, Barred, Failed, Deleted, MovedAway, LookUpFailed, NotLookedUp] {
        for there in [Nothing, ActiveSame, ActiveDiffers, InactiveSame, InactiveDiffers] {
            for bits in 0..256u32 {
                let bit = |n: u32| bits >> n & 1 == 1;
                all.push(Case {
                    mode,
                    there,
                    linked: bit(0),
                    keep: bit(1),
                    on: [bit(2), bit(3), bit(4), bit(5)],
                    protected: bit(6),
                    whole: bit(7),
                });
            }
        }
    }
    all
}

#[test]
fn every_combination_leads_where_the_table_says() {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for case in cases() {
        let plan = world(case).plan();
        let got = match (plan.operations.as_slice(), plan.skipped.as_slice(), plan.unchanged) {
            ([one], [], 0) => Expected::Do(one.kind),
            ([], [one], 0) if one.fault => Expected::Fault,
            ([], [one], 0) => Expected::AsOrdered(one.kind.unwrap()),
            ([], [], 1) => Expected::Unchanged,
            ([], [], 0) => Expected::Absent,
            other => panic!("{case:?}: {other:?}"),
        };
        assert_eq!(got, expected(case), "{case:?}");
        *seen.entry(format!("{got:?}")).or_default() += 1;

        let exists = case.there != There::Nothing;
        let theirs = exists && (case.linked || case.mode == Mode::Entitled);
        assert_eq!(plan.unmanaged.len(), usize::from(exists && !theirs), "{case:?}");
        let adopted = exists && !case.linked && case.mode == Mode::Entitled;
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
            let said = operation.reasons.iter().any(|r| r.text == "adopts the account that is already there");
            assert_eq!(said, adopted, "{case:?}");
        }
    }
    // Every outcome was really met.
    insta::assert_debug_snapshot!(seen, @r#"
    {
        "Absent": 3072,
        "AsOrdered(Create)": 192,
        "AsOrdered(Deactivate)": 480,
        "AsOrdered(Reactivate)": 384,
        "AsOrdered(Update)": 192,
        "Do(Create)": 64,
        "Do(Deactivate)": 160,
        "Do(Reactivate)": 128,
        "Do(Update)": 64,
        "Fault": 2048,
        "Unchanged": 3456,
    }
    "#);
}

#[test]
fn absence_is_told_apart_and_explained() {
    let ids = ["deleted", "moved", "unknown", "unusable"];
    let accounts = ids.map(|id| account(id, &format!("{id}@x"), true, None, None));
    let links = [
        link(1, "deleted", "Del"),
        link(2, "moved", "Mov"),
        link(3, "unknown", "Unk"),
        link(4, "unusable", "Unu"),
    ];
    let mut world = World::new(Vec::new(), accounts.to_vec(), links);
    world.absent = BTreeMap::from([
        (Uuid::from_u128(1), Absence::Gone),
        (Uuid::from_u128(2), Absence::OutOfScope { dn: "CN=Mov,OU=Former".into() }),
        (Uuid::from_u128(3), Absence::Unknown { why: "connection reset".into() }),
    ]);
    insta::assert_debug_snapshot!(said(&world.plan()), @r#"
    [
        "deactivate Del [deleted from the directory]",
        "deactivate Mov [moved out of scope to CN=Mov,OU=Former]",
        "fault deactivate Unk: not deactivated: not read, and the look-up by objectGUID failed: connection reset",
        "fault deactivate Unu: not deactivated: neither read as a usable person nor proven to be gone from the directory",
    ]
    "#);
    assert_eq!(world.plan().operations[1].user.dn.as_deref(), Some("CN=Mov,OU=Former"));
    world.completeness = Completeness::Partial { why: "page 3 of the people: timeout".into() };
    insta::assert_debug_snapshot!(said(&world.plan()), @r#"
    [
        "fault deactivate Del: not deactivated: the directory was not read whole: page 3 of the people: timeout",
        "fault deactivate Mov: not deactivated: the directory was not read whole: page 3 of the people: timeout",
        "fault deactivate Unk: not deactivated: the directory was not read whole: page 3 of the people: timeout",
        "fault deactivate Unu: not deactivated: the directory was not read whole: page 3 of the people: timeout",
    ]
    "#);
}

#[test]
fn a_partial_read_still_deactivates_who_was_read_as_disabled() {
    let mut world = World::new(
        vec![decision(1, "Mia", Verdict::Barred)],
        vec![account("a", "mia@x", true, None, None)],
        [link(1, "a", "Mia")],
    );
    world.completeness = Completeness::Partial { why: "size limit exceeded".into() };
    insta::assert_debug_snapshot!(said(&world.plan()), @r#"
    [
        "deactivate Mia [disabled or expired in the directory]",
    ]
    "#);
}

#[test]
fn a_link_follows_a_rename_and_a_dead_link_starts_over() {
    let world = World::new(
        vec![
            decision(1, "Mia", provision("mia.berg@x", Some("manager"), None)),
            decision(2, "Otto", provision("otto@x", Some("manager"), None)),
            decision(3, "Dead", provision("dead@x", Some("manager"), None)),
        ],
        vec![
            account("a", "mia.klein@x", true, Some("manager"), None),
            account("b", "OTTO@x", true, Some("manager"), None),
        ],
        [link(1, "a", "Mia"), link(2, "lost", "Otto"), link(3, "lost too", "Dead")],
    );
    let plan = world.plan();
    insta::assert_debug_snapshot!(said(&plan), @r#"
    [
        "update Mia []",
        "create Dead [the account that was linked before no longer exists]",
    ]
    "#);
    assert_eq!(changes(&plan.operations[0]), ["userName: mia.klein@x > mia.berg@x"]);
    assert_eq!(plan.adopted.len(), 1);
    assert_eq!(plan.adopted[0].1, Link { account: "b".into(), name: "Otto".into() });
    assert_eq!(plan.unchanged, 1);
}

#[test]
fn a_name_is_freed_before_it_is_taken() {
    let person = |n, name: &str, user_name: &str| decision(n, name, provision(user_name, None, None));
    // Zoe frees d, Yan takes d and frees c, Ann takes c and frees b; b goes to somebody new.
    let world = World::new(
        vec![
            person(1, "Ann", "c@x"),
            person(2, "Yan", "D@x"),
            person(3, "Zoe", "z@x"),
            person(4, "New", "b@x"),
        ],
        vec![
            account("1", "b@x", true, None, None),
            account("2", "C@x", false, None, None),
            account("3", "d@x", true, None, None),
        ],
        [link(1, "1", "Ann"), link(2, "2", "Yan"), link(3, "3", "Zoe")],
    );
    insta::assert_debug_snapshot!(said(&world.plan()), @r#"
    [
        "update Zoe []",
        "reactivate Yan []",
        "update Ann []",
        "create New []",
    ]
    "#);
}

#[test]
fn who_needs_a_taken_name_is_skipped_with_the_others() {
    let person = |n, name: &str, user_name: &str| decision(n, name, provision(user_name, None, None));
    let mut world = World::new(
        vec![
            person(1, "Ann", "b@x"),
            person(2, "Ben", "a@x"),
            person(3, "Cora", "asks@x"),
            person(4, "Asks", "C@x"),
            person(5, "Wants Nobody's", "nobody@x"),
            person(6, "Wants Gone's", "gone@x"),
            person(7, "Depends", "wants@x"),
            decision(8, "Holds", Verdict::NotEntitled),
            person(9, "Wants Holds'", "holds@x"),
        ],
        vec![
            account("1", "a@x", true, None, None),
            account("2", "b@x", true, None, None),
            account("3", "c@x", true, None, None),
            account("4", "asks@x", true, None, None),
            account("5", "wants@x", true, None, None),
            account("nobody", "Nobody@x", true, None, None),
            account("gone", "gone@x", true, None, None),
            account("8", "holds@x", true, None, None),
            account("twin 1", "twin@x", true, None, None),
            account("twin 2", "Twin@x", true, None, None),
        ],
        [
            link(1, "1", "Ann"),
            link(2, "2", "Ben"),
            link(3, "3", "Cora"),
            link(4, "4", "Asks"),
            link(5, "5", "Wants Nobody's"),
            link(8, "8", "Holds"),
            link(99, "gone", "Gone"),
        ],
    );
    world.decisions.push(person(10, "Third", "twin@x"));
    insta::assert_debug_snapshot!(said(&world.plan()), @r#"
    [
        "deactivate Holds [no rule passes]",
        "fault update Ann: Ann should get the userName `b@x`, which Ben (CN=Ben,OU=Staff,DC=example,DC=com) has, who waits for another in a circle of 2: give one of the accounts a third userName by hand first",
        "fault update Asks: Asks should get the userName `c@x`, which Cora (CN=Cora,OU=Staff,DC=example,DC=com) has, who waits for another in a circle of 2: give one of the accounts a third userName by hand first",
        "fault update Ben: Ben should get the userName `a@x`, which Ann (CN=Ann,OU=Staff,DC=example,DC=com) has, who waits for another in a circle of 2: give one of the accounts a third userName by hand first",
        "fault update Cora: Cora should get the userName `asks@x`, which Asks (CN=Asks,OU=Staff,DC=example,DC=com) has, who waits for another in a circle of 2: give one of the accounts a third userName by hand first",
        "fault create Depends: Depends should get the userName `wants@x`, which Wants Nobody's (CN=Wants Nobody's,OU=Staff,DC=example,DC=com) keeps, being skipped too",
        "fault deactivate Gone: not deactivated: neither read as a usable person nor proven to be gone from the directory",
        "fault ? Third: accounts `twin 1` and `twin 2` have userNames that differ in case alone (`twin@x`): one of them has to go",
        "fault create Wants Gone's: Wants Gone's should get the userName `gone@x`, which is taken by account `gone` of Gone (00000000-0000-0000-0000-000000000063), who was not read from the directory",
        "fault create Wants Holds': Wants Holds' should get the userName `holds@x`, which is taken by account `8` of Holds (CN=Holds,OU=Staff,DC=example,DC=com)",
        "fault update Wants Nobody's: Wants Nobody's should get the userName `nobody@x`, which is taken by account `nobody` of nobody that is known",
    ]
    "#);
}

#[test]
fn a_name_that_a_switch_keeps_in_place_stays_taken() {
    let mut world = World::new(
        vec![
            decision(1, "Ann", provision("b@x", None, None)),
            decision(2, "New", provision("a@x", None, None)),
        ],
        vec![account("1", "a@x", true, None, None)],
        [link(1, "1", "Ann")],
    );
    world.switches.update = false;
    insta::assert_debug_snapshot!(said(&world.plan()), @r#"
    [
        "fault create New: New should get the userName `a@x`, which is taken by account `1` of Ann (CN=Ann,OU=Staff,DC=example,DC=com)",
        "ordered update Ann: the policy's lifecycle switch `update` is off",
    ]
    "#);
}

#[test]
fn a_rename_to_a_protected_name_is_not_done() {
    let mut world = World::new(
        vec![decision(1, "Ann", provision("Owner@x", None, None))],
        vec![account("1", "a@x", true, None, None)],
        [link(1, "1", "Ann")],
    );
    world.switches.protected = BTreeSet::from(["owner@x".to_owned()]);
    insta::assert_debug_snapshot!(said(&world.plan()), @r#"
    [
        "ordered update Ann: the account `Owner@x` is protected",
    ]
    "#);
}

#[test]
fn without_a_role_the_role_is_left_alone_and_no_value_means_none() {
    let world = World::new(
        vec![
            decision(1, "Ann", provision("a@x", None, None)),
            decision(2, "Ben", provision("b@x", None, Some(""))),
        ],
        vec![
            account("1", "a@x", true, Some("admin"), Some("Ann")),
            account("2", "b@x", true, Some("admin"), None),
        ],
        [link(1, "1", "Ann"), link(2, "2", "Ben")],
    );
    let plan = world.plan();
    assert_eq!(changes(&plan.operations[0]), ["name.givenName: Ann > -"]);
    assert_eq!((plan.operations.len(), plan.unchanged), (1, 1));
}

#[test]
fn two_links_to_one_account_touch_nobody() {
    let world = World::new(
        vec![decision(1, "Ann", provision("a@x", Some("admin"), None)), decision(2, "Ben", Verdict::Barred)],
        vec![account("1", "a@x", true, None, None)],
        [link(1, "1", "Ann"), link(2, "1", "Ben"), link(3, "1", "Gone")],
    );
    insta::assert_debug_snapshot!(said(&world.plan()), @r#"
    [
        "fault ? Ann: account `1` (`a@x`) is linked to several people",
        "fault ? Ben: account `1` (`a@x`) is linked to several people",
        "fault deactivate Gone: not deactivated: account `1` is linked to several people",
    ]
    "#);
}

#[test]
fn nobody_and_nothing_make_an_empty_plan() {
    let plan = World::new(Vec::new(), Vec::new(), []).plan();
    assert!(plan.is_empty() && plan.skipped.is_empty() && plan.unmanaged.is_empty());
    insta::assert_snapshot!(shown(&plan, false, None), @"Nothing to do, 0 unchanged. Policy REVISION.");
}

#[test]
fn a_chain_of_50_000_renames_is_ordered() {
    let n = 50_000u128;
    let decisions = (0..n)
        .map(|i| decision(i, &format!("P{:05}", n - i), provision(&format!("u{}@x", i + 1), None, None)));
    let accounts = (0..n).map(|i| account(&i.to_string(), &format!("u{i}@x"), true, None, None));
    let links = (0..n).map(|i| link(i, &i.to_string(), "P"));
    let plan = World::new(decisions.collect(), accounts.collect(), links).plan();
    assert_eq!(plan.operations.len(), 50_000);
    assert_eq!(plan.operations[0].user_name, "u49999@x");
    assert_eq!(plan.operations[49_999].user_name, "u0@x");
}

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
    let decisions = prop::collection::btree_map(1..9u128, verdict(), 0..8);
    let accounts =
        prop::collection::vec((user_name(), any::<bool>(), prop::option::of(Just("analyst"))), 0..8);
    let links = prop::collection::btree_map(1..12u128, 0..9usize, 0..8);
    let absent = prop::collection::vec(0..4u8, 12);
    let switches =
        (any::<bool>(), prop::collection::vec(prop::bool::weighted(0.85), 4), prop::bool::weighted(0.3));
    (decisions, accounts, links, absent, switches, prop::bool::weighted(0.8)).prop_map(
        |(decisions, accounts, links, absent, (keep, on, protect), whole)| {
            let decisions =
                decisions.into_iter().map(|(n, v)| decision(n, &format!("P{}", n % 3), v)).collect();
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

/// A target that does what it is told and refuses a `userName` that is taken (RFC 7644 section 3.12, uniqueness).
fn carry_out(plan: &Plan, world: &mut World) {
    for (person, link) in &plan.adopted {
        world.links.insert(person.guid, link.clone());
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
        prop_assert_eq!(second.adopted.len(), 0);
        // Who was left alone is left alone again, for the same reason, and nobody needs mending who did not before.
        // (Who was reactivated without the update, its switch being off, now lacks the update as ordered.)
        for skipped in &first.skipped {
            prop_assert!(second.skipped.contains(skipped), "{:?}", skipped);
        }
        prop_assert!(second.skipped.iter().all(|s| first.skipped.contains(s) || !s.fault && !world.switches.update));
        prop_assert_eq!(&second.unmanaged, &first.unmanaged);
        // Nobody's accounts and protected ones are as they were.
        for account in &before {
            let same = world.accounts.iter().any(|after| after == account);
            let nobodys = first.unmanaged.iter().any(|one| one.account == account.id);
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
            .collect();
        prop_assert_eq!(people.len(), plan.operations.len() + plan.skipped.len());
        let decided: BTreeSet<_> = world.decisions.iter().map(|d| d.user).collect();
        let gone = world
            .links
            .iter()
            .filter(|(guid, link)| !decided.contains(guid) && world.accounts.iter().any(|a| a.id == link.account))
            .count();
        prop_assert_eq!(people.len() + plan.unchanged, decided.len() + gone);
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

/// Names as people have them, and as nobody should.
fn colourful() -> Plan {
    let at = |line| Place { file: "main.rhai".into(), line, column: 1 };
    let mut decisions = vec![
        decision(1, "Zoë Müller-Lüdenscheidt", provision("zoe@x", Some("manager"), Some("Zoë"))),
        decision(2, "Conan O'Brien", provision("o'brien@x", Some("analyst"), Some("Conan"))),
        decision(3, "Evil\nName\u{1b}[31m\u{202e}", Verdict::Barred),
        decision(4, "王小明", provision("wang@x", Some("analyst"), Some("小明"))),
        decision(5, "Fatima", Verdict::Failed { why: Reason::new("`department` is no text").at(at(31)) }),
        decision(6, "Owner", provision("owner@x", Some("admin"), None)),
        decision(7, "Same", provision("same@x", None, None)),
    ];
    decisions[0].reasons.push(Reason::new("title contains `Manager`").at(at(12)));
    decisions[1].reasons.push(Reason::new("department equals `Sales`").at(at(14)));
    let mut world = World::new(
        decisions,
        vec![
            account("1", "zoe@x", true, Some("analyst"), Some("Zoe")),
            account("3", "evil@x", true, Some("admin"), None),
            account("4", "wang@x", false, Some("analyst"), None),
            account("6", "Owner@x", true, None, None),
            account("7", "same@x", true, None, None),
            account("8", "robot@x", true, Some("support"), None),
            account("9", "former@x", false, None, None),
        ],
        [link(1, "1", "Zoë"), link(3, "3", "Evil"), link(7, "7", "Same")],
    );
    world.switches.protected = BTreeSet::from(["owner@x".to_owned()]);
    let mut plan = world.plan();
    let free = Limit { max: 100, percent: 100, floor: 0 };
    let limits = GuardLimits {
        create: free,
        update: free,
        reactivate: free,
        deactivate: Limit { max: 100, percent: 5, floor: 0 },
        role_change: free,
        shrink_percent: 10,
    };
    let sizes = Sizes { before: Some(7), now: 7 };
    plan.guard = judge(&plan.operations, plan.managed_active, sizes, &limits, Allowance::default());
    plan
}

#[test]
fn people_read_a_plan() {
    insta::assert_snapshot!(shown(&colourful(), false, None));
}

#[test]
fn people_read_a_plan_in_colour() {
    let text = human(&colourful(), true, None);
    assert!(text.contains("\u{1b}[32m+\u{1b}[0m Conan O'Brien"), "{text:?}");
    assert!(!text.contains('\u{202e}') && !text.contains("Name\u{1b}"), "{text:?}");
    let plain = without_styles(&text);
    assert_eq!(plain, human(&colourful(), false, None));
}

/// Without the styles (ECMA-48 SGR).
fn without_styles(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + part.split_once('m').unwrap().1)
}

#[test]
fn programs_read_a_plan() {
    let mut json = json(&colourful());
    assert_eq!(json["revision"].take(), revision().full());
    insta::assert_json_snapshot!(json);
}

#[test]
fn a_long_plan_is_cut_only_when_asked() {
    let decisions: Vec<_> = (0..415)
        .map(|n| decision(n, &format!("P{n:03}"), provision(&format!("p{n}@x"), None, None)))
        .collect();
    let plan = World::new(decisions, Vec::new(), []).plan();
    insta::assert_snapshot!(shown(&plan, false, Some(3)), @r#"
    Create (415)
      + P000 <p0@x>  name.familyName: Initial
      + P001 <p1@x>  name.familyName: Initial
      + P002 <p2@x>  name.familyName: Initial
      … and 412 more

    415 to create, 0 unchanged. Policy REVISION.
    "#);
    let whole = human(&plan, false, None);
    assert!(whole.contains("P414") && !whole.contains("more"));
}
