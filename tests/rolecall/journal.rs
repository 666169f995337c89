//! The journal: what is recorded survives, what is recorded stays, and what was broken off is told.

mod commands;
pub(crate) mod crash;
mod pruning;
mod trouble;
mod undo;
mod verify;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use rolecall::apply::{Outcome, Record};
use rolecall::config::Sources;
use rolecall::desired::{Account, Desired, Person};
use rolecall::directory::Completeness;
use rolecall::journal::{CycleId, CycleKind, End, Journal, Lock, Planned, Start, Status, list, show};
use rolecall::plan::{
    Breach, Current, Existing, Kind, Link, Links, Operation, Plan, Standing, Verdict, diff,
};
use rolecall::policy::{Attribute, Decision, Place, Profile, Reason, Switches, Verdict as PolicyVerdict};
use uuid::Uuid;

fn sources(text: &str) -> Sources {
    let files = BTreeMap::from([("main.rhai".to_owned(), Arc::from(text))]);
    Sources { entry: "main.rhai".into(), files, extra_attributes: Vec::new() }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_millisecond(1_767_225_600_000 + second * 1000 + 250).unwrap()
}

fn clock() -> Timestamp {
    at(30)
}

fn begin(journal: &Journal, kind: CycleKind) -> CycleId {
    let sources = sources("");
    let start =
        Start { kind, cause: "rolecall apply", revision: sources.revision(), sources: &sources, at: at(0) };
    journal.begin(start).unwrap()
}

fn end(journal: &Journal, cycle: CycleId, status: Status) {
    journal.end(cycle, End { status, error: None, at: at(60) }).unwrap();
}

fn decision(n: u128, name: &str, verdict: PolicyVerdict) -> Decision {
    Decision {
        user: Uuid::from_u128(n),
        name: name.to_owned(),
        dn: format!("CN={name}"),
        user_name: None,
        verdict,
        roles: Vec::new(),
        reasons: vec![Reason::new("title contains `Manager`").at(Place {
            file: "main.rhai".into(),
            line: 12,
            column: 1,
        })],
    }
}

fn account(id: &str, user_name: &str, role: &str) -> Account {
    Account {
        id: id.to_owned(),
        user_name: user_name.to_owned(),
        active: true,
        role: Some(role.to_owned()),
        attributes: BTreeMap::new(),
    }
}

fn operation(kind: Kind, n: u128, id: Option<&str>) -> Operation {
    Operation {
        kind,
        user: Person { guid: Uuid::from_u128(n), name: format!("P{n}"), dn: Some(format!("CN=P{n}")) },
        account: id.map(str::to_owned),
        user_name: format!("p{n}@x"),
        changes: Vec::new(),
        reasons: Vec::new(),
    }
}

fn done(account: Option<Account>) -> Outcome {
    Outcome::Done { account, notes: Vec::new() }
}

fn plan() -> Plan {
    let profile = |name: &str| PolicyVerdict::Provision {
        profile: Profile {
            role: Some("manager".into()),
            attributes: BTreeMap::from([(Attribute::USER_NAME, Some(name.to_owned()))]),
            on_create: BTreeMap::new(),
        },
    };
    let decisions = [
        decision(1, "Zoë", profile("zoe@x")),
        decision(2, "Conan O'Brien", profile("o'brien@x")),
        decision(3, "Line\nBreak", PolicyVerdict::Barred),
        decision(4, "王小明", profile("wang@x")),
    ];
    let switches = Switches { protected: BTreeSet::new(), ..Switches::default() };
    let links = Links::from([(Uuid::from_u128(3), Link { account: "c".into(), name: "Line".into() })]);
    let current = Current {
        accounts: &[account("a", "ZOE@x", "analyst"), account("c", "line@x", "admin")],
        links: &links,
        completeness: &Completeness::Whole,
        absent: &BTreeMap::new(),
        existing: &Existing::default(),
        standing: Standing::at(at(0)),
    };
    diff(sources("").revision(), &Desired::of(&decisions, &switches), &switches, current)
}

fn planned(journal: &Journal, cycle: CycleId, people: usize, completeness: &Completeness, plan: &Plan) {
    let planned =
        Planned { source: "ldaps://dc1.example.com", people, completeness, plan, orders: None, at: at(4) };
    journal.planned(cycle, planned).unwrap();
}

/// Everything that a person can read, with times fixed and the revision, which changes with the version, left out.
fn shown(text: &str) -> String {
    text.replace(&sources("").revision().to_string(), "REVISION....")
}

#[test]
fn a_cycle_is_told_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("a/b");
    {
        let journal = Journal::open(&state).unwrap();
        assert_eq!(list(&journal.cycles(10).unwrap()), "The journal is empty.\n");
        let lock = Lock::take(&state).unwrap();
        let cycle = begin(&journal, CycleKind::Apply);
        let plan = plan();
        planned(&journal, cycle, 4, &Completeness::Whole, &plan);
        journal.adopt(&lock, cycle, &plan.released, &plan.adopted, at(5)).unwrap();
        let recorder = journal.recorder(&lock, cycle, &clock);
        let answers = [
            done(Some(account("a", "zoe@x", "manager"))),
            Outcome::Done {
                account: Some(account("b", "o'brien@x", "manager")),
                notes: vec!["adopted after a 409".into()],
            },
            Outcome::Failed { why: "cannot create `wang@x`: 500\nInternal".into() },
        ];
        for (index, operation) in plan.operations.iter().enumerate() {
            recorder.before(index, operation).unwrap();
            if let Some(answer) = answers.get(index) {
                recorder.after(index, operation, answer).unwrap();
            }
        }
    }
    // Another process, after the first was killed before the last answer.
    let journal = Journal::open(&state).unwrap();
    let unfinished = journal.unfinished().unwrap();
    assert_eq!(unfinished.len(), 1);
    assert_eq!((unfinished[0].kind.as_str(), unfinished[0].name.as_str()), ("deactivate", "Line\nBreak"));
    insta::assert_snapshot!("show_before", shown(&show(&journal.cycle(CycleId(1)).unwrap().unwrap())));

    let lock = Lock::take(&state).unwrap();
    assert_eq!(journal.settle(&lock, at(100)).unwrap(), unfinished);
    assert_eq!(journal.settle(&lock, at(101)).unwrap(), []);
    assert_eq!(journal.unfinished().unwrap(), []);
    insta::assert_snapshot!("show_after", shown(&show(&journal.cycle(CycleId(1)).unwrap().unwrap())));

    let refused = begin(&journal, CycleKind::Run);
    let breach = Breach {
        what: "deactivate".into(),
        count: 9,
        limit: 1,
        text: "9 deactivations are more than the limit of 1".into(),
        firm: false,
    };
    let mut plan = plan();
    plan.guard = Verdict::Refused { breaches: vec![breach] };
    planned(&journal, refused, 4, &Completeness::Partial { why: "page 3: timeout".into() }, &plan);
    end(&journal, refused, Status::Refused);
    insta::assert_snapshot!("show_refused", shown(&show(&journal.cycle(refused).unwrap().unwrap())));

    let failed = begin(&journal, CycleKind::Apply);
    let error = Some("cannot bind to `ldaps://dc1`: invalid credentials");
    journal.end(failed, End { status: Status::Failed, error, at: at(3) }).unwrap();
    insta::assert_snapshot!("show_failed", shown(&show(&journal.cycle(failed).unwrap().unwrap())));
    begin(&journal, CycleKind::Apply);
    insta::assert_snapshot!("list", shown(&list(&journal.cycles(10).unwrap())));
    assert_eq!(journal.cycles(2).unwrap().iter().map(|c| c.id.0).collect::<Vec<_>>(), [4, 3]);
    assert_eq!(journal.cycle(CycleId(99)).unwrap(), None);

    let mut json = serde_json::to_value(journal.cycle(CycleId(1)).unwrap()).unwrap();
    assert_eq!(json["revision"].take(), sources("").revision().full());
    insta::assert_json_snapshot!("show_json", json);
}

#[test]
fn links_follow_the_outcomes() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path()).unwrap();
    let lock = Lock::take(folder.path()).unwrap();
    let cycle = begin(&journal, CycleKind::Apply);
    let recorder = journal.recorder(&lock, cycle, &clock);
    let mut place = 0;
    let mut record = |operation: Operation, outcome: Outcome| {
        recorder.before(place, &operation).unwrap();
        recorder.after(place, &operation, &outcome).unwrap();
        place += 1;
    };
    let linked = || {
        let links = journal.links().unwrap();
        links.iter().map(|(guid, link)| format!("{} {}", guid.as_u128(), link.account)).collect::<Vec<_>>()
    };
    record(operation(Kind::Create, 1, None), done(Some(account("a", "p1@x", "x"))));
    record(operation(Kind::Create, 2, None), done(Some(account("b", "p2@x", "x"))));
    record(operation(Kind::Create, 3, None), Outcome::Failed { why: "500".into() });
    assert_eq!(linked(), ["1 a", "2 b"]);
    // Answered with somebody else's account: recorded, not linked.
    record(operation(Kind::Create, 4, None), done(Some(account("a", "p1@x", "x"))));
    assert_eq!(linked(), ["1 a", "2 b"]);
    // Deactivated: a rehire gets it back. Deleted: there is nothing to get back.
    record(operation(Kind::Deactivate, 1, Some("a")), done(Some(account("a", "p1@x", "x"))));
    record(operation(Kind::Deactivate, 2, Some("b")), done(None));
    assert_eq!(linked(), ["1 a"]);
    // The account that was linked is gone, another was found.
    let person = Person { guid: Uuid::from_u128(1), name: "P1".into(), dn: None };
    let adopted = [(person, Link { account: "z".into(), name: "P1".into() })];
    journal.adopt(&lock, cycle, &Links::new(), &adopted, at(9)).unwrap();
    assert_eq!(linked(), ["1 z"]);
    // One account, two people: all or nothing.
    let stranger = |n| Person { guid: Uuid::from_u128(n), name: format!("P{n}"), dn: None };
    let adopted = [
        (stranger(7), Link { account: "seven".into(), name: "P7".into() }),
        (stranger(8), Link { account: "z".into(), name: "P8".into() }),
    ];
    assert!(journal.adopt(&lock, cycle, &Links::new(), &adopted, at(9)).is_err());
    assert_eq!(linked(), ["1 z"]);
    // Unless the one of them gives it up: no other link of theirs, and not when the rest fails.
    let released = |account: &str| {
        Links::from([(Uuid::from_u128(1), Link { account: account.into(), name: "P1".into() })])
    };
    let takes_over = [(stranger(8), Link { account: "z".into(), name: "P8".into() })];
    assert!(journal.adopt(&lock, cycle, &released("other"), &takes_over, at(9)).is_err());
    let twice = [takes_over[0].clone(), (stranger(9), Link { account: "z".into(), name: "P9".into() })];
    assert!(journal.adopt(&lock, cycle, &released("z"), &twice, at(9)).is_err());
    assert_eq!(linked(), ["1 z"]);
    journal.adopt(&lock, cycle, &released("z"), &takes_over, at(9)).unwrap();
    assert_eq!(linked(), ["8 z"]);
    let operations = journal.cycle(cycle).unwrap().unwrap().operations;
    let detail = &operations[3].answer.as_ref().unwrap().detail;
    assert_eq!(detail["not_linked"], "not linked: the account is linked to P1 already");
}

#[test]
fn only_decisions_that_changed_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path()).unwrap();
    let lock = Lock::take(folder.path()).unwrap();
    let cycle = begin(&journal, CycleKind::Apply);
    let person = Person { guid: Uuid::from_u128(0), name: "P0".into(), dn: None };
    let adopted = [(person, Link { account: "a".into(), name: "Old Name".into() })];
    journal.adopt(&lock, cycle, &Links::new(), &adopted, at(1)).unwrap();
    let mut decisions: Vec<_> =
        (0..2000).map(|n| decision(n, &format!("P{n}"), PolicyVerdict::NotEntitled)).collect();
    assert_eq!(journal.decided(cycle, &decisions).unwrap(), 2000);
    assert_eq!(journal.links().unwrap()[&Uuid::from_u128(0)].name, "P0");
    let next = begin(&journal, CycleKind::Apply);
    assert_eq!(journal.decided(next, &decisions).unwrap(), 0);
    decisions[7].verdict = PolicyVerdict::Barred;
    assert_eq!(journal.decided(next, &decisions).unwrap(), 1);
    decisions[7].verdict = PolicyVerdict::NotEntitled;
    assert_eq!(journal.decided(next, &decisions).unwrap(), 1);
    assert_eq!(journal.decided(next, &decisions).unwrap(), 0);
}

#[test]
fn only_what_was_acted_on_is_the_measure_of_the_next_reading() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path()).unwrap();
    let read = |kind, people, completeness: &Completeness, refused: bool| {
        let cycle = begin(&journal, kind);
        let mut plan = plan();
        if refused {
            plan.guard = Verdict::Refused { breaches: Vec::new() };
        }
        planned(&journal, cycle, people, completeness, &plan);
        journal.last_whole_size().unwrap()
    };
    let (whole, partial) = (Completeness::Whole, Completeness::Partial { why: "cut".into() });
    assert_eq!(journal.last_whole_size().unwrap(), None);
    assert_eq!(read(CycleKind::Apply, 100, &whole, false), Some(100));
    assert_eq!(read(CycleKind::Run, 90, &partial, false), Some(100));
    assert_eq!(read(CycleKind::Run, 10, &whole, true), Some(100));
    assert_eq!(read(CycleKind::Run, 0, &whole, false), Some(0));
}

fn raw(state: &Path) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(state.join("journal.db")).unwrap();
    connection.pragma_update(None, "recursive_triggers", true).unwrap();
    connection.pragma_update(None, "foreign_keys", true).unwrap();
    connection
}

#[test]
fn what_was_recorded_cannot_be_changed() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path()).unwrap();
    let lock = Lock::take(folder.path()).unwrap();
    let cycle = begin(&journal, CycleKind::Apply);
    planned(&journal, cycle, 4, &Completeness::Whole, &plan());
    journal.decided(cycle, &[decision(1, "P1", PolicyVerdict::Barred)]).unwrap();
    let recorder = journal.recorder(&lock, cycle, &clock);
    let one = operation(Kind::Create, 1, None);
    recorder.before(0, &one).unwrap();
    recorder.after(0, &one, &done(None)).unwrap();
    assert!(recorder.before(0, &one).is_err(), "recorded twice");
    assert!(recorder.after(0, &one, &Outcome::NotSent { why: None }).is_err(), "answered twice");
    assert!(recorder.after(1, &one, &done(None)).is_err(), "answered without having been intended");
    end(&journal, cycle, Status::Done);
    assert!(recorder.before(1, &one).unwrap_err().to_string().ends_with("the cycle has ended"));
    let again = End { status: Status::Failed, error: None, at: at(61) };
    assert!(journal.end(cycle, again).is_err(), "ended twice");

    let raw = raw(folder.path());
    for table in ["revisions", "cycles", "plans", "ends", "decisions", "operations", "outcomes"] {
        let column: String = raw
            .query_row("SELECT name FROM pragma_table_info(?1) LIMIT 1", [table], |row| row.get(0))
            .unwrap();
        for sql in [
            format!("DELETE FROM {table}"),
            format!("UPDATE {table} SET {column} = {column}"),
            format!("INSERT OR REPLACE INTO {table} SELECT * FROM {table}"),
        ] {
            let error = raw.execute(&sql, ()).unwrap_err().to_string();
            assert!(
                error == "the journal is append-only"
                    || error == "the cycle has ended"
                    || error.starts_with("no such function: rolecall_link"),
                "{sql}: {error}"
            );
        }
    }
}

#[test]
fn one_at_a_time_may_act_and_anyone_may_read() {
    let folder = tempfile::tempdir().unwrap();
    let lock = Lock::take(folder.path()).unwrap();
    let error = Lock::take(folder.path()).unwrap_err();
    let text = error.to_string().replace(folder.path().to_str().unwrap(), "STATE");
    let text = text.replace(&std::process::id().to_string(), "PID");
    insta::assert_snapshot!(text, @"another rolecall (pid PID) is at work on the state folder `STATE`");
    assert_eq!(error.hint(), Some("wait until it has ended, or stop it"));

    let writer = Journal::open(folder.path()).unwrap();
    let reader = Journal::open(folder.path()).unwrap();
    begin(&writer, CycleKind::Apply);
    assert_eq!(reader.cycles(9).unwrap().len(), 1);
    drop(lock);
    Lock::take(folder.path()).unwrap();
}

#[test]
fn many_open_a_new_journal_at_once() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| begin(&Journal::open(folder.path()).unwrap(), CycleKind::Apply));
        }
    });
    assert_eq!(Journal::open(folder.path()).unwrap().cycles(99).unwrap().len(), 8);
}

fn refusal(state: &Path) -> String {
    let error = Journal::open(state).unwrap_err();
    let hint = error.hint().unwrap_or("-");
    format!("{error}\n{hint}").replace(state.to_str().unwrap(), "STATE")
}

#[test]
fn what_is_no_journal_of_ours_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal.db");

    drop(Journal::open(folder.path()).unwrap());
    raw(folder.path()).pragma_update(None, "user_version", 99).unwrap();
    insta::assert_snapshot!(refusal(folder.path()), @r#"
    `STATE/journal.db` was written by a newer rolecall (schema 99; this one knows up to 2)
    install that version of rolecall again
    "#);

    std::fs::remove_file(&file).unwrap();
    raw(folder.path()).execute_batch("CREATE TABLE theirs (x)").unwrap();
    insta::assert_snapshot!(refusal(folder.path()), @r#"
    `STATE/journal.db` is the database of something else
    name a `folder` of its own in [state]
    "#);
    let tables: i64 =
        raw(folder.path()).query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0)).unwrap();
    assert_eq!(tables, 1);

    let garbage = "no database ".repeat(1000);
    std::fs::write(&file, &garbage).unwrap();
    insta::assert_snapshot!(refusal(folder.path()), @r#"
    cannot open the journal (`STATE/journal.db`): file is not a database
    move the file away and put back a copy; without one rolecall starts over and finds accounts by userName
    "#);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), garbage);

    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    insta::assert_snapshot!(refusal(folder.path()), @r#"
    cannot open `STATE/journal.db`: Is a directory (os error 21)
    let the user that runs rolecall write there, or name another `folder` in [state]
    "#);
    std::fs::write(folder.path().join("file"), "").unwrap();
    insta::assert_snapshot!(refusal(&folder.path().join("file/state")), @r#"
    cannot create the state folder `STATE`: Not a directory (os error 20)
    let the user that runs rolecall write there, or name another `folder` in [state]
    "#);
}

#[cfg(unix)]
#[test]
fn the_state_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let journal = Journal::open(&state).unwrap();
    let _lock = Lock::take(&state).unwrap();
    begin(&journal, CycleKind::Apply);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&state), 0o700);
    for entry in std::fs::read_dir(&state).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}
