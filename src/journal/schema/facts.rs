//! What cycles knew: each person, group, account and link where it differs from what was last known, and what else
//! their plans were drawn up from.

pub(super) const TABLES: &str = "
CREATE TABLE facts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    cycle INTEGER NOT NULL REFERENCES cycles,
    kind TEXT NOT NULL CHECK (kind IN ('person', 'group', 'account', 'link')),
    key TEXT NOT NULL,
    hash BLOB,
    kept INTEGER NOT NULL CHECK (kept = (content IS NOT NULL)),
    content TEXT CHECK (content IS NULL OR (hash IS NOT NULL AND json_valid(content)))
) STRICT;
CREATE INDEX facts_of ON facts (kind, key, id, hash, kept);
CREATE INDEX facts_in ON facts (cycle);

CREATE TABLE drafts (
    hash TEXT PRIMARY KEY CHECK (length(hash) = 64),
    plan TEXT NOT NULL CHECK (json_valid(plan))
) STRICT;

CREATE TABLE readings (
    cycle INTEGER PRIMARY KEY REFERENCES cycles,
    now TEXT NOT NULL,
    reading TEXT NOT NULL CHECK (json_valid(reading)),
    settings TEXT NOT NULL CHECK (json_valid(settings)),
    plan TEXT NOT NULL REFERENCES drafts
) STRICT;
";

pub(super) const APPEND_ONLY: [&str; 3] = ["facts", "drafts", "readings"];
