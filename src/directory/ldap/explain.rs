use std::io;

use ldap3::{LdapError, LdapResult};
use rustls::CertificateError;
use url::Url;

#[cfg(feature = "gssapi")]
use crate::config::Bind;
use crate::config::LdapSource;
use crate::directory::error::Error;

/// Why something failed, in words, and what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reason {
    pub(super) why: String,
    hint: Option<String>,
    kind: Kind,
    /// Another server may do better.
    elsewhere: bool,
}

/// What a later stage knows more about.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Settled,
    /// The host's name has no address.
    UnknownHost,
    /// Nothing listens there.
    Refused,
    /// Something else than the server that was looked for may listen there.
    Closed,
    BadFilter,
}

impl Reason {
    pub(super) fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), hint: None, kind: Kind::Settled, elsewhere: false }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says that another server may do better.
    pub(super) fn elsewhere(self) -> Self {
        Self { elsewhere: true, ..self }
    }

    /// With what the URL that was connected to tells.
    pub(super) fn at(mut self, url: &Url) -> Self {
        let port = match url.scheme() {
            "ldaps" => "LDAPS (636 by default)",
            _ => "LDAP (389 by default)",
        };
        match self.kind {
            Kind::UnknownHost => {
                let host = url.host_str().unwrap_or_default();
                self.why = format!("the host `{host}` is not known: {}", self.why);
                self
            }
            Kind::Refused => self.hint(format!("is the server up, and the port that of {port}?")),
            Kind::Closed => {
                self.hint(format!("is the port that of {port}, and has the server a certificate?"))
            }
            Kind::Settled | Kind::BadFilter => self,
        }
    }

    pub(super) fn in_search(mut self, filter: &str) -> Self {
        if self.kind == Kind::BadFilter {
            self.why = format!("`{filter}` is not a filter (RFC 4515)");
        }
        self
    }

    pub(super) fn doing(self, doing: impl Into<String>) -> Error {
        let (doing, why, hint) = (doing.into(), self.why, self.hint);
        if self.elsewhere { Error::Server { doing, why, hint } } else { Error::Ldap { doing, why, hint } }
    }
}

/// What went wrong on the way to the server or back.
pub(super) fn error(error: &LdapError, source: &LdapSource) -> Reason {
    match error {
        LdapError::Io { source: io } => match io.get_ref().and_then(|inner| inner.downcast_ref()) {
            Some(tls) => of_tls(tls, source).elsewhere(),
            None => of_io(io),
        },
        LdapError::Rustls { source: tls } => of_tls(tls, source).elsewhere(),
        LdapError::DNSName { .. } => {
            Reason::new("a certificate cannot be checked against that host").hint("use a host name")
        }
        LdapError::Timeout { .. } => {
            Reason::new(format!("no answer within {:?}", source.timeout)).elsewhere()
        }
        LdapError::LdapResult { result } => refusal(result, source),
        LdapError::EndOfStream | LdapError::ResultRecv { .. } | LdapError::OpSend { .. } => {
            Reason::new("the connection was lost").elsewhere()
        }
        #[cfg(feature = "gssapi")]
        LdapError::GssapiOperationError(text) => of_kerberos(text),
        LdapError::FilterParsing => Reason { kind: Kind::BadFilter, ..Reason::new("the filter is wrong") },
        other => Reason::new(other.to_string()),
    }
}

fn of_io(error: &io::Error) -> Reason {
    let reason = match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            let why = "nothing listens there: the connection was refused";
            Reason { kind: Kind::Refused, ..Reason::new(why) }
        }
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
            let why = format!("the server closed the connection: {error}");
            Reason { kind: Kind::Closed, ..Reason::new(why) }
        }
        _ if error.to_string().contains("failed to lookup address") => {
            let why = error.to_string();
            let why = why.rsplit(": ").next().unwrap_or_default().to_lowercase();
            Reason { kind: Kind::UnknownHost, ..Reason::new(why) }
        }
        _ => Reason::new(error.to_string()),
    };
    reason.elsewhere()
}

/// `Unspecified GSS failure.  Minor code may provide more information (Ticket expired)`: what stands in parentheses is
/// from Kerberos itself.
#[cfg(any(test, feature = "gssapi"))]
fn of_kerberos(text: &str) -> Reason {
    let inner = text.split_once('(').and_then(|(_, rest)| rest.trim_end().strip_suffix(')')).unwrap_or(text);
    let hint = [
        ("No Kerberos credentials", "get a ticket by `kinit`, or name a keytab in KRB5_CLIENT_KTNAME"),
        ("Ticket expired", "get a new ticket by `kinit`, or name a keytab in KRB5_CLIENT_KTNAME"),
        (
            "not found in Kerberos database",
            "name the domain controller in `url` as the domain does: `dc1.example.com`",
        ),
        ("KDC", "is port 88 of the domain controller open, and the realm in krb5.conf the right one?"),
        ("lock skew", "set this machine's clock as the domain controller's"),
        ("default realm", "name the domain in krb5.conf, as `default_realm = EXAMPLE.COM`"),
    ]
    .into_iter()
    .find_map(|(part, hint)| text.contains(part).then_some(hint));
    let reason = Reason::new(format!("Kerberos failed: {inner}"));
    match hint {
        Some(hint) => reason.hint(hint),
        None => reason,
    }
}

fn of_tls(error: &rustls::Error, source: &LdapSource) -> Reason {
    let rustls::Error::InvalidCertificate(certificate) = error else {
        return Reason::new(format!("TLS failed: {error}"));
    };
    match certificate {
        CertificateError::UnknownIssuer => {
            let reason =
                Reason::new("the server's certificate was issued by an authority that is not trusted");
            reason.hint(match &source.ca_file {
                Some(path) => format!("`{}` does not hold the authority that issued it", path.display()),
                None => "name the PEM file of that authority as `ca_file`".to_owned(),
            })
        }
        CertificateError::NotValidForName => Reason::new("the server's certificate is for another name")
            .hint("use a name in `url` that the certificate has"),
        CertificateError::NotValidForNameContext { expected, presented } => {
            // rustls writes them as `DnsName("dc1.example.com")`.
            let bare = |name: &str| name.split('"').nth(1).unwrap_or(name).to_owned();
            let names: Vec<String> = presented.iter().map(|name| format!("`{}`", bare(name))).collect();
            let names = if names.is_empty() { "no name".to_owned() } else { names.join(", ") };
            let why = format!("the server's certificate is for {names}, not for `{}`", expected.to_str());
            Reason::new(why).hint("use a name in `url` that the certificate has")
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            Reason::new("the server's certificate has expired").hint("renew it on the domain controller")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Reason::new("the server's certificate is not valid yet").hint("is this machine's clock right?")
        }
        other => Reason::new(format!("the server's certificate is not valid: {other}")),
    }
}

/// What the server answered (RFC 4511 appendix A), with Active Directory's own codes in words.
pub(super) fn refusal(answer: &LdapResult, source: &LdapSource) -> Reason {
    // Active Directory ends its text with a NUL.
    let text = answer.text.trim_matches(|c: char| c.is_control() || c.is_whitespace());
    let text = if text.is_empty() { String::new() } else { format!(": `{text}`") };
    let Some(words) = words(answer.rc) else {
        return Reason::new(format!("the server answered with result code {}{text}", answer.rc));
    };
    match answer.rc {
        49 => of_credentials(&answer.text, &text),
        #[cfg(feature = "gssapi")]
        8 if source.bind == Bind::Gssapi => {
            Reason::new(format!("the server takes no Kerberos ticket by TLS without channel binding{text}"))
                .hint("Samba takes it with `ldap server require strong auth = allow_sasl_over_tls`")
        }
        8 | 13 => Reason::new("the server takes no password without encryption")
            .hint("use `ldaps://`, or set `allow_plaintext` to false for StartTLS"),
        32 => {
            let why = match answer.matched.as_str() {
                "" => format!("`{}` does not exist", source.base_dn),
                matched => {
                    format!("`{}` does not exist; the nearest that does is `{matched}`", source.base_dn)
                }
            };
            Reason::new(why).hint("check `base_dn`")
        }
        34 => Reason::new(format!("`{}` is not a DN{text}", source.base_dn)).hint("check `base_dn`"),
        10 => Reason::new(format!(
            "the server does not hold `{}` and refers to {}",
            source.base_dn,
            answer.refs.iter().map(|url| format!("`{url}`")).collect::<Vec<_>>().join(", ")
        ))
        .hint("check `base_dn`, or connect to a server that holds it"),
        11 => Reason::new(format!("{words}{text}")).hint("is `page_size` above what the server allows?"),
        50 => Reason::new(format!("{words}{text}")).hint("give the account the right to read"),
        51 | 52 => Reason::new(format!("{words}{text}")).elsewhere(),
        _ => Reason::new(format!("{words}{text}")),
    }
}

/// `80090308: LdapErr: DSID-0C09042A, comment: AcceptSecurityContext error, data 52e, v3839`: the number behind
/// `data` is a Windows error in hexadecimal ([MS-ERREF] section 2.2).
fn of_credentials(text: &str, shown: &str) -> Reason {
    let code =
        text.split("data ").nth(1).and_then(|rest| rest.split([',', ' ', '\0']).next()).unwrap_or_default();
    let why = match code {
        "525" => "there is no such user",
        "52e" => "the user or the password is wrong",
        "52f" => "a restriction on the account forbids it",
        "530" => "the account may not log on at this time",
        "531" => "the account may not log on from this machine",
        "532" => "the account's password has expired",
        "533" => "the account is disabled",
        "701" => "the account has expired",
        "773" => "the account's password must be changed first",
        "775" => "the account is locked",
        _ => {
            return Reason::new(format!("the server does not accept the user and password{shown}"))
                .hint("check `bind_dn` and the password");
        }
    };
    match code {
        "525" | "52e" => Reason::new(why).hint("check `bind_dn` and the password"),
        _ => Reason::new(why),
    }
}

/// `None` for codes that say nothing of a bind or a search.
fn words(code: u32) -> Option<&'static str> {
    Some(match code {
        1 => "the server reports an error in the order of operations",
        2 => "the server reports an error in the protocol",
        3 => "the server's time limit was exceeded",
        4 => "the server's size limit was exceeded",
        7 => "the server does not support simple binds",
        8 | 13 => "encryption is required",
        10 => "the server refers elsewhere",
        11 => "an administrative limit of the server was exceeded",
        12 => "the server does not support paged results",
        32 => "there is no such object",
        34 => "the DN is not valid",
        49 => "the credentials are not valid",
        50 => "the account has no right to do that",
        51 => "the server is busy",
        52 => "the server is shutting down or cannot answer now",
        53 => "the server is unwilling to do that",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::Duration;

    use rustls::pki_types::{ServerName, UnixTime};

    use super::*;
    use crate::config::{Bind, Secret, Servers};

    fn source() -> LdapSource {
        LdapSource {
            servers: Servers::Urls(vec!["ldaps://dc1.example.com".into()]),
            bind: Bind::Simple { dn: "svc@example.com".into(), password: Secret::Env("PASSWORD".into()) },
            ca_file: Some(PathBuf::from("ca.pem")),
            allow_plaintext: false,
            base_dn: "OU=People,DC=example,DC=com".into(),
            user_filter: "(objectClass=user)".into(),
            group_filter: "(objectClass=group)".into(),
            page_size: 1000,
            connect_timeout: Duration::from_secs(30),
            timeout: Duration::from_secs(30),
        }
    }

    fn shown(reason: Reason) -> String {
        let error = reason.doing("read");
        format!("{error}\n  hint: {}\n", error.hint().unwrap_or("none"))
    }

    fn answer(rc: u32, matched: &str, text: &str) -> LdapResult {
        let refs = vec!["ldap://other/DC=other".to_owned()];
        LdapResult { rc, matched: matched.into(), text: text.into(), refs, ctrls: Vec::new() }
    }

    #[test]
    fn kerberos_says_what_it_lacks() {
        let shown = [
            "No credentials were supplied, or the credentials were unavailable or inaccessible (No Kerberos credentials available (default cache: /tmp/cc))",
            "Unspecified GSS failure.  Minor code may provide more information (Ticket expired)",
            "Unspecified GSS failure.  Minor code may provide more information (Server ldap/10.0.0.1@X not found in Kerberos database)",
            "Unspecified GSS failure.  Minor code may provide more information (Cannot contact any KDC for realm 'X')",
            "Unspecified GSS failure.  Minor code may provide more information (Configuration file does not specify default realm)",
            "no acceptable authentication",
        ]
        .map(|text| {
            let Reason { why, hint, .. } = of_kerberos(text);
            format!("{why}\n  {}", hint.unwrap_or_default())
        });
        insta::assert_snapshot!(shown.join("\n"), @r"
        Kerberos failed: No Kerberos credentials available (default cache: /tmp/cc)
          get a ticket by `kinit`, or name a keytab in KRB5_CLIENT_KTNAME
        Kerberos failed: Ticket expired
          get a new ticket by `kinit`, or name a keytab in KRB5_CLIENT_KTNAME
        Kerberos failed: Server ldap/10.0.0.1@X not found in Kerberos database
          name the domain controller in `url` as the domain does: `dc1.example.com`
        Kerberos failed: Cannot contact any KDC for realm 'X'
          is port 88 of the domain controller open, and the realm in krb5.conf the right one?
        Kerberos failed: Configuration file does not specify default realm
          name the domain in krb5.conf, as `default_realm = EXAMPLE.COM`
        Kerberos failed: no acceptable authentication
        ");
    }

    #[test]
    fn what_is_wrong_with_a_certificate_is_told() {
        let time = UnixTime::since_unix_epoch(Duration::from_secs(10));
        let name = ServerName::try_from("dc1.example.com").unwrap();
        let out: String = [
            CertificateError::UnknownIssuer,
            CertificateError::NotValidForName,
            CertificateError::NotValidForNameContext {
                expected: name,
                presented: vec!["DnsName(\"dc2.example.com\")".into(), "DnsName(\"example.com\")".into()],
            },
            CertificateError::Expired,
            CertificateError::ExpiredContext { time, not_after: time },
            CertificateError::NotValidYetContext { time, not_before: time },
            CertificateError::Revoked,
        ]
        .into_iter()
        .map(|error| {
            // As tokio-rustls hands it on.
            let io = io::Error::new(io::ErrorKind::InvalidData, rustls::Error::InvalidCertificate(error));
            shown(super::error(&LdapError::from(io), &source()))
        })
        .collect();
        insta::assert_snapshot!(out, @r"
        cannot read: the server's certificate was issued by an authority that is not trusted
          hint: `ca.pem` does not hold the authority that issued it
        cannot read: the server's certificate is for another name
          hint: use a name in `url` that the certificate has
        cannot read: the server's certificate is for `dc2.example.com`, `example.com`, not for `dc1.example.com`
          hint: use a name in `url` that the certificate has
        cannot read: the server's certificate has expired
          hint: renew it on the domain controller
        cannot read: the server's certificate has expired
          hint: renew it on the domain controller
        cannot read: the server's certificate is not valid yet
          hint: is this machine's clock right?
        cannot read: the server's certificate is not valid: Revoked
          hint: none
        ");
    }

    #[test]
    fn active_directory_s_reasons_against_a_bind_are_told() {
        let out: String = ["525", "52e", "530", "531", "532", "533", "701", "773", "775", "7ff", ""]
            .iter()
            .map(|code| {
                let text = format!(
                    "80090308: LdapErr: DSID-0C09042A, comment: AcceptSecurityContext error, data {code}, v3839\0"
                );
                shown(refusal(&answer(49, "", &text), &source()))
            })
            .chain([shown(refusal(&answer(49, "", "invalid credentials"), &source()))])
            .collect();
        insta::assert_snapshot!(out, @r"
        cannot read: there is no such user
          hint: check `bind_dn` and the password
        cannot read: the user or the password is wrong
          hint: check `bind_dn` and the password
        cannot read: the account may not log on at this time
          hint: none
        cannot read: the account may not log on from this machine
          hint: none
        cannot read: the account's password has expired
          hint: none
        cannot read: the account is disabled
          hint: none
        cannot read: the account has expired
          hint: none
        cannot read: the account's password must be changed first
          hint: none
        cannot read: the account is locked
          hint: none
        cannot read: the server does not accept the user and password: `80090308: LdapErr: DSID-0C09042A, comment: AcceptSecurityContext error, data 7ff, v3839`
          hint: check `bind_dn` and the password
        cannot read: the server does not accept the user and password: `80090308: LdapErr: DSID-0C09042A, comment: AcceptSecurityContext error, data , v3839`
          hint: check `bind_dn` and the password
        cannot read: the server does not accept the user and password: `invalid credentials`
          hint: check `bind_dn` and the password
        ");
    }

    #[test]
    fn result_codes_are_told() {
        let nearest = "DC=example,DC=com";
        let unbound = "000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a successful bind must be completed on the connection., data 0, v3839\0";
        let out: String = [
            (1, unbound),
            (4, ""),
            (8, ""),
            (10, ""),
            (32, ""),
            (34, "bad"),
            (50, ""),
            (51, ""),
            (80, "other"),
        ]
        .iter()
        .map(|(code, text)| shown(refusal(&answer(*code, nearest, text), &source())))
        .collect();
        insta::assert_snapshot!(out, @r"
        cannot read: the server reports an error in the order of operations: `000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a successful bind must be completed on the connection., data 0, v3839`
          hint: none
        cannot read: the server's size limit was exceeded
          hint: none
        cannot read: the server takes no password without encryption
          hint: use `ldaps://`, or set `allow_plaintext` to false for StartTLS
        cannot read: the server does not hold `OU=People,DC=example,DC=com` and refers to `ldap://other/DC=other`
          hint: check `base_dn`, or connect to a server that holds it
        cannot read: `OU=People,DC=example,DC=com` does not exist; the nearest that does is `DC=example,DC=com`
          hint: check `base_dn`
        cannot read: `OU=People,DC=example,DC=com` is not a DN: `bad`
          hint: check `base_dn`
        cannot read: the account has no right to do that
          hint: give the account the right to read
        cannot read: the server is busy
          hint: none
        cannot read: the server answered with result code 80: `other`
          hint: none
        ");
    }
}
