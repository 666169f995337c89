//! The words about people, decisions and accounts: `fixture`, `person`, `decide`, `plan`, `active_account`.

use std::sync::Arc;

use jiff::Timestamp;
use rhai::{Engine, Map, NativeCallContext};

use super::decided::{Decided, TestAccount};
use super::subject::Subject;
use super::words::time;
use super::world::{Fallible, World};

pub(super) fn register(engine: &mut Engine, world: &Arc<World>) {
    register_people(engine, world);
    register_decisions(engine, world);
}

fn register_people(engine: &mut Engine, world: &Arc<World>) {
    engine.register_type_with_name::<Subject>("user");
    let w = Arc::clone(world);
    engine.register_fn("fixture", move |context: NativeCallContext<'_>, name: &str| {
        w.fixture(name, w.clock(&context))
    });
    let w = Arc::clone(world);
    engine.register_fn("fixtures", move |context: NativeCallContext<'_>, file: &str| {
        w.fixtures_of(file, w.clock(&context))
    });
    let w = Arc::clone(world);
    engine.register_fn("person", move |context: NativeCallContext<'_>, attributes: Map| {
        Subject::made(&w.policy(), w.entries(), &attributes, w.clock(&context))
    });
    let w = Arc::clone(world);
    engine
        .register_fn("with", move |subject: &mut Subject, changes: Map| subject.with(&w.policy(), &changes));
    let w = Arc::clone(world);
    engine.register_indexer_get(move |context: NativeCallContext<'_>, subject: &mut Subject, name: &str| {
        w.subject_at(subject, w.clock(&context))?.user(&w.policy())?.get(name)
    });
    for (word, direct) in [("in_group", false), ("in_direct_group", true)] {
        let w = Arc::clone(world);
        engine.register_fn(word, move |subject: &mut Subject, group: &str| -> Fallible<bool> {
            Ok(subject.user(&w.policy())?.in_group(group, direct))
        });
    }
}

fn register_decisions(engine: &mut Engine, world: &Arc<World>) {
    engine.register_type_with_name::<Decided>("decision");
    engine.register_type_with_name::<TestAccount>("account");
    let w = Arc::clone(world);
    engine.register_fn("decide", move |context: NativeCallContext<'_>, subject: Subject| {
        w.decide(&subject, w.clock(&context))
    });
    engine.register_indexer_get(|decided: &mut Decided, name: &str| decided.get(name));
    let w = Arc::clone(world);
    engine.register_fn("operation_for", move |decided: &mut Decided, account: TestAccount| {
        w.operation(decided, &account)
    });
    let w = Arc::clone(world);
    engine.register_fn(
        "plan",
        move |context: NativeCallContext<'_>, subject: Subject, account: TestAccount| -> Fallible<String> {
            Ok(w.operation(&w.decide(&subject, w.clock(&context))?, &account))
        },
    );
    engine.register_fn("no_account", TestAccount::default);
    for (word, active) in [("active_account", true), ("inactive_account", false)] {
        let w = Arc::clone(world);
        engine.register_fn(word, move |context: NativeCallContext<'_>, subject: Subject| {
            w.account_of(&subject, active, w.clock(&context))
        });
    }
    engine.register_fn("with", |account: &mut TestAccount, changes: Map| account.with(&changes));
    engine.register_fn("unwanted_since", |account: &mut TestAccount, text: &str| -> Fallible<TestAccount> {
        Ok(TestAccount { unwanted_since: Some(time(text)?), ..account.clone() })
    });
    engine.register_fn("unwanted_since", |account: &mut TestAccount, since: Timestamp| TestAccount {
        unwanted_since: Some(since),
        ..account.clone()
    });
}
