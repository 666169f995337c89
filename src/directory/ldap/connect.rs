use std::path::Path;
use std::sync::Arc;

use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use secrecy::ExposeSecret as _;
use url::Url;

use super::explain::{Reason, error, refusal};
use crate::config::LdapSource;
use crate::directory::error::Error;

/// A connection that is bound, and so may search.
///
/// # Errors
/// When the server cannot be reached, is not the one that the URL names, or refuses the account.
pub(super) async fn connect(source: &LdapSource) -> Result<Ldap, Error> {
    let doing = format!("connect to `{}`", source.url);
    let url = Url::parse(&source.url).map_err(|e| {
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
    let host = match url.host_str() {
        Some(host) if !host.is_empty() => host,
        _ => return Err(Reason::new("the URL names no host").doing(doing)),
    };
    let password = source.password.read("directory password")?;
    let mut settings = LdapConnSettings::new().set_conn_timeout(source.timeout);
    if encrypted {
        // Ignored by `ldaps`, which is encrypted from the start.
        settings = settings.set_starttls(true).set_config(tls(source.ca_file.as_deref())?);
    }
    let (connection, mut ldap) =
        LdapConnAsync::from_url_with_settings(settings, &url).await.map_err(|e| {
            match &e {
                // The only operation so far.
                LdapError::LdapResult { result } => {
                    let why = format!("the server refuses StartTLS: {}", refusal(result, source).why);
                    Reason::new(why).hint("give the domain controller a certificate, or use `ldaps://`")
                }
                _ => error(&e, source).for_host(host),
            }
            .doing(doing)
        })?;
    // Ends when the last handle is dropped; what ends it before shows as a broken search.
    tokio::spawn(connection.drive());

    let doing = format!("bind to `{}` as `{}`", source.url, source.bind_dn);
    let answer = ldap
        .with_timeout(source.timeout)
        .simple_bind(&source.bind_dn, password.expose_secret())
        .await
        .map_err(|e| error(&e, source).doing(doing.clone()))?;
    if answer.rc != 0 {
        return Err(refusal(&answer, source).doing(doing));
    }
    Ok(ldap)
}

/// Trusts the certificates in the file alone, or the system's when there is no file. Names are always checked.
fn tls(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, Error> {
    let roots = match ca_file {
        Some(path) => from_file(path)?,
        None => from_system()?,
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| Reason::new(e.to_string()).doing("prepare TLS"))?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

fn from_file(path: &Path) -> Result<RootCertStore, Error> {
    let doing = || format!("read the certificates in `{}`", path.display());
    let text = std::fs::read(path).map_err(|source| Error::Open { path: path.to_owned(), source })?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate =
            certificate.map_err(|e| Reason::new(format!("they are not PEM: {e}")).doing(doing()))?;
        roots.add(certificate).map_err(|e| Reason::new(e.to_string()).doing(doing()))?;
    }
    if roots.is_empty() {
        let reason =
            Reason::new("there is none").hint("`ca_file` holds `-----BEGIN CERTIFICATE-----` blocks");
        return Err(reason.doing(doing()));
    }
    Ok(roots)
}

fn from_system() -> Result<RootCertStore, Error> {
    let mut roots = RootCertStore::empty();
    // Systems carry certificates that no longer parse; they only vouch for nobody.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        let reason = Reason::new("there is none").hint(
            "install the system's `ca-certificates`, or name the directory's own authority as `ca_file`",
        );
        return Err(reason.doing("read the system's trusted certificates"));
    }
    Ok(roots)
}
