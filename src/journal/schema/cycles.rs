//! Cycles and what hangs on them, and the links that follow: the whole of version 1.

pub(super) const TABLES: &str = "
CREATE TABLE revisions (
    revision TEXT PRIMARY KEY,
    sources TEXT NOT NULL CHECK (json_valid(sources)),
    first_seen TEXT NOT NULL
) STRICT;

CREATE TABLE cycles (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('apply', 'run')),
    cause TEXT NOT NULL,
    revision TEXT NOT NULL REFERENCES revisions,
    started TEXT NOT NULL
) STRICT;

CREATE TABLE plans (
    cycle INTEGER PRIMARY KEY REFERENCES cycles,
    source TEXT NOT NULL,
    people INTEGER NOT NULL,
    whole INTEGER NOT NULL CHECK (whole IN (0, 1)),
    partial_why TEXT,
    managed_active INTEGER NOT NULL,
    creates INTEGER NOT NULL,
    updates INTEGER NOT NULL,
    reactivates INTEGER NOT NULL,
    deactivates INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    skipped INTEGER NOT NULL,
    faults INTEGER NOT NULL,
    unmanaged INTEGER NOT NULL,
    allowed INTEGER NOT NULL CHECK (allowed IN (0, 1)),
    guard TEXT NOT NULL CHECK (json_valid(guard))
) STRICT;

CREATE TABLE ends (
    cycle INTEGER PRIMARY KEY REFERENCES cycles,
    ended TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('done', 'refused', 'failed', 'stopped', 'broken_off')),
    error TEXT
) STRICT;

CREATE TABLE decisions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    cycle INTEGER NOT NULL REFERENCES cycles,
    guid TEXT NOT NULL,
    hash BLOB NOT NULL,
    decision TEXT NOT NULL CHECK (json_valid(decision))
) STRICT;
CREATE INDEX decisions_of ON decisions (guid, id);

CREATE TABLE operations (
    cycle INTEGER NOT NULL REFERENCES cycles,
    place INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('create', 'update', 'reactivate', 'deactivate')),
    guid TEXT NOT NULL,
    name TEXT NOT NULL,
    dn TEXT,
    account TEXT,
    user_name TEXT NOT NULL,
    changes TEXT NOT NULL CHECK (json_valid(changes)),
    reasons TEXT NOT NULL CHECK (json_valid(reasons)),
    intended TEXT NOT NULL,
    PRIMARY KEY (cycle, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX operations_of ON operations (guid);

CREATE TABLE outcomes (
    cycle INTEGER NOT NULL,
    place INTEGER NOT NULL,
    answered TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('done', 'failed', 'not_sent', 'lost')),
    detail TEXT NOT NULL CHECK (json_valid(detail)),
    PRIMARY KEY (cycle, place),
    FOREIGN KEY (cycle, place) REFERENCES operations
) STRICT, WITHOUT ROWID;

CREATE TABLE links (
    guid TEXT PRIMARY KEY,
    account TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    cycle INTEGER NOT NULL REFERENCES cycles,
    since TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER operations_end BEFORE INSERT ON operations WHEN EXISTS (SELECT 1 FROM ends WHERE cycle = NEW.cycle)
    BEGIN SELECT RAISE (ABORT, 'the cycle has ended'); END;
CREATE TRIGGER outcomes_end BEFORE INSERT ON outcomes WHEN EXISTS (SELECT 1 FROM ends WHERE cycle = NEW.cycle)
    BEGIN SELECT RAISE (ABORT, 'the cycle has ended'); END;
";

pub(super) const APPEND_ONLY: [&str; 7] =
    ["revisions", "cycles", "plans", "ends", "decisions", "operations", "outcomes"];
