-- Audit: what is known under a code, and when each object was last read.

-- The code that a job's delivery announces, so that an audit finds what waits or has died. '' where it announces none;
-- NULL in jobs of an earlier Keepmark until the start has read their deliveries.
ALTER TABLE job ADD COLUMN code TEXT;
CREATE INDEX job_open_by_code ON job (code) WHERE state <> 'done';

-- Codes that a person could take for another one, as `domain::code` folds them: suggested, never assumed.
CREATE INDEX photo_by_folded_code
    ON photo (replace(replace(replace(upper(code), 'O', '0'), 'I', '1'), 'L', '1'))
    WHERE code IS NOT NULL AND archived_at IS NOT NULL;

-- When each object was last read, and how it was. Storing reads back, so that is an object's first reading.
CREATE TABLE audit_object (
    kind       TEXT NOT NULL CHECK (kind IN ('photo', 'evidence', 'tile')),
    number     INTEGER NOT NULL,                     -- photo.seq, evidence.id or ledger_tile.id
    size_bytes INTEGER,                              -- NULL: evidence of an earlier Keepmark
    read_at    INTEGER NOT NULL,
    result     TEXT NOT NULL CHECK (result IN ('intact', 'changed', 'missing', 'unreadable')),
    found_at   INTEGER,                              -- since when it is not intact
    PRIMARY KEY (kind, number)
) STRICT, WITHOUT ROWID;

-- The oldest reading first, whatever is asked.
CREATE INDEX audit_object_by_age ON audit_object (read_at);
-- What is not intact: few, and listed.
CREATE INDEX audit_object_found ON audit_object (kind, number) WHERE result <> 'intact';

INSERT INTO audit_object (kind, number, size_bytes, read_at, result)
SELECT 'photo', seq, size_bytes, archived_at, 'intact' FROM photo WHERE archived_at IS NOT NULL;
INSERT INTO audit_object (kind, number, read_at, result)
SELECT 'evidence', id, recorded_at, 'intact' FROM evidence WHERE recorded_at IS NOT NULL;

-- Pages never count rows.
CREATE TABLE audit_object_count (
    result  TEXT PRIMARY KEY,
    objects INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO audit_object_count (result, objects) SELECT result, count(*) FROM audit_object GROUP BY result;

CREATE TRIGGER audit_object_is_counted AFTER INSERT ON audit_object
BEGIN
    INSERT INTO audit_object_count (result, objects) VALUES (NEW.result, 1)
    ON CONFLICT (result) DO UPDATE SET objects = objects + 1;
END;

CREATE TRIGGER audit_object_is_counted_anew AFTER UPDATE OF result ON audit_object
    WHEN OLD.result <> NEW.result
BEGIN
    UPDATE audit_object_count SET objects = objects - 1 WHERE result = OLD.result;
    INSERT INTO audit_object_count (result, objects) VALUES (NEW.result, 1)
    ON CONFLICT (result) DO UPDATE SET objects = objects + 1;
END;

-- Triggers, because photos and evidence are recorded by several operations: none can forget.
CREATE TRIGGER photo_is_audited AFTER UPDATE OF archived_at ON photo
    WHEN OLD.archived_at IS NULL AND NEW.archived_at IS NOT NULL
BEGIN
    INSERT INTO audit_object (kind, number, size_bytes, read_at, result)
    VALUES ('photo', NEW.seq, NEW.size_bytes, NEW.archived_at, 'intact');
END;

CREATE TRIGGER evidence_is_audited AFTER UPDATE OF recorded_at ON evidence
    WHEN OLD.recorded_at IS NULL AND NEW.recorded_at IS NOT NULL
BEGIN
    INSERT INTO audit_object (kind, number, size_bytes, read_at, result)
    VALUES ('evidence', NEW.id, length(OLD.body), NEW.recorded_at, 'intact');
END;

CREATE TRIGGER tile_is_audited AFTER UPDATE OF recorded_at ON ledger_tile
    WHEN OLD.recorded_at IS NULL AND NEW.recorded_at IS NOT NULL
BEGIN
    INSERT INTO audit_object (kind, number, read_at, result) VALUES ('tile', NEW.id, NEW.recorded_at, 'intact');
END;

CREATE TRIGGER tile_is_audited_at_once AFTER INSERT ON ledger_tile WHEN NEW.recorded_at IS NOT NULL
BEGIN
    INSERT INTO audit_object (kind, number, read_at, result) VALUES ('tile', NEW.id, NEW.recorded_at, 'intact');
END;

-- One audit of the store. The row is its progress: whoever dies in it is followed by another.
CREATE TABLE audit_run (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    kind       TEXT NOT NULL CHECK (kind IN ('all', 'sample', 'inventory')),
    seed       TEXT,                                 -- of a sample: with it the same photos are drawn again
    started_at INTEGER NOT NULL,
    ended_at   INTEGER,
    objects    INTEGER NOT NULL,                     -- to be read, counted at the start
    after_seq  INTEGER NOT NULL DEFAULT 0,           -- of a sample: the last photo that was read
    checked    INTEGER NOT NULL DEFAULT 0,
    intact     INTEGER NOT NULL DEFAULT 0,
    changed    INTEGER NOT NULL DEFAULT 0,
    missing    INTEGER NOT NULL DEFAULT 0,
    unreadable INTEGER NOT NULL DEFAULT 0,
    extra      INTEGER NOT NULL DEFAULT 0,
    bytes      INTEGER NOT NULL DEFAULT 0,           -- that were read
    oldest_read_at INTEGER,                          -- when it ended: the oldest reading of any object
    trouble    TEXT                                  -- why it does not go on just now
) STRICT;

CREATE INDEX audit_run_open ON audit_run (id) WHERE ended_at IS NULL;

-- A report of last year must not speak of today's readings.
CREATE TRIGGER audit_run_keeps_the_oldest_reading AFTER UPDATE OF ended_at ON audit_run
    WHEN OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL
BEGIN
    UPDATE audit_run SET oldest_read_at = (SELECT min(read_at) FROM audit_object) WHERE id = NEW.id;
END;

-- What a run found: what is intact is only counted.
CREATE TABLE audit_result (
    run_id     INTEGER NOT NULL REFERENCES audit_run (id),
    object_key TEXT NOT NULL,
    status     TEXT NOT NULL CHECK (status IN ('changed', 'missing', 'unreadable', 'extra')),
    detail     TEXT NOT NULL,
    photo_seq  INTEGER REFERENCES photo (seq),       -- whose object it is
    PRIMARY KEY (run_id, object_key)
) STRICT, WITHOUT ROWID;

-- The photos of a sample.
CREATE TABLE audit_sample (
    run_id    INTEGER NOT NULL REFERENCES audit_run (id),
    photo_seq INTEGER NOT NULL REFERENCES photo (seq),
    PRIMARY KEY (run_id, photo_seq)
) STRICT, WITHOUT ROWID;

-- A sample that people ask Timemark's page about. It is kept, so that what is archived later changes nothing in it.
CREATE TABLE human_sample (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    address  TEXT NOT NULL UNIQUE,                   -- of its page: project, period, confidence, seed
    photos   INTEGER NOT NULL,                       -- that it was drawn from
    drawn_at INTEGER NOT NULL
) STRICT;

CREATE TABLE human_sample_photo (
    sample_id INTEGER NOT NULL REFERENCES human_sample (id),
    place     INTEGER NOT NULL,                      -- in the order of drawing
    photo_seq INTEGER NOT NULL REFERENCES photo (seq),
    PRIMARY KEY (sample_id, place)
) STRICT, WITHOUT ROWID;

-- What Timemark's own page said of a photo when a person asked it. Append-only: a later word stands beside the earlier.
CREATE TABLE human_outcome (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    photo_seq INTEGER NOT NULL REFERENCES photo (seq),
    outcome   TEXT NOT NULL CHECK (outcome IN ('authentic', 'fake', 'unable_to_verify', 'not_found')),
    who       TEXT NOT NULL,                         -- by the name at that time
    note      TEXT NOT NULL,
    sample    TEXT,                                  -- that the photo was drawn with, as the page's address names it
    at        INTEGER NOT NULL
) STRICT;

CREATE INDEX human_outcome_of_photo ON human_outcome (photo_seq, id);
