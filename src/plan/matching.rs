use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use super::Links;
use crate::desired::Account;
use crate::policy::{Reason, user_name_key};

/// Which account belongs to a person.
pub(super) enum Match<'a> {
    Nothing,
    /// By the stored link.
    Linked(&'a Account),
    /// By `userName`, for the first time.
    Adopted(&'a Account),
    /// The same, where it may not become theirs.
    Foreign(&'a Account),
    /// By `userName`, from somebody who is linked to it and gone.
    TakenOver(&'a Account, Uuid),
    /// Nobody can tell.
    Unclear(Reason),
}

/// The accounts, and to whom they belong.
pub(super) struct Owners<'a> {
    by_id: BTreeMap<&'a str, &'a Account>,
    by_name: HashMap<String, Vec<&'a Account>>,
    by_guid: BTreeMap<Uuid, &'a Account>,
    owners: HashMap<&'a str, Vec<Uuid>>,
}

impl<'a> Owners<'a> {
    /// Links to accounts that no longer exist count for nothing.
    pub(super) fn new(accounts: &'a [Account], links: &Links) -> Self {
        let by_id: BTreeMap<&str, &Account> = accounts.iter().map(|a| (a.id.as_str(), a)).collect();
        let mut by_name: HashMap<String, Vec<&Account>> = HashMap::new();
        for account in by_id.values() {
            by_name.entry(user_name_key(&account.user_name)).or_default().push(account);
        }
        let mut owners = Self { by_id, by_name, by_guid: BTreeMap::new(), owners: HashMap::new() };
        for (guid, link) in links {
            if let Some(account) = owners.by_id.get(link.account.as_str()).copied() {
                owners.own(*guid, account);
            }
        }
        owners
    }

    fn own(&mut self, guid: Uuid, account: &'a Account) {
        self.by_guid.insert(guid, account);
        self.owners.entry(&account.id).or_default().push(guid);
    }

    /// Finds a person's account, and makes it theirs if it was nobody's and may be adopted, or the one owner gives way.
    pub(super) fn find(
        &mut self,
        guid: Uuid,
        user_name: Option<&str>,
        may_adopt: impl Fn(&Account) -> bool,
        gives_way: impl Fn(Uuid) -> bool,
    ) -> Match<'a> {
        if let Some(account) = self.linked(guid) {
            if self.owner(account).is_some() {
                return Match::Linked(account);
            }
            let why =
                format!("account `{}` (`{}`) is linked to several people", account.id, account.user_name);
            return Match::Unclear(Reason::new(why));
        }
        let account = match user_name.map_or(&[][..], |name| self.holders(name)) {
            [] => return Match::Nothing,
            [account] => *account,
            [first, second, ..] => {
                return Match::Unclear(Reason::new(format!(
                    "accounts `{}` and `{}` have userNames that differ in case alone (`{}`): one of them has to go",
                    first.id, second.id, first.user_name
                )));
            }
        };
        if !self.owners.contains_key(account.id.as_str()) {
            if !may_adopt(account) {
                return Match::Foreign(account);
            }
            self.own(guid, account);
            return Match::Adopted(account);
        }
        match self.owner(account) {
            Some(owner) if gives_way(owner) => {
                self.by_guid.remove(&owner);
                self.owners.remove(account.id.as_str());
                self.own(guid, account);
                Match::TakenOver(account, owner)
            }
            _ => Match::Nothing,
        }
    }

    /// The account that a person was linked to, if it still exists.
    pub(super) fn linked(&self, guid: Uuid) -> Option<&'a Account> {
        self.by_guid.get(&guid).copied()
    }

    /// The one person that an account belongs to.
    pub(super) fn owner(&self, account: &Account) -> Option<Uuid> {
        match self.owners.get(account.id.as_str()).map(Vec::as_slice) {
            Some([guid]) => Some(*guid),
            _ => None,
        }
    }

    /// The accounts that have a `userName`, case apart.
    pub(super) fn holders(&self, user_name: &str) -> &[&'a Account] {
        self.by_name.get(&user_name_key(user_name)).map_or(&[], Vec::as_slice)
    }

    /// Accounts that belong to nobody, and active ones that belong to somebody.
    pub(super) fn split(&self) -> (Vec<&'a Account>, usize) {
        let nobodys =
            self.by_id.values().filter(|a| !self.owners.contains_key(a.id.as_str())).copied().collect();
        let active =
            self.by_id.values().filter(|a| a.active && self.owners.contains_key(a.id.as_str())).count();
        (nobodys, active)
    }
}
