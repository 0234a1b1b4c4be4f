-- What pages show at a glance is kept as it changes: an archive of a million photos answers like one of ten thousand.

-- Jobs by state. In place of their index: an entry less for each photo.
CREATE TABLE job_count (
    state TEXT PRIMARY KEY,
    jobs  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO job_count (state, jobs) SELECT state, count(*) FROM job GROUP BY state;

CREATE TRIGGER job_is_counted AFTER INSERT ON job
BEGIN
    INSERT INTO job_count (state, jobs) VALUES (NEW.state, 1)
    ON CONFLICT (state) DO UPDATE SET jobs = jobs + 1;
END;

CREATE TRIGGER job_is_counted_anew AFTER UPDATE OF state ON job
    WHEN OLD.state <> NEW.state
BEGIN
    UPDATE job_count SET jobs = jobs - 1 WHERE state = OLD.state;
    INSERT INTO job_count (state, jobs) VALUES (NEW.state, 1)
    ON CONFLICT (state) DO UPDATE SET jobs = jobs + 1;
END;

DROP INDEX job_done;

-- Deliveries by outcome.
CREATE TABLE delivery_count (
    outcome    TEXT PRIMARY KEY,
    deliveries INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO delivery_count (outcome, deliveries) SELECT outcome, count(*) FROM delivery GROUP BY outcome;

CREATE TRIGGER delivery_is_counted AFTER INSERT ON delivery
BEGIN
    INSERT INTO delivery_count (outcome, deliveries) VALUES (NEW.outcome, 1)
    ON CONFLICT (outcome) DO UPDATE SET deliveries = deliveries + 1;
END;

CREATE TRIGGER delivery_is_counted_anew AFTER UPDATE OF outcome ON delivery
    WHEN OLD.outcome <> NEW.outcome
BEGIN
    UPDATE delivery_count SET deliveries = deliveries - 1 WHERE outcome = OLD.outcome;
    INSERT INTO delivery_count (outcome, deliveries) VALUES (NEW.outcome, 1)
    ON CONFLICT (outcome) DO UPDATE SET deliveries = deliveries + 1;
END;

-- What somebody should look at, the newest deliveries first: the first page of many thousands is read without the rest.
DROP INDEX job_dead;
CREATE INDEX job_dead ON job (delivery_id) WHERE state = 'dead';
CREATE INDEX job_held_by_delivery ON job (delivery_id) WHERE state = 'held';

-- A year of activity over all projects is a row a day, not one a day and project.
ALTER TABLE day_span ADD COLUMN photos INTEGER NOT NULL DEFAULT 0;

UPDATE day_span SET photos = (SELECT sum(c.photos) FROM day_count c WHERE c.day = day_span.day);

DROP TRIGGER photo_spans_its_day;

CREATE TRIGGER photo_spans_its_day AFTER UPDATE OF archived_at ON photo
    WHEN OLD.archived_at IS NULL AND NEW.archived_at IS NOT NULL
BEGIN
    INSERT INTO day_span (day, first_seq, last_seq, photos)
    VALUES (substr(NEW.local_time, 1, 10), NEW.seq, NEW.seq, 1)
    ON CONFLICT (day) DO UPDATE
    SET first_seq = min(first_seq, excluded.first_seq), last_seq = max(last_seq, excluded.last_seq),
        photos = photos + 1;
END;
