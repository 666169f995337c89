use jiff::Timestamp;
use ldap3::{Scope, SearchResult};

use super::{certificate, rights};
use crate::config::{LdapSource, Servers};
use crate::diagnostic::Survey;
use crate::directory::Query;
use crate::directory::error::Error;
use crate::directory::ldap::bind::Credentials;
use crate::directory::ldap::connect::{Connection, open};
use crate::directory::ldap::explain::error;
use crate::directory::ldap::failover::urls;
use crate::directory::ldap::read::from_one;
use crate::directory::ldap::root::RootDse;
use crate::directory::ldap::schema::schema;
use crate::directory::ldap::srv;
use crate::directory::ldap::tls::Witness;
use crate::directory::schema::Schema;
use crate::directory::survey::{people, with_hint};

/// Clocks that differ by less cannot be told from a slow answer, in seconds.
const CLOCK_TOLERANCE: u64 = 5;
/// From here on Kerberos fails (RFC 4120 section 1.6), and accounts expire on another day than they should.
const CLOCK_LIMIT: u64 = 300;

/// Asks every server that is configured, and the first that answers all the rest.
pub(in crate::directory) async fn survey(
    source: &LdapSource,
    clock: fn() -> Timestamp,
) -> (Survey, Result<Option<Schema>, Error>) {
    let mut survey = Survey::default();
    let servers = match urls(source).await {
        Ok(servers) => servers,
        Err(error) => {
            survey.problem("DNS", with_hint(&error));
            return (survey, Ok(None));
        }
    };
    if let Servers::Domain(domain) = &source.servers {
        survey.fine("DNS", format!("`{}` names {}", srv::name(domain), servers.join(", ")));
    }
    let mut first = None;
    for url in &servers {
        match server(&mut survey, url, source, clock).await {
            Reached::Bound(connection) => first = first.or(Some(connection)),
            Reached::Not => {}
            // It would be refused by the others too, and counts towards locking the account.
            Reached::Refused => return (survey, Ok(None)),
        }
    }
    let Some(mut connection) = first else { return (survey, Ok(None)) };
    contents(&mut survey, &mut connection, source).await;
    settings(&mut survey, source);
    let schema = schema(&mut connection, source, clock()).await;
    let _ = connection.ldap.unbind().await;
    (survey, schema.map(Some))
}

enum Reached {
    Bound(Box<Connection>),
    Not,
    Refused,
}

async fn server(survey: &mut Survey, url: &str, source: &LdapSource, clock: fn() -> Timestamp) -> Reached {
    let credentials = match Credentials::of(source) {
        Ok(credentials) => credentials,
        Err(error) => {
            survey.problem("bind", with_hint(&error));
            return Reached::Refused;
        }
    };
    let witness = Witness::default();
    let opened = open(url, source, &witness).await;
    if let Some(der) = witness.seen() {
        certificate::tell(survey, &der, clock());
    }
    let mut opened = match opened {
        Ok(opened) => opened,
        Err(error) => {
            survey.problem("connect", with_hint(&error));
            return Reached::Not;
        }
    };
    let way = match (opened.encrypted, opened.url.scheme()) {
        (false, _) => "without encryption",
        (true, "ldaps") => "by LDAPS",
        (true, _) => "by StartTLS",
    };
    survey.fine("connect", format!("`{url}` answers {way}"));
    if matches!(opened.url.port(), Some(3268 | 3269)) {
        survey.note(
            "global catalogue",
            "it holds a part of each person's attributes, and of memberships those in universal groups; \
             read from 636 or 389 of a domain controller",
        );
    }
    if let Err(error) = credentials.bind(&mut opened, source).await {
        survey.problem("bind", with_hint(&error));
        return if error.is_of_one_server() { Reached::Not } else { Reached::Refused };
    }
    survey.fine("bind", format!("as `{}`", source.bind.account()));
    let root = match RootDse::read(&mut opened.ldap, source, url).await {
        Ok(root) => root,
        Err(error) => {
            survey.problem("server", with_hint(&error));
            return Reached::Not;
        }
    };
    match (&root.dns_host_name, &root.default_naming_context) {
        (Some(host), Some(domain)) => survey.fine("server", format!("`{host}`, of `{domain}`")),
        _ => survey.problem("server", "it does not say which domain it holds, so it is no Active Directory"),
    }
    time(survey, &root, clock());
    Reached::Bound(Box::new(Connection { ldap: opened.ldap, url: url.to_owned(), root }))
}

fn time(survey: &mut Survey, root: &RootDse, now: Timestamp) {
    let Some(theirs) = root.current_time else {
        return survey.unanswered("clock", "the server does not tell its time");
    };
    let apart = theirs.duration_since(now).unsigned_abs().as_secs();
    let way = if theirs > now { "ahead of" } else { "behind" };
    match apart {
        0..=CLOCK_TOLERANCE => survey.fine("clock", "it is the same as here"),
        _ if apart < CLOCK_LIMIT => survey.note("clock", format!("it is {apart} s {way} the one here")),
        _ => survey.problem("clock", format!("it is {apart} s {way} the one here; set one of them right")),
    }
}

async fn contents(survey: &mut Survey, connection: &mut Connection, source: &LdapSource) {
    let base = connection
        .ldap
        .with_timeout(source.timeout)
        .search(&source.base_dn, Scope::Base, "(objectClass=*)", ["objectClass"])
        .await
        .and_then(SearchResult::success);
    match base {
        Ok(_) => survey.fine("base", format!("`{}` is there", source.base_dn)),
        Err(e) => {
            let found = error(&e, source).doing(format!("read `{}`", source.base_dn));
            return survey.problem("base", with_hint(&found));
        }
    }
    rights::ask(survey, connection, source).await;
    match from_one(connection, source, &Query::default(), false, &|_| ()).await {
        Ok(snapshot) => people(survey, &snapshot),
        Err(error) => survey.problem("read", with_hint(&error)),
    }
}

fn settings(survey: &mut Survey, source: &LdapSource) {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let (key, value) = match &source.servers {
        Servers::Domain(domain) => ("domain", quoted(domain)),
        Servers::Urls(urls) => match urls.as_slice() {
            [url] => ("url", quoted(url)),
            urls => {
                ("url", format!("[{}]", urls.iter().map(|url| quoted(url)).collect::<Vec<_>>().join(", ")))
            }
        },
    };
    survey.set(key, value.clone(), value);
    let base = quoted(&source.base_dn);
    survey.set("base_dn", base.clone(), base);
}
