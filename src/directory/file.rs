//! A directory exported to a file.

use std::collections::HashSet;
use std::path::Path;

use tokio::fs::File;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use super::dn::first_rdn;
use super::entries::Entries;
use super::error::{Error, Mistake};
use super::jsonl;
use super::ldif::{self, Export};
use super::query::Query;
use super::read::TOLD;
use super::scope::{Identities, completeness, cut_ranges, elsewhere, nameless};
use super::snapshot::{Absence, Entry, Raw, Snapshot};

enum Format {
    Ldif(ldif::Reader),
    JsonLines(jsonl::Reader),
}

impl Format {
    fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?;
        match extension.to_ascii_lowercase().as_str() {
            "ldif" => Some(Self::Ldif(ldif::Reader::default())),
            "jsonl" => Some(Self::JsonLines(jsonl::Reader::default())),
            _ => None,
        }
    }

    fn push(&mut self, line: &str) -> Result<Option<Entry>, Mistake> {
        match self {
            Self::Ldif(reader) => reader.push(line),
            Self::JsonLines(reader) => reader.push(line),
        }
    }

    fn end(&mut self, line_feed: bool) -> Result<Option<Entry>, Mistake> {
        match self {
            Self::Ldif(reader) => reader.end(true, line_feed),
            Self::JsonLines(reader) => reader.end(line_feed).map(|()| None),
        }
    }

    fn into_export(self) -> Export {
        match self {
            Self::Ldif(reader) => reader.export,
            Self::JsonLines(reader) => reader.export,
        }
    }
}

pub(super) async fn read(
    path: &Path,
    query: &Query,
    progress: &(dyn Fn(usize) + Send + Sync),
) -> Result<Snapshot, Error> {
    let mut format = Format::of(path).ok_or_else(|| Error::UnknownFormat { path: path.to_owned() })?;
    let open = |source| Error::Open { path: path.to_owned(), source };
    let mut file = BufReader::with_capacity(1 << 16, File::open(path).await.map_err(open)?);
    let (mut line, mut number, mut line_feed) = (Vec::new(), 0, true);
    let (mut sorted, mut entries) = (Sorted::default(), 0_usize);
    loop {
        line.clear();
        if file.read_until(b'\n', &mut line).await.map_err(open)? == 0 {
            break;
        }
        number += 1;
        line_feed = line.ends_with(b"\n");
        let text = text(number, &line).map_err(|mistake| mistake.in_file(path))?;
        if let Some(entry) = format.push(text).map_err(|mistake| mistake.in_file(path))? {
            sorted.take(entry);
            entries += 1;
            if entries.is_multiple_of(TOLD) {
                progress(entries);
            }
        }
    }
    if let Some(entry) = format.end(line_feed).map_err(|mistake| mistake.in_file(path))? {
        sorted.take(entry);
        entries += 1;
    }
    progress(entries);
    snapshot(path, sorted, &format.into_export(), query)
}

/// The line without its line feed, and without the mark that Windows puts before the first.
fn text(number: usize, line: &[u8]) -> Result<&str, Mistake> {
    if number == 1 && (line.starts_with(&[0xFF, 0xFE]) || line.starts_with(&[0xFE, 0xFF])) {
        return Err(Mistake::new(1, "the file is UTF-16").hint("export as UTF-8; with ldifde, without `-u`"));
    }
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let text = std::str::from_utf8(line).map_err(|_| Mistake::new(number, "the line is not UTF-8"))?;
    Ok(if number == 1 { text.trim_start_matches('\u{feff}') } else { text })
}

/// What was read so far.
#[derive(Default)]
struct Sorted {
    people: Entries,
    groups: Entries,
    identities: Identities,
    /// The DN of the first entry of which nothing says what it is.
    unknown: Option<String>,
}

impl Sorted {
    fn take(&mut self, entry: Entry) {
        self.identities.note(&entry.dn, entry.object_guid());
        match kind(&entry) {
            Some(Kind::Person) => self.people.push(&entry),
            Some(Kind::Group) => self.groups.push(&entry),
            Some(Kind::Other) => {}
            None => {
                self.unknown.get_or_insert(entry.dn);
            }
        }
    }
}

fn snapshot(path: &Path, sorted: Sorted, export: &Export, query: &Query) -> Result<Snapshot, Error> {
    let Sorted { people, groups, identities, unknown } = sorted;
    if let Some(dn) = unknown {
        return Err(Error::NoObjectClass { path: path.to_owned(), dn });
    }
    if people.is_empty() {
        return Err(Error::Nobody { path: path.to_owned(), entries: export.entries });
    }
    let mut doubts: Vec<String> = elsewhere(&export.references).into_iter().collect();
    doubts.extend(cut_ranges(&export.ranges));
    doubts.extend(identities.repeated());
    doubts.extend(nameless(&people));
    let read: HashSet<_> = people.iter().filter_map(|entry| entry.object_guid()).collect();
    let absent =
        query.known.iter().filter(|guid| !read.contains(guid)).map(|guid| (*guid, Absence::Gone)).collect();
    Ok(Snapshot {
        source: path.display().to_string(),
        people,
        groups,
        asked: None,
        completeness: completeness(doubts),
        absent,
    })
}

enum Kind {
    Person,
    Group,
    Other,
}

/// What an entry describes: people are `user` but not `computer` (MS-ADSC), and `person` by objectCategory where that
/// is given. `None`: no `objectClass` says.
fn kind(entry: &Entry) -> Option<Kind> {
    let classes = entry.values("objectClass");
    if classes.is_empty() {
        return None;
    }
    let has = |class: &str| {
        classes.iter().any(|raw| matches!(raw, Raw::Text(text) if text.eq_ignore_ascii_case(class)))
    };
    let deleted = entry.text("isDeleted").is_some_and(|text| text.eq_ignore_ascii_case("TRUE"));
    let category = entry.text("objectCategory").map(first_rdn);
    let person = category.is_none_or(|category| category.eq_ignore_ascii_case("person"));
    Some(match () {
        () if deleted => Kind::Other,
        () if has("user") && !has("computer") && person => Kind::Person,
        // Members from other domains are in groups by these.
        () if has("group") || has("foreignSecurityPrincipal") => Kind::Group,
        () => Kind::Other,
    })
}
