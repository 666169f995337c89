use std::fmt;
use std::sync::Arc;

use super::index::Index;
use super::value::{ErrorCode, Value};

/// The most cells that an array may have.
pub const MAX_CELLS: usize = 1 << 16;

/// A rectangle of scalar values with at least one cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    columns: usize,
    cells: Vec<Value>,
    table: Table,
}

/// What an array has that stands for a look-up table: how it is named, and where the values of its first column are.
#[derive(Default)]
struct Table(Option<Box<(Arc<str>, Index)>>);

impl Clone for Table {
    /// A copy is no table: it may be changed.
    fn clone(&self) -> Self {
        Self(None)
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map(|table| &table.0).fmt(f)
    }
}

impl PartialEq for Table {
    /// Arrays are the same whose cells are.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Array {
    /// From cells row by row. A cell that is itself an array stands for its first cell.
    ///
    /// # Errors
    /// `#CALC!` when there is no cell or there are more than [`MAX_CELLS`]; `#VALUE!` when the cells do not fill
    /// whole rows.
    pub fn new(columns: usize, cells: Vec<Value>) -> Result<Self, ErrorCode> {
        Self::up_to(MAX_CELLS, columns, cells)
    }

    /// As [`Array::new`], of what is no larger than something that is there: an array that was read from a table may
    /// have more than [`MAX_CELLS`].
    pub(super) fn beside(given: usize, columns: usize, cells: Vec<Value>) -> Result<Self, ErrorCode> {
        Self::up_to(given.max(MAX_CELLS), columns, cells)
    }

    /// A look-up table, of any size: it is there once, and found in by its first column without going through it.
    /// `named`: how a script writes it.
    ///
    /// # Errors
    /// As [`Array::new`], but for the size.
    pub fn table(named: Arc<str>, columns: usize, cells: Vec<Value>) -> Result<Self, ErrorCode> {
        let mut array = Self::up_to(usize::MAX, columns, cells)?;
        let index = Index::of(array.cells.iter().step_by(array.columns));
        array.table = Table(Some(Box::new((named, index))));
        Ok(array)
    }

    fn up_to(most: usize, columns: usize, mut cells: Vec<Value>) -> Result<Self, ErrorCode> {
        if cells.is_empty() || cells.len() > most {
            return Err(ErrorCode::Calc);
        }
        if columns == 0 || !cells.len().is_multiple_of(columns) {
            return Err(ErrorCode::Value);
        }
        for cell in &mut cells {
            if let Value::Array(inner) = cell {
                *cell = inner.get(0, 0).clone();
            }
        }
        Ok(Self { columns, cells, table: Table(None) })
    }

    /// One row of values, as a list is.
    ///
    /// # Errors
    /// As [`Array::new`].
    pub fn row(cells: Vec<Value>) -> Result<Self, ErrorCode> {
        Self::new(cells.len().max(1), cells)
    }

    /// From rows; short ones are filled up with `#N/A`.
    ///
    /// # Errors
    /// As [`Array::new`].
    pub fn from_rows(rows: Vec<Vec<Value>>) -> Result<Self, ErrorCode> {
        Self::from_rows_beside(MAX_CELLS, rows)
    }

    /// As [`Array::from_rows`], of no more cells than those that are given.
    pub(super) fn from_rows_beside(given: usize, rows: Vec<Vec<Value>>) -> Result<Self, ErrorCode> {
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        if columns.saturating_mul(rows.len()) > given.max(MAX_CELLS) {
            return Err(ErrorCode::Calc);
        }
        let mut cells = Vec::with_capacity(columns * rows.len());
        for mut row in rows {
            row.resize(columns, Value::Error(ErrorCode::NA));
            cells.append(&mut row);
        }
        Self::beside(given, columns.max(1), cells)
    }

    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    #[must_use]
    pub fn rows(&self) -> usize {
        self.cells.len() / self.columns
    }

    /// How a script writes the look-up table that this is, if it is one.
    #[must_use]
    pub fn table_name(&self) -> Option<&Arc<str>> {
        self.table.0.as_ref().map(|table| &table.0)
    }

    /// Where the values of the first column are, if that is known.
    pub(super) fn index(&self) -> Option<&Index> {
        self.table.0.as_ref().map(|table| &table.1)
    }

    /// All cells, row by row.
    #[must_use]
    pub fn cells(&self) -> &[Value] {
        &self.cells
    }

    /// The cell at a row and a column, counted from 0; blank outside.
    #[must_use]
    pub fn get(&self, row: usize, column: usize) -> &Value {
        let inside = column < self.columns;
        let index = row.saturating_mul(self.columns).saturating_add(column);
        self.cells.get(index).filter(|_| inside).unwrap_or(&Value::Blank)
    }

    /// One whole row, counted from 0: a scalar when it has one cell.
    pub(super) fn row_at(&self, row: usize) -> Result<Value, ErrorCode> {
        let cells = (0..self.columns).map(|column| self.get(row, column).clone()).collect();
        Self::beside(self.cells.len(), self.columns, cells).map(Self::into_value)
    }

    /// One whole column, counted from 0: a scalar when it has one cell.
    pub(super) fn column_at(&self, column: usize) -> Result<Value, ErrorCode> {
        let cells = (0..self.rows()).map(|row| self.get(row, column).clone()).collect();
        Self::beside(self.cells.len(), 1, cells).map(Self::into_value)
    }

    /// The array, or its only cell.
    pub(super) fn into_value(self) -> Value {
        match self.cells.as_slice() {
            [cell] => cell.clone(),
            _ => Value::from(self),
        }
    }
}

impl fmt::Display for Array {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (index, cell) in self.cells.iter().enumerate() {
            if index > 0 {
                f.write_str(if index.is_multiple_of(self.columns) { ";" } else { "," })?;
            }
            match cell {
                Value::Text(text) => write!(f, "\"{}\"", text.replace('"', "\"\""))?,
                other => other.fmt(f)?,
            }
        }
        f.write_str("}")
    }
}
