use std::ops::Range;

/// A comparison of a search filter (RFC 4515 section 3), such as `(ou:dn:2.4.6:=x)`.
#[derive(Debug)]
pub(crate) struct Item<'a> {
    /// With its parentheses.
    pub(crate) text: &'a str,
    /// With its options; empty where a matching rule stands alone.
    pub(crate) attribute: &'a str,
    /// Whether the parts of the object's DN count as attributes of it.
    pub(crate) dn: bool,
    /// The matching rule, empty where none is named.
    pub(crate) rule: &'a str,
}

/// Where a text is no search filter (RFC 4515), in bytes, and why.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub(super) at: Range<usize>,
    pub(crate) why: String,
    pub(super) hint: &'static str,
}

/// Deeper than any filter that a person writes; each level is a call.
const DEEPEST: usize = 100;

const EXAMPLE: &str = "a filter stands in parentheses: (&(objectCategory=person)(objectClass=user))";

/// The comparisons that a filter is made of, in the order written.
///
/// # Errors
/// The first place from which on the text is no filter.
pub(crate) fn items(text: &str) -> Result<Vec<Item<'_>>, Mistake> {
    let mut parser = Parser { text, at: 0, depth: 0, items: Vec::new() };
    parser.filter(EXAMPLE)?;
    if parser.at < text.len() {
        return parser.mistake("the filter has ended here".to_owned(), EXAMPLE);
    }
    Ok(parser.items)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    items: Vec<Item<'a>>,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn next(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self, expected: &str) -> bool {
        let taken = self.rest().starts_with(expected);
        self.at += if taken { expected.len() } else { 0 };
        taken
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> usize {
        let rest = self.rest();
        let length = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.at += length;
        length
    }

    /// At the next character, or at the last one where the text has come to its end.
    fn mistake<T>(&self, why: String, hint: &'static str) -> Result<T, Mistake> {
        let at = match self.next() {
            Some(c) => self.at..self.at + c.len_utf8(),
            None => self.text.char_indices().next_back().map_or(0, |(at, _)| at)..self.text.len(),
        };
        Err(Mistake { at, why, hint })
    }

    fn filter(&mut self, hint: &'static str) -> Result<(), Mistake> {
        let opened = self.at;
        if !self.take("(") {
            let why = match self.next() {
                Some(c) if c.is_whitespace() => {
                    return self.mistake("a space is no part of a filter".to_owned(), "take it out");
                }
                Some(c) => format!("a filter begins with `(`, not with `{c}`"),
                None => "a filter is missing behind this".to_owned(),
            };
            return self.mistake(why, hint);
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return self.mistake(format!("the filter is nested more than {DEEPEST} deep"), "");
        }
        match self.next() {
            Some('&' | '|') => {
                self.at += 1;
                while self.next() == Some('(') {
                    self.filter(hint)?;
                }
                if self.next().is_some_and(|c| c != ')') {
                    return self.filter("`&` and `|` stand in front of what they join: (&(mail=*)(sn=*))");
                }
            }
            Some('!') => {
                self.at += 1;
                self.filter("what `!` denies stands in parentheses of its own: (!(mail=*))")?;
            }
            _ => {
                let item = self.item()?;
                // Closed below, or a mistake.
                let text = self.text.get(opened..=self.at).unwrap_or_default();
                self.items.push(Item { text, ..item });
            }
        }
        if !self.take(")") {
            let why = match self.next() {
                None => "this `(` is not closed".to_owned(),
                Some(c) => return self.mistake(format!("`{c}` is one too many"), hint),
            };
            return Err(Mistake { at: opened..opened + 1, why, hint: "count the parentheses" });
        }
        self.depth -= 1;
        Ok(())
    }

    /// `attr=value`, `attr>=value`, `attr:dn:rule:=value` and the like.
    fn item(&mut self) -> Result<Item<'a>, Mistake> {
        const NAME: &str = "an attribute is letters, digits and hyphens, such as sAMAccountName";
        const OPERATOR: &str = "there are =, >=, <=, ~=, and := with a matching rule in front: userAccountControl:1.2.840.113556.1.4.803:=2";
        let start = self.at;
        let named = self.attribute();
        let attribute = self.text.get(start..self.at).unwrap_or_default();
        // Names and keywords are read without regard to case (RFC 4512 section 1.4, RFC 5234 section 2.3).
        let dn = self.rest().get(..3).is_some_and(|word| word.eq_ignore_ascii_case(":dn"));
        self.at += if dn { 3 } else { 0 };
        let before_rule = self.at;
        let ruled = if self.rest().starts_with(':') && !self.rest().starts_with(":=") {
            self.at += 1;
            if !self.attribute_type() {
                return self.mistake("a matching rule is missing here".to_owned(), OPERATOR);
            }
            true
        } else {
            false
        };
        let rule = self.text.get(before_rule..self.at).unwrap_or_default().trim_start_matches(':');
        let item = Item { text: "", attribute, dn, rule };
        let extensible = ruled || dn;
        if !named && !ruled {
            let why = match self.next() {
                None => "an attribute is missing behind this".to_owned(),
                Some(')') if self.at == start => "there is nothing in these parentheses".to_owned(),
                Some('(') => {
                    let why = "nothing joins the filters that begin here".to_owned();
                    return self.mistake(why, "(&(mail=*)(sn=*)) wants both, (|(mail=*)(sn=*)) one of them");
                }
                Some(c) => format!("`{c}` begins no name of an attribute"),
            };
            return self.mistake(why, NAME);
        }
        if self.take(":=") {
            return self.value(false).map(|()| item);
        }
        if !extensible {
            if self.take("=") {
                return self.value(true).map(|()| item);
            }
            if self.take(">=") || self.take("<=") || self.take("~=") {
                return self.value(false).map(|()| item);
            }
        }
        let why = match self.next() {
            None => "a comparison is missing behind this".to_owned(),
            Some(c) => format!("a comparison is missing before `{c}`"),
        };
        self.mistake(why, OPERATOR)
    }

    /// RFC 4512 section 2.5: a name or an OID, and its options.
    fn attribute(&mut self) -> bool {
        if !self.attribute_type() {
            return false;
        }
        loop {
            let before = self.at;
            if !(self.take(";") && self.take_while(is_key_character) > 0) {
                self.at = before;
                return true;
            }
        }
    }

    fn attribute_type(&mut self) -> bool {
        if self.next().is_some_and(|c| c.is_ascii_alphabetic()) {
            self.take_while(is_key_character);
            return true;
        }
        let start = self.at;
        while self.number() {
            let before = self.at;
            if !(self.take(".") && self.next().is_some_and(|c| c.is_ascii_digit())) {
                self.at = before;
                return true;
            }
        }
        self.at = start;
        false
    }

    /// Without zeros in front.
    fn number(&mut self) -> bool {
        let zero = self.next() == Some('0');
        let length = self.take_while(|c| c.is_ascii_digit());
        length == 1 || (length > 1 && !zero)
    }

    fn value(&mut self, wildcards: bool) -> Result<(), Mistake> {
        const ESCAPE: &str = "in a value ( ) * \\ are written \\28 \\29 \\2a \\5c";
        let mut star_before = None;
        while let Some(c) = self.next() {
            match c {
                ')' => return Ok(()),
                '(' => return self.mistake("`(` stands in a value".to_owned(), ESCAPE),
                '\0' => return self.mistake("a value holds no NUL".to_owned(), "it is written \\00"),
                '*' if !wildcards => {
                    return self.mistake("`*` works behind `=` alone".to_owned(), ESCAPE);
                }
                '*' if star_before == Some(self.at) => {
                    return self.mistake("two `*` side by side".to_owned(), "one `*` stands for any text");
                }
                '*' => {
                    self.at += 1;
                    star_before = Some(self.at);
                }
                '\\' => {
                    let digits = self.text.get(self.at + 1..self.at + 3).unwrap_or_default();
                    if digits.len() < 2 || !digits.chars().all(|c| c.is_ascii_hexdigit()) {
                        return self
                            .mistake("`\\` is not followed by two hexadecimal digits".to_owned(), ESCAPE);
                    }
                    self.at += 3;
                }
                other => self.at += other.len_utf8(),
            }
        }
        // The parenthesis that is missing is told by who opened it.
        Ok(())
    }
}

fn is_key_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-'
}

/// Where the bytes of a TOML string's value stand in its source (`"..\\.."` is longer than what it says). `None` where
/// the source is no string of that value, which then is pointed at as a whole.
pub(super) fn places(source: &str, value: &str) -> Option<Vec<Range<usize>>> {
    let quotes = ["\"\"\"", "'''", "\"", "'"];
    let quote = quotes.into_iter().find(|quote| source.starts_with(*quote))?;
    let inner = source.get(quote.len()..source.len().checked_sub(quote.len())?)?;
    let escapes = quote.starts_with('"');
    let (mut text, mut places) = (String::new(), Vec::new());
    let mut at = 0;
    if quote.len() == 3 && inner.starts_with(['\n', '\r']) {
        at = inner.find('\n')? + 1;
    }
    while let Some(c) = inner.get(at..)?.chars().next() {
        let rest = inner.get(at..)?;
        let (said, length) = if c == '\\' && escapes { escape(rest)? } else { (Some(c), c.len_utf8()) };
        if let Some(said) = said {
            text.push(said);
            places.resize(text.len(), quote.len() + at..quote.len() + at + length);
        }
        at += length;
    }
    // What the value has around it is not part of it.
    let cut = text.len() - text.trim_start().len();
    (text.trim() == value).then(|| places.into_iter().skip(cut).take(value.len()).collect())
}

/// The character that an escape stands for, if any, and how long it is.
fn escape(rest: &str) -> Option<(Option<char>, usize)> {
    let digits = |count: usize| {
        let code = u32::from_str_radix(rest.get(2..2 + count)?, 16).ok()?;
        Some((Some(char::from_u32(code)?), 2 + count))
    };
    Some(match rest.chars().nth(1)? {
        'b' => (Some('\u{8}'), 2),
        't' => (Some('\t'), 2),
        'n' => (Some('\n'), 2),
        'f' => (Some('\u{c}'), 2),
        'r' => (Some('\r'), 2),
        'e' => (Some('\u{1b}'), 2),
        'x' => return digits(2),
        'u' => return digits(4),
        'U' => return digits(8),
        c @ ('"' | '\\') => (Some(c), 2),
        // A line that goes on in the next one.
        c if c.is_whitespace() => {
            let ahead = rest.get(1..)?;
            (None, 1 + ahead.len() - ahead.trim_start().len())
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> String {
        match items(text) {
            Ok(_) => format!("{text}\n  fine\n"),
            Err(Mistake { at, why, .. }) => {
                let (before, marked) = (text[..at.start].chars().count(), text[at].chars().count());
                format!("{text}\n{}{} {why}\n", " ".repeat(before), "^".repeat(marked))
            }
        }
    }

    #[test]
    fn filters_pass() {
        for text in [
            "(&(objectCategory=person)(objectClass=user))",
            "(mail=*)",
            "(cn=*a*b*)",
            "(cn=a*)",
            "(cn=)",
            "(|)",
            "(!(userAccountControl:1.2.840.113556.1.4.803:=2))",
            "(memberOf:1.2.840.113556.1.4.1941:=CN=Staff \\28all\\29,OU=ünï,DC=x)",
            "(cn:dn:=x)",
            "(:dn:2.4.6:=x)",
            "(:caseExactMatch:=x)",
            "(member;x-y;z=x)",
            "(whenChanged>=20260101000000.0Z)",
            "(sn~=a)",
            "(uSNChanged<=7)",
            "(2.5.4.3=x)",
        ] {
            assert!(items(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn items_tell_what_they_ask_about() {
        let text = r"(&(a;x-y=1\29)(|(b>=2)(!(c:dn:2.4.6:=3)))(:dn:2.4.6:=4)(d:dn:=5)(e:7.8:=6))";
        let told: Vec<_> = items(text)
            .unwrap()
            .into_iter()
            .map(|item| (item.text, item.attribute, item.dn, item.rule))
            .collect();
        assert_eq!(
            told,
            [
                (r"(a;x-y=1\29)", "a;x-y", false, ""),
                ("(b>=2)", "b", false, ""),
                ("(c:dn:2.4.6:=3)", "c", true, "2.4.6"),
                ("(:dn:2.4.6:=4)", "", true, "2.4.6"),
                ("(d:dn:=5)", "d", true, ""),
                ("(e:7.8:=6)", "e", false, "7.8"),
            ]
        );
    }

    #[test]
    fn mistakes_are_found_where_they_are() {
        let deep = "(!".repeat(DEEPEST + 1);
        assert!(items(&deep).unwrap_err().why.contains("100 deep"));
        let out: String = [
            "objectClass=user",
            "(&(objectClass=user)(mail=*)",
            "(objectClass=user))",
            "(&(a=b) (c=d))",
            "(& (a=b))",
            "(!mail=*)",
            "(a=b)(c=d)",
            "((a=b)(c=d))",
            "((a=b)&(c=d))",
            "()",
            "(",
            "(&",
            "(!",
            "(mail)",
            "(mail",
            "(mail like x)",
            "(display name=x)",
            "(=x)",
            "(naïve=x)",
            "(cn=a(b)c)",
            "(cn=a\\(b)",
            "(cn=ä\\2)",
            "(cn=ä\\",
            "(cn=**)",
            "(cn=a**b)",
            "(cn>=a*)",
            "(cn==a)",
            "(cn:1.2.3=x)",
            "(cn::=x)",
            "(:dn:=x)",
            "(cn:1..2:=x)",
            "(01.2=x)",
            "(cn=\0)",
        ]
        .into_iter()
        .map(|text| shown(text).replace('\0', "␀"))
        .collect();
        insta::assert_snapshot!(out);
    }

    #[test]
    fn places_in_the_source_are_those_of_the_value() {
        let shown = |source: &str, value: &str| {
            let places = places(source, value)?;
            let chars =
                value.char_indices().map(|(at, _)| source[places[at].start..].chars().next().unwrap());
            Some(chars.collect::<String>())
        };
        assert_eq!(shown("\"(a=ä)\"", "(a=ä)").as_deref(), Some("(a=ä)"));
        assert_eq!(shown("' (a=\\2a)'", "(a=\\2a)").as_deref(), Some("(a=\\2a)"));
        assert_eq!(shown(r#""(a=\\2a\u0062c)""#, "(a=\\2abc)").as_deref(), Some("(a=\\2a\\c)"));
        let lines = "\"\"\"\n(&(a=b)\\\n   (c=d))\"\"\"";
        assert_eq!(shown(lines, "(&(a=b)(c=d))").as_deref(), Some("(&(a=b)(c=d))"));
        assert_eq!(shown("'''(a=b)'''", "(a=b)").as_deref(), Some("(a=b)"));
        assert_eq!(shown("\"(a=b)\"", "(a=c)"), None);
        assert_eq!(shown("", ""), None);
        assert_eq!(shown("\"", ""), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_or_point_outside(text in r"[()&|!=*\\:<>~a-d0-2 ;.ä-]{0,24}") {
            if let Err(mistake) = items(&text) {
                prop_assert!(text.get(mistake.at).is_some());
            }
        }
    }
}
