//! Values out of rows that SQLite knows as text alone.

use std::error::Error;
use std::str::FromStr;

use rusqlite::types::Type;
use rusqlite::{Row, RowIndex};
use serde::de::DeserializeOwned;

/// What a column of JSON holds.
pub(super) fn json<T: DeserializeOwned>(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).or_else(|error| Err(wrong(column.idx(row.as_ref())?, error)))
}

/// What a column holds in a form of its own: an objectGUID, a time.
pub(super) fn parsed<T>(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<T>
where
    T: FromStr<Err: Error + Send + Sync + 'static>,
{
    let text: String = row.get(column)?;
    text.parse().or_else(|error: T::Err| Err(wrong(column.idx(row.as_ref())?, error)))
}

/// A text that is not what it should be.
pub(super) fn wrong(column: usize, error: impl Into<Box<dyn Error + Send + Sync>>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into())
}
