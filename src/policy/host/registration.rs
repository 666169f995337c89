use rhai::Engine;

use super::{blank, decision, excel, formula, lazy, operation, text, time, user};

/// Everything that a condition, a mapping and a test may call alike.
pub(crate) fn register(engine: &mut Engine) {
    text::register(engine);
    blank::register(engine);
    time::register(engine);
    user::register(engine);
    decision::register(engine);
    operation::register(engine);
    excel::register(engine);
    formula::register(engine);
    lazy::register(engine);
}
