use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use super::explain::Reason;
use crate::directory::error::Error;

/// Trusts the certificates in the file alone, or the system's when there is no file. Names are always checked.
///
/// # Errors
/// When there is no certificate to trust.
pub(super) fn tls(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, Error> {
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
