use std::collections::BTreeSet;

use super::pseudonym::Key;
use crate::directory::with_values;

/// What must stay, so that a policy decides as it did.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// Values that stay wherever they are the whole value, part of a DN, or a mail domain; lower case.
    pub values: BTreeSet<String>,
    /// Parts that stay within names and addresses; lower case.
    pub parts: BTreeSet<String>,
    /// Attributes whose values stay, unless they are somebody's name or address; lower case.
    pub read: BTreeSet<String>,
}

impl Kept {
    /// Keeps what a script has written out: a text, and what a DN or a mail address is made of.
    pub fn keep(&mut self, text: &str) {
        let text = text.to_lowercase();
        if let Some((_, domain)) = text.rsplit_once('@') {
            self.values.insert(domain.to_owned());
        }
        if text.contains('=') {
            let _ = with_values(&text, |_, value| {
                self.values.insert(value.to_owned());
                String::new()
            });
        }
        self.values.insert(text);
    }

    /// Keeps a part of names and addresses; what is in front of an `@` apart from what is behind it.
    pub fn keep_part(&mut self, text: &str) {
        let parts = text.to_lowercase();
        self.parts.extend(parts.split(['@', '=', ',']).filter(|part| part.len() > 1).map(str::to_owned));
    }
}

/// What every domain has.
const EVERYWHERE: [&str; 8] = [
    "builtin",
    "computers",
    "configuration",
    "foreignsecurityprincipals",
    "group",
    "person",
    "schema",
    "users",
];

/// Hides texts.
pub(super) struct Texts {
    pub(super) key: Key,
    pub(super) kept: Kept,
}

impl Texts {
    /// Whatever a text is: a DN, an address with or without its scheme, a name. The same text is hidden in the same
    /// way wherever it stands, so that `cn` is what the DN begins with.
    pub(super) fn text(&self, text: &str) -> String {
        if text.trim().is_empty() || self.kept.values.contains(&text.to_lowercase()) {
            return text.to_owned();
        }
        if is_dn(text) {
            return self.dn(text);
        }
        if let Some((scheme, rest)) = text.split_once(':')
            && !rest.is_empty()
            && (2..=8).contains(&scheme.len())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric())
        {
            return format!("{scheme}:{}", self.text(rest));
        }
        match text.split_once('@') {
            Some((local, domain)) if !local.is_empty() && !domain.is_empty() && !domain.contains('@') => {
                format!("{}@{}", self.name(local), self.domain(domain))
            }
            _ => self.name(text),
        }
    }

    /// Other digits, where there is nothing but digits and what stands between them.
    pub(super) fn phone(&self, text: &str) -> String {
        let (scheme, number) = match text.split_once(':') {
            Some((scheme, number)) if scheme.eq_ignore_ascii_case("tel") => {
                (text.get(..=scheme.len()).unwrap_or_default(), number)
            }
            _ => ("", text),
        };
        let is_number = number.chars().all(|c| c.is_ascii_digit() || " +-()./x;=".contains(c));
        if self.kept.values.contains(&text.to_lowercase()) {
            text.to_owned()
        } else if is_number {
            format!("{scheme}{}", self.key.digits(number))
        } else {
            self.text(text)
        }
    }

    pub(super) fn dn(&self, dn: &str) -> String {
        with_values(dn, |_, value| {
            if EVERYWHERE.iter().any(|known| known.eq_ignore_ascii_case(value)) {
                value.to_owned()
            } else {
                self.text(value)
            }
        })
    }

    fn domain(&self, domain: &str) -> String {
        let lower = domain.to_lowercase();
        let stays = |known: &String| {
            known.contains('.')
                && (lower == *known || lower.ends_with(&format!(".{}", known.trim_start_matches('.'))))
        };
        if self.kept.values.iter().any(stays) {
            return domain.to_owned();
        }
        let hidden = self.name(domain);
        if hidden.contains('.') { hidden } else { format!("{hidden}.example") }
    }

    /// Hides what is between the parts that stay.
    fn name(&self, text: &str) -> String {
        let lower = text.to_lowercase();
        let mut stays = vec![false; text.len()];
        // Some letters are longer in the other case; then the places would not be the same.
        if lower.len() == text.len() {
            for part in &self.kept.parts {
                for (at, found) in lower.match_indices(part.as_str()) {
                    stays.iter_mut().skip(at).take(found.len()).for_each(|stays| *stays = true);
                }
            }
        }
        let (mut out, mut hidden) = (String::new(), String::new());
        for (at, c) in text.char_indices() {
            if stays.get(at).copied().unwrap_or_default() {
                self.hide(&mut hidden, &mut out);
                out.push(c);
            } else {
                hidden.push(c);
            }
        }
        self.hide(&mut hidden, &mut out);
        out
    }

    fn hide(&self, hidden: &mut String, out: &mut String) {
        if hidden.chars().any(char::is_alphanumeric) {
            out.push_str(&self.key.word(hidden));
        } else {
            out.push_str(hidden);
        }
        hidden.clear();
    }
}

/// Whether a text is a distinguished name, as those of Active Directory begin.
fn is_dn(text: &str) -> bool {
    let kind = text.split_once('=').map_or("", |(kind, _)| kind.trim());
    ["cn", "ou", "dc", "uid", "o"].iter().any(|known| known.eq_ignore_ascii_case(kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::{first_rdn, normalized_dn};

    fn texts(values: &[&str], parts: &[&str]) -> Texts {
        let mut kept = Kept::default();
        values.iter().for_each(|text| kept.keep(text));
        parts.iter().for_each(|text| kept.keep_part(text));
        Texts { key: Key([9; 32]), kept }
    }

    #[test]
    fn one_person_is_one_pseudonym_everywhere() {
        let texts = texts(&[], &[]);
        let dn = texts.text(r"CN=Fischer\, Mia,OU=Staff,DC=example,DC=com");
        assert_eq!(first_rdn(&dn), texts.text("Fischer, Mia"));
        let again = texts.dn(r"cn=fischer\2c mia, ou=STAFF,dc=example,dc=com");
        assert_eq!(normalized_dn(&dn), normalized_dn(&again));
        let mail = texts.text("mia.fischer@example.com");
        assert_eq!(mail.split_once('@').unwrap().0, texts.text("Mia.Fischer"));
        assert!(mail.ends_with(".example"));
        assert_eq!(texts.text("SMTP:mia.fischer@example.com"), format!("SMTP:{mail}"));
        assert_eq!(texts.text("  "), "  ");
    }

    #[test]
    fn what_the_policy_names_stays() {
        let texts = texts(
            &["owner@example.com", "Klaviyo Admins", "CN=Sales,OU=Groups,DC=corp"],
            &["adm-", "@partner.test"],
        );
        assert_eq!(texts.text("Owner@Example.com"), "Owner@Example.com");
        assert_eq!(texts.text("KLAVIYO ADMINS"), "KLAVIYO ADMINS");
        assert!(texts.text("mia@example.com").ends_with("@example.com"));
        assert!(texts.text("mia@eu.example.com").ends_with("@eu.example.com"));
        assert!(!texts.text("mia@badexample.com").contains("example.com"));
        assert!(texts.text("mia@partner.test").ends_with("@partner.test"));
        assert!(texts.text("ADM-mia").starts_with("ADM-"));
        assert!(!texts.text("ADM-mia").contains("mia"));
        let dn = texts.text("CN=Sales,OU=Groups,DC=corp");
        assert_eq!(dn, "CN=Sales,OU=Groups,DC=corp");
        assert!(texts.text("CN=Mia,CN=Users,DC=corp").ends_with(",CN=Users,DC=corp"));
    }
}
