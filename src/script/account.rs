use std::fmt;
use std::sync::Arc;

use rhai::{Dynamic, ImmutableString};

use super::orders::{Fallible, World};
use crate::desired::Account;
use crate::diagnostic::closest;
use crate::policy::Attribute;

/// An account as a script sees it: `account.userName`, `account["name.givenName"]`, `account.user`.
#[derive(Clone)]
pub(super) struct SeenAccount {
    pub(super) world: Arc<World>,
    pub(super) index: usize,
}

impl fmt::Debug for SeenAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SeenAccount").field(&self.account().map(|account| &account.id)).finish()
    }
}

impl fmt::Display for SeenAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.account().map_or("", |account| account.user_name.as_str()))
    }
}

impl SeenAccount {
    pub(super) fn account(&self) -> Option<&Account> {
        self.world.accounts.get(self.index)
    }

    /// The value of a SCIM attribute, `id`, or the person: `user`. What it does not have is blank.
    pub(super) fn get(&self, name: &str) -> Fallible<Dynamic> {
        let Some(account) = self.account() else { return Ok(Dynamic::UNIT) };
        let text = |text: &str| Dynamic::from(ImmutableString::from(text));
        match name {
            "id" => return Ok(text(&account.id)),
            "user" => {
                return Ok(self
                    .world
                    .owner(account)
                    .map_or(Dynamic::UNIT, |user| Dynamic::from(user.clone())));
            }
            _ => {}
        }
        let attribute = attribute(name)?;
        if attribute == Attribute::ACTIVE {
            return Ok(account.active.into());
        }
        Ok(account.get(attribute).map_or(Dynamic::UNIT, text))
    }
}

/// An attribute by its SCIM path.
pub(super) fn attribute(path: &str) -> Fallible<Attribute> {
    Attribute::parse(path).ok_or_else(|| {
        let near = closest(path, Attribute::all().map(Attribute::path).chain(["id", "user"]));
        let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        format!("an account has no attribute `{path}`{near}").into()
    })
}
