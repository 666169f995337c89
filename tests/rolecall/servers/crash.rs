//! The long way through what `journal::crash` does in some places: every request, and every page of the journal.

use rolecall::simulator::FaultKind;

use crate::journal::crash::{DEACTIVATE, DELETE, full_at_pages, killed_at_pages, silent};

#[test]
fn killed_before_any_request_is_carried_out() {
    silent(DEACTIVATE, &FaultKind::DropBefore);
    silent(DELETE, &FaultKind::DropBefore);
}

#[test]
fn killed_after_any_request_was_carried_out() {
    silent(DEACTIVATE, &FaultKind::DropAfter);
}

#[test]
fn killed_at_any_page_that_is_written() {
    assert!(killed_at_pages(1) > 50);
}

#[test]
fn a_disk_that_fills_up_at_any_page_stops_the_work_and_loses_nothing() {
    assert!(full_at_pages(1) > 50);
}
