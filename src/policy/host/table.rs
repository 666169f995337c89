//! Look-up tables as values of a script: `table("offices.csv", "City")`.

use std::sync::Arc;

use rhai::{Dynamic, Engine, EvalAltResult, ImmutableString};

use super::excel::ERROR_IN_TEXT;
use crate::policy::excel::Array;
use crate::policy::reference::{Documented, TABLES};
use crate::policy::tables::Tables;

/// What a table is asked for by.
pub(crate) const WORD: &str = "table";

/// A table, or a column of one; shared, never copied. Large lists that functions make are of this kind, too.
#[derive(Clone)]
pub(crate) struct Table(pub(crate) Arc<Array>);

impl Table {
    /// As a script writes it.
    pub(crate) fn named(&self) -> String {
        let size = || format!("a list of {} rows", self.0.rows());
        self.0.table_name().map_or_else(size, |name| name.to_string())
    }
}

pub(crate) fn register(engine: &mut Engine, tables: &Arc<Tables>) {
    engine.register_type_with_name::<Table>("table");
    let engine = &mut Documented::new(engine, &[TABLES]);
    let whole = Arc::clone(tables);
    engine.register_fn(WORD, move |file: &str| found(&whole, file, None));
    let part = Arc::clone(tables);
    engine.register_fn(WORD, move |file: &str, column: &str| found(&part, file, Some(column)));
    // As an error of Excel's: what a text with `${..}` in it takes is marked, and refused where it comes to the account.
    engine.register_fn("to_string", |table: &mut Table| format!("{ERROR_IN_TEXT}{}", table.named()));
    engine.register_fn("to_debug", |table: &mut Table| table.named());
    engine.register_fn("+", |_: &str, b: Table| no_text(&b));
    engine.register_fn("+", |a: Table, _: &str| no_text(&a));
    // Rhai's own answer to a comparison of unlike types is `false`, which would quietly take a role away.
    for operator in ["==", "!=", "<", "<=", ">", ">="] {
        engine.register_fn(operator, |a: Table, _: Dynamic| refused(&a));
        engine.register_fn(operator, |_: Dynamic, b: Table| refused(&b));
        engine.register_fn(operator, |a: Table, _: Table| refused(&a));
    }
}

fn found(tables: &Tables, file: &str, column: Option<&str>) -> Result<Table, Box<EvalAltResult>> {
    tables.get(file, column).map(Table).map_err(|mistake| mistake.message.into())
}

fn no_text(table: &Table) -> Result<ImmutableString, Box<EvalAltResult>> {
    Err(format!("`{}` is no text: look something up in it", table.named()).into())
}

fn refused(table: &Table) -> Result<bool, Box<EvalAltResult>> {
    let named = table.named();
    Err(format!("`{named}` cannot be compared here: Excel's functions find in it, and `formula` compares it")
        .into())
}
