//! IronCalc, a spreadsheet engine: one sheet a function, with one formula a row.

use ironcalc_base::Model;
use ironcalc_base::cell::CellValue;

use super::plain::{Given, Plain};
use crate::policy::busy;
use crate::policy::excel::Value;

/// The column of the formulas; the attributes stand before it.
const FORMULAS: i32 = 5;

pub(super) struct Sheet {
    model: Model<'static>,
    rows: u32,
}

impl Sheet {
    /// A sheet of a formula for everything that is given, evaluated once and found to agree with plain Rust.
    ///
    /// # Errors
    /// Where it does not agree.
    pub(super) fn new(formula: &str, all: &[Given], plain: fn(&Given) -> Plain) -> Result<Self, String> {
        let mut model = Model::new_empty("bench", "en", "UTC", "en")?;
        for (row, given) in (1..).zip(all) {
            model.update_cell_with_text(0, row, 1, &given.a)?;
            model.update_cell_with_text(0, row, 2, &given.b)?;
            model.update_cell_with_number(0, row, 3, given.c)?;
            model.update_cell_with_number(0, row, 4, given.d)?;
            let cells = ["a", "b", "c", "d"].iter().fold(formula.to_owned(), |formula, name| {
                formula.replace(&format!("[{name}]"), &format!("{}{row}", name.to_uppercase()))
            });
            model.update_cell_with_formula(0, row, FORMULAS, cells)?;
        }
        model.evaluate();
        for (row, given) in (1..).zip(all) {
            let cell = model.get_cell_value_by_index(0, row, FORMULAS)?;
            let value = match cell {
                CellValue::None => Value::Blank,
                CellValue::String(text) => Value::from(text),
                CellValue::Number(number) => Value::number(number),
                CellValue::Boolean(boolean) => Value::Boolean(boolean),
            };
            let wanted = plain(given);
            if !wanted.is(&value) {
                return Err(format!("{value} instead of {wanted:?}"));
            }
        }
        let rows = u32::try_from(all.len()).unwrap_or(u32::MAX);
        Ok(Self { model, rows })
    }

    /// Nanoseconds a cell, of at least so many that are evaluated.
    pub(super) fn timed(&mut self, calls: u32) -> f64 {
        let times = calls.div_ceil(self.rows);
        let started = busy();
        for _ in 0..times {
            self.model.evaluate();
        }
        #[expect(clippy::cast_precision_loss, reason = "less than a day")]
        let nanoseconds = busy().saturating_sub(started).as_nanos() as f64;
        nanoseconds / f64::from(times) / f64::from(self.rows)
    }
}
