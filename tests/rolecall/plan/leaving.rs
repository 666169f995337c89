//! Deactivations that wait: by cause, across causes, and under clocks that jump.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rolecall::desired::Account;
use rolecall::directory::Absence;
use rolecall::plan::{Departures, Link, Plan};
use rolecall::policy::{Cause, Grace, Reason, Verdict};
use uuid::Uuid;

use super::{World, account, decision, link, provision, said, shown};

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

fn mia() -> Account {
    account("1", "mia@x", true, None, None)
}

fn linked() -> (Uuid, Link) {
    link(1, "1", "Mia")
}

/// Mia's cycles, a day apart, each from what the one before left. What she is on each day: `+` with a role, `-` without,
/// `d` disabled, `g` gone, `?` not decidable.
fn lived(grace: Grace, story: &str) -> Vec<String> {
    let mut departures = Departures::new();
    let mut told = Vec::new();
    for (day, what) in story.chars().enumerate() {
        let verdict = match what {
            '+' => Some(provision("mia@x", None, None)),
            '-' => Some(Verdict::NotEntitled),
            'd' => Some(Verdict::Barred),
            '?' => Some(Verdict::Failed { why: Reason::new("boom") }),
            _ => None,
        };
        let decisions = verdict.map(|verdict| decision(1, "Mia", verdict));
        let mut world = World::new(decisions.into_iter().collect(), vec![mia()], [linked()]);
        world.absent = BTreeMap::from([(Uuid::from_u128(1), Absence::Gone)]);
        world.switches.grace = grace;
        world.departures = departures;
        world.now += days(day as i64);
        let plan = world.plan();
        told.push(format!("{day} {what} {}", outcome(&plan)));
        departures = plan.departures;
    }
    told
}

fn outcome(plan: &Plan) -> String {
    match (plan.operations.first(), plan.leaving.first()) {
        (Some(operation), _) => operation.kind.to_string(),
        (None, Some(leaving)) => format!("{} until {}", leaving.cause.name(), leaving.until.strftime("%d")),
        (None, None) if plan.skipped.is_empty() => "none".to_owned(),
        (None, None) => "fault".to_owned(),
    }
}

const ROLES: Grace = Grace { no_role: days_const(3), disabled: SignedDuration::ZERO, gone: days_const(1) };

const fn days_const(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

#[test]
fn whoever_loses_the_last_role_waits_and_whoever_comes_back_begins_anew() {
    insta::assert_debug_snapshot!(lived(ROLES, "+---+----"), @r#"
    [
        "0 + none",
        "1 - no_role until 14",
        "2 - no_role until 14",
        "3 - no_role until 14",
        "4 + none",
        "5 - no_role until 18",
        "6 - no_role until 18",
        "7 - no_role until 18",
        "8 - deactivate",
    ]
    "#);
}

#[test]
fn who_is_disabled_meanwhile_waits_no_longer() {
    insta::assert_debug_snapshot!(lived(ROLES, "--d"), @r#"
    [
        "0 - no_role until 13",
        "1 - no_role until 13",
        "2 d deactivate",
    ]
    "#);
}

#[test]
fn a_day_on_which_nobody_knows_neither_begins_nor_ends_a_wait() {
    insta::assert_debug_snapshot!(lived(ROLES, "?-?--"), @r#"
    [
        "0 ? fault",
        "1 - no_role until 14",
        "2 ? fault",
        "3 - no_role until 14",
        "4 - deactivate",
    ]
    "#);
}

#[test]
fn of_two_causes_the_wait_that_ends_first_counts() {
    let long = Grace { no_role: days(3), disabled: days(9), gone: days(1) };
    insta::assert_debug_snapshot!(lived(long, "-ddd"), @r#"
    [
        "0 - no_role until 13",
        "1 d no_role until 13",
        "2 d no_role until 13",
        "3 d deactivate",
    ]
    "#);
    insta::assert_debug_snapshot!(lived(long, "d-g-"), @r#"
    [
        "0 d disabled until 19",
        "1 - no_role until 14",
        "2 g gone until 13",
        "3 - no_role until 14",
    ]
    "#);
}

#[test]
fn a_clock_that_jumps_neither_ends_a_wait_at_once_nor_keeps_it_for_years() {
    let wait = |now: &str, since: &str| {
        let mut world = World::new(vec![decision(1, "Mia", Verdict::NotEntitled)], vec![mia()], [linked()]);
        world.switches.grace = ROLES;
        world.now = now.parse().unwrap();
        let since: Timestamp = since.parse().unwrap();
        world.departures = BTreeMap::from([(Uuid::from_u128(1), BTreeMap::from([(Cause::NoRole, since)]))]);
        let plan = world.plan();
        (outcome(&plan), plan.departures[&Uuid::from_u128(1)][&Cause::NoRole].to_string())
    };
    // An hour back: the wait is an hour longer.
    assert_eq!(
        wait("2026-03-10T11:00:00Z", "2026-03-09T12:00:00Z"),
        ("no_role until 12".into(), "2026-03-09T12:00:00Z".into())
    );
    // The clock was a century ahead when the wait began: it begins now.
    assert_eq!(
        wait("2026-03-10T12:00:00Z", "2126-03-10T12:00:00Z"),
        ("no_role until 13".into(), "2026-03-10T12:00:00Z".into())
    );
    // At the end of time nothing overflows.
    assert_eq!(wait("9999-12-30T21:00:00Z", "9999-12-30T20:00:00Z").0, "no_role until 30");
}

#[test]
fn waiting_needs_an_account_that_would_be_deactivated() {
    let mut world = World::new(vec![decision(1, "Mia", Verdict::NotEntitled)], vec![mia()], [linked()]);
    world.switches.grace = ROLES;
    world.accounts[0].active = false;
    assert!(world.plan().leaving.is_empty() && world.plan().departures.is_empty());
    world.accounts[0].active = true;
    world.switches.keep_access_on_role_change = true;
    assert!(world.plan().leaving.is_empty() && world.plan().departures.is_empty());
    world.switches.keep_access_on_role_change = false;
    world.switches.deactivate = false;
    assert_eq!(
        said(&world.plan()),
        ["ordered deactivate Mia: the policy's lifecycle switch `deactivate` is off"]
    );
    assert!(world.plan().departures.is_empty());
}

#[test]
fn people_read_who_leaves_and_when() {
    let mut decisions =
        vec![decision(1, "Mia", Verdict::NotEntitled), decision(2, "Noah", Verdict::NotEntitled)];
    decisions[0].reasons.push(Reason::new("passes no rule"));
    let accounts = vec![mia(), account("2", "noah@x", true, Some("analyst"), None)];
    let mut world = World::new(decisions, accounts, [linked(), link(2, "2", "Noah"), link(3, "3", "Zoë")]);
    world.accounts.push(account("3", "zoe@x", true, None, None));
    world.absent = BTreeMap::from([(Uuid::from_u128(3), Absence::Gone)]);
    world.switches.grace = ROLES;
    let since = world.now - days(4);
    world.departures = BTreeMap::from([(Uuid::from_u128(2), BTreeMap::from([(Cause::NoRole, since)]))]);
    insta::assert_snapshot!(shown(&world.plan(), false, None), @r#"
    Deactivate (1)
      - Noah <noah@x>
          no rule passes
          has waited 3d since 2026-03-06T12:00:00Z

    Deactivated later, unless they come back (2)
      … Mia <mia@x>  at 2026-03-13T12:00:00Z
          passes no rule
          so since 2026-03-10T12:00:00Z
      … Zoë <zoe@x>  at 2026-03-11T12:00:00Z
          gone from the directory
          so since 2026-03-10T12:00:00Z

    1 to deactivate, 2 to deactivate later, 0 unchanged. Policy REVISION.
    "#);
    let json = rolecall::plan::json(&world.plan());
    insta::assert_json_snapshot!(json["leaving"], @r#"
    [
      {
        "user": {
          "objectGUID": "00000000-0000-0000-0000-000000000001",
          "name": "Mia",
          "dn": "CN=Mia,OU=Staff,DC=example,DC=com"
        },
        "account": "1",
        "userName": "mia@x",
        "cause": "no_role",
        "since": "2026-03-10T12:00:00Z",
        "until": "2026-03-13T12:00:00Z",
        "reasons": [
          "passes no rule"
        ]
      },
      {
        "user": {
          "objectGUID": "00000000-0000-0000-0000-000000000003",
          "name": "Zoë",
          "dn": null
        },
        "account": "3",
        "userName": "zoe@x",
        "cause": "gone",
        "since": "2026-03-10T12:00:00Z",
        "until": "2026-03-11T12:00:00Z",
        "reasons": [
          "gone from the directory"
        ]
      }
    ]
    "#);
}

#[test]
fn fifty_thousand_who_leave_at_once_wait_in_order() {
    let n = 50_000u128;
    let decisions = (0..n).map(|i| decision(n - i, &format!("P{i}"), Verdict::NotEntitled)).collect();
    let accounts = (0..n).map(|i| account(&i.to_string(), &format!("u{i}@x"), true, None, None)).collect();
    let links = (0..n).map(|i| link(n - i, &i.to_string(), "P"));
    let mut world = World::new(decisions, accounts, links);
    world.switches.grace = ROLES;
    let plan = world.plan();
    assert_eq!((plan.leaving.len(), plan.departures.len(), plan.operations.len()), (50_000, 50_000, 0));
    assert!(plan.leaving.is_sorted_by(|a, b| a.user.name <= b.user.name));
}
