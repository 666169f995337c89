use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError};
use url::Url;

use super::bind::Credentials;
use super::explain::{Reason, error, refusal};
use super::root::RootDse;
use super::tls::{Witness, tls};
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

/// Connects to one server.
///
/// # Errors
/// When it cannot be reached, is not the one that the URL names, or refuses the account.
pub(super) async fn connect_to(url: &str, source: &LdapSource) -> Result<Connection, Error> {
    // Read first: nobody is asked anything before there is a password.
    let credentials = Credentials::of(source)?;
    let mut opened = open(url, source, &Witness::default()).await?;
    credentials.bind(&mut opened, source).await?;
    let root = RootDse::read(&mut opened.ldap, source, url).await?;
    Ok(Connection { ldap: opened.ldap, url: url.to_owned(), root })
}

/// A connection as anybody can have it.
pub(super) struct Opened {
    pub(super) ldap: Ldap,
    pub(super) url: Url,
    pub(super) encrypted: bool,
}

/// Reaches one server; `witness` sees the certificate that it shows.
///
/// # Errors
/// When it cannot be reached, or is not the one that the URL names.
pub(super) async fn open(url: &str, source: &LdapSource, witness: &Witness) -> Result<Opened, Error> {
    let doing = format!("connect to `{url}`");
    let url = Url::parse(url).map_err(|e| {
        let reason = Reason::new(format!("that is not a URL: {e}")).hint("write `ldaps://HOST`");
        reason.doing(doing.clone())
    })?;
    let encrypted = match url.scheme() {
        "ldaps" => true,
        "ldap" => !source.allow_plaintext,
        other => {
            let why = format!("`{other}` is neither `ldaps` nor `ldap`");
            return Err(Reason::new(why).doing(doing));
        }
    };
    if url.host_str().is_none_or(str::is_empty) {
        return Err(Reason::new("the URL names no host").doing(doing));
    }
    let mut settings = LdapConnSettings::new().set_conn_timeout(source.connect_timeout);
    if encrypted {
        // Ignored by `ldaps`, which is encrypted from the start.
        settings = settings.set_starttls(true).set_config(tls(source.ca_file.as_deref(), witness)?);
    }
    let (connection, ldap) = LdapConnAsync::from_url_with_settings(settings, &url).await.map_err(|e| {
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
            _ => error(&e, source).at(&url),
        }
        .doing(doing)
    })?;
    // Ends when the last handle is dropped; what ends it before shows as a broken search.
    tokio::spawn(connection.drive());
    Ok(Opened { ldap, url, encrypted })
}
