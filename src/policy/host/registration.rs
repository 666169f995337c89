use rhai::Engine;

use super::{excel, text, time, user};

/// Everything that a condition, a mapping and a test may call alike.
pub(crate) fn register(engine: &mut Engine) {
    text::register(engine);
    time::register(engine);
    user::register(engine);
    excel::register(engine);
}
