//! What `before` makes of operations: each kind, each word, and what people say of what is held.

use std::collections::BTreeMap;
use std::sync::Arc;

use rolecall::config::Sources;
use rolecall::desired::Account;
use rolecall::directory::{Absence, Completeness, Entry, Raw, Snapshot};
use rolecall::facts::Facts;
use rolecall::plan::{Answer, Hold, Kind, Plan};
use rolecall::policy::{Policy, Verdict};
use uuid::Uuid;

use super::{World, account, attribute, changes, decision, link, provision, said, shown};

fn compiled(text: &str) -> Arc<Policy> {
    let text = format!("provision_everyone();\nmap(\"userName\", |user| user.mail);\n{text}");
    let sources = Sources {
        entry: "main.rhai".into(),
        files: BTreeMap::from([("main.rhai".to_owned(), text.into())]),
        extra_attributes: Vec::new(),
    };
    let compiled = Policy::compile(&sources);
    Arc::new(compiled.policy.unwrap_or_else(|| panic!("{:?}", compiled.findings)))
}

/// Mia as the directory has her.
fn facts() -> Arc<Facts> {
    let mut mia = Entry::new("CN=Mia,OU=Staff,DC=example,DC=com".to_owned());
    for (name, value) in [
        ("objectGUID", &*Uuid::from_u128(1).to_string()),
        ("displayName", "Mia"),
        ("title", "Chief of Staff"),
        ("userAccountControl", "512"),
    ] {
        mia.push(name, Raw::Text(value.to_owned()));
    }
    let snapshot = Snapshot {
        source: "test".into(),
        people: vec![mia].into(),
        groups: Default::default(),
        asked: None,
        completeness: Completeness::Whole,
        absent: BTreeMap::new(),
    };
    Arc::new(Facts::of(&snapshot, super::NOW.parse().unwrap()))
}

/// A world in which just this is to be done for Mia.
fn due(kind: Kind, hooks: &str) -> World {
    let there = |active, role: &str| account("1", "mia@x", active, Some(role), Some("Mia"));
    let (verdict, account): (_, Option<Account>) = match kind {
        Kind::Create => (provision("mia@x", Some("manager"), Some("Mia")), None),
        Kind::Update => (provision("mia@x", Some("manager"), Some("Mia")), Some(there(true, "analyst"))),
        Kind::Reactivate => (provision("mia@x", Some("manager"), Some("Mia")), Some(there(false, "manager"))),
        Kind::Deactivate => (Verdict::Barred, Some(there(true, "manager"))),
    };
    let links = account.iter().map(|_| link(1, "1", "Mia")).collect::<Vec<_>>();
    let mut world = World::new(vec![decision(1, "Mia", verdict)], account.into_iter().collect(), links);
    world.hooks = Some((compiled(hooks), facts()));
    world
}

fn outcome(plan: &Plan) -> String {
    match (plan.operations.as_slice(), plan.held.as_slice(), plan.skipped.as_slice(), plan.unchanged) {
        ([one], [], [], 0) => format!("{}: {}", one.kind, changes(one).join(", ")),
        ([], [one], [], 0) => format!("held: {}", one.why[0]),
        ([], [], [one], 0) => format!("{}: {}", if one.fault { "fault" } else { "ordered" }, one.why),
        ([], [], [], 1) => "unchanged".to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_kind_of_operation_takes_every_word() {
    let mut told = Vec::new();
    for hook in [
        "before(|op| op);",
        "before(|op| { });",
        "before(|op| op.skip(\"not now\"));",
        "before(|op| { op.hold(\"ask\"); });",
        "before(|op| if op.kind != \"deactivate\" { op.set(\"title\", `${op.user.title}!`) });",
        "before(|op| op.set(\"title\", \"x\"));",
        "before(|op| op.without(\"name.givenName\"));",
        "before(|op| op.user.title == 1 / 0);",
        "before(|op| true);",
    ] {
        told.push(hook.to_owned());
        told.extend(Kind::ALL.map(|kind| format!("    {}", outcome(&due(kind, hook).plan()))));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    before(|op| op);
        create: userName: - > mia@x, active: - > true, role: - > manager, name.givenName: - > Mia, name.familyName: - > Initial
        update: role: analyst > manager
        reactivate: active: false > true
        deactivate: active: true > false
    before(|op| { });
        create: userName: - > mia@x, active: - > true, role: - > manager, name.givenName: - > Mia, name.familyName: - > Initial
        update: role: analyst > manager
        reactivate: active: false > true
        deactivate: active: true > false
    before(|op| op.skip("not now"));
        ordered: not now (main.rhai:3)
        ordered: not now (main.rhai:3)
        ordered: not now (main.rhai:3)
        ordered: not now (main.rhai:3)
    before(|op| { op.hold("ask"); });
        held: ask (main.rhai:3)
        held: ask (main.rhai:3)
        held: ask (main.rhai:3)
        held: ask (main.rhai:3)
    before(|op| if op.kind != "deactivate" { op.set("title", `${op.user.title}!`) });
        create: userName: - > mia@x, active: - > true, role: - > manager, name.givenName: - > Mia, name.familyName: - > Initial, title: - > Chief of Staff!
        update: role: analyst > manager, title: - > Chief of Staff!
        reactivate: active: false > true, title: - > Chief of Staff!
        deactivate: active: true > false
    before(|op| op.set("title", "x"));
        create: userName: - > mia@x, active: - > true, role: - > manager, name.givenName: - > Mia, name.familyName: - > Initial, title: - > x
        update: role: analyst > manager, title: - > x
        reactivate: active: false > true, title: - > x
        fault: `before` failed: `title` cannot be changed before an operation: a deactivation changes nothing else (main.rhai:3)
    before(|op| op.without("name.givenName"));
        create: userName: - > mia@x, active: - > true, role: - > manager, name.familyName: - > Initial
        update: role: analyst > manager
        reactivate: active: false > true
        fault: `before` failed: `name.givenName` cannot be changed before an operation: a deactivation changes nothing else (main.rhai:3)
    before(|op| op.user.title == 1 / 0);
        fault: `before` failed: division by zero: 1 / 0 (main.rhai:3)
        fault: `before` failed: division by zero: 1 / 0 (main.rhai:3)
        fault: `before` failed: division by zero: 1 / 0 (main.rhai:3)
        fault: `before` failed: division by zero: 1 / 0 (main.rhai:3)
    before(|op| true);
        fault: `before` failed: it gave true, where it gives its operation or nothing (main.rhai:3)
        fault: `before` failed: it gave true, where it gives its operation or nothing (main.rhai:3)
        fault: `before` failed: it gave true, where it gives its operation or nothing (main.rhai:3)
        fault: `before` failed: it gave true, where it gives its operation or nothing (main.rhai:3)
    "#);
}

#[test]
fn what_a_hook_may_not_change_is_a_fault_that_says_why() {
    let told: Vec<_> = [
        "op.set(\"userName\", \"other@x\")",
        "op.without(\"userName\")",
        "op.set(\"role\", \"admin\")",
        "op.set(\"active\", \"false\")",
        "op.set(\"titel\", \"x\")",
        "op.set(\"title\", [1, 2])",
        "op.set(\"title\", LEFT(\"x\", -1))",
        "op.set(\"title\", \"a\\u0007b\")",
        "op.skip(\"  \")",
        "op[`no${\"thing\"}`]",
    ]
    .map(|said| outcome(&due(Kind::Update, &format!("fn f(op) {{ {said} }}\nbefore(|o| f(o));")).plan()))
    .into();
    insta::assert_debug_snapshot!(told, @r#"
    [
        "fault: `before` failed: `userName` cannot be changed before an operation: the account is found by it (main.rhai:3)",
        "fault: `before` failed: `userName` cannot be changed before an operation: the account is found by it (main.rhai:3)",
        "fault: `before` failed: `role` cannot be changed before an operation: the role follows from `role(..)` (main.rhai:3)",
        "fault: `before` failed: `active` cannot be changed before an operation: that would be another kind of operation (main.rhai:3)",
        "fault: `before` failed: an account has no attribute `titel`; did you mean `title`? (main.rhai:3)",
        "fault: `before` failed: `title` cannot be set: [1, 2] is not one value; an account's attribute takes one (main.rhai:3)",
        "fault: `before` failed: `title` cannot be set: the value is #VALUE! (main.rhai:3)",
        "fault: `before` failed: `title` cannot be set: the text holds the control character '\\u{7}' (main.rhai:3)",
        "fault: `before` failed: say why: `op.skip(\"ask the board\")` (main.rhai:3)",
        "fault: `before` failed: an operation has no `nothing` (main.rhai:3)",
    ]
    "#);
}

#[test]
fn hooks_are_asked_in_order_each_about_what_the_ones_before_left() {
    let hooks = r#"
before(|op| op.set("title", "One"));
before(|op| if op.changes.title.to == "One" { op.set("title", "Two").hold("first") });
before(|op| if op.changes.title.to == "Two" { op.hold("second") });
before(|op| if op.role == "manager" && op.account.role == "analyst" && op.changes.role.from == "analyst" {
    op.set("nickName", op.account["name.givenName"])
});"#;
    let plan = due(Kind::Update, hooks).plan();
    insta::assert_snapshot!(shown(&plan, false, None), @r#"
    Held for approval (1)
      ? Mia <mia@x>  update
          role analyst → manager
          nickName (none) → Mia
          title (none) → Two
          `before` sets `title` (main.rhai:4)
          `before` sets `title` (main.rhai:5)
          `before` sets `nickName` (main.rhai:7)
          first (main.rhai:5)
          second (main.rhai:6)
          to approve: `rolecall approve 7de568dae03f`

    Nothing to do, 1 held for approval, 0 unchanged. Policy REVISION.
    "#);
    let skipped = due(Kind::Update, &format!("{hooks}\nbefore(|op| op.skip(\"no\"));\nbefore(|op| 1 / 0);"));
    assert_eq!(outcome(&skipped.plan()), "ordered: no (main.rhai:10)");
}

#[test]
fn an_update_of_which_nothing_is_left_is_none() {
    let plan = due(Kind::Update, "before(|op| op.without(\"title\").set(\"title\", ()));").plan();
    assert_eq!(outcome(&plan), "update: role: analyst > manager");
    let mut world = due(Kind::Update, "before(|op| op.without(\"name.givenName\"));");
    world.accounts[0] = account("1", "mia@x", true, Some("manager"), Some("M."));
    assert_eq!(outcome(&world.plan()), "unchanged");
    // Set to what the account has, letter case included.
    let mut world = due(Kind::Update, "before(|op| op.set(\"name.givenName\", \"M.\"));");
    world.accounts[0] = account("1", "mia@x", true, Some("manager"), Some("M."));
    assert_eq!(outcome(&world.plan()), "unchanged");
}

#[test]
fn what_is_held_waits_for_a_word_about_just_this() {
    for kind in Kind::ALL {
        let mut world = due(kind, "before(|op| op.hold(\"ask the board\"));");
        let plan = world.plan();
        let held = &plan.held[0];
        assert_eq!((plan.operations.len(), held.since.as_deref(), held.hash.len()), (0, None, 64));
        assert_eq!(world.plan().held[0].hash, held.hash);

        let hold = |answer| Hold { since: "2026-03-09T12:00:00Z".into(), answer };
        let says = |is_yes| Answer { who: "mia".into(), at: "2026-03-10T11:00:00Z".into(), is_yes };
        world.holds = BTreeMap::from([(held.hash.clone(), hold(None))]);
        assert_eq!(world.plan().held[0].since.as_deref(), Some("2026-03-09T12:00:00Z"));
        world.holds = BTreeMap::from([(held.hash.clone(), hold(Some(says(true))))]);
        let approved = said(&world.plan());
        assert!(approved[0].starts_with(&format!("{kind} Mia [")), "{approved:?}");
        assert!(approved[0].ends_with("approved by mia at 2026-03-10T11:00:00Z]"), "{approved:?}");
        world.holds = BTreeMap::from([(held.hash.clone(), hold(Some(says(false))))]);
        assert_eq!(
            said(&world.plan()),
            [format!("ordered {kind} Mia: rejected by mia at 2026-03-10T11:00:00Z")]
        );
        assert_eq!(world.plan().rejected, std::slice::from_ref(&held.hash));
    }
}

#[test]
fn an_approval_is_of_no_other_operation() {
    let mut world = due(Kind::Update, "before(|op| op.hold(\"ask\"));");
    let hash = world.plan().held[0].hash.clone();
    let answer = Some(Answer { who: "mia".into(), at: "t".into(), is_yes: true });
    world.holds = BTreeMap::from([(hash, Hold { since: "t".into(), answer })]);
    assert_eq!(world.plan().operations.len(), 1);
    let approved = world.clone();
    // Another value, another value before, another account, another person.
    world.accounts[0].role = Some("support".into());
    assert_eq!(world.plan().held.len(), 1);
    world = approved.clone();
    world.decisions[0].verdict = provision("mia@x", Some("admin"), Some("Mia"));
    assert_eq!(world.plan().held.len(), 1);
    world = approved.clone();
    world.accounts[0].id = "2".into();
    world.links = [link(1, "2", "Mia")].into();
    assert_eq!(world.plan().held.len(), 1);
    world = approved;
    world.accounts[0].attributes.insert(attribute("name.familyName"), "another".into());
    assert_eq!(world.plan().operations.len(), 1, "what is not touched does not matter");
}

#[test]
fn a_name_that_is_not_freed_for_a_hold_is_not_taken() {
    let mut world = World::new(
        vec![
            decision(1, "Mia", provision("new@x", None, None)),
            decision(2, "Noah", provision("mia@x", None, None)),
        ],
        vec![account("1", "mia@x", true, None, None), account("2", "noah@x", true, None, None)],
        [link(1, "1", "Mia"), link(2, "2", "Noah")],
    );
    assert_eq!(world.plan().operations.len(), 2);
    world.hooks =
        Some((compiled("before(|op| if op.user.title.contains(\"Chief\") { op.hold(\"ask\") });"), facts()));
    let plan = world.plan();
    assert_eq!(plan.held.len(), 1);
    insta::assert_debug_snapshot!(said(&plan), @r#"
    [
        "fault update Noah: Noah should get the userName `mia@x`, which is taken by account `1` of Mia (CN=Mia,OU=Staff,DC=example,DC=com)",
    ]
    "#);
}

#[test]
fn whoever_is_gone_is_nobody_to_a_hook() {
    let mut world = World::new(
        Vec::new(),
        vec![account("2", "gone@x", true, Some("admin"), None)],
        [link(2, "2", "Gone")],
    );
    world.absent = BTreeMap::from([(Uuid::from_u128(2), Absence::Gone)]);
    let hook = "before(|op| if op.user == () && !op.user.title.contains(\"x\") && op.role == \"admin\" { op.hold(op.user_name) });";
    world.hooks = Some((compiled(hook), facts()));
    assert_eq!(outcome(&world.plan()), "held: gone@x (main.rhai:3)");
}

#[test]
fn people_and_programs_read_what_is_held() {
    let plan = due(Kind::Update, "before(|op| op.hold(\"ask\\n\\x1b[31mthe board\"));").plan();
    insta::assert_snapshot!(shown(&plan, false, None), @r#"
    Held for approval (1)
      ? Mia <mia@x>  update
          role analyst → manager
          ask\n\u{1b}[31mthe board (main.rhai:3)
          to approve: `rolecall approve e0f3cd398dac`

    Nothing to do, 1 held for approval, 0 unchanged. Policy REVISION.
    "#);
    insta::assert_json_snapshot!(rolecall::plan::json(&plan)["held"], @r#"
    [
      {
        "kind": "update",
        "user": {
          "objectGUID": "00000000-0000-0000-0000-000000000001",
          "name": "Mia",
          "dn": "CN=Mia,OU=Staff,DC=example,DC=com"
        },
        "account": "1",
        "userName": "mia@x",
        "changes": [
          {
            "attribute": "role",
            "from": "analyst",
            "to": "manager"
          }
        ],
        "reasons": [],
        "why": [
          "ask\n\u001b[31mthe board (main.rhai:3)"
        ],
        "hash": "e0f3cd398dac23fcc06ceb51430869535f32501f9279c1d4f2d8ca2f88b16a68",
        "since": null
      }
    ]
    "#);
}
