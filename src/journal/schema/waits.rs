//! What waits for a person: plans, operations and revisions, by a hash of what was shown.

pub(super) const TABLES: &str = "
CREATE TABLE waits (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('plan', 'operation', 'revision')),
    hash TEXT NOT NULL CHECK (length(hash) = 64),
    cycle INTEGER REFERENCES cycles,
    since TEXT NOT NULL,
    summary TEXT NOT NULL CHECK (json_valid(summary))
) STRICT;
CREATE INDEX waits_of ON waits (hash);

CREATE TABLE approvals (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    wait INTEGER NOT NULL UNIQUE REFERENCES waits,
    who TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;

CREATE TABLE closings (
    wait INTEGER PRIMARY KEY REFERENCES waits,
    how TEXT NOT NULL CHECK (how IN ('carried_out', 'superseded', 'withdrawn', 'rejected')),
    who TEXT,
    cycle INTEGER REFERENCES cycles,
    at TEXT NOT NULL
) STRICT;

CREATE TRIGGER waits_once BEFORE INSERT ON waits WHEN EXISTS
    (SELECT 1 FROM waits w WHERE w.kind = NEW.kind AND w.hash = NEW.hash AND w.id NOT IN (SELECT wait FROM closings))
    BEGIN SELECT RAISE (ABORT, 'it waits already'); END;
CREATE TRIGGER approvals_end BEFORE INSERT ON approvals WHEN EXISTS (SELECT 1 FROM closings WHERE wait = NEW.wait)
    BEGIN SELECT RAISE (ABORT, 'it waits no longer'); END;
";

pub(super) const APPEND_ONLY: [&str; 3] = ["waits", "approvals", "closings"];
