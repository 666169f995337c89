use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

/// The users in the order in which they came, found by `id` and by `userName`. Each is complete as it is shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Store {
    /// Ascending by number.
    users: Vec<(u64, Arc<Value>)>,
    by_id: HashMap<String, u64>,
    by_user_name: HashMap<String, u64>,
    last: u64,
}

impl Store {
    pub(super) fn users(&self) -> impl ExactSizeIterator<Item = &Arc<Value>> {
        self.users.iter().map(|(_, user)| user)
    }

    /// The users from the zero-based `start`, at most `count`.
    pub(super) fn page(&self, start: usize, count: usize) -> Vec<Arc<Value>> {
        self.users.iter().skip(start).take(count).map(|(_, user)| Arc::clone(user)).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.users.len()
    }

    pub(super) fn get(&self, id: &str) -> Option<&Arc<Value>> {
        self.numbered(*self.by_id.get(id)?)
    }

    /// `userName`s are unique without case (RFC 7643 section 4.1.1: `caseExact` is false).
    pub(super) fn by_user_name(&self, user_name: &str) -> Option<&Arc<Value>> {
        self.numbered(*self.by_user_name.get(&user_name.to_lowercase())?)
    }

    /// How many users there have ever been: what new identities are made from.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// Never gives out what was given out up to `last` again.
    pub(super) fn begin_behind(&mut self, last: u64) {
        self.last = self.last.max(last);
    }

    /// Puts a user behind the others, or in the place of the one with its `id`.
    pub(super) fn put(&mut self, user: Value) -> Arc<Value> {
        let user = Arc::new(user);
        let id = text(&user, "id");
        let number = match self.by_id.get(&id) {
            Some(number) => *number,
            None => {
                self.last += 1;
                self.last
            }
        };
        match self.users.binary_search_by_key(&number, |(number, _)| *number) {
            Ok(at) => {
                if let Some((_, place)) = self.users.get_mut(at) {
                    self.by_user_name.remove(&text(place, "userName").to_lowercase());
                    *place = Arc::clone(&user);
                }
            }
            Err(at) => self.users.insert(at, (number, Arc::clone(&user))),
        }
        self.by_id.insert(id, number);
        self.by_user_name.insert(text(&user, "userName").to_lowercase(), number);
        user
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<Arc<Value>> {
        let number = self.by_id.remove(id)?;
        let at = self.users.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        let (_, user) = self.users.remove(at);
        self.by_user_name.remove(&text(&user, "userName").to_lowercase());
        Some(user)
    }

    fn numbered(&self, number: u64) -> Option<&Arc<Value>> {
        let at = self.users.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        self.users.get(at).map(|(_, user)| user)
    }
}

fn text(user: &Value, name: &str) -> String {
    user.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
