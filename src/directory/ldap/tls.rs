use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::explain::Reason;
use crate::config::system_roots;
use crate::directory::error::Error;

/// Keeps the certificate that a server showed, in DER, whether or not it was found good.
#[derive(Clone, Debug, Default)]
pub(super) struct Witness(Arc<Mutex<Option<Vec<u8>>>>);

impl Witness {
    pub(super) fn seen(&self) -> Option<Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Trusts the certificates in the file alone, or the system's when there is no file. Names are always checked.
///
/// # Errors
/// When there is no certificate to trust.
pub(super) fn tls(ca_file: Option<&Path>, witness: &Witness) -> Result<Arc<ClientConfig>, Error> {
    let roots = match ca_file {
        Some(path) => from_file(path)?,
        None => from_system()?,
    };
    let failed = |why: String| Reason::new(why).doing("prepare TLS");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let judge = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .build()
        .map_err(|e| failed(e.to_string()))?;
    let watched = Watched { judge, witness: witness.clone() };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| failed(e.to_string()))?;
    // What is called dangerous is a judge of one's own; this one only looks on.
    Ok(Arc::new(config.dangerous().with_custom_certificate_verifier(Arc::new(watched)).with_no_client_auth()))
}

/// Judges as rustls does by itself, with a witness.
#[derive(Debug)]
struct Watched {
    judge: Arc<WebPkiServerVerifier>,
    witness: Witness,
}

impl ServerCertVerifier for Watched {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        *self.witness.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(end_entity.to_vec());
        self.judge.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.judge.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.judge.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.supported_verify_schemes()
    }
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
    let roots = system_roots();
    if roots.is_empty() {
        let reason = Reason::new("there is none").hint(
            "install the system's `ca-certificates`, or name the directory's own authority as `ca_file`",
        );
        return Err(reason.doing("read the system's trusted certificates"));
    }
    Ok(roots)
}
