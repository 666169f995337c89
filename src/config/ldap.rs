use std::collections::BTreeSet;
use std::time::Duration;

use super::file::{Choice, Section};
use super::filter;
use super::load::{Base, accept};
use super::url;
use super::{Bind, LdapSource, Servers};

/// `[directory]` with `kind = "ldap"`.
pub(super) fn source(section: &Section<'_>, base: &Base) -> Option<LdapSource> {
    let allow_plaintext = section.flag("allow_plaintext", false);
    let servers = servers(section, allow_plaintext);
    let bind = bind(section, base, allow_plaintext);
    let base_dn = section.required("base_dn", "where to search, such as DC=example,DC=com");
    let user_filter = filter(section, "user_filter", "(&(objectCategory=person)(objectClass=user))");
    let group_filter = filter(section, "group_filter", "(objectClass=group)");
    let ca_file = base.optional(section, "ca_file");
    // Active Directory's MaxPageSize, unless somebody changed it.
    let page_size = section.number("page_size", 1..=100_000, 1000);
    let connect_timeout = section.duration("connect_timeout", Duration::from_secs(10));
    let timeout = section.duration("timeout", Duration::from_secs(30));
    Some(LdapSource {
        servers: servers?,
        bind: bind?,
        ca_file,
        allow_plaintext,
        base_dn: base_dn?.into_inner(),
        user_filter,
        group_filter,
        page_size,
        connect_timeout,
        timeout,
    })
}

fn servers(section: &Section<'_>, allow_plaintext: bool) -> Option<Servers> {
    let domain = section.text("domain");
    let urls = section.texts("url");
    if let Some(domain) = domain {
        if !section.lacks("url") {
            let hint = "`url` names the servers, `domain` has the DNS name them: keep one of the two";
            section.reject("C0017", "`domain` and `url` exclude each other", domain.span(), hint);
            return None;
        }
        return accept(section, &domain, url::domain(domain.get_ref(), allow_plaintext)).map(Servers::Domain);
    }
    if section.lacks("domain") {
        section.require(
            "url",
            "the domain controller, such as ldaps://dc1.example.com, or a list of them; \
             or `domain = \"example.com\"`, for which the DNS names them",
        );
    }
    let count = urls.len();
    let mut seen = BTreeSet::new();
    let mut accepted = Vec::new();
    for text in urls {
        let url = accept(section, &text, url::ldap(text.get_ref(), allow_plaintext));
        if url.as_ref().is_some_and(|url| !seen.insert(url.to_lowercase())) {
            let message = format!("`{}` is named twice", text.get_ref());
            section.reject("C0017", message, text.span(), "each server is tried once");
        }
        accepted.extend(url);
    }
    // What is wrong with one of them was told.
    (count > 0 && accepted.len() == count).then_some(Servers::Urls(accepted))
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Mechanism {
    #[default]
    Simple,
    Gssapi,
}

impl Choice for Mechanism {
    const ALL: &'static [(&'static str, Self)] = &[("simple", Self::Simple), ("gssapi", Self::Gssapi)];
}

fn bind(section: &Section<'_>, base: &Base, allow_plaintext: bool) -> Option<Bind> {
    let mechanism = if section.lacks("bind") { Mechanism::Simple } else { section.choice("bind")? };
    if mechanism == Mechanism::Gssapi {
        let _ = (section.text("bind_dn"), section.secret_if_given("password"));
        for key in ["bind_dn", "password"] {
            if !section.lacks(key) {
                let message = format!("`{key}` and `bind = \"gssapi\"` exclude each other");
                let hint = "a Kerberos ticket says who rolecall is: leave `bind_dn` and `password` out";
                section.reject("C0017", message, section.place(key), hint);
            }
        }
        if allow_plaintext {
            let message = "`allow_plaintext` and `bind = \"gssapi\"` exclude each other";
            let hint =
                "with a Kerberos ticket the connection is encrypted by TLS: leave `allow_plaintext` out";
            section.reject("C0017", message, section.place("allow_plaintext"), hint);
        }
        return gssapi(section);
    }
    let dn = section.required("bind_dn", "the account that reads, as a DN or name@domain");
    let password = base.secret(section, "password", "the password of `bind_dn`: { env = \"NAME\" }");
    Some(Bind::Simple { dn: dn?.into_inner(), password: password? })
}

#[cfg(feature = "gssapi")]
#[expect(clippy::unnecessary_wraps, reason = "without the feature there is none")]
fn gssapi(_: &Section<'_>) -> Option<Bind> {
    Some(Bind::Gssapi)
}

#[cfg(not(feature = "gssapi"))]
fn gssapi(section: &Section<'_>) -> Option<Bind> {
    let hint = "build it with `cargo build --release --features gssapi`, which needs libkrb5-dev and clang";
    section.reject("C0003", "this rolecall was built without `gssapi`", section.place("bind"), hint);
    None
}

fn filter(section: &Section<'_>, key: &'static str, default: &str) -> String {
    let Some(text) = section.text(key) else { return default.to_owned() };
    if let Err(mistake) = filter::items(text.get_ref()) {
        let span = text.span();
        let places = filter::places(section.source(span.clone()), text.get_ref()).unwrap_or_default();
        let precise = match (places.get(mistake.at.start), places.get(mistake.at.end.saturating_sub(1))) {
            (Some(first), Some(last)) => span.start + first.start..span.start + last.end,
            _ => span,
        };
        section.reject("C0014", format!("`{key}` is no filter: {}", mistake.why), precise, mistake.hint);
    }
    text.into_inner()
}
