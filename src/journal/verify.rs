use std::collections::BTreeMap;
use std::fmt;

use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Row, Transaction};
use serde::Serialize;

use super::chain::{Columns, Hash, START, hex, of_row};
use super::schema::{CHAIN, append_only};
use super::{Error, Journal};
use crate::config::short;

/// A chain that is whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verified {
    pub records: u64,
    /// The hash of the last record: 64 hexadecimal digits. Noted elsewhere, it tells later that nothing up to it was
    /// rewritten.
    pub head: String,
    /// Where the chain starts, when what was before was pruned.
    pub pruned: Option<Pruned>,
    /// How many records came after the one whose hash was expected.
    pub since_expected: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pruned {
    /// RFC 3339
    pub at: String,
    /// Up to this record there is nothing left to verify.
    pub through: i64,
}

/// The first record that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Its place in the chain; absent where the chain does not know of it.
    pub place: Option<i64>,
    /// What it is, for people.
    pub record: String,
    pub how: How,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    Changed,
    Missing,
    Inserted,
    /// The link that says what there was is gone.
    Unlinked,
    /// The end of the chain is gone.
    Cut,
    /// No record has the hash that was expected.
    Unexpected,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let record = &self.record;
        match self.how {
            How::Changed => write!(f, "{record} was changed")?,
            How::Missing => write!(f, "{record} is missing")?,
            How::Inserted => write!(f, "{record} was inserted past the chain")?,
            How::Unlinked => f.write_str("the chain has no link")?,
            How::Cut => f.write_str("the end of the chain is missing")?,
            How::Unexpected => return write!(f, "no record has the hash `{record}`"),
        }
        match (self.how, self.place) {
            (How::Unlinked, Some(place)) => write!(f, " {place}"),
            (How::Cut, Some(place)) => write!(f, " after record {place}"),
            (_, Some(place)) => write!(f, " (record {place})"),
            (_, None) => Ok(()),
        }
    }
}

impl Wrong {
    /// Advice for the person who looks, apart from the message.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self.how {
            How::Unexpected => {
                "it was pruned, or of another journal, or the chain was rewritten; a copy of the journal tells"
            }
            _ => {
                "what comes before it is as it was written; a copy of the journal from before tells what was there"
            }
        }
    }
}

impl Journal {
    /// Walks the chain and holds every record against it. `expected` is a hash that was noted at an earlier time, in
    /// lower case: of all 64 digits, or the first of them.
    ///
    /// # Errors
    /// When it cannot be read. A chain that is broken is no error of reading.
    pub fn verify(&self, expected: Option<&str>) -> Result<Result<Verified, Wrong>, Error> {
        self.read("verify the journal", |t| verify(t, expected))
    }
}

pub(super) fn verify(
    t: &Transaction<'_>,
    expected: Option<&str>,
) -> rusqlite::Result<Result<Verified, Wrong>> {
    let mut walk = Walk::new(t)?;
    let mut noted = None;
    let mut query = t.prepare(&format!("SELECT seq, what, a, b, hash FROM {CHAIN} ORDER BY seq"))?;
    let mut links = query.query(())?;
    while let Some(row) = links.next()? {
        if let Some(wrong) = walk.link(row)? {
            return Ok(Err(wrong));
        }
        if expected.is_some_and(|expected| hex(&walk.before).starts_with(expected)) {
            noted = Some(walk.place);
        }
    }
    if let Some(wrong) = walk.rest()? {
        return Ok(Err(wrong));
    }
    if let (Some(expected), None) = (expected, noted) {
        return Ok(Err(Wrong { place: None, record: expected.to_owned(), how: How::Unexpected }));
    }
    Ok(Ok(Verified {
        records: walk.counts.values().sum(),
        head: hex(&walk.before),
        pruned: walk.pruned,
        since_expected: noted.map(|noted| u64::try_from(walk.place - noted).unwrap_or_default()),
    }))
}

/// A table, how one of its records is found, and of what it consists.
struct Table {
    columns: Columns,
    select: String,
}

struct Walk<'a> {
    t: &'a Transaction<'a>,
    tables: BTreeMap<&'static str, Table>,
    counts: BTreeMap<&'static str, u64>,
    pruned: Option<Pruned>,
    /// Of the last link.
    before: Hash,
    place: i64,
}

impl<'a> Walk<'a> {
    fn new(t: &'a Transaction<'a>) -> rusqlite::Result<Self> {
        let mut tables = BTreeMap::new();
        for table in append_only() {
            let columns = Columns::of(t, table)?;
            tables.insert(table, Table { select: columns.select(table), columns });
        }
        let pruned = t
            .query_row("SELECT at, through, hash FROM prunings ORDER BY id DESC LIMIT 1", (), |row| {
                Ok((Pruned { at: row.get(0)?, through: row.get(1)? }, row.get(2)?))
            })
            .optional()?;
        let (pruned, before) = pruned.map_or((None, START), |(pruned, hash)| (Some(pruned), hash));
        let place = pruned.as_ref().map_or(0, |pruned| pruned.through);
        Ok(Self { t, tables, counts: BTreeMap::new(), pruned, before, place })
    }

    fn link(&mut self, link: &Row<'_>) -> rusqlite::Result<Option<Wrong>> {
        let place: i64 = link.get(0)?;
        let what: String = link.get(1)?;
        let key: [Value; 2] = [link.get(2)?, link.get(3)?];
        let wrong = |how| Some(Wrong { place: Some(place), record: named(&what, &key), how });
        if place != self.place + 1 {
            return Ok(Some(Wrong {
                place: Some(self.place + 1),
                record: String::new(),
                how: How::Unlinked,
            }));
        }
        let Some((name, table)) = self.tables.get_key_value(what.as_str()) else {
            return Ok(wrong(How::Changed));
        };
        let mut query = self.t.prepare_cached(&table.select)?;
        let mut found = match (&key, table.columns.key.len()) {
            ([a, _], 1) => query.query([a])?,
            (key, _) => query.query(rusqlite::params_from_iter(key))?,
        };
        let Some(row) = found.next()? else { return Ok(wrong(How::Missing)) };
        let hash = of_row(&self.before, name, &table.columns, row)?;
        if link.get::<_, Vec<u8>>(4)? != hash {
            return Ok(wrong(How::Changed));
        }
        self.before = hash;
        self.place = place;
        *self.counts.entry(*name).or_default() += 1;
        Ok(None)
    }

    /// What only shows when all links were seen.
    fn rest(&self) -> rusqlite::Result<Option<Wrong>> {
        let last: Option<i64> = self
            .t
            .query_row("SELECT seq FROM sqlite_sequence WHERE name = ?1", [CHAIN], |row| row.get(0))
            .optional()?;
        if last.unwrap_or_default() > self.place {
            return Ok(Some(Wrong { place: Some(self.place), record: String::new(), how: How::Cut }));
        }
        for (name, table) in &self.tables {
            let count: i64 =
                self.t.query_row(&format!("SELECT count(*) FROM {name}"), (), |row| row.get(0))?;
            if u64::try_from(count).unwrap_or_default() == self.counts.get(name).copied().unwrap_or_default()
            {
                continue;
            }
            let key = |n: usize| table.columns.key.get(n).map(|key| format!("r.{key}"));
            let a = key(0).unwrap_or_default();
            let (b, also) =
                key(1).map_or(("NULL".to_owned(), String::new()), |b| (b.clone(), format!("AND c.b = {b}")));
            let sql = format!(
                "SELECT {a}, {b} FROM {name} r LEFT JOIN {CHAIN} c ON c.what = '{name}' AND c.a = {a} {also}
                 WHERE c.seq IS NULL ORDER BY 1, 2 LIMIT 1"
            );
            let key = self.t.query_row(&sql, (), |row| Ok([row.get(0)?, row.get(1)?])).optional()?;
            if let Some(key) = key {
                return Ok(Some(Wrong { place: None, record: named(name, &key), how: How::Inserted }));
            }
        }
        Ok(None)
    }
}

/// A record as people call it.
pub(super) fn named(table: &str, key: &[Value; 2]) -> String {
    let [a, b] = key.each_ref().map(|value| match value {
        Value::Integer(n) => n.to_string(),
        Value::Text(text) => short(text).to_owned(),
        _ => String::new(),
    });
    let place = || b.parse::<i64>().map_or(b.clone(), |b| (b + 1).to_string());
    match table {
        "revisions" => format!("revision {a}"),
        "cycles" => format!("cycle {a}"),
        "plans" => format!("the plan of cycle {a}"),
        "ends" => format!("the end of cycle {a}"),
        "decisions" => format!("decision {a}"),
        "operations" => format!("operation {} of cycle {a}", place()),
        "outcomes" => format!("the outcome of operation {} of cycle {a}", place()),
        "facts" => format!("fact {a}"),
        "drafts" => format!("the text of plan {a}"),
        "readings" => format!("the reading of cycle {a}"),
        "approvals" => format!("approval {a}"),
        "closings" => format!("the end of waiting {a}"),
        "prunings" => format!("pruning {a}"),
        other => format!("{a} of `{other}`"),
    }
}
