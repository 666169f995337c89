use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::lines::{Line, Unfold};
use crate::directory::error::{Error, Mistake};
use crate::directory::scope::{Range, range};
use crate::directory::snapshot::{Entry, Raw};

const CUT: &str = "the export seems to be cut short; export again";

/// Reads all entries of an LDIF text. `strict` also demands what the end of a whole export has: a line break, an
/// empty line behind the last entry, and ldapsearch's own summary where its header is there. `path` is for messages.
///
/// # Errors
/// [`Error::Text`] with the line at which the text is not LDIF, changes entries instead of describing them, or ends
/// too early.
pub fn parse_ldif(path: &Path, text: &str, strict: bool) -> Result<Vec<Entry>, Error> {
    let mut reader = Reader::default();
    let mut entries = Vec::new();
    let mut read = |reader: &mut Reader| {
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            entries.extend(reader.push(line)?);
        }
        entries.extend(reader.end(strict, text.is_empty() || text.ends_with('\n'))?);
        Ok(())
    };
    read(&mut reader).map_err(|mistake: Mistake| mistake.in_file(path))?;
    Ok(entries)
}

/// What a file tells beside its entries.
#[derive(Debug, Default)]
pub(in crate::directory) struct Export {
    /// How many entries came so far.
    pub(in crate::directory) entries: usize,
    /// LDAP URLs of places that the search did not follow (RFC 4511 section 4.5.3).
    pub(in crate::directory) references: Vec<String>,
    /// Attributes of which only a range of values was exported (MS-ADTS 3.1.1.3.1.3.3).
    pub(in crate::directory) ranges: Vec<String>,
}

/// Takes an LDIF file line by line, and gives each entry away as soon as it is complete.
#[derive(Default)]
pub(in crate::directory) struct Reader {
    unfold: Unfold,
    entry: Option<Entry>,
    /// In ldapsearch's own records (`ref:`, `search:`, `result:`), which end at the next empty line.
    summary: bool,
    /// ldapsearch's header was there, so its count has to come at the end.
    header: bool,
    counted: Option<usize>,
    /// The line before was a comment.
    commented: bool,
    pub(in crate::directory) export: Export,
}

impl Reader {
    /// One line without its line feed.
    pub(in crate::directory) fn push(&mut self, line: &str) -> Result<Option<Entry>, Mistake> {
        let Some(line) = self.unfold.push(line) else { return Ok(None) };
        let complete = self.line(&line)?;
        self.unfold.give_back(line);
        Ok(complete)
    }

    /// The end of the file, which came behind a line feed or not.
    pub(in crate::directory) fn end(
        &mut self,
        strict: bool,
        line_feed: bool,
    ) -> Result<Option<Entry>, Mistake> {
        if strict && !line_feed {
            return Err(Mistake::new(self.unfold.number(), "the last line does not end").hint(CUT));
        }
        let complete = match self.unfold.finish() {
            Some(line) => self.line(&line)?,
            None => None,
        };
        let number = self.unfold.number();
        if let Some(entry) = self.entry.as_ref().filter(|_| strict) {
            let why = format!("no empty line ends the entry `{}`", entry.dn);
            let hint = format!("{CUT}, or add an empty line at the end if it is whole");
            return Err(Mistake::new(number, why).hint(hint));
        }
        let last = complete.or(self.complete());
        if strict && self.header {
            let read = self.export.entries;
            match self.counted {
                None => {
                    return Err(
                        Mistake::new(number, "ldapsearch's closing `# numEntries` is missing").hint(CUT)
                    );
                }
                Some(counted) if counted != read => {
                    let why = format!("ldapsearch counted {counted} entries, and {read} are here");
                    return Err(Mistake::new(number, why).hint(CUT));
                }
                Some(_) => {}
            }
        }
        Ok(last)
    }

    fn complete(&mut self) -> Option<Entry> {
        self.export.entries += usize::from(self.entry.is_some());
        self.entry.take()
    }

    /// Gives the entry that ends with this line.
    fn line(&mut self, line: &Line) -> Result<Option<Entry>, Mistake> {
        if line.text.is_empty() {
            (self.commented, self.summary) = (false, false);
            return Ok(self.complete());
        }
        self.content(line.number, &line.text)?;
        Ok(None)
    }

    fn content(&mut self, number: usize, text: &str) -> Result<(), Mistake> {
        let commented = std::mem::take(&mut self.commented);
        if let Some(comment) = text.strip_prefix('#') {
            self.commented = true;
            return self.comment(number, comment);
        }
        if commented && self.header && self.entry.is_none() && !text.contains(':') {
            // ldapsearch writes names into comments as they are, and a name can have a line break in it.
            self.commented = true;
            return Ok(());
        }
        let (name, value) = attribute(number, text)?;
        match &mut self.entry {
            Some(entry) => describe(entry, &mut self.export, number, name, value),
            None if name.eq_ignore_ascii_case("dn") => {
                let Raw::Text(dn) = value else {
                    return Err(Mistake::new(number, "the DN is not UTF-8"));
                };
                if self.summary {
                    return Err(Mistake::new(number, "an entry begins without an empty line before it"));
                }
                self.entry = Some(Entry::new(dn));
                // What follows was not counted yet: ldapsearch counts at the end.
                self.counted = None;
                Ok(())
            }
            None => self.aside(number, name, &value),
        }
    }

    /// What stands outside of entries: the version, and ldapsearch's own records.
    fn aside(&mut self, number: usize, name: &str, value: &Raw) -> Result<(), Mistake> {
        let text = String::from_utf8_lossy(value.as_bytes());
        match name {
            "version" if text.trim() == "1" => Ok(()),
            "version" => Err(Mistake::new(number, format!("LDIF version `{}` is not known", text.trim()))),
            "ref" => {
                self.summary = true;
                self.export.references.push(text.into_owned());
                Ok(())
            }
            "search" | "control" | "pagedresults" | "matchedDN" | "text" => {
                self.summary = true;
                Ok(())
            }
            "result" => {
                self.summary = true;
                result(number, &text)
            }
            _ => Err(Mistake::new(number, format!("an entry begins with `dn:`, not with `{name}:`"))),
        }
    }

    fn comment(&mut self, number: usize, comment: &str) -> Result<(), Mistake> {
        let comment = comment.trim();
        if comment == "extended LDIF" || comment == "LDAPv3" {
            self.header = true;
        } else if let Some(url) = comment.strip_prefix("ref").filter(|url| url.starts_with("ldap")) {
            self.export.references.push(url.to_owned());
        } else if let Some(count) = comment.strip_prefix("numEntries:") {
            self.counted = count.trim().parse().ok();
        } else if comment.starts_with("numResponses:") && self.counted.is_none() {
            // A search that found nothing has no `numEntries`.
            self.counted = Some(0);
        } else if let Some(code) = comment.strip_prefix("result:") {
            return result(number, code);
        }
        Ok(())
    }
}

/// `result: 4 Size limit exceeded` (ldapsearch)
fn result(number: usize, text: &str) -> Result<(), Mistake> {
    let text = text.trim();
    if text.split(' ').next() == Some("0") {
        return Ok(());
    }
    Err(Mistake::new(number, format!("the search that made this export failed: `{text}`")))
}

/// Name with options, and value, of a line (RFC 2849 `attrval-spec`).
fn attribute(number: usize, text: &str) -> Result<(&str, Raw), Mistake> {
    let Some((name, rest)) = text.split_once(':') else {
        return Err(Mistake::new(number, format!("`{}` is not `name: value`", shortened(text))));
    };
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ';' | '=' | '*' | '_');
    if name.is_empty() || !name.chars().all(known) {
        return Err(Mistake::new(number, format!("`{}` is not an attribute's name", shortened(name))));
    }
    if rest.starts_with('<') {
        return Err(Mistake::new(number, format!("`{name}` refers to another file, which is not followed"))
            .hint("export the values themselves"));
    }
    let value = match rest.strip_prefix(':') {
        Some(encoded) => STANDARD
            .decode(encoded.trim())
            .map(Raw::from_bytes)
            .map_err(|_| Mistake::new(number, format!("the value of `{name}` is not base64")).hint(CUT))?,
        None => Raw::Text(rest.trim_start_matches(' ').to_owned()),
    };
    Ok((name, value))
}

fn describe(
    entry: &mut Entry,
    export: &mut Export,
    number: usize,
    name: &str,
    value: Raw,
) -> Result<(), Mistake> {
    if name.eq_ignore_ascii_case("changetype") {
        // ldifde exports every entry as one to add.
        return if value.as_bytes() == b"add" {
            Ok(())
        } else {
            let kind = String::from_utf8_lossy(value.as_bytes()).into_owned();
            Err(Mistake::new(number, format!("`changetype: {kind}` changes an entry; an export is wanted")))
        };
    }
    if name.eq_ignore_ascii_case("dn") {
        return Err(Mistake::new(number, "an entry begins without an empty line before it"));
    }
    let (base, range) = range(name);
    if range.is_some_and(|range| range != Range::ALL) {
        export.ranges.push(format!("`{name}` of `{}`", entry.dn));
    }
    // An empty value is how ldapsearch -A and some tools write an attribute without any.
    if !value.as_bytes().is_empty() {
        entry.push(base, value);
    }
    Ok(())
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}
