//! One operation, so that it is done once, whatever happens to a request and its answer on the way.

use bytes::Bytes;
use hyper::Method;

use super::answer::Answer;
use super::http::{Request, Sent, json};
use super::resource::{Place, Resource, User};
use super::{Client, Error, Written, list, patch};
use crate::config::{Deprovision, PatchStyle, UpdateMethod};
use crate::desired::Account;
use crate::plan::{Change, Kind, Operation};
use crate::policy::Attribute;

/// How often a write is sent when nobody can tell what became of it, with a look at the account in between.
const TRIES: usize = 3;

/// A write under way.
struct Task<'a> {
    client: &'a Client,
    /// What is attempted on what, for messages.
    doing: String,
    /// The account's name before the operation, or the one that it will have.
    user_name: &'a str,
    notes: Vec<String>,
}

/// What an update sends.
struct Body {
    method: Method,
    json: Bytes,
    version: Option<String>,
}

impl Client {
    /// Carries out one operation and shows the account afterwards. Safe to repeat, and to begin again after a crash.
    ///
    /// A create that finds the user there already adopts that account, if the settings let it: it gets the attributes and
    /// is made active.
    ///
    /// # Errors
    /// When it was refused, ignored, or when nobody can tell whether it was done.
    ///
    /// After many failures in a row nothing is sent for a while; then it waits for a probe, or is [`Error::NotSent`].
    pub async fn perform(&self, operation: &Operation) -> Result<Written, Error> {
        let circuit = &self.http.circuit;
        if let Err(why) = circuit.pass(|| list::probe(&self.http)).await {
            let doing = format!("{} `{}`", operation.kind, operation.user_name);
            return Err(Error::NotSent { doing, why });
        }
        let result = self.carry_out(operation).await;
        match &result {
            Err(error) if error.is_outage() => circuit.failed(error),
            _ => circuit.succeeded(),
        }
        result
    }

    async fn carry_out(&self, operation: &Operation) -> Result<Written, Error> {
        let task = Task {
            client: self,
            doing: format!("{} `{}`", operation.kind, operation.user_name),
            user_name: &operation.user_name,
            notes: Vec::new(),
        };
        let id = match (operation.kind, operation.account.as_deref()) {
            (Kind::Create, _) => return task.create(operation.changes.clone()).await,
            (_, Some(id)) => id,
            (_, None) => {
                let why = format!("the operation to {} names no account", task.doing);
                return Err(Error::Config { why });
            }
        };
        match (operation.kind, self.ways.deprovision) {
            (Kind::Deactivate, Deprovision::Delete) => task.delete(id).await,
            (Kind::Deactivate, Deprovision::Deactivate) => {
                let changes = with_active(&operation.changes, false);
                match task.update(id, changes).await {
                    Err(Error::Gone { .. }) => {
                        Ok(Written { account: None, notes: vec!["the account was gone already".into()] })
                    }
                    other => other,
                }
            }
            (Kind::Reactivate, _) => task.update(id, with_active(&operation.changes, true)).await,
            _ => task.update(id, operation.changes.clone()).await,
        }
    }
}

impl Task<'_> {
    async fn create(mut self, changes: Vec<Change>) -> Result<Written, Error> {
        let mut changes = with_active(&changes, true);
        let mut delays = self.client.http.backoff();
        let (mut tries, mut unclear) = (0, false);
        loop {
            let mut body = Resource::new(self.user_name);
            for change in &changes {
                body.set(change.attribute, change.to.as_deref(), self.client.ways.role_shape);
            }
            let request = Request::write(Method::POST, &["Users"], Some(json(&body)));
            tries += 1;
            match self.client.http.send(&request, &self.doing).await? {
                Sent::Answered(answer) if answer.is_success() => {
                    return self.created(&answer, &changes).await;
                }
                Sent::Answered(answer) => {
                    if self.drop_name(&answer, &mut changes) {
                        continue;
                    }
                    // After a try whose end is not known it is most likely our own.
                    if answer.status == 409 && (self.client.ways.adopts || unclear) {
                        return self.adopt(&answer, changes).await;
                    }
                    return Err(self.client.http.refusal(&answer, &self.doing));
                }
                // To send it blindly again could make a second user: look first.
                Sent::Unclear { answer, why } => {
                    unclear = true;
                    self.pause(answer.as_ref(), delays.next()).await;
                    let doubt =
                        |e: Error| Error::Unknown { doing: self.doing.clone(), why: format!("{why}; {e}") };
                    let thorough = !self.client.http.filters();
                    if let Some(account) = self.look_up(thorough).await.map_err(doubt)? {
                        self.notes.push(format!("{why}, and the account was found to be there"));
                        return self.take_over(account, changes).await;
                    }
                    if tries >= TRIES - 1 || !self.client.http.may_retry() {
                        return Err(self.unclear(answer.as_ref(), why));
                    }
                }
            }
        }
    }

    /// After a success: the account from the answer, or looked up where the answer shows none (201 without a body).
    async fn created(mut self, answer: &Answer, changes: &[Change]) -> Result<Written, Error> {
        let shown = answer.json.as_ref().and_then(User::of);
        if let Some(account) = shown.and_then(|user| user.account(self.client.ways.role_shape)) {
            let account = match self.client.ways.read_back && !missing(&account, changes).is_empty() {
                // The account is there, whether or not it can be read once more.
                true => self.client.get(&account.id).await.ok().flatten().unwrap_or(account),
                false => account,
            };
            let missing = missing(&account, changes);
            if !missing.is_empty() {
                let names: Vec<String> = missing.iter().map(|attribute| format!("`{attribute}`")).collect();
                self.notes.push(format!("the new account does not show {}", names.join(", ")));
            }
            return Ok(Written { account: Some(account), notes: self.notes });
        }
        if answer.json.is_none() && answer.status != 204 && answer.status != 201 {
            return Err(self.client.http.refusal(answer, &self.doing));
        }
        match self.look_up(true).await? {
            Some(account) => Ok(Written { account: Some(account), notes: self.notes }),
            None => Err(Error::Unknown {
                doing: self.doing,
                why: format!(
                    "it was answered by {} without an `id`, and no such account is to be found",
                    answer.status
                ),
            }),
        }
    }

    /// After 409: the account is there, by an earlier try or by somebody else.
    async fn adopt(mut self, refused: &Answer, changes: Vec<Change>) -> Result<Written, Error> {
        match self.look_up(true).await? {
            Some(account) => {
                self.notes.push(format!("adopted the account that was there already (`{}`)", account.id));
                self.take_over(account, changes).await
            }
            None => Err(self.client.http.refusal(refused, &self.doing)),
        }
    }

    /// By filter, and by the whole list where the target does not filter; with `thorough` also where the filter finds
    /// nothing, since filters that compare case are common.
    async fn look_up(&self, thorough: bool) -> Result<Option<Account>, Error> {
        let mut found = match self.client.find(self.user_name).await {
            Ok(found) if !found.is_empty() || !thorough => found,
            Ok(_) | Err(Error::Refused { .. }) => {
                let ways = &self.client.ways;
                let mut all =
                    list::accounts(&self.client.http, ways.role_shape, ways.page_size, &|_| {}).await?;
                all.retain(|account| Attribute::USER_NAME.same(&account.user_name, self.user_name));
                all
            }
            Err(other) => return Err(other),
        };
        if found.len() > 1 {
            found.retain(|account| account.user_name == self.user_name);
        }
        Ok(found.pop().filter(|_| found.is_empty()))
    }

    async fn take_over(mut self, account: Account, changes: Vec<Change>) -> Result<Written, Error> {
        let missing = missing(&account, &changes);
        let changes: Vec<Change> = changes
            .into_iter()
            .filter(|change| missing.contains(&change.attribute))
            .map(|change| Change { from: account.get(change.attribute).map(str::to_owned), ..change })
            .collect();
        if changes.is_empty() {
            return Ok(Written { account: Some(account), notes: self.notes });
        }
        let names: Vec<String> = changes.iter().map(|change| format!("`{}`", change.attribute)).collect();
        self.notes.push(format!("changed {} on it", names.join(", ")));
        self.update(&account.id, changes).await
    }

    async fn update(mut self, id: &str, mut changes: Vec<Change>) -> Result<Written, Error> {
        if changes.is_empty() {
            return Ok(Written { account: Some(self.account(id).await?), notes: self.notes });
        }
        let mut delays = self.client.http.backoff();
        let mut tries = 0;
        let mut whole_lists = self.client.ways.patch_style == PatchStyle::NoPath;
        loop {
            let Body { method, json, version } = self.body(id, &changes, whole_lists).await?;
            let path = ["Users", id];
            let request = Request::write(method, &path, Some(json)).if_match(version.as_deref());
            tries += 1;
            match self.client.http.send(&request, &self.doing).await? {
                Sent::Answered(answer) if answer.is_success() => {
                    return self.confirm(id, &answer, &changes).await;
                }
                Sent::Answered(answer) => {
                    // Changed by somebody else since it was read: read it again.
                    if answer.status == 412 && tries < TRIES && self.client.http.may_retry() {
                        self.pause(None, delays.next()).await;
                        continue;
                    }
                    if self.drop_name(&answer, &mut changes) {
                        if changes.is_empty() {
                            return Ok(Written { account: Some(self.account(id).await?), notes: self.notes });
                        }
                        continue;
                    }
                    // No value fits the path, although the account showed one: send the list as a whole.
                    let no_target = answer.status == 400
                        && matches!(answer.scim_type().as_deref(), Some("noTarget" | "invalidPath"));
                    if no_target && !whole_lists && patch::chooses(self.client.ways.patch_style, &changes) {
                        whole_lists = true;
                        continue;
                    }
                    return Err(match self.client.http.refusal(&answer, &self.doing) {
                        Error::Refused { status: 404, .. } => self.gone(id),
                        other => other,
                    });
                }
                Sent::Unclear { answer, why } => {
                    self.pause(answer.as_ref(), delays.next()).await;
                    let doubt =
                        |e: Error| Error::Unknown { doing: self.doing.clone(), why: format!("{why}; {e}") };
                    let account = self.client.get(id).await.map_err(doubt)?.ok_or_else(|| self.gone(id))?;
                    if missing(&account, &changes).is_empty() {
                        self.notes.push(format!("{why}, and the account shows the change"));
                        return Ok(Written { account: Some(account), notes: self.notes });
                    }
                    if tries >= TRIES || !self.client.http.may_retry() {
                        return Err(self.unclear(answer.as_ref(), why));
                    }
                }
            }
        }
    }

    /// Where it is made from the account as it was read, it is for that version alone.
    async fn body(&self, id: &str, changes: &[Change], whole_lists: bool) -> Result<Body, Error> {
        let ways = &self.client.ways;
        let put = ways.update_method == UpdateMethod::Put;
        let current = if put || (whole_lists && patch::chooses(ways.patch_style, changes)) {
            let resource = self.client.resource(id, &self.doing).await?;
            Some(resource.ok_or_else(|| self.gone(id))?)
        } else {
            None
        };
        let (current, version) = current.unzip();
        let version = version.flatten();
        Ok(match current {
            Some(mut resource) if put => {
                for change in changes {
                    resource.set(change.attribute, change.to.as_deref(), ways.role_shape);
                }
                Body { method: Method::PUT, json: json(&resource.writable()), version }
            }
            current => {
                let patch = patch::body(ways.patch_style, ways.role_shape, changes, current.as_ref());
                Body { method: Method::PATCH, json: json(&patch), version }
            }
        })
    }

    /// After a success: what the answer shows, or the account read again where it does not show the change.
    async fn confirm(mut self, id: &str, answer: &Answer, changes: &[Change]) -> Result<Written, Error> {
        let ways = &self.client.ways;
        let shown = answer.json.as_ref().and_then(User::of);
        if let Some(account) = shown.and_then(|user| user.account(ways.role_shape))
            && (account.id == id || renamed(changes).is_some())
            && (missing(&account, changes).is_empty() || !ways.read_back)
        {
            return Ok(self.written(id, account));
        }
        if !ways.read_back {
            self.notes.push("the target does not show the account, and `read_back` is off".into());
            return Ok(Written { account: None, notes: self.notes });
        }
        let account = match (self.client.get(id).await?, renamed(changes)) {
            (Some(account), _) => account,
            // A new `userName` may have brought a new `id`.
            (None, Some(name)) => self.client.find(name).await?.pop().ok_or_else(|| self.gone(id))?,
            (None, None) => return Err(self.gone(id)),
        };
        let missing = missing(&account, changes);
        if missing.is_empty() {
            Ok(self.written(id, account))
        } else {
            Err(Error::Ignored { doing: self.doing, attributes: missing })
        }
    }

    fn written(mut self, id: &str, account: Account) -> Written {
        if account.id != id {
            self.notes.push(format!("the account has a new `id`: `{}` was `{id}`", account.id));
        }
        Written { account: Some(account), notes: self.notes }
    }

    async fn delete(mut self, id: &str) -> Result<Written, Error> {
        let mut delays = self.client.http.backoff();
        let mut tries = 0;
        let path = ["Users", id];
        let request = Request::write(Method::DELETE, &path, None);
        loop {
            tries += 1;
            match self.client.http.send(&request, &self.doing).await? {
                Sent::Answered(answer) if answer.is_success() => break,
                Sent::Answered(answer) => match self.client.http.refusal(&answer, &self.doing) {
                    Error::Refused { status: 404, .. } => {
                        if tries == 1 {
                            self.notes.push("the account was gone already".into());
                        }
                        return Ok(Written { account: None, notes: self.notes });
                    }
                    other => return Err(other),
                },
                Sent::Unclear { answer, why } if tries >= TRIES || !self.client.http.may_retry() => {
                    return Err(self.unclear(answer.as_ref(), why));
                }
                Sent::Unclear { answer, .. } => self.pause(answer.as_ref(), delays.next()).await,
            }
        }
        if !self.client.ways.read_back {
            return Ok(Written { account: None, notes: self.notes });
        }
        match self.client.get(id).await? {
            Some(account) if account.active => {
                Err(Error::Ignored { doing: self.doing, attributes: vec![Attribute::ACTIVE] })
            }
            Some(account) => {
                self.notes.push("the target keeps deleted accounts as inactive ones".into());
                Ok(Written { account: Some(account), notes: self.notes })
            }
            None => Ok(Written { account: None, notes: self.notes }),
        }
    }

    /// Klaviyo refuses a first or last name that differs from the one in another company of the same user. Whether
    /// the name was taken out, and the rest is to be sent again.
    fn drop_name(&mut self, answer: &Answer, changes: &mut Vec<Change>) -> bool {
        if !matches!(answer.status, 400 | 403 | 409 | 422) {
            return false;
        }
        let detail = self.client.http.detail(answer);
        let folded: String = detail.to_lowercase().chars().filter(|c| c.is_alphabetic()).collect();
        if !["firstname", "lastname", "givenname", "familyname"].iter().any(|name| folded.contains(name)) {
            return false;
        }
        let before = changes.len();
        changes.retain(|change| !matches!(Place::of(change.attribute), Place::Sub("name", _)));
        if changes.len() == before {
            return false;
        }
        self.notes.push(format!("the name was refused, and the rest was sent without it: {detail}"));
        true
    }

    async fn account(&self, id: &str) -> Result<Account, Error> {
        self.client.get(id).await?.ok_or_else(|| self.gone(id))
    }

    async fn pause(&self, answer: Option<&Answer>, delay: std::time::Duration) {
        let asked = answer.and_then(|answer| answer.limits.wait()).unwrap_or_default();
        tokio::time::sleep(delay.max(asked.min(super::http::MAX_WAIT))).await;
    }

    fn gone(&self, id: &str) -> Error {
        Error::Gone { doing: self.doing.clone(), account: id.to_owned() }
    }

    /// The target was asked, and has not changed: an answer that says why is a refusal.
    fn unclear(&self, answer: Option<&Answer>, why: String) -> Error {
        match answer {
            Some(answer) if !answer.is_success() => self.client.http.refusal(answer, &self.doing),
            _ => Error::Unknown { doing: self.doing.clone(), why },
        }
    }
}

/// The name that an account gets.
fn renamed(changes: &[Change]) -> Option<&str> {
    changes.iter().find(|change| change.attribute == Attribute::USER_NAME)?.to.as_deref()
}

fn with_active(changes: &[Change], active: bool) -> Vec<Change> {
    let to = Some(active.to_string());
    let mut changes: Vec<Change> =
        changes.iter().filter(|change| change.attribute != Attribute::ACTIVE).cloned().collect();
    changes.push(Change { attribute: Attribute::ACTIVE, from: Some((!active).to_string()), to });
    changes.sort_by_key(|change| change.attribute);
    changes
}

/// The attributes that are not yet as the changes want them.
fn missing(account: &Account, changes: &[Change]) -> Vec<Attribute> {
    let done = |change: &&Change| match (account.get(change.attribute), change.to.as_deref()) {
        (Some(is), Some(to)) => change.attribute.same(is, to),
        (is, to) => is.is_none() == to.is_none(),
    };
    changes.iter().filter(|change| !done(change)).map(|change| change.attribute).collect()
}
