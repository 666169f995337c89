//! Every account, page by page (RFC 7644 section 3.4.2.4), and the proof that none is missing.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::Value;

use super::Error;
use super::answer::Answer;
use super::filter::Filter;
use super::http::{Http, Request};
use super::resource::User;
use crate::config::RoleShape;
use crate::desired::Account;

/// A ListResponse. `startIndex` and `itemsPerPage` are not believed: providers fill them with what was asked for.
#[derive(Deserialize)]
struct Page {
    #[serde(rename = "totalResults")]
    total: Option<u64>,
    #[serde(rename = "Resources", alias = "resources")]
    resources: Option<Vec<Value>>,
}

const DOING: &str = "list the accounts";
const READINGS: usize = 3;

/// Reads all pages; `progress` is told how many accounts have been read.
///
/// The next page begins behind what was received, whatever was asked for. A total that changes or is not reached, an
/// `id` that comes twice, and a page without anything new show that the list is not the whole truth.
///
/// A list that somebody changed while it was read is read once more, as often as the budget of retries allows, and three
/// times at most.
pub(super) async fn accounts(
    http: &Http,
    shape: RoleShape,
    page_size: u32,
    progress: &(dyn Fn(usize) + Send + Sync),
) -> Result<Vec<Account>, Error> {
    for _ in 1..READINGS {
        match once(http, shape, page_size, progress).await {
            Err(Error::ListDoesNotAddUp { .. }) if http.may_retry() => {}
            other => return other,
        }
    }
    once(http, shape, page_size, progress).await
}

async fn once(
    http: &Http,
    shape: RoleShape,
    page_size: u32,
    progress: &(dyn Fn(usize) + Send + Sync),
) -> Result<Vec<Account>, Error> {
    let wrong = |why: String| Error::ListDoesNotAddUp { why };
    let mut accounts: Vec<Account> = Vec::new();
    let mut ids: HashSet<String> = HashSet::new();
    let mut total: Option<u64> = None;
    loop {
        let start = accounts.len() + 1;
        let query = [("startIndex", start.to_string()), ("count", page_size.max(1).to_string())];
        let page = read(http, &query).await?;
        if start > 1 && page.total != total {
            let show = |total: Option<u64>| total.map_or("no number".to_owned(), |total| total.to_string());
            return Err(wrong(format!("`totalResults` was {} and then {}", show(total), show(page.total))));
        }
        total = page.total;
        let resources = page.resources.unwrap_or_default();
        let received = resources.len();
        for resource in &resources {
            let account = User::of(resource)
                .and_then(|user| user.account(shape))
                .ok_or_else(|| wrong("an account has no `id`".into()))?;
            if !ids.insert(account.id.clone()) {
                return Err(wrong(format!("the account `{}` comes twice", account.id)));
            }
            accounts.push(account);
        }
        progress(accounts.len());
        let read = accounts.len() as u64;
        match total {
            Some(total) if read == total => return Ok(accounts),
            Some(total) if read > total => {
                return Err(wrong(format!("`totalResults` is {total}, and {read} accounts came")));
            }
            Some(total) if received == 0 => {
                return Err(wrong(format!("`totalResults` is {total}, and after {read} there are no more")));
            }
            // Without a total only an empty page shows the end.
            None if received == 0 => return Ok(accounts),
            _ => {}
        }
    }
}

/// The accounts that a filter finds, on its first page.
pub(super) async fn filtered(
    http: &Http,
    shape: RoleShape,
    filter: &Filter<'_>,
    doing: &str,
) -> Result<Vec<Account>, Error> {
    let query = [("filter", filter.to_string())];
    let request = Request::get(&["Users"], &query);
    let answer = http.read(&request, doing).await?;
    let page = answer.json.as_ref().filter(|_| answer.is_success()).and_then(page);
    let resources = page.ok_or_else(|| http.refusal(&answer, doing))?.resources.unwrap_or_default();
    Ok(resources.iter().filter_map(|resource| User::of(resource)?.account(shape)).collect())
}

async fn read(http: &Http, query: &[(&str, String)]) -> Result<Page, Error> {
    let answer = http.read(&Request::get(&["Users"], query), DOING).await?;
    let page = answer.json.as_ref().filter(|_| answer.is_success()).and_then(page);
    page.ok_or_else(|| http.refusal(&answer, DOING))
}

/// Whether a list is to be had at all; asks once.
pub(super) async fn probe(http: &Http) -> Result<(), String> {
    let query = [("startIndex", "1".to_owned()), ("count", "1".to_owned())];
    let answer = http.try_once(&Request::get(&["Users"], &query)).await?;
    match answer.json.as_ref().filter(|_| answer.is_success()).and_then(page) {
        Some(_) => Ok(()),
        None => Err(http.refusal(&answer, DOING).to_string()),
    }
}

/// The total and the users of a page, where the answer is one.
pub(super) fn parts(answer: &Answer) -> Option<(Option<u64>, Vec<Value>)> {
    let page = answer.json.as_ref().filter(|_| answer.is_success()).and_then(page)?;
    Some((page.total, page.resources.unwrap_or_default()))
}

/// Some JSON with neither a total nor resources is no list, and not an empty one either.
fn page(json: &Value) -> Option<Page> {
    let page = json.is_object().then(|| Page::deserialize(json).ok()).flatten()?;
    (page.total.is_some() || page.resources.is_some()).then_some(page)
}
