-- The catalogue made anew from the bucket. The row is its progress: whoever dies in it is followed by another.
CREATE TABLE rebuild (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    phase       TEXT NOT NULL CHECK (phase IN ('listing', 'reading', 'photos', 'companions', 'records', 'ledger', 'ended')),
    store_id    TEXT,                                -- as the store's marker says; this catalogue's own at the end
    started_at  INTEGER NOT NULL,
    ended_at    INTEGER,
    steps       INTEGER NOT NULL DEFAULT 0,          -- objects, each read once and each put back once
    steps_done  INTEGER NOT NULL DEFAULT 0,
    last_record INTEGER NOT NULL DEFAULT 0,          -- the highest number of a record in the store: none is given again
    trouble     TEXT                                 -- why it does not go on just now, or was given up
) STRICT;

-- At most one at a time.
CREATE UNIQUE INDEX rebuild_open ON rebuild ((1)) WHERE ended_at IS NULL;

-- What the listing named, while it is worked off.
CREATE TABLE rebuild_object (
    object_key  TEXT PRIMARY KEY,
    kind        TEXT NOT NULL CHECK (kind IN ('photo', 'sidecar', 'judgement', 'repeat', 'record')),
    size_bytes  INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,                    -- as the store says
    sealed_at   INTEGER,                             -- of a sidecar that was read: photos come back in this order
    state       TEXT NOT NULL DEFAULT 'listed' CHECK (state IN ('listed', 'read', 'through'))
) STRICT, WITHOUT ROWID;

CREATE INDEX rebuild_object_open ON rebuild_object (kind, state, sealed_at, object_key) WHERE state <> 'through';

-- What does not fit. Nothing of it was changed.
CREATE TABLE rebuild_finding (
    rebuild_id INTEGER NOT NULL REFERENCES rebuild (id),
    object_key TEXT NOT NULL,
    finding    TEXT NOT NULL,                        -- a word
    detail     TEXT NOT NULL,                        -- a sentence
    PRIMARY KEY (rebuild_id, object_key, finding)
) STRICT, WITHOUT ROWID;

-- What was put back, counted.
CREATE TABLE rebuild_count (
    rebuild_id INTEGER NOT NULL REFERENCES rebuild (id),
    what       TEXT NOT NULL,
    objects    INTEGER NOT NULL,
    PRIMARY KEY (rebuild_id, what)
) STRICT, WITHOUT ROWID;
