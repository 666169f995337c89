use std::fmt;

use super::Error;
use super::filter::Filter;
use super::http::{Http, Request};
use super::list;
use super::resource::{Resource, User};
use crate::config::{Adoption, Deprovision, PatchStyle, RoleShape, Target, UpdateMethod};
use crate::desired::Account;
use crate::policy::Attribute;

/// A connection to one service provider. Cheap to clone; all clones share the pace, the retries that are left, and the
/// knowledge that the target is down.
#[derive(Clone)]
pub struct Client {
    pub(super) http: Http,
    pub(super) ways: Ways,
}

/// How this target wants to be talked to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ways {
    pub(super) role_shape: RoleShape,
    pub(super) update_method: UpdateMethod,
    pub(super) patch_style: PatchStyle,
    pub(super) deprovision: Deprovision,
    pub(super) read_back: bool,
    /// Whether an account that is there already becomes that of whom it was to be created for.
    pub(super) adopts: bool,
    pub(super) page_size: u32,
}

/// What a write led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The account as the target shows it afterwards; `None` where it is gone, or where the target showed nothing and
    /// `read_back` is off.
    pub account: Option<Account>,
    /// What is worth telling: adopted after a 409, sent again without `name` ..
    pub notes: Vec<String>,
}

impl Client {
    /// # Errors
    /// When the key cannot be read, the URL is none or would send the key unencrypted, or a CA file holds no
    /// certificate.
    pub fn new(target: &Target) -> Result<Self, Error> {
        Ok(Self {
            http: Http::new(target)?,
            ways: Ways {
                role_shape: target.role_shape,
                update_method: target.update_method,
                patch_style: target.patch_style,
                deprovision: target.deprovision,
                read_back: target.read_back,
                adopts: target.adoption == Adoption::Adopt,
                page_size: target.page_size,
            },
        })
    }

    /// The same connection with all its retries, and no memory of failures: for the operations of one cycle. A list of
    /// accounts has its own.
    #[must_use]
    pub fn afresh(&self) -> Self {
        Self { http: self.http.afresh(), ways: self.ways }
    }

    /// Every account, from a list that was proven whole; `progress` is told after each page how many have been read.
    ///
    /// # Errors
    /// When the list cannot be read or does not add up.
    pub async fn accounts(&self, progress: &(dyn Fn(usize) + Send + Sync)) -> Result<Vec<Account>, Error> {
        list::accounts(&self.http.afresh(), self.ways.role_shape, self.ways.page_size, progress).await
    }

    /// The accounts with this `userName`, case apart, as the target's filter finds them. A filter may find nothing
    /// although the account is there (some compare case, some do not filter).
    ///
    /// # Errors
    /// When the target cannot be asked, or does not filter.
    pub async fn find(&self, user_name: &str) -> Result<Vec<Account>, Error> {
        let filter = Filter::equal("userName", user_name);
        let doing = format!("look up `{user_name}`");
        let mut found = list::filtered(&self.http, self.ways.role_shape, &filter, &doing).await?;
        found.retain(|account| Attribute::USER_NAME.same(&account.user_name, user_name));
        if found.iter().any(|account| account.user_name == user_name) {
            self.http.filter_found();
        }
        Ok(found)
    }

    /// The account with this SCIM `id`; `None` when there is none.
    ///
    /// # Errors
    /// When the target cannot be asked.
    pub async fn get(&self, id: &str) -> Result<Option<Account>, Error> {
        let doing = format!("read the account `{id}`");
        match self.resource(id, &doing).await? {
            None => Ok(None),
            Some((resource, _)) => match resource.user().account(self.ways.role_shape) {
                Some(account) => Ok(Some(account)),
                None => Err(Error::NotScim { doing, why: "it sent an account without an `id`".into() }),
            },
        }
    }

    /// With its version, where the target has any (RFC 7644 section 3.14).
    pub(super) async fn resource(
        &self,
        id: &str,
        doing: &str,
    ) -> Result<Option<(Resource, Option<String>)>, Error> {
        let path = ["Users", id];
        let answer = self.http.read(&Request::get(&path, &[]), doing).await?;
        match answer.json.as_ref().filter(|_| answer.is_success()).and_then(User::of) {
            Some(user) => {
                let version = user.version().or_else(|| answer.etag().map(str::to_owned));
                Ok(Some((Resource::of(user), version)))
            }
            None => match self.http.refusal(&answer, doing) {
                Error::Refused { status: 404, .. } => Ok(None),
                other => Err(other),
            },
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.http.base().as_str())
            .field("ways", &self.ways)
            .finish_non_exhaustive()
    }
}
