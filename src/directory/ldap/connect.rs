use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError};
use url::Url;

use super::bind::Credentials;
use super::explain::{Reason, error, refusal};
use super::failover::Failover;
use super::root::RootDse;
use super::tls::tls;
use crate::config::LdapSource;
use crate::directory::error::Error;

/// A connection that is bound, and so may search.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) ldap: Ldap,
    /// Of the server that answered.
    pub(super) url: String,
    pub(super) root: RootDse,
}

/// Connects to the first server that answers.
///
/// # Errors
/// When none does, or one answers in a way that no other could mend.
pub(super) async fn connect(source: &LdapSource) -> Result<Connection, Error> {
    Failover::of(source).await?.connect().await
}

/// Connects to one server.
///
/// # Errors
/// When it cannot be reached, is not the one that the URL names, or refuses the account.
pub(super) async fn connect_to(url: &str, source: &LdapSource) -> Result<Connection, Error> {
    let doing = format!("connect to `{url}`");
    let parsed = Url::parse(url).map_err(|e| {
        let reason = Reason::new(format!("that is not a URL: {e}")).hint("write `ldaps://HOST`");
        reason.doing(doing.clone())
    })?;
    let encrypted = match parsed.scheme() {
        "ldaps" => true,
        "ldap" => !source.allow_plaintext,
        other => {
            let why = format!("`{other}` is neither `ldaps` nor `ldap`");
            return Err(Reason::new(why).doing(doing));
        }
    };
    if parsed.host_str().is_none_or(str::is_empty) {
        return Err(Reason::new("the URL names no host").doing(doing));
    }
    // Read first: nobody is asked anything before there is a password.
    let credentials = Credentials::of(source)?;
    let mut settings = LdapConnSettings::new().set_conn_timeout(source.connect_timeout);
    if encrypted {
        // Ignored by `ldaps`, which is encrypted from the start.
        settings = settings.set_starttls(true).set_config(tls(source.ca_file.as_deref())?);
    }
    let (connection, mut ldap) =
        LdapConnAsync::from_url_with_settings(settings, &parsed).await.map_err(|e| {
            match &e {
                // The only operation so far.
                LdapError::LdapResult { result } => {
                    let why = format!("the server refuses StartTLS: {}", refusal(result, source).why);
                    Reason::new(why)
                        .hint("give the domain controller a certificate, or use `ldaps://`")
                        .elsewhere()
                }
                LdapError::Timeout { .. } => {
                    Reason::new(format!("no answer within {:?}", source.connect_timeout)).elsewhere()
                }
                _ => error(&e, source).at(&parsed),
            }
            .doing(doing)
        })?;
    // Ends when the last handle is dropped; what ends it before shows as a broken search.
    tokio::spawn(connection.drive());

    credentials.bind(&mut ldap, &parsed, source, encrypted).await?;
    let root = RootDse::read(&mut ldap, source, url).await?;
    Ok(Connection { ldap, url: url.to_owned(), root })
}
