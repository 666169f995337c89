//! One cycle, from the directory to the journal.
