use rustls::RootCertStore;

/// The certificates that this system trusts.
pub(crate) fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    // Systems carry certificates that no longer parse; they only vouch for nobody.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}
