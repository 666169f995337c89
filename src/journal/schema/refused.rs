//! The last plan that the guard refused, of the rules and of each script: whole, to be looked at. State: the sizes, the
//! breaches and whatever was carried out stand in the records.

pub(super) const TABLES: &str = "
CREATE TABLE refused (
    of TEXT PRIMARY KEY,
    hash TEXT NOT NULL CHECK (length(hash) = 64),
    cycle INTEGER NOT NULL REFERENCES cycles,
    at TEXT NOT NULL,
    plan TEXT NOT NULL CHECK (json_valid(plan))
) STRICT, WITHOUT ROWID;
";
