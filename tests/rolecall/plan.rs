//! Plans: what becomes of links, names and absence, and what people and programs read.

mod claims;
mod existing;
mod hooks;
mod leaving;
mod properties;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use rolecall::config::{GuardLimits, Limit, Revision, Sources};
use rolecall::desired::{Account, Desired};
use rolecall::directory::{Absence, Completeness};
use rolecall::facts::Facts;
use rolecall::plan::{
    Allowance, Current, Departures, Existing, Holds, Hooks, Kind, Link, Links, Operation, Plan, Sizes,
    Standing, diff, human, json, judge,
};
use rolecall::policy::{Attribute, Decision, Place, Policy, Profile, Reason, Switches, Verdict};
use uuid::Uuid;

/// The cycle's clock.
const NOW: &str = "2026-03-10T12:00:00Z";

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
        user_name: None,
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
    existing: Existing,
    now: Timestamp,
    departures: Departures,
    holds: Holds,
    hooks: Option<(Arc<Policy>, Arc<Facts>)>,
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
            existing: Existing::default(),
            now: NOW.parse().unwrap(),
            departures: Departures::new(),
            holds: Holds::new(),
            hooks: None,
        }
    }

    fn plan(&self) -> Plan {
        let current = Current {
            accounts: &self.accounts,
            links: &self.links,
            completeness: &self.completeness,
            absent: &self.absent,
            existing: &self.existing,
            standing: Standing {
                now: self.now,
                departures: &self.departures,
                holds: &self.holds,
                hooks: self.hooks.as_ref().map(|(policy, facts)| Hooks { policy, facts }),
            },
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
        "deactivate Del [gone from the directory]",
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
        role: BTreeMap::new(),
        shrink_percent: 10,
    };
    let sizes = Sizes { before: Some(7), now: 7 };
    plan.guard = judge(&plan.operations, &[], plan.managed_active, sizes, &limits, Allowance::default());
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
      + P000 <p0@x>
          name.familyName Initial
      + P001 <p1@x>
          name.familyName Initial
      + P002 <p2@x>
          name.familyName Initial
      … and 412 more

    415 to create, 0 unchanged. Policy REVISION.
    "#);
    let whole = human(&plan, false, None);
    assert!(whole.contains("P414") && !whole.contains("more"));
}
