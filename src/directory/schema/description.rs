/// A description as a server writes it: `( 2.5.4.4 NAME 'sn' SYNTAX '1.3.6.1.4.1.1466.115.121.1.15' SINGLE-VALUE )`
/// (RFC 4512 section 4.1; Active Directory puts the syntax in quotes).
#[derive(Clone)]
pub(super) struct Description<'t>(Vec<&'t str>);

impl<'t> Description<'t> {
    pub(super) fn parse(text: &'t str) -> Self {
        let mut words = Vec::new();
        let mut rest = text.trim();
        while let Some(first) = rest.chars().next() {
            let end = match first {
                '\'' => rest.get(1..).and_then(|tail| tail.find('\'')).map_or(rest.len(), |at| at + 2),
                '(' | ')' | '$' => 1,
                _ => rest.find(|c: char| c.is_whitespace() || "()$'".contains(c)).unwrap_or(rest.len()),
            };
            let (word, tail) = rest.split_at(end);
            words.push(word.trim_matches('\''));
            rest = tail.trim_start();
        }
        Self(words)
    }

    pub(super) fn has(&self, word: &str) -> bool {
        self.0.contains(&word)
    }

    /// What stands behind a word: one name, or several in parentheses.
    pub(super) fn behind(&self, word: &str) -> Vec<&'t str> {
        let mut words = self.0.iter().copied().skip_while(|known| *known != word).skip(1);
        match words.next() {
            Some("(") => words.take_while(|word| *word != ")").filter(|word| *word != "$").collect(),
            Some(")") | None => Vec::new(),
            Some(one) => vec![one],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_servers_write_is_read() {
        let of = |text| Description::parse(text);
        let sn = of("( 2.5.4.4 NAME 'sn' SYNTAX '1.3.6.1.4.1.1466.115.121.1.15' SINGLE-VALUE )");
        assert_eq!((sn.behind("NAME"), sn.has("SINGLE-VALUE")), (vec!["sn"], true));
        assert_eq!(sn.behind("SYNTAX"), ["1.3.6.1.4.1.1466.115.121.1.15"]);
        let mail = of("( 0.9.2342.19200300.100.1.3 NAME ( 'mail' 'rfc822Mailbox' ) DESC 'RFC1274: (mail)' \
                       SYNTAX 1.3.6.1.4.1.1466.115.121.1.26{256} )");
        assert_eq!(mail.behind("NAME"), ["mail", "rfc822Mailbox"]);
        assert_eq!(mail.behind("SYNTAX"), ["1.3.6.1.4.1.1466.115.121.1.26{256}"]);
        let user = of(
            "( 1.2.840.113556.1.5.9 NAME 'user' SUP organizationalPerson STRUCTURAL MAY (sn$mail $ title))",
        );
        assert_eq!(
            (user.behind("SUP"), user.behind("MAY")),
            (vec!["organizationalPerson"], vec!["sn", "mail", "title"])
        );
        for wrong in ["", "(", "'", "( NAME", "( NAME )", "( NAME (", "é('"] {
            assert_eq!(of(wrong).behind("NAME"), [""; 0], "{wrong}");
        }
    }
}
