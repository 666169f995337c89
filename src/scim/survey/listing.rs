//! Whether a list can be read whole, and in pages of what size (RFC 7644 section 3.4.2.4).

use serde_json::Value;

use super::ask::Asked;
use crate::scim::Error;
use crate::scim::answer::Answer;
use crate::scim::filter::Filter;
use crate::scim::list;
use crate::scim::resource::User;

/// A page as it came.
pub(super) struct Page {
    pub(super) total: Option<u64>,
    pub(super) users: Vec<Value>,
}

/// More than any target is known to give.
const LARGEST: u32 = 1000;

pub(super) fn query(start: usize, count: u32) -> [(&'static str, String); 2] {
    [("startIndex", start.to_string()), ("count", count.to_string())]
}

pub(super) fn page(answer: &Answer) -> Option<Page> {
    let (total, users) = list::parts(answer)?;
    Some(Page { total, users })
}

impl Page {
    pub(super) fn ids(&self) -> Vec<String> {
        self.users.iter().filter_map(|user| User::of(user)?.id()).collect()
    }
}

pub(super) async fn ask(asked: &mut Asked<'_>, first: &Page) -> Result<(), Error> {
    let received = first.users.len();
    let asked_for = asked.target.page_size;
    let inactive = first.users.iter().filter(|user| is_inactive(user)).count();
    let Some(total) = first.total else {
        asked.survey.note("list", "it has no `totalResults`: its end is where a page is empty");
        return Ok(());
    };
    let accounts = if total == 1 { "account" } else { "accounts" };
    asked.survey.fine(
        "list",
        format!("{total} {accounts}, {received} on the first page, {inactive} of them inactive"),
    );
    let all = received as u64 >= total;
    if inactive > 0 {
        asked.survey.fine("inactive accounts", "they are listed");
    } else if !all {
        asked.survey.unanswered("inactive accounts", "whether they are listed: the first page has none");
    } else if hides_inactive(asked, first).await? {
        asked.survey.note(
            "inactive accounts",
            "a filter finds some that are not listed; somebody who comes back is found by their `userName` alone",
        );
    } else {
        asked.survey.unanswered("inactive accounts", "whether they are listed: there is none");
    }
    if total == 0 {
        asked.survey.unanswered("pages", "there is nobody to page through");
        return Ok(());
    }
    paging(asked, first, total).await?;

    let largest = asked.get(&["Users"], &query(1, LARGEST)).await?;
    match page(&largest) {
        None => {
            asked.survey.note("page size", format!("{LARGEST} at once are refused with {}", largest.status));
            asked.survey.set("page_size", asked_for.to_string(), asked_for.to_string());
        }
        Some(page) if (page.users.len() as u64) < total => {
            let most = page.users.len();
            asked.survey.fine("page size", format!("at most {most} at once"));
            asked.survey.set("page_size", most.to_string(), asked_for.to_string());
        }
        Some(_) => {
            asked.survey.unanswered("page size", format!("the most at once is {total} or more"));
            asked.survey.set("page_size", asked_for.to_string(), asked_for.to_string());
        }
    }
    Ok(())
}

/// Whether a filter finds inactive accounts that a whole list does not have.
async fn hides_inactive(asked: &Asked<'_>, whole: &Page) -> Result<bool, Error> {
    let filter = Filter::equal("active", false);
    let found = match asked.get(&["Users"], &[("filter", filter.to_string())]).await {
        Ok(answer) => page(&answer),
        Err(Error::Refused { .. }) => None,
        Err(other) => return Err(other),
    };
    let listed = whole.ids();
    Ok(found.is_some_and(|found| found.ids().iter().any(|id| !listed.contains(id))))
}

/// Whether the second page is another one.
async fn paging(asked: &mut Asked<'_>, first: &Page, total: u64) -> Result<(), Error> {
    let ids = first.ids();
    if ids.len() < first.users.len() {
        asked.survey.problem("pages", "an account has no `id`");
        return Ok(());
    }
    if total < 2 {
        asked.survey.unanswered("pages", "one account fits on any page");
        return Ok(());
    }
    let cut = (first.users.len() as u64) < total;
    let (start, count) = if cut { (first.users.len() + 1, asked.target.page_size) } else { (2, 1) };
    let answer = asked.get(&["Users"], &query(start, count)).await?;
    let Some(second) = page(&answer) else {
        asked.survey.problem("pages", format!("the page from {start} on is refused with {}", answer.status));
        return Ok(());
    };
    let second = second.ids();
    let before = if cut { ids.as_slice() } else { ids.get(..1).unwrap_or_default() };
    match second.first() {
        None => asked.survey.problem("pages", format!("nobody comes from {start} on, of {total}")),
        Some(id) if before.contains(id) => {
            let harm = "a list of more than one page cannot be read whole, and then nothing is done";
            asked.survey.problem("pages", format!("`startIndex` is not obeyed: {harm}"));
        }
        Some(_) if !cut && second.len() > 1 => {
            asked.survey.note("pages", "`startIndex` is obeyed, `count` is not");
        }
        Some(_) => asked.survey.fine("pages", "`startIndex` and `count` are obeyed"),
    }
    Ok(())
}

fn is_inactive(user: &Value) -> bool {
    match user.get("active") {
        Some(Value::Bool(active)) => !active,
        Some(Value::String(active)) => active.eq_ignore_ascii_case("false"),
        _ => false,
    }
}
