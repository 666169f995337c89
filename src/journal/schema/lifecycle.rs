//! Whose deactivation is wanted and since when, which follows from the plans; how much each plan kept for later; and which
//! rejections count no more, because the operation was not wanted for a time.

pub(super) const TABLES: &str = "
CREATE TABLE departures (
    guid TEXT NOT NULL,
    cause TEXT NOT NULL CHECK (cause IN ('no_role', 'disabled', 'gone')),
    since TEXT NOT NULL,
    PRIMARY KEY (guid, cause)
) STRICT, WITHOUT ROWID;

ALTER TABLE plans ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
ALTER TABLE plans ADD COLUMN leaving INTEGER NOT NULL DEFAULT 0;

CREATE TABLE lapses (
    wait INTEGER PRIMARY KEY REFERENCES closings,
    cycle INTEGER NOT NULL REFERENCES cycles
) STRICT;
";

pub(super) const APPEND_ONLY: [&str; 1] = ["lapses"];
