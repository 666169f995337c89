use std::collections::BTreeMap;

use jiff::Timestamp;

use super::error::Error;
use super::query::Query;
use super::schema::Schema;
use super::snapshot::{ACCOUNTDISABLE, Completeness, Snapshot};
use super::{file, ldap};
use crate::config::DirectorySource;
use crate::diagnostic::Survey;

/// How many of those whom a finding is about are named.
const SHOWN: usize = 3;

/// Asks a directory what it is, what the account may do there, and what it says of people, by reading alone. What fails
/// is a finding too. With it comes which attributes there are, where the server could be asked.
pub async fn survey(
    source: &DirectorySource,
    clock: fn() -> Timestamp,
) -> (Survey, Result<Option<Schema>, Error>) {
    match source {
        DirectorySource::Ldap(source) => ldap::survey(source, clock).await,
        DirectorySource::File(source) => {
            let mut survey = Survey::default();
            match file::read(&source.path, &Query::default(), &|_| ()).await {
                Ok(snapshot) => people(&mut survey, &snapshot),
                Err(error) => survey.problem("read", with_hint(&error)),
            }
            (survey, Ok(None))
        }
    }
}

/// An error with its advice, in one line.
pub(super) fn with_hint(error: &Error) -> String {
    match error.hint() {
        Some(hint) => format!("{error} ({hint})"),
        None => error.to_string(),
    }
}

/// What a whole reading says of people.
pub(super) fn people(survey: &mut Survey, snapshot: &Snapshot) {
    let all = || snapshot.people.iter();
    let is_disabled = |flags: &str| flags.parse::<i64>().is_ok_and(|flags| flags & ACCOUNTDISABLE != 0);
    let disabled = all().filter(|person| person.text("userAccountControl").is_some_and(is_disabled)).count();
    let (people, groups) = (snapshot.people.len(), snapshot.groups.len());
    survey.fine("people", format!("{people}, of whom {disabled} are disabled, and {groups} groups"));
    match &snapshot.completeness {
        Completeness::Whole => survey.fine("whole", "everything was read to its end"),
        Completeness::Partial { why } => {
            survey.problem(
                "whole",
                format!("it was not read whole, so nobody is deactivated for absence: {why}"),
            );
        }
    }
    let has_any = |name: &str| all().any(|person| person.values(name).next().is_some());
    for (name, without) in [
        ("userAccountControl", "whoever is disabled cannot be told"),
        ("objectGUID", "nobody can be told from anybody else"),
    ] {
        if !has_any(name) {
            survey.problem("attributes", format!("nobody has a `{name}` that can be read: {without}"));
        }
    }
    if !has_any("memberOf") {
        survey.note("groups", "nobody is in a group, or the account may not read `memberOf`");
    }
    let names = |wanted: &dyn Fn(&super::EntryRef<'_>) -> bool| -> Vec<String> {
        all().filter(|person| wanted(person)).map(|person| format!("`{}`", person.dn())).collect()
    };
    let nameless = names(&|person| person.object_guid().is_none());
    if !nameless.is_empty() {
        survey.problem(
            "objectGUID",
            format!("missing at {}; give the account the right to read it", few(&nameless)),
        );
    }
    let mailless = names(&|person| person.text("mail").is_none_or(|mail| mail.trim().is_empty()));
    if mailless.is_empty() {
        survey.fine("mail", "everybody has an address");
    } else {
        survey.note("mail", format!("missing at {}", few(&mailless)));
    }
    let mut by_mail: BTreeMap<String, usize> = BTreeMap::new();
    for mail in all().filter_map(|person| person.text("mail")) {
        *by_mail.entry(mail.trim().to_lowercase()).or_default() += 1;
    }
    let shared: Vec<String> = by_mail
        .into_iter()
        .filter(|(mail, count)| *count > 1 && !mail.is_empty())
        .map(|(mail, count)| format!("`{mail}` ({count} people)"))
        .collect();
    if !shared.is_empty() {
        let told = few(&shared);
        survey.note("same mail", format!("{told}; if it is their `userName`, these people are skipped"));
    }
}

/// The first few of them, and how many there are.
fn few(all: &[String]) -> String {
    let shown = all.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
