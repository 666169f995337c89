use ldap3::{Ldap, LdapResult};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::explain::{error, refusal};
use crate::config::{Bind, LdapSource};
use crate::directory::error::Error;

/// What the account that reads shows for itself.
pub(super) enum Credentials<'a> {
    Simple {
        dn: &'a str,
        password: SecretString,
    },
    #[cfg(feature = "gssapi")]
    Gssapi,
}

impl<'a> Credentials<'a> {
    /// # Errors
    /// When the password cannot be read.
    pub(super) fn of(source: &'a LdapSource) -> Result<Self, Error> {
        Ok(match &source.bind {
            Bind::Simple { dn, password } => {
                Self::Simple { dn, password: password.read("directory password")? }
            }
            #[cfg(feature = "gssapi")]
            Bind::Gssapi => Self::Gssapi,
        })
    }

    /// Binds (RFC 4511 section 4.2).
    ///
    /// # Errors
    /// When the server refuses the account, or does not answer.
    pub(super) async fn bind(
        &self,
        ldap: &mut Ldap,
        url: &Url,
        source: &LdapSource,
        encrypted: bool,
    ) -> Result<(), Error> {
        let (who, answer): (&str, Result<LdapResult, _>) = match self {
            Self::Simple { dn, password } => {
                if !encrypted {
                    tracing::warn!(
                        "the password goes to `{url}` without encryption, as `allow_plaintext` has it"
                    );
                }
                let password = password.expose_secret();
                (dn, ldap.with_timeout(source.timeout).simple_bind(dn, password).await)
            }
            #[cfg(feature = "gssapi")]
            Self::Gssapi => {
                let host = url.host_str().unwrap_or_default();
                let bound = ldap.with_timeout(source.timeout).sasl_gssapi_bind(host).await;
                (source.bind.account(), bound)
            }
        };
        let doing = || format!("bind to `{url}` as `{who}`");
        let answer = answer.map_err(|e| error(&e, source).doing(doing()))?;
        if answer.rc != 0 {
            return Err(refusal(&answer, source).doing(doing()));
        }
        Ok(())
    }
}
