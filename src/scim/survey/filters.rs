//! Which filters find whom they should (RFC 7644 section 3.4.2.2). A lookup by `userName` comes before any create that
//! nobody can tell the end of.

use super::ask::Asked;
use super::listing::{self, Page};
use crate::scim::Error;
use crate::scim::filter::Filter;
use crate::scim::resource::User;

/// What a filter came to.
enum Found {
    Users(Page),
    Refused(u16),
}

/// An address that nobody has (RFC 2606).
const NOBODY: &str = "rolecall-asks-for-nobody@example.invalid";

pub(super) async fn ask(asked: &mut Asked<'_>, first: &Page) -> Result<(), Error> {
    let user = first.users.iter().find_map(|user| {
        let account = User::of(user)?.account(asked.target.role_shape)?;
        (!account.user_name.is_empty()).then_some(account)
    });
    let Some(user) = user else {
        asked.survey.unanswered("filters", "there is no account to look for");
        return Ok(());
    };
    let name = user.user_name.as_str();
    let is_there = |page: &Page| page.ids().contains(&user.id);
    let list = "a lookup reads the whole list instead";
    let found = match find(asked, &Filter::equal("userName", name)).await? {
        Found::Refused(status) => {
            asked.survey.note("filters", format!("`userName eq` is refused with {status}; {list}"));
            return Ok(());
        }
        Found::Users(page) => page,
    };
    if !is_there(&found) {
        asked.survey.note("filters", format!("`userName eq` does not find an account that is there; {list}"));
        return Ok(());
    }
    if let Found::Users(page) = find(asked, &Filter::equal("userName", NOBODY)).await?
        && !page.users.is_empty()
    {
        asked.survey.note(
            "filters",
            "they are ignored: everybody is found; what comes back is held against the question",
        );
        return Ok(());
    }
    asked.survey.fine("filters", "`userName eq` finds whom it should");
    let other = other_case(name);
    if other == name {
        asked.survey.unanswered("case", "the account that was asked for has no letters");
    } else if let Found::Users(page) = find(asked, &Filter::equal("userName", other)).await?
        && is_there(&page)
    {
        asked.survey.fine("case", "`userName` is found in any case");
    } else {
        asked.survey.note("case", format!("`userName` is found in its own case alone; after a 409 {list}"));
    }
    let mut works = Vec::new();
    let mut fails = Vec::new();
    let questions = [
        ("active eq", Filter::equal("active", user.active)),
        ("emails[type eq \"work\"].value eq", Filter::equal("emails[type eq \"work\"].value", name)),
        ("and", Filter::equal("userName", name).and(Filter::Present("userName"))),
    ];
    for (words, filter) in questions {
        match find(asked, &filter).await? {
            Found::Users(page) if is_there(&page) => works.push(format!("`{words}`")),
            Found::Users(_) => fails.push(format!("`{words}` (finds nobody)")),
            Found::Refused(status) => fails.push(format!("`{words}` ({status})")),
        }
    }
    let parts = [("they find", works), ("they do not", fails)];
    let told: Vec<String> = parts
        .iter()
        .filter(|(_, words)| !words.is_empty())
        .map(|(what, words)| format!("{what}: {}", words.join(", ")))
        .collect();
    asked.survey.note("other filters", format!("{}; none is needed", told.join("; ")));
    Ok(())
}

async fn find(asked: &Asked<'_>, filter: &Filter<'_>) -> Result<Found, Error> {
    match asked.get(&["Users"], &[("filter", filter.to_string())]).await {
        Ok(answer) => Ok(match listing::page(&answer) {
            Some(page) => Found::Users(page),
            None => Found::Refused(answer.status),
        }),
        // Some fail inside over a filter that they do not know.
        Err(Error::Refused { status, .. }) => Ok(Found::Refused(status)),
        Err(other) => Err(other),
    }
}

fn other_case(name: &str) -> String {
    let turned =
        |c: char| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    name.chars().map(turned).collect()
}
