use std::sync::Arc;

use rhai::Engine;

use super::{blank, decision, excel, formula, lazy, operation, table, text, time, user};
use crate::policy::tables::Tables;

/// Everything that a condition, a mapping and a test may call alike.
pub(crate) fn register(engine: &mut Engine, tables: &Arc<Tables>) {
    text::register(engine);
    blank::register(engine);
    time::register(engine);
    user::register(engine);
    decision::register(engine);
    operation::register(engine);
    excel::register(engine);
    formula::register(engine, tables);
    table::register(engine, tables);
    lazy::register(engine);
}
