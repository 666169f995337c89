use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::directory::snapshot::{Entry, Raw};

/// Octets in a line, its line break apart (RFC 2849 note 10 has it as a recommendation).
const WIDTH: usize = 76;

/// Writes entries as an LDIF content file of version 1: values that are not plain ASCII in base64, long lines folded.
#[must_use]
pub fn write_ldif(entries: &[Entry]) -> String {
    let mut out = String::from(HEAD);
    entries.iter().for_each(|entry| push(&mut out, entry));
    out
}

/// What an LDIF file begins with.
pub(in crate::directory) const HEAD: &str = "version: 1\n\n";

/// Writes one entry, with the empty line that ends it.
pub(in crate::directory) fn write_entry(out: &mut impl io::Write, entry: &Entry) -> io::Result<()> {
    let mut text = String::new();
    push(&mut text, entry);
    out.write_all(text.as_bytes())
}

fn push(out: &mut String, entry: &Entry) {
    line(out, "dn", &Raw::Text(entry.dn.clone()));
    for attribute in entry.attributes() {
        for value in &attribute.values {
            line(out, &attribute.name, value);
        }
    }
    out.push('\n');
}

fn line(out: &mut String, name: &str, value: &Raw) {
    let text = match value {
        Raw::Text(text) if is_safe(text) => format!("{name}: {text}"),
        other => format!("{name}:: {}", STANDARD.encode(other.as_bytes())),
    };
    // All ASCII, so that every byte is a place where a line may be folded.
    let (mut rest, mut width) = (text.as_str(), WIDTH);
    while let Some((head, tail)) = rest.split_at_checked(width).filter(|(_, tail)| !tail.is_empty()) {
        out.push_str(head);
        out.push_str("\n ");
        (rest, width) = (tail, WIDTH - 1);
    }
    out.push_str(rest);
    out.push('\n');
}

/// SAFE-STRING of RFC 2849, without a space at the end (note 8).
fn is_safe(text: &str) -> bool {
    !text.starts_with([' ', ':', '<'])
        && !text.ends_with(' ')
        && text.bytes().all(|byte| byte.is_ascii() && !matches!(byte, 0 | b'\n' | b'\r'))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;
    use crate::directory::parse_ldif;

    #[test]
    fn values_are_written_as_they_must_be() {
        let mut entry = Entry::new("CN=Zoë,DC=example,DC=com");
        for value in [
            "plain",
            " space before",
            "space inside",
            "<less",
            ":colon",
            "two\nlines",
            "Zoë",
            "#hash",
            "a: b",
        ] {
            entry.push("description", Raw::Text(value.into()));
        }
        entry.push("description", Raw::Text("behind ".into()));
        entry.push("info", Raw::Text("0123456789".repeat(16)));
        entry.push("objectGUID", Raw::from_bytes(vec![0xff, 0, 1]));
        insta::assert_snapshot!(write_ldif(&[entry]), @r"
        version: 1

        dn:: Q049Wm/DqyxEQz1leGFtcGxlLERDPWNvbQ==
        description: plain
        description:: IHNwYWNlIGJlZm9yZQ==
        description: space inside
        description:: PGxlc3M=
        description:: OmNvbG9u
        description:: dHdvCmxpbmVz
        description:: Wm/Dqw==
        description: #hash
        description: a: b
        description:: YmVoaW5kIA==
        info: 0123456789012345678901234567890123456789012345678901234567890123456789
         012345678901234567890123456789012345678901234567890123456789012345678901234
         567890123456789
        objectGUID:: /wAB
        ");
    }

    fn entries() -> impl Strategy<Value = Vec<Entry>> {
        let value = prop_oneof![
            "[ -~\n\r\té語]{1,100}".prop_map(Raw::Text),
            prop::collection::vec(any::<u8>(), 1..90).prop_map(Raw::from_bytes),
        ];
        let attributes = prop::collection::vec(("[a-z][a-zA-Z0-9-]{0,8}", value), 0..6);
        let entry = ("CN=[ -~é]{0,90}", attributes).prop_map(|(dn, attributes)| {
            let mut entry = Entry::new(dn);
            // Words of LDIF itself, in whatever case.
            let is_word =
                |name: &str| ["dn", "changetype"].iter().any(|word| word.eq_ignore_ascii_case(name));
            for (name, value) in attributes.into_iter().filter(|(name, _)| !is_word(name)) {
                entry.push(&name, value);
            }
            entry
        });
        prop::collection::vec(entry, 0..4)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn what_is_written_is_read_back_whole(entries in entries()) {
            let text = write_ldif(&entries);
            prop_assert!(text.is_ascii() && text.lines().all(|line| line.len() <= WIDTH));
            prop_assert_eq!(parse_ldif(Path::new("x.ldif"), &text, true).unwrap(), entries.clone());
            prop_assert_eq!(parse_ldif(Path::new("x.ldif"), &text.replace('\n', "\r\n"), true).unwrap(), entries);
        }

        /// A file cut anywhere but between two entries is refused; there nothing is left to see.
        #[test]
        fn a_cut_file_is_refused(entries in entries(), at in any::<prop::sample::Index>()) {
            let text = write_ldif(&entries);
            let at = at.index(text.len());
            let cut = &text[..at];
            let between = cut.is_empty() || cut.ends_with("\n\n") || cut == "version: 1\n";
            prop_assert_eq!(parse_ldif(Path::new("x.ldif"), cut, true).is_ok(), between);
        }
    }
}
