use std::collections::BTreeMap;
use std::io::Write;

use jiff::Timestamp;
use rusqlite::types::ValueRef;
use rusqlite::{Row, Transaction, params_from_iter};
use serde_json::{Map, Value, json};

use super::chain::{Columns, hex};
use super::schema::{CHAIN, append_only};
use super::{Error, Journal};

/// How records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// An object a line: `{"record", "hash", "table", "time", ..}`, and the record's columns.
    JsonLines,
    /// RFC 4180, a record a line; what a spreadsheet would take for a formula starts with `'`.
    Csv,
}

/// Why an export did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Journal(#[from] Error),
    #[error("cannot write the export: {0}")]
    Write(#[from] std::io::Error),
}

/// The columns of a CSV. What has none of its own stands in `content`, as JSON.
const COLUMNS: [&str; 11] = [
    "record",
    "hash",
    "table",
    "time",
    "cycle",
    "objectGUID",
    "name",
    "userName",
    "account",
    "status",
    "content",
];

/// Columns that a CSV has of their own, by the record's name for them.
const OWN: [(&str, &str); 8] = [
    ("cycle", "cycle"),
    ("guid", "objectGUID"),
    ("name", "name"),
    ("user_name", "userName"),
    ("account", "account"),
    ("outcome", "status"),
    ("status", "status"),
    ("how", "status"),
];

/// Columns whose text is JSON.
const DOCUMENTS: [&str; 12] = [
    "sources", "guard", "decision", "changes", "reasons", "detail", "content", "reading", "settings", "plan",
    "summary", "removed",
];

/// Columns that say when a record was written; others were when their cycle began.
const TIMES: [&str; 8] = ["first_seen", "started", "ended", "intended", "answered", "since", "at", "now"];

impl Journal {
    /// Writes every record from one time to another, in the order of the chain; tells how many. Reads and writes one
    /// at a time.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn export(
        &self,
        format: Format,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
        out: &mut dyn Write,
    ) -> Result<u64, ExportError> {
        let mut written = Ok(());
        let count = self.read("export the journal", |t| {
            let mut count = 0;
            written = if format == Format::Csv { line(out, COLUMNS.map(str::to_owned)) } else { Ok(()) };
            each(t, |record| {
                let when = record.time.parse::<Timestamp>().ok();
                let before = since.is_some_and(|since| when.is_none_or(|when| when < since));
                let after = until.is_some_and(|until| when.is_none_or(|when| when > until));
                if written.is_ok() && !before && !after {
                    count += 1;
                    written = match format {
                        Format::JsonLines => serde_json::to_writer(&mut *out, &record.json())
                            .map_err(std::io::Error::from)
                            .and_then(|()| out.write_all(b"\n")),
                        Format::Csv => line(out, record.cells()),
                    };
                }
                written.is_ok()
            })?;
            Ok(count)
        })?;
        written.and_then(|()| out.flush())?;
        Ok(count)
    }
}

struct Record {
    place: i64,
    hash: Vec<u8>,
    table: String,
    time: String,
    columns: Map<String, Value>,
}

impl Record {
    fn json(&self) -> Value {
        let mut object = Map::new();
        object.insert("record".into(), json!(self.place));
        object.insert("hash".into(), json!(hex(&self.hash)));
        object.insert("table".into(), json!(self.table));
        object.insert("time".into(), json!(self.time));
        for (name, value) in &self.columns {
            // A decision's own hash is another one.
            let name =
                if object.contains_key(name) { format!("{}_{name}", self.table) } else { name.clone() };
            object.insert(name, value.clone());
        }
        Value::Object(object)
    }

    fn cells(mut self) -> [String; COLUMNS.len()] {
        let plain = |value: Value| match value {
            Value::Null => String::new(),
            Value::String(text) => text,
            other => other.to_string(),
        };
        if self.table == "cycles"
            && let Some(id) = self.columns.remove("id")
        {
            self.columns.insert("cycle".into(), id);
        }
        let mut own: BTreeMap<&str, String> = BTreeMap::new();
        for (column, cell) in OWN {
            if let Some(value) = self.columns.remove(column) {
                own.insert(cell, plain(value));
            }
        }
        own.insert("record", self.place.to_string());
        own.insert("hash", hex(&self.hash));
        own.insert("table", self.table);
        own.insert("time", self.time);
        own.insert("content", Value::Object(self.columns).to_string());
        COLUMNS.map(|column| own.remove(column).unwrap_or_default())
    }
}

/// Tells every record in the order of the chain, until it says no.
fn each(t: &Transaction<'_>, mut tell: impl FnMut(Record) -> bool) -> rusqlite::Result<()> {
    let mut tables = BTreeMap::new();
    for table in append_only() {
        let columns = Columns::of(t, table)?;
        tables.insert(table, (columns.select(table), columns));
    }
    let mut starts = Starts { t, last: None };
    let mut latest = String::new();
    let mut query = t.prepare(&format!("SELECT seq, what, a, b, hash FROM {CHAIN} ORDER BY seq"))?;
    let mut links = query.query(())?;
    while let Some(link) = links.next()? {
        let table: String = link.get(1)?;
        // What is missing or unknown, `verify` tells.
        let Some((select, columns)) = tables.get(table.as_str()) else { continue };
        let key: [rusqlite::types::Value; 2] = [link.get(2)?, link.get(3)?];
        let mut found = t.prepare_cached(select)?;
        let mut rows = found.query(params_from_iter(key.iter().take(columns.key.len())))?;
        let Some(row) = rows.next()? else { continue };
        let columns = values(row, columns)?;
        let time = TIMES.iter().find_map(|name| columns.get(*name)?.as_str().map(str::to_owned));
        let time = match time {
            Some(time) => time,
            // What has no time of its own, and no cycle, was written with what stands before it.
            None => match columns.get("cycle").and_then(Value::as_i64) {
                Some(cycle) => starts.of(cycle)?,
                None => latest.clone(),
            },
        };
        latest.clone_from(&time);
        if !tell(Record { place: link.get(0)?, hash: link.get(4)?, table, time, columns }) {
            break;
        }
    }
    Ok(())
}

/// When cycles began; records of one follow each other.
struct Starts<'a> {
    t: &'a Transaction<'a>,
    last: Option<(i64, String)>,
}

impl Starts<'_> {
    fn of(&mut self, cycle: i64) -> rusqlite::Result<String> {
        if let Some((last, started)) = &self.last
            && *last == cycle
        {
            return Ok(started.clone());
        }
        let mut query = self.t.prepare_cached("SELECT started FROM cycles WHERE id = ?1")?;
        let started: String = query.query_row([cycle], |row| row.get(0))?;
        self.last = Some((cycle, started.clone()));
        Ok(started)
    }
}

fn values(row: &Row<'_>, columns: &Columns) -> rusqlite::Result<Map<String, Value>> {
    let mut map = Map::new();
    for (at, name) in columns.all.iter().enumerate() {
        let value = match row.get_ref(at)? {
            ValueRef::Null => continue,
            ValueRef::Integer(n) => json!(n),
            ValueRef::Real(n) => json!(n),
            ValueRef::Blob(bytes) => json!(hex(bytes)),
            ValueRef::Text(bytes) => {
                let text = String::from_utf8_lossy(bytes);
                // Lists and objects are told as such, so that programs need not unpack them.
                let packed = DOCUMENTS.contains(&name.as_str()) && text.starts_with(['{', '[']);
                let inner = packed.then(|| serde_json::from_str(&text).ok()).flatten();
                inner.unwrap_or_else(|| json!(text))
            }
        };
        map.insert(name.clone(), value);
    }
    Ok(map)
}

fn line(out: &mut dyn Write, cells: [String; COLUMNS.len()]) -> std::io::Result<()> {
    let cells = cells.map(|cell| quoted(&cell));
    write!(out, "{}\r\n", cells.join(","))
}

/// A cell that no spreadsheet calculates, in quotes where it needs them.
fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let cell = if formula { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_text_to_a_spreadsheet() {
        let cells = ["=1+1", "+1", "-1", "@x", "\tx", "a,b", "a\"b", "a\nb", "plain", ""];
        let safe = ["'=1+1", "'+1", "'-1", "'@x", "'\tx", "\"a,b\"", "\"a\"\"b\"", "\"a\nb\"", "plain", ""];
        assert_eq!(cells.map(quoted), safe);
    }
}
