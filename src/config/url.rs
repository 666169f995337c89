use std::net::IpAddr;

use url::{Host, Url};

/// Why a text is not the URL that is wanted, and what to do.
pub(super) struct Refused {
    pub(super) why: String,
    pub(super) hint: &'static str,
}

fn refused<T>(why: impl Into<String>, hint: &'static str) -> Result<T, Refused> {
    Err(Refused { why: why.into(), hint })
}

const BASE_HINT: &str = "copy the base URL from Klaviyo's Security page";

/// The target's base URL, without a slash at the end. A key goes unencrypted to this machine at most.
pub(super) fn base_url(text: &str) -> Result<String, Refused> {
    let Ok(url) = Url::parse(text) else { return refused(format!("`{text}` is no URL"), BASE_HINT) };
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => {
            return refused(
                format!("`{text}` would send the key unencrypted"),
                "use https; http is for a server on this machine",
            );
        }
        _ => return refused(format!("`{text}` is neither https nor http"), BASE_HINT),
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refused(format!("`{text}` has a part behind its path"), BASE_HINT);
    }
    let base = text.trim_end_matches('/');
    if base.to_ascii_lowercase().ends_with("/users") {
        return refused(format!("`{text}` ends in `/Users`"), "leave it out: rolecall puts it there");
    }
    Ok(base.to_owned())
}

/// A proxy's URL: scheme, host and port. One with a password is hidden before it comes here, and belongs into
/// HTTPS_PROXY.
pub(super) fn proxy(text: &str) -> Result<String, Refused> {
    const HINT: &str = "such as http://proxy.example.com:3128";
    let Ok(url) = Url::parse(text) else { return refused(format!("`{text}` is no URL"), HINT) };
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return refused(format!("`{text}` names no proxy"), HINT);
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return refused(format!("`{text}` has a part behind the proxy"), HINT);
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// The directory's URL: host and port, nothing behind them (RFC 4516 allows more).
pub(super) fn ldap(text: &str, allow_plaintext: bool) -> Result<String, Refused> {
    let Ok(url) = Url::parse(text) else {
        return refused(format!("`{text}` is no URL"), "such as ldaps://dc1.example.com");
    };
    if !matches!(url.scheme(), "ldaps" | "ldap") || url.host_str().is_none_or(str::is_empty) {
        return refused(format!("`{text}` names no LDAP server"), "such as ldaps://dc1.example.com");
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return refused(
            format!("`{text}` has a part behind the server"),
            "`base_dn` says where to search, `user_filter` for whom",
        );
    }
    if allow_plaintext && !is_loopback(&url) {
        return refused(
            "`allow_plaintext` would send the password unencrypted",
            "it is for a server on this machine; ldaps:// encrypts from the start, ldap:// by StartTLS",
        );
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// A DNS domain whose domain controllers are to be found.
pub(super) fn domain(text: &str, allow_plaintext: bool) -> Result<String, Refused> {
    let name = text.strip_suffix('.').unwrap_or(text);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    };
    if name.len() > 200 || !name.split('.').all(is_label) || name.parse::<IpAddr>().is_ok() {
        return refused(format!("`{text}` is no DNS domain"), "such as example.com");
    }
    if allow_plaintext {
        return refused(
            "`allow_plaintext` would send the password unencrypted",
            "it is for a server on this machine; the servers of a domain are encrypted to by StartTLS or LDAPS",
        );
    }
    Ok(name.to_ascii_lowercase())
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        // `url` leaves the hosts of schemes that it does not know, `ldap` among them, as they are.
        Some(Host::Domain(name)) => {
            name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
        }
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}
