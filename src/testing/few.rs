use crate::plan::escape;

/// Names that are told of many.
const TOLD: usize = 6;

/// The first of some names, and how many more there are.
pub(super) fn few<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let mut names = names.into_iter();
    let told: Vec<_> = names.by_ref().take(TOLD).map(escape).collect();
    let told = told.join(", ");
    match names.count() {
        0 => told,
        more => format!("{told} and {more} more"),
    }
}
