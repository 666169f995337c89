//! The long way through what `journal::crash` does in some places: every page that a cycle writes to the journal.

use crate::journal::crash::{full_at_pages, killed_at_pages};

#[test]
fn killed_at_any_page_that_is_written() {
    assert!(killed_at_pages(1) > 50);
}

#[test]
fn a_disk_that_fills_up_at_any_page_stops_the_work_and_loses_nothing() {
    assert!(full_at_pages(1) > 50);
}
