use super::problem::{Mistake, Problem};
use super::term::Formula;
use crate::policy::tables::Tables;

impl Formula {
    /// With its look-up tables, where it names some.
    ///
    /// # Errors
    /// The first one that is not there, or cannot be read, or has no such column.
    pub fn with_tables(mut self, tables: &Tables) -> Result<Self, Problem> {
        for looked in &mut self.tables {
            let array = tables.get(&looked.file, looked.part.as_deref()).map_err(|mistake| {
                let span = if mistake.is_column { &looked.part_span } else { &looked.file_span };
                Problem { hint: mistake.hint, ..Problem::new(Mistake::Table, mistake.message, span.clone()) }
            })?;
            looked.array = Some(array);
        }
        Ok(self)
    }

    /// Whether it names look-up tables.
    #[must_use]
    pub fn has_tables(&self) -> bool {
        !self.tables.is_empty()
    }
}
