//! The chain over all records, in the order in which they were written, and what was taken off its beginning.

pub(super) const TABLES: &str = "
CREATE TABLE chain (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    what TEXT NOT NULL,
    a ANY NOT NULL,
    b ANY,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TABLE prunings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    before INTEGER NOT NULL,
    through INTEGER NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    removed TEXT NOT NULL CHECK (json_valid(removed))
) STRICT;
";

pub(super) const APPEND_ONLY: [&str; 1] = ["prunings"];

/// The chain is append-only, and no link of itself.
pub(in crate::journal) const CHAIN: &str = "chain";
