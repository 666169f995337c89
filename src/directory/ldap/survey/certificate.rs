use std::net::IpAddr;

use jiff::Timestamp;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::diagnostic::Survey;

/// A certificate that ends sooner has to be seen to.
const DAYS: i64 = 30;
const DAY: i64 = 24 * 60 * 60;

/// What the certificate says of itself; whether it is trusted is told where the connection is.
pub(super) fn tell(survey: &mut Survey, der: &[u8], now: Timestamp) {
    let Ok((_, certificate)) = X509Certificate::from_der(der) else {
        return survey.problem("certificate", "the server shows one that cannot be read");
    };
    let alternative = certificate.subject_alternative_name().ok().flatten();
    let names: Vec<String> = alternative
        .iter()
        .flat_map(|extension| &extension.value.general_names)
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some(format!("`{name}`")),
            GeneralName::IPAddress(octets) => address(octets).map(|address| format!("`{address}`")),
            _ => None,
        })
        .collect();
    let names = if names.is_empty() { "no name".to_owned() } else { names.join(", ") };
    let left = (certificate.validity().not_after.timestamp() - now.as_second()).div_euclid(DAY);
    let of = format!("for {names}, issued by `{}`", certificate.issuer());
    match left {
        ..0 => survey.problem("certificate", format!("it has expired, {of}; renew it")),
        0..DAYS => {
            survey.note("certificate", format!("it is good for {left} more days; renew it soon, {of}"));
        }
        _ => survey.fine("certificate", format!("it is good for {left} more days, {of}")),
    }
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(octets).map(IpAddr::from);
    four.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from)).ok()
}
