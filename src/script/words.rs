use std::sync::Arc;

use rhai::{Array, Dynamic, Engine, Map, NativeCallContext};

use super::account::SeenAccount;
use super::orders::{Fallible, World};
use crate::plan::Kind;
use crate::policy::User;

/// `directory`
#[derive(Clone)]
pub(super) struct Directory(pub(super) Arc<World>);

/// `klaviyo`
#[derive(Clone)]
pub(super) struct Klaviyo(pub(super) Arc<World>);

type Context<'a> = NativeCallContext<'a>;

impl Klaviyo {
    fn seen(&self, index: Option<usize>) -> Dynamic {
        index.map_or(Dynamic::UNIT, |index| Dynamic::from(SeenAccount { world: Arc::clone(&self.0), index }))
    }
}

/// Registers what only these scripts may say.
pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Directory>("directory");
    engine.register_type_with_name::<Klaviyo>("klaviyo");
    engine.register_type_with_name::<SeenAccount>("account");
    engine.register_fn("users", |directory: &mut Directory| -> Array {
        directory.0.users.iter().cloned().map(Dynamic::from).collect()
    });
    engine.register_fn("accounts", |klaviyo: &mut Klaviyo| -> Array {
        (0..klaviyo.0.accounts.len()).map(|index| klaviyo.seen(Some(index))).collect()
    });
    engine.register_fn("account", |klaviyo: &mut Klaviyo, user: User| {
        klaviyo.seen(klaviyo.0.account_of(&user))
    });
    engine.register_fn("account", |klaviyo: &mut Klaviyo, name: &str| -> Fallible<Dynamic> {
        Ok(klaviyo.seen(klaviyo.0.named(name)?))
    });
    engine.register_fn("account", |_: &mut Klaviyo, (): ()| Dynamic::UNIT);

    engine.register_indexer_get(|account: &mut SeenAccount, name: &str| account.get(name));
    engine.register_fn("to_string", |account: &mut SeenAccount| account.to_string());
    engine.register_fn("to_debug", |account: &mut SeenAccount| account.to_string());
    engine.register_fn("==", |a: SeenAccount, b: SeenAccount| a.index == b.index);
    engine.register_fn("!=", |a: SeenAccount, b: SeenAccount| a.index != b.index);

    engine.register_fn("create", |context: Context<'_>, klaviyo: &mut Klaviyo, user: User| {
        klaviyo.0.create(&context, &user, &Map::new(), None)
    });
    engine.register_fn("create", |context: Context<'_>, klaviyo: &mut Klaviyo, user: User, values: Map| {
        klaviyo.0.create(&context, &user, &values, None)
    });
    engine.register_fn(
        "create",
        |context: Context<'_>, klaviyo: &mut Klaviyo, user: User, values: Map, why: &str| {
            klaviyo.0.create(&context, &user, &values, Some(why))
        },
    );
    for (name, kind) in [("update", Kind::Update), ("reactivate", Kind::Reactivate)] {
        engine.register_fn(
            name,
            move |context: Context<'_>, klaviyo: &mut Klaviyo, account: Dynamic, values: Map| {
                klaviyo.0.change(&context, kind, &account, &values, None)
            },
        );
        engine.register_fn(
            name,
            move |context: Context<'_>, klaviyo: &mut Klaviyo, account: Dynamic, values: Map, why: &str| {
                klaviyo.0.change(&context, kind, &account, &values, Some(why))
            },
        );
    }
    for (name, kind) in [("reactivate", Kind::Reactivate), ("deactivate", Kind::Deactivate)] {
        engine.register_fn(name, move |context: Context<'_>, klaviyo: &mut Klaviyo, account: Dynamic| {
            klaviyo.0.change(&context, kind, &account, &Map::new(), None)
        });
        engine.register_fn(
            name,
            move |context: Context<'_>, klaviyo: &mut Klaviyo, account: Dynamic, why: &str| {
                klaviyo.0.change(&context, kind, &account, &Map::new(), Some(why))
            },
        );
    }
}
