//! Each record's hash over its content and the hash before: whoever changes, removes or adds one breaks the chain.
//!
//! Triggers write the links by a function that only this program brings along, so that no way to write a record goes
//! around the chain, and another program that tries to write one fails.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, Transaction, params_from_iter};
use sha2::{Digest, Sha256};

use super::schema::CHAIN;

pub(super) type Hash = [u8; 32];

/// What stands before the first record.
pub(super) const START: Hash = [0; 32];

const FUNCTION: &str = "rolecall_link";

/// The columns of a table by name, and those of its key, which are the first one or two.
pub(super) struct Columns {
    pub(super) all: Vec<String>,
    pub(super) key: Vec<String>,
}

impl Columns {
    pub(super) fn of(t: &Transaction<'_>, table: &str) -> rusqlite::Result<Self> {
        let mut query = t.prepare_cached("SELECT name, pk FROM pragma_table_info(?1) ORDER BY cid")?;
        let columns: Vec<(String, i64)> =
            query.query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        let key = columns.iter().filter(|(_, pk)| *pk > 0).map(|(name, _)| name.clone()).collect();
        Ok(Self { all: columns.into_iter().map(|(name, _)| name).collect(), key })
    }

    /// What finds one record again by the key that the chain has.
    pub(super) fn select(&self, table: &str) -> String {
        let key: Vec<String> =
            self.key.iter().enumerate().map(|(n, name)| format!("{name} = ?{}", n + 1)).collect();
        format!("SELECT {} FROM {table} WHERE {}", self.all.join(", "), key.join(" AND "))
    }
}

/// Lets the triggers of this connection write links.
pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function(FUNCTION, -1, flags, |context| {
        let before = match context.get_raw(0) {
            ValueRef::Blob(hash) => <Hash>::try_from(hash).unwrap_or(START),
            _ => START,
        };
        let table: String = context.get(1)?;
        let columns = (2..context.len()).step_by(2).map(|at| named(context, at));
        let mut link = Link::new(&before, &table);
        for column in columns {
            let (name, value) = column?;
            link.column(&name, value);
        }
        Ok(link.hash().to_vec())
    })
}

fn named<'a>(context: &'a Context<'_>, at: usize) -> rusqlite::Result<(String, ValueRef<'a>)> {
    Ok((context.get(at)?, context.get_raw(at + 1)))
}

/// Lets every new row of a table be a link of the chain, and makes links of those that are there.
pub(super) fn attach(t: &Transaction<'_>, table: &str) -> rusqlite::Result<()> {
    let columns = Columns::of(t, table)?;
    let new = |name: &String| format!("NEW.{name}");
    let b = columns.key.get(1).map_or_else(|| "NULL".to_owned(), new);
    let a = columns.key.first().map(new).unwrap_or_default();
    let values: Vec<String> = columns.all.iter().map(|name| format!("'{name}', NEW.{name}")).collect();
    append(t, table, &columns, "")?;
    t.execute_batch(&format!(
        "CREATE TRIGGER {table}_chain AFTER INSERT ON {table} BEGIN
             INSERT INTO {CHAIN} (what, a, b, hash) VALUES ('{table}', {a}, {b}, {FUNCTION} (
                 (SELECT hash FROM {CHAIN} ORDER BY seq DESC LIMIT 1), '{table}', {}));
         END;",
        values.join(", ")
    ))
}

/// Makes links of rows that are there, in the order of their keys; `condition` is SQL from `WHERE` on.
pub(super) fn append(
    t: &Transaction<'_>,
    table: &str,
    columns: &Columns,
    condition: &str,
) -> rusqlite::Result<()> {
    let key = columns.key.join(", ");
    let sql = format!("SELECT {} FROM {table} {condition} ORDER BY {key}", columns.all.join(", "));
    let mut before = head(t)?;
    let mut insert = t.prepare(&format!("INSERT INTO {CHAIN} (what, a, b, hash) VALUES (?1, ?2, ?3, ?4)"))?;
    let mut query = t.prepare(&sql)?;
    let mut rows = query.query(())?;
    while let Some(row) = rows.next()? {
        before = of_row(&before, table, columns, row)?;
        let key = |n: usize| match columns.key.get(n) {
            Some(name) => row.get::<_, rusqlite::types::Value>(name.as_str()),
            None => Ok(rusqlite::types::Value::Null),
        };
        let values = [table.to_owned().into(), key(0)?, key(1)?, before.to_vec().into()];
        insert.execute(params_from_iter(values))?;
    }
    Ok(())
}

/// The hash of the last record.
pub(super) fn head(t: &Transaction<'_>) -> rusqlite::Result<Hash> {
    let mut query = t.prepare(&format!("SELECT hash FROM {CHAIN} ORDER BY seq DESC LIMIT 1"))?;
    Ok(query.query_map((), |row| row.get(0))?.next().transpose()?.unwrap_or(START))
}

/// What the chain says of a row, all columns of the table selected.
pub(super) fn of_row(before: &Hash, table: &str, columns: &Columns, row: &Row<'_>) -> rusqlite::Result<Hash> {
    let mut link = Link::new(before, table);
    for (at, name) in columns.all.iter().enumerate() {
        link.column(name, row.get_ref(at)?);
    }
    Ok(link.hash())
}

/// 64 hexadecimal digits.
pub(super) fn hex(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Every part with its length before it, or two records could read the same. What is null counts for nothing, so that
/// a later version may add a column.
struct Link(Sha256);

impl Link {
    fn new(before: &Hash, table: &str) -> Self {
        let mut link = Self(Sha256::new());
        link.0.update(before);
        link.part(b't', table.as_bytes());
        link
    }

    fn column(&mut self, name: &str, value: ValueRef<'_>) {
        let (kind, number);
        let bytes = match value {
            ValueRef::Null => return,
            ValueRef::Integer(n) => {
                (kind, number) = (b'i', n.to_be_bytes());
                &number[..]
            }
            ValueRef::Real(n) => {
                (kind, number) = (b'r', n.to_bits().to_be_bytes());
                &number[..]
            }
            ValueRef::Text(text) => {
                kind = b's';
                text
            }
            ValueRef::Blob(bytes) => {
                kind = b'b';
                bytes
            }
        };
        self.part(b'n', name.as_bytes());
        self.part(kind, bytes);
    }

    fn part(&mut self, kind: u8, bytes: &[u8]) {
        self.0.update([kind]);
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }

    fn hash(self) -> Hash {
        self.0.finalize().into()
    }
}
