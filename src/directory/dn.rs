//! Distinguished names (RFC 4514): one spelling of each for comparison, and what people call the object.

/// One spelling for all spellings of a DN: types and values in lower case, no spaces around separators, each value
/// unescaped and escaped again in one way, the parts of a multi-valued RDN in order. Two DNs name one object exactly
/// when these are equal, as far as can be told without the schema (RFC 4517 section 4.2.15).
#[must_use]
pub fn normalized_dn(dn: &str) -> String {
    plain(dn).unwrap_or_else(|| thorough(dn))
}

/// The same for a DN in which nothing is escaped and no space is beside a separator, as nearly all are; `None` where more
/// has to be looked at.
fn plain(dn: &str) -> Option<String> {
    let (mut in_value, mut before) = (false, b',');
    let mut octets = dn.bytes().peekable();
    while let Some(octet) = octets.next() {
        match octet {
            b'\\' | b'"' | b'+' | ..b' ' => return None,
            b'=' | b',' if in_value == (octet == b'=') => return None,
            b'=' | b',' => in_value = !in_value,
            b' ' if matches!(before, b'=' | b',') || matches!(octets.peek(), None | Some(b'=' | b',')) => {
                return None;
            }
            _ => {}
        }
        before = octet;
    }
    in_value.then(|| if dn.is_ascii() { dn.to_ascii_lowercase() } else { dn.to_lowercase() })
}

fn thorough(dn: &str) -> String {
    let mut out = String::with_capacity(dn.len());
    for (index, rdn) in split(dn, ',').into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        let mut parts: Vec<String> = split(rdn, '+').into_iter().map(normalized_part).collect();
        parts.sort_unstable();
        out.push_str(&parts.join("+"));
    }
    out
}

/// Whether a DN is `root` or an object below it.
pub(super) fn is_below(dn: &str, root: &str) -> bool {
    format!(",{}", normalized_dn(dn)).ends_with(&format!(",{}", normalized_dn(root)))
}

/// The first value of a DN, unescaped: `Smith, John` for `CN=Smith\, John,OU=People,DC=example,DC=com`.
#[must_use]
pub fn first_rdn(dn: &str) -> String {
    let rdn = split(dn, ',').into_iter().next().unwrap_or_default();
    let part = split(rdn, '+').into_iter().next().unwrap_or_default();
    part.split_once('=').map_or_else(|| part.trim().to_owned(), |(_, value)| unescaped(value))
}

/// A value as it stands in a DN (RFC 4514 section 2.4): `Smith\, John` for `Smith, John`. What cannot be seen, as a line
/// break, is written by number, as Active Directory does.
#[must_use]
pub fn escaped_value(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let last = value.len().saturating_sub(1);
    for (at, c) in value.char_indices() {
        if c.is_ascii_control() {
            out.push_str(&format!("\\{:02X}", u32::from(c)));
            continue;
        }
        let at_an_end = (c == ' ' && (at == 0 || at == last)) || (c == '#' && at == 0);
        if at_an_end || matches!(c, '\\' | ',' | '+' | '=' | '"' | '<' | '>' | ';') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// The same name with other values, its order and types kept: `value` is given each attribute's type and its value,
/// unescaped.
#[must_use]
pub fn with_values(dn: &str, mut value: impl FnMut(&str, &str) -> String) -> String {
    let rdns = split(dn, ',').into_iter().map(|rdn| {
        let parts = split(rdn, '+').into_iter().map(|part| match part.split_once('=') {
            Some((kind, held)) => {
                let kind = kind.trim();
                format!("{kind}={}", escaped_value(&value(kind, &unescaped(held))))
            }
            None => escaped_value(&value("", &unescaped(part))),
        });
        parts.collect::<Vec<_>>().join("+")
    });
    rdns.collect::<Vec<_>>().join(",")
}

/// Cuts at a separator that is not escaped.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut rest, mut escaped, mut quoted) = (text, false, false);
    let mut at = 0;
    while let Some(c) = rest.get(at..).and_then(|tail| tail.chars().next()) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            _ if c == separator && !quoted => {
                parts.push(rest.get(..at).unwrap_or_default());
                rest = rest.get(at + c.len_utf8()..).unwrap_or_default();
                at = 0;
                continue;
            }
            _ => {}
        }
        at += c.len_utf8();
    }
    parts.push(rest);
    parts
}

fn normalized_part(part: &str) -> String {
    let Some((kind, value)) = part.split_once('=') else {
        return escaped(&unescaped(part).to_lowercase());
    };
    let kind = kind.trim().to_ascii_lowercase();
    let value = escaped(&unescaped(value).to_lowercase());
    format!("{kind}={value}")
}

fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let last = value.len().saturating_sub(1);
    for (at, c) in value.char_indices() {
        let space_at_an_end = c == ' ' && (at == 0 || at == last);
        if space_at_an_end || matches!(c, '\\' | ',' | '+' | '=' | '"') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Takes away white space that is not part of the value, the quotes of RFC 2253, and `\,` and `\2C` alike.
fn unescaped(value: &str) -> String {
    let value = value.trim_start_matches(' ');
    let mut bytes = Vec::with_capacity(value.len());
    // Up to here spaces at the end belong to the value, because they were escaped.
    let mut kept = 0;
    let mut rest = value.as_bytes().iter().copied().peekable();
    while let Some(byte) = rest.next() {
        match byte {
            b'\\' => {
                let first = rest.next();
                let second = first.and_then(hex).and_then(|_| rest.peek().copied().and_then(hex));
                match (first, first.and_then(hex), second) {
                    (_, Some(high), Some(low)) => {
                        rest.next();
                        bytes.push(high * 16 + low);
                    }
                    (Some(other), ..) => bytes.push(other),
                    (None, ..) => bytes.push(b'\\'),
                }
                kept = bytes.len();
            }
            b'"' => kept = bytes.len(),
            other => bytes.push(other),
        }
    }
    while bytes.len() > kept && bytes.last() == Some(&b' ') {
        bytes.pop();
    }
    String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_dn_are_one() {
        let one = normalized_dn(r"CN=Smith\, John,OU=People,DC=Example,DC=com");
        for other in [
            r"cn=smith\2c john, ou=people , dc=example,dc=COM",
            r#"CN="Smith, John",OU=People,DC=example,DC=com"#,
            r"CN = Smith\2C John,OU=\50eople,DC=example,DC=com",
        ] {
            assert_eq!(normalized_dn(other), one, "{other}");
        }
        assert_eq!(normalized_dn("CN=a+UID=b,DC=x"), normalized_dn("uid=B + cn=A,dc=X"));
        assert_eq!(normalized_dn(r"CN=Z\C3\B6e"), normalized_dn("cn=ZÖE"));
    }

    #[test]
    fn different_dns_stay_different() {
        assert_ne!(normalized_dn(r"CN=a\,ou=b"), normalized_dn("CN=a,OU=b"));
        assert_ne!(normalized_dn(r"CN=a\+b=c"), normalized_dn("CN=a+b=c"));
        assert_ne!(normalized_dn(r"CN=a\ "), normalized_dn("CN=a"));
        assert_ne!(normalized_dn(r"CN=\ a"), normalized_dn("CN=a"));
    }

    #[test]
    fn values_are_escaped_as_the_rfc_says() {
        for (value, written) in [
            ("Smith, John", r"Smith\, John"),
            ("#1", r"\#1"),
            ("a#1", "a#1"),
            ("  two ", r"\  two\ "),
            (" ", r"\ "),
            (r#"a"b\c"#, r#"a\"b\\c"#),
            ("a\nb\0", r"a\0Ab\00"),
            ("<a;b>+c=d", r"\<a\;b\>\+c\=d"),
            ("山田 太郎", "山田 太郎"),
            ("", ""),
        ] {
            assert_eq!(escaped_value(value), written);
        }
    }

    #[test]
    fn what_is_below_a_root_is_told_by_whole_names() {
        assert!(is_below("CN=a,OU=b,DC=x", "ou=B, dc=X"));
        assert!(is_below("OU=b,DC=x", "OU=b,DC=x"));
        assert!(!is_below("OU=bb,DC=x", "b,DC=x"));
        assert!(!is_below("DC=x", "OU=b,DC=x"));
        assert!(!is_below(r"CN=a\,OU=b,DC=x", "OU=b,DC=x"));
    }

    #[test]
    fn the_first_value_is_what_people_read() {
        assert_eq!(first_rdn(r#"CN=Smith\, John \"JJ\" \\ Co.,OU=x"#), r#"Smith, John "JJ" \ Co."#);
        assert_eq!(first_rdn(r"CN=\ leading and trailing\ ,DC=x"), " leading and trailing ");
        assert_eq!(first_rdn(r"CN=two\0Alines,DC=x"), "two\nlines");
        assert_eq!(first_rdn("CN=山田 太郎,DC=x"), "山田 太郎");
        assert_eq!(first_rdn(""), "");
        assert_eq!(first_rdn("no dn"), "no dn");
    }

    /// As RFC 4514 section 2.4 lets a server write it, with a choice for each character that can be written twice.
    fn written(value: &str, hexadecimal: bool) -> String {
        let last = value.chars().count().saturating_sub(1);
        let mut out = String::new();
        for (index, c) in value.chars().enumerate() {
            let special = matches!(c, ',' | '+' | '"' | '\\' | '<' | '>' | ';' | '=' | '\0' | '\n')
                || (index == 0 && matches!(c, ' ' | '#'))
                || (index == last && c == ' ');
            if !special {
                out.push(c);
            } else if hexadecimal || matches!(c, '\0' | '\n') {
                for byte in c.to_string().bytes() {
                    out.push_str(&format!("\\{byte:02X}"));
                }
            } else {
                out.push('\\');
                out.push(c);
            }
        }
        out
    }

    proptest! {
        #[test]
        fn escapes_do_not_matter(value in "[ -~äßλ語]{1,12}", rest in "[a-z]{1,5}") {
            let by_character = format!("CN={},DC={rest}", written(&value, false));
            let by_number = format!("cn = {} , dc={rest}", written(&value, true));
            prop_assert_eq!(normalized_dn(&by_character), normalized_dn(&by_number));
            prop_assert_eq!(first_rdn(&by_character), value.clone());
            prop_assert_eq!(first_rdn(&by_number), value);
        }

        #[test]
        fn the_short_way_leads_to_the_same(
            parts in prop::collection::vec(("[ \ta-zA-Z]{0,3}", "[ \t!-~ä]{0,9}|[ -#A-Z]{0,6}|[ .A-CΑΣİ]{0,6}"), 0..4),
        ) {
            let parts: Vec<String> = parts.iter().map(|(kind, value)| format!("{kind}={value}")).collect();
            let dn = parts.join(",");
            if let Some(plain) = plain(&dn) {
                prop_assert_eq!(plain, thorough(&dn));
            }
        }

        #[test]
        fn an_escaped_value_is_read_as_it_was(value in "[ -~äßλ語\0\n\r]{1,12}") {
            let dn = format!("CN={},DC=x", escaped_value(&value));
            prop_assert_eq!(first_rdn(&dn), value.clone());
            prop_assert!(!dn.contains(['\0', '\n', '\r']));
            prop_assert_eq!(with_values(&dn, |_, held| held.to_owned()), dn.clone());
            let other = with_values(&dn, |kind, held| if kind == "CN" { held.to_uppercase() } else { "y".into() });
            prop_assert_eq!(first_rdn(&other), value.to_uppercase());
            prop_assert!(other.ends_with(",DC=y"));
        }

        #[test]
        fn normalizing_twice_changes_nothing(dn in "[ !#-~ä]{0,24}") {
            let once = normalized_dn(&dn);
            prop_assert_eq!(normalized_dn(&once), once);
        }
    }
}
