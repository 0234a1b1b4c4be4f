-- What the bucket must also know to be enough: dead letters, deliveries in quarantine, what people found, what audits
-- found. Each such record is an object of evidence like those of photos; so the table of evidence, which knew photos
-- alone, is made anew (SQLite cannot change a column's constraint).

CREATE TABLE evidence_of_all (
    id          INTEGER PRIMARY KEY,
    photo_seq   INTEGER REFERENCES photo (seq),      -- NULL: a record that tells of no photo
    delivery_id INTEGER REFERENCES delivery (id),    -- of a record: the delivery that it tells of
    job_id      INTEGER REFERENCES job (id),         -- who puts it: a job,
    run_id      INTEGER REFERENCES judge_run (id),   -- a run of judging again, or for records their keeper
    kind        TEXT NOT NULL CHECK (kind IN ('sidecar', 'judgement', 'repeat', 'record')),
    sequence    INTEGER UNIQUE,                      -- of a record: its place among all, for ever
    judgement   INTEGER,                             -- whose findings it carries
    verdict     TEXT,                                -- of those findings
    object_key  TEXT NOT NULL UNIQUE,
    sha256      TEXT NOT NULL,
    body        BLOB,                                -- NULL once recorded
    recorded_at INTEGER,
    refused_at  INTEGER,                             -- of a record: since when its key was seen to hold other bytes
    CHECK ((kind = 'record') = (sequence IS NOT NULL)),
    CHECK (kind = 'record' OR photo_seq IS NOT NULL),
    -- What was found in the bucket by a rebuild was put by an earlier life.
    CHECK (CASE WHEN kind = 'record' THEN job_id IS NULL AND run_id IS NULL
                WHEN recorded_at IS NULL THEN (job_id IS NULL) <> (run_id IS NULL) ELSE TRUE END)
) STRICT;

INSERT INTO evidence_of_all (id, photo_seq, job_id, run_id, kind, judgement, verdict, object_key, sha256, body,
                             recorded_at)
SELECT id, photo_seq, job_id, run_id, kind, judgement, verdict, object_key, sha256, body, recorded_at FROM evidence;

DROP TABLE evidence;
ALTER TABLE evidence_of_all RENAME TO evidence;

-- What a job, a run or the keeper of records still has to put.
CREATE INDEX evidence_pending ON evidence (job_id) WHERE recorded_at IS NULL;
CREATE INDEX evidence_pending_of_run ON evidence (run_id) WHERE run_id IS NOT NULL AND recorded_at IS NULL;
CREATE INDEX evidence_pending_records ON evidence (sequence) WHERE sequence IS NOT NULL AND recorded_at IS NULL;
CREATE INDEX evidence_by_photo ON evidence (photo_seq);
-- Whether a dead letter has its record.
CREATE INDEX evidence_by_delivery ON evidence (delivery_id) WHERE delivery_id IS NOT NULL;
