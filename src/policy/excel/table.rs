use std::sync::LazyLock;

use super::function::Function;
use super::{date, format, information, logical, lookup, math, search, split, statistics, text, workday};

static TABLE: LazyLock<Vec<Function>> = LazyLock::new(|| {
    let mut table: Vec<_> = [
        date::FUNCTIONS,
        format::FUNCTIONS,
        information::FUNCTIONS,
        logical::FUNCTIONS,
        lookup::FUNCTIONS,
        math::FUNCTIONS,
        search::FUNCTIONS,
        split::FUNCTIONS,
        statistics::FUNCTIONS,
        text::FUNCTIONS,
        workday::FUNCTIONS,
    ]
    .into_iter()
    .flatten()
    .copied()
    .collect();
    table.sort_by_key(|function| function.name);
    table
});

/// All functions, by name.
#[must_use]
pub fn functions() -> &'static [Function] {
    &TABLE
}

/// The function of this name, which is in upper case.
#[must_use]
pub fn function(name: &str) -> Option<&'static Function> {
    let index = TABLE.binary_search_by(|function| function.name.cmp(name)).ok()?;
    TABLE.get(index)
}
