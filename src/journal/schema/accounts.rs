//! What is remembered of accounts: the values that they were last known to have as they were wished (state, which
//! follows from what was read and done), and what other hands changed (a record).

pub(super) const TABLES: &str = "
CREATE TABLE settled (
    account TEXT PRIMARY KEY,
    attributes TEXT NOT NULL CHECK (json_valid(attributes))
) STRICT, WITHOUT ROWID;

CREATE TABLE drifts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    cycle INTEGER NOT NULL REFERENCES cycles,
    account TEXT NOT NULL,
    attribute TEXT NOT NULL,
    guid TEXT NOT NULL,
    name TEXT NOT NULL,
    user_name TEXT NOT NULL,
    wished TEXT,
    found TEXT
) STRICT;
CREATE INDEX drifts_of ON drifts (account, attribute);
CREATE INDEX drifts_in ON drifts (cycle);
";

pub(super) const APPEND_ONLY: [&str; 1] = ["drifts"];
