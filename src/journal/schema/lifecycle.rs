//! Whose deactivation is wanted and since when, which follows from the plans; what each plan kept for later; and which
//! rejections count no more, because the operation was not wanted for a time.

pub(super) const TABLES: &str = "
CREATE TABLE departures (
    guid TEXT NOT NULL,
    cause TEXT NOT NULL CHECK (cause IN ('no_role', 'disabled', 'gone')),
    since TEXT NOT NULL,
    PRIMARY KEY (guid, cause)
) STRICT, WITHOUT ROWID;

CREATE TABLE kept (
    cycle INTEGER PRIMARY KEY REFERENCES cycles,
    held INTEGER NOT NULL,
    leaving INTEGER NOT NULL
) STRICT;

CREATE TABLE lapses (
    wait INTEGER PRIMARY KEY REFERENCES closings,
    cycle INTEGER NOT NULL REFERENCES cycles
) STRICT;
";

pub(super) const APPEND_ONLY: [&str; 2] = ["kept", "lapses"];
