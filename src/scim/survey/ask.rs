use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::{discovery, filters, listing, user};
use crate::config::{AuthScheme, Target};
use crate::diagnostic::Survey;
use crate::scim::answer::Answer;
use crate::scim::http::{Http, Request};
use crate::scim::{Client, Error};

/// A target that is being asked.
pub(super) struct Asked<'a> {
    pub(super) http: &'a Http,
    pub(super) target: &'a Target,
    pub(super) survey: Survey,
}

/// Clocks that differ by less cannot be told from a slow answer.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(5);

/// Asks a target what it can do. Everything is a GET.
///
/// # Errors
/// When it cannot be reached at all, or a setting cannot be used.
pub async fn survey(target: &Target, clock: fn() -> Timestamp) -> Result<Survey, Error> {
    let mut client = Client::new(target)?;
    let query = listing::query(1, target.page_size);
    let first = Request::get(&["Users"], &query);
    let doing = "list the accounts";
    let mut survey = Survey::default();
    let mut answer = client.http.read(&first, doing).await?;
    if matches!(answer.status, 401 | 403) {
        let other = match target.auth_scheme {
            AuthScheme::KlaviyoApiKey => AuthScheme::Bearer,
            AuthScheme::Bearer => AuthScheme::KlaviyoApiKey,
        };
        let refused = answer;
        client = Client::new(&Target { auth_scheme: other, ..target.clone() })?;
        answer = client.http.read(&first, doing).await?;
        if !answer.is_success() {
            let told = client.http.detail(&refused);
            let told = if told.is_empty() { String::new() } else { format!(": {told}") };
            survey.problem("key", format!("it is refused with {}, by either scheme{told}", refused.status));
            return Ok(survey);
        }
        survey.problem(
            "key",
            format!("it is refused as `{}`, and taken as `{}`", scheme(target.auth_scheme), scheme(other)),
        );
        survey.set("auth_scheme", quoted(scheme(other)), quoted(scheme(target.auth_scheme)));
    } else if listing::page(&answer).is_some() {
        let word = scheme(target.auth_scheme);
        survey.fine("key", format!("it is taken as `{word}`"));
        survey.set("auth_scheme", quoted(word), quoted(word));
    }
    let mut asked = Asked { http: &client.http, target, survey };
    let Some(page) = listing::page(&answer) else {
        let error = client.http.refusal(&answer, doing);
        asked.survey.problem("list", error.to_string());
        return Ok(asked.survey);
    };
    discovery::ask(&mut asked).await?;
    listing::ask(&mut asked, &page).await?;
    user::ask(&mut asked, &page).await?;
    filters::ask(&mut asked, &page).await?;
    rates(&mut asked, &answer);
    time(&mut asked, &answer, clock());
    let survey = &mut asked.survey;
    survey.unanswered(
        "writes",
        "whether PATCH works in the way of `patch_style`, and whether a change is kept",
    );
    survey.unanswered("unknown role", "how it is refused; a custom role is named by its Custom SCIM ID");
    survey.unanswered("rename", "whether an account keeps its `id` when its `userName` changes");
    Ok(asked.survey)
}

impl Asked<'_> {
    /// An answer, whatever its status.
    pub(super) async fn get(&self, path: &[&str], query: &[(&str, String)]) -> Result<Answer, Error> {
        let doing = format!("ask for `/{}`", path.join("/"));
        self.http.read(&Request::get(path, query), &doing).await
    }
}

fn scheme(scheme: AuthScheme) -> &'static str {
    match scheme {
        AuthScheme::KlaviyoApiKey => "klaviyo-api-key",
        AuthScheme::Bearer => "bearer",
    }
}

pub(super) fn quoted(word: &str) -> String {
    Value::from(word).to_string()
}

fn rates(asked: &mut Asked<'_>, answer: &Answer) {
    let limits = &answer.limits;
    let (second, minute) = (asked.target.per_second, asked.target.per_minute);
    if limits.quotas.is_empty() {
        let told = match (limits.remaining, limits.reset) {
            (Some(left), Some(reset)) => format!("{left} requests are left for {} s", reset.as_secs()),
            (Some(left), None) => format!("{left} requests are left"),
            _ => "no answer names a limit".to_owned(),
        };
        asked.survey.unanswered(
            "rate limits",
            format!(
                "{told}; {second} a second and {minute} a minute are kept to, and `Retry-After` is obeyed"
            ),
        );
        return;
    }
    let quotas: Vec<String> =
        limits.quotas.iter().map(|(limit, span)| format!("{limit} in {} s", span.as_secs())).collect();
    asked.survey.fine("rate limits", format!("it names {}, which is kept to", quotas.join(" and ")));
    for (limit, span) in &limits.quotas {
        match span.as_secs() {
            1 => asked.survey.set("per_second", limit.to_string(), second.to_string()),
            60 => asked.survey.set("per_minute", limit.to_string(), minute.to_string()),
            _ => {}
        }
    }
}

fn time(asked: &mut Asked<'_>, answer: &Answer, now: Timestamp) {
    let Some(theirs) = answer.date() else {
        asked.survey.unanswered("clock", "no answer has a `Date`");
        return;
    };
    let apart = theirs.duration_since(now).unsigned_abs();
    if apart <= CLOCK_TOLERANCE {
        asked.survey.fine("clock", "it is the same as here");
    } else {
        let way = if theirs > now { "ahead of" } else { "behind" };
        asked.survey.note(
            "clock",
            format!(
                "it is {} s {way} the one here; dates in `Retry-After` are read by the target's own",
                apart.as_secs()
            ),
        );
    }
}
