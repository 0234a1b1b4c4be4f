-- The catalogue. Times are integer milliseconds since 1970 UTC; hashes and ids are lower-case hexadecimal text, so
-- that a person with the sqlite3 shell can read them.

-- Every start of the daemon. Its number is half of each lease; its length adds to the running time in which the
-- budgets of failing jobs are counted.
CREATE TABLE daemon_start (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    started_at  INTEGER NOT NULL,
    alive_at    INTEGER NOT NULL
) STRICT;

-- The store as it was last seen: one row. The id is fixed here before it is put as the store's marker.
CREATE TABLE store (
    only_row      INTEGER PRIMARY KEY CHECK (only_row = 1),
    store_id      TEXT,
    trouble       TEXT,                              -- why photos wait; NULL: all well
    trouble_since INTEGER,
    capabilities  TEXT,                              -- JSON: what the last probe found
    probed_at     INTEGER
) STRICT;

INSERT INTO store (only_row) VALUES (1);

-- One POST each, as it came. Append-only but for its repeat counter and, after a retry by hand, its outcome.
CREATE TABLE delivery (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    source        TEXT NOT NULL,
    received_at   INTEGER NOT NULL,
    peer          TEXT,
    headers       TEXT NOT NULL,                     -- JSON: the selected request headers
    token         TEXT NOT NULL,                     -- the fingerprint of the hook token that brought it
    body          BLOB NOT NULL,
    body_sha256   TEXT NOT NULL,
    event_id      TEXT,
    outcome       TEXT NOT NULL CHECK (outcome IN ('quarantined', 'ignored', 'test', 'duplicate', 'accepted')),
    reason        TEXT,                              -- why it was quarantined
    conflict_with INTEGER REFERENCES delivery (id),  -- the accepted one with the same event_id and other bytes
    repeats       INTEGER NOT NULL DEFAULT 0,
    last_seen_at  INTEGER NOT NULL
) STRICT;

-- Only accepted deliveries make an identity known, and each only once.
CREATE UNIQUE INDEX delivery_by_event_id ON delivery (event_id) WHERE outcome = 'accepted' AND event_id IS NOT NULL;
CREATE UNIQUE INDEX delivery_by_body ON delivery (body_sha256) WHERE outcome = 'accepted' AND event_id IS NULL;
-- A repeat of what was not accepted is a counter too: a stuck test button must not fill the disk.
CREATE UNIQUE INDEX delivery_not_accepted_by_body ON delivery (body_sha256) WHERE outcome <> 'accepted';
-- Whose links are tried when the accepted delivery's own fails.
CREATE INDEX delivery_conflicts ON delivery (conflict_with) WHERE conflict_with IS NOT NULL;
-- Lists by outcome, newest first.
CREATE INDEX delivery_by_outcome ON delivery (outcome, id);

-- When each token of the hook last brought something, repeats included: a token in use is not dropped unasked.
CREATE TABLE hook_token (
    fingerprint  TEXT PRIMARY KEY,
    last_used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE team (
    id      INTEGER PRIMARY KEY,
    name    TEXT NOT NULL UNIQUE,                    -- '' where deliveries name none
    segment TEXT NOT NULL,
    folded  TEXT NOT NULL UNIQUE,                    -- the segment ignoring case
    meaning TEXT NOT NULL DEFAULT 'open' CHECK (meaning IN ('open', 'utc', 'local'))  -- of its photo_timestamp
) STRICT;

-- When a team's settled meaning changed: shown to the operator, because the sender has changed something.
CREATE TABLE meaning_change (
    id         INTEGER PRIMARY KEY,
    team_id    INTEGER NOT NULL REFERENCES team (id),
    changed_at INTEGER NOT NULL,
    before     TEXT NOT NULL,
    after      TEXT NOT NULL
) STRICT;

CREATE INDEX meaning_change_by_time ON meaning_change (changed_at);

-- Two names that may be one device, and the person's word that they are.
CREATE TABLE device_pair (
    id               INTEGER PRIMARY KEY,
    announced        TEXT NOT NULL,                  -- device_model, as first seen
    found            TEXT NOT NULL,                  -- Make and Model, as first seen
    announced_folded TEXT NOT NULL,
    found_folded     TEXT NOT NULL,
    photos           INTEGER NOT NULL,               -- sealed while it was not confirmed
    first_seen_at    INTEGER NOT NULL,
    confirmed_at     INTEGER,
    UNIQUE (announced_folded, found_folded)
) STRICT;

CREATE TABLE project (
    id      INTEGER PRIMARY KEY,
    team_id INTEGER NOT NULL REFERENCES team (id),
    name    TEXT NOT NULL,
    segment TEXT NOT NULL,
    folded  TEXT NOT NULL,
    photos       INTEGER NOT NULL DEFAULT 0,         -- archived; kept by triggers, like all counters of photos
    consistent   INTEGER NOT NULL DEFAULT 0,
    inconclusive INTEGER NOT NULL DEFAULT 0,
    suspicious   INTEGER NOT NULL DEFAULT 0,
    contradicted INTEGER NOT NULL DEFAULT 0,
    last_time    TEXT,                               -- local time of its last photo
    UNIQUE (team_id, name),
    UNIQUE (team_id, folded)
) STRICT;

CREATE TABLE member (
    id      INTEGER PRIMARY KEY,
    team_id INTEGER NOT NULL REFERENCES team (id),
    contact TEXT NOT NULL,                           -- what identifies a member: the contact, else the name
    name    TEXT NOT NULL,                           -- at first sight
    segment TEXT NOT NULL,
    folded  TEXT NOT NULL,
    UNIQUE (team_id, contact),
    UNIQUE (team_id, folded)
) STRICT;

-- Sealed before its first byte is stored, archived after its last was read back.
CREATE TABLE photo (
    seq           INTEGER PRIMARY KEY AUTOINCREMENT, -- order of sealing; pages walk by it, indexes in memory too
    id            TEXT NOT NULL UNIQUE,
    team_id       INTEGER NOT NULL REFERENCES team (id),
    project_id    INTEGER NOT NULL REFERENCES project (id),
    member_id     INTEGER NOT NULL REFERENCES member (id),
    code          TEXT,
    sha256        TEXT NOT NULL,
    size_bytes    INTEGER NOT NULL,
    media_type    TEXT NOT NULL,
    width         INTEGER,
    height        INTEGER,
    decoded       INTEGER NOT NULL,                  -- 0: never decode it inside the daemon
    object_key    TEXT NOT NULL UNIQUE,
    key_folded    TEXT NOT NULL UNIQUE,              -- the key as a file system sees it that ignores case
    photo_name    TEXT,
    event_id      TEXT,
    local_time    TEXT NOT NULL,                     -- at the place of capture, ISO 8601 without a zone
    captured_at   INTEGER,
    received_at   INTEGER NOT NULL,
    downloaded_at INTEGER NOT NULL,
    source_host   TEXT NOT NULL,
    sealed_by     INTEGER NOT NULL REFERENCES job (id),
    sealed_at     INTEGER NOT NULL,
    archived_at   INTEGER,
    verdict       TEXT NOT NULL,
    judgement     INTEGER NOT NULL DEFAULT 1,        -- whose findings stand
    vote          TEXT CHECK (vote IN ('utc', 'local')),  -- what it says of the team's photo_timestamp
    device        TEXT,                              -- device_model as announced
    shown_offset  INTEGER,                           -- of the device's clock, minutes east of UTC
    announced_position TEXT,                         -- latitude and longitude as announced
    has_time      INTEGER NOT NULL,                  -- which evidence the file brought
    has_position  INTEGER NOT NULL,
    has_device    INTEGER NOT NULL,
    fingerprint   BLOB                               -- 256 bits: how the picture looks
) STRICT;

-- What a photo is: absent codes are coalesced, because NULLs are distinct in an index.
CREATE UNIQUE INDEX photo_identity ON photo (team_id, coalesce(code, ''), sha256);
-- Equal bytes under other codes, looked up inside every seal.
CREATE INDEX photo_by_sha256 ON photo (sha256);
-- All versions of a code.
CREATE INDEX photo_by_code ON photo (code) WHERE code IS NOT NULL;
-- The newest photos of the archive.
CREATE INDEX photo_archived ON photo (seq) WHERE archived_at IS NOT NULL;

-- The last votes of a team.
CREATE INDEX photo_votes ON photo (team_id, seq) WHERE vote IS NOT NULL;
-- The last photos of a team: how many bring evidence at all.
CREATE INDEX photo_of_team ON photo (team_id, seq);
-- The offsets that a device showed lately.
CREATE INDEX photo_shown_offset ON photo (member_id, device, captured_at) WHERE shown_offset IS NOT NULL;
-- Whether many photos share an announced position.
CREATE INDEX photo_announced_position ON photo (team_id, announced_position, local_time)
    WHERE announced_position IS NOT NULL;

-- Pages never count rows: a day of a project, with its verdicts.
CREATE TABLE day_count (
    project_id   INTEGER NOT NULL REFERENCES project (id),
    day          TEXT NOT NULL,                      -- local, ISO 8601
    photos       INTEGER NOT NULL,
    consistent   INTEGER NOT NULL,
    inconclusive INTEGER NOT NULL,
    suspicious   INTEGER NOT NULL,
    contradicted INTEGER NOT NULL,
    PRIMARY KEY (project_id, day)
) STRICT, WITHOUT ROWID;

-- A year of activity, over all projects.
CREATE INDEX day_count_by_day ON day_count (day, photos);

-- The photos of a project in the order in which pages show them.
CREATE INDEX photo_of_project ON photo (project_id, local_time, seq) WHERE archived_at IS NOT NULL;

-- Triggers, because a photo is archived by one operation and gets another verdict by several: none can forget.
CREATE TRIGGER photo_is_counted AFTER UPDATE OF archived_at ON photo
    WHEN OLD.archived_at IS NULL AND NEW.archived_at IS NOT NULL
BEGIN
    INSERT INTO day_count (project_id, day, photos, consistent, inconclusive, suspicious, contradicted)
    VALUES (NEW.project_id, substr(NEW.local_time, 1, 10), 1, NEW.verdict = 'consistent',
            NEW.verdict = 'inconclusive', NEW.verdict = 'suspicious', NEW.verdict = 'contradicted')
    ON CONFLICT (project_id, day) DO UPDATE
    SET photos = photos + 1,
        consistent = consistent + excluded.consistent, inconclusive = inconclusive + excluded.inconclusive,
        suspicious = suspicious + excluded.suspicious, contradicted = contradicted + excluded.contradicted;
    UPDATE project
    SET photos = photos + 1,
        consistent = consistent + (NEW.verdict = 'consistent'),
        inconclusive = inconclusive + (NEW.verdict = 'inconclusive'),
        suspicious = suspicious + (NEW.verdict = 'suspicious'),
        contradicted = contradicted + (NEW.verdict = 'contradicted'),
        last_time = max(coalesce(last_time, ''), NEW.local_time)
    WHERE id = NEW.project_id;
END;

CREATE TRIGGER photo_is_counted_anew AFTER UPDATE OF verdict ON photo
    WHEN OLD.archived_at IS NOT NULL AND OLD.verdict <> NEW.verdict
BEGIN
    UPDATE day_count
    SET consistent = consistent + (NEW.verdict = 'consistent') - (OLD.verdict = 'consistent'),
        inconclusive = inconclusive + (NEW.verdict = 'inconclusive') - (OLD.verdict = 'inconclusive'),
        suspicious = suspicious + (NEW.verdict = 'suspicious') - (OLD.verdict = 'suspicious'),
        contradicted = contradicted + (NEW.verdict = 'contradicted') - (OLD.verdict = 'contradicted')
    WHERE project_id = NEW.project_id AND day = substr(NEW.local_time, 1, 10);
    UPDATE project
    SET consistent = consistent + (NEW.verdict = 'consistent') - (OLD.verdict = 'consistent'),
        inconclusive = inconclusive + (NEW.verdict = 'inconclusive') - (OLD.verdict = 'inconclusive'),
        suspicious = suspicious + (NEW.verdict = 'suspicious') - (OLD.verdict = 'suspicious'),
        contradicted = contradicted + (NEW.verdict = 'contradicted') - (OLD.verdict = 'contradicted')
    WHERE id = NEW.project_id;
END;

-- Fingerprints alone, to be read into memory without the rest of the rows.
CREATE INDEX photo_fingerprint ON photo (seq, fingerprint) WHERE fingerprint IS NOT NULL;

-- What a file said, without the text of its tags: enough to judge it again without reading it again.
CREATE TABLE reading (
    photo_seq    INTEGER PRIMARY KEY REFERENCES photo (seq),
    evidence     TEXT NOT NULL,                      -- JSON, as in the sidecar
    content_type TEXT                                -- as the source host called it
) STRICT;

CREATE TABLE finding (
    photo_seq  INTEGER NOT NULL REFERENCES photo (seq),
    judgement  INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    content    TEXT NOT NULL,                        -- JSON, as in the sidecar
    PRIMARY KEY (photo_seq, judgement, position)
) STRICT, WITHOUT ROWID;

-- Objects of evidence: fixed here byte for byte, then put, then recorded. A recorded one keeps its key and hash.
CREATE TABLE evidence (
    id          INTEGER PRIMARY KEY,
    photo_seq   INTEGER NOT NULL REFERENCES photo (seq),
    job_id      INTEGER REFERENCES job (id),         -- who puts it: a job,
    run_id      INTEGER REFERENCES judge_run (id),   -- or a run of judging again
    kind        TEXT NOT NULL CHECK (kind IN ('sidecar', 'judgement', 'repeat')),
    judgement   INTEGER,                             -- whose findings it carries
    verdict     TEXT,                                -- of those findings
    object_key  TEXT NOT NULL UNIQUE,
    sha256      TEXT NOT NULL,
    body        BLOB,                                -- NULL once recorded
    recorded_at INTEGER,
    CHECK ((job_id IS NULL) <> (run_id IS NULL))
) STRICT;

-- What a job or a run still has to put.
CREATE INDEX evidence_pending ON evidence (job_id) WHERE recorded_at IS NULL;
CREATE INDEX evidence_pending_of_run ON evidence (run_id) WHERE run_id IS NOT NULL AND recorded_at IS NULL;
CREATE INDEX evidence_by_photo ON evidence (photo_seq);

-- One run of today's rules over archived photos. The row is its progress: whoever dies in it is followed by another.
CREATE TABLE judge_run (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    filter     TEXT NOT NULL,                        -- JSON: which photos
    started_at INTEGER NOT NULL,
    ended_at   INTEGER,
    photos     INTEGER NOT NULL,                     -- to be judged, counted at the start
    after_seq  INTEGER NOT NULL DEFAULT 0,           -- the last one judged
    last_seq   INTEGER NOT NULL,                     -- photos sealed later were judged by today's rules anyway
    judged     INTEGER NOT NULL DEFAULT 0,
    changed    INTEGER NOT NULL DEFAULT 0,
    trouble    TEXT                                  -- why it does not go on just now
) STRICT;

CREATE INDEX judge_run_open ON judge_run (id) WHERE ended_at IS NULL;

-- What a run changed, counted: the verdict's row and one for each check.
CREATE TABLE judge_change (
    run_id    INTEGER NOT NULL REFERENCES judge_run (id),
    what      TEXT NOT NULL,                         -- 'verdict' or a check
    before    TEXT NOT NULL,
    after     TEXT NOT NULL,
    photos    INTEGER NOT NULL,
    PRIMARY KEY (run_id, what, before, after)
) STRICT, WITHOUT ROWID;

-- The work on one delivery.
CREATE TABLE job (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    delivery_id   INTEGER NOT NULL UNIQUE REFERENCES delivery (id),
    state         TEXT NOT NULL CHECK (state IN ('ready', 'scheduled', 'leased', 'done', 'dead', 'held')),
    class         INTEGER NOT NULL DEFAULT 0,        -- 0 fresh, 1 retry, 2 replay: the order of claiming
    host          TEXT NOT NULL,                     -- where the photo comes from; '' without a link
    due_at        INTEGER,                           -- of a scheduled job
    lease_start   INTEGER,
    lease_claim   INTEGER,
    crashes       INTEGER NOT NULL DEFAULT 0,        -- ends of the process while its file was inspected; above 0: suspect
    attempts      INTEGER NOT NULL DEFAULT 0,
    failing_class TEXT,
    failing_since INTEGER,                           -- running time of the daemon, milliseconds
    failing_tries INTEGER NOT NULL DEFAULT 0,
    reason        TEXT,                              -- why it is not done
    spool         TEXT,                              -- the synced file of a sealed or joined photo
    attached      TEXT,                              -- the file in the spool that a person gave in place of the link
    sample        BLOB,                              -- the first 64 KiB of what was no photo
    photo_seq     INTEGER REFERENCES photo (seq),    -- once sealed or joined
    waits_for     INTEGER REFERENCES job (id),       -- the job that archives the photo which this one repeats
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
) STRICT;

-- The claim asks this for the first job of each host; waiting jobs are not in it and cost nothing.
CREATE INDEX job_ready ON job (host, class, id) WHERE state = 'ready';
-- Who is woken when a photo is archived.
CREATE INDEX job_waiting ON job (waits_for) WHERE waits_for IS NOT NULL;
-- What is due.
CREATE INDEX job_scheduled ON job (due_at) WHERE state = 'scheduled';
-- Downloads at work, by host; and what an earlier start left.
CREATE INDEX job_leased ON job (host) WHERE state = 'leased';
-- Counters of the rest. Each state has an index of its own: one over all states would be chosen for the claim too.
CREATE INDEX job_done ON job (id) WHERE state = 'done';
CREATE INDEX job_dead ON job (id) WHERE state = 'dead';
CREATE INDEX job_held ON job (failing_class) WHERE state = 'held';

-- Source hosts that asked by Retry-After to be left alone: none of their jobs is claimed before that time.
CREATE TABLE host_state (
    host       TEXT PRIMARY KEY,
    held_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Each try, kept as the record of what was attempted.
CREATE TABLE attempt (
    id          INTEGER PRIMARY KEY,
    job_id      INTEGER NOT NULL REFERENCES job (id),
    number      INTEGER NOT NULL,
    started_at  INTEGER NOT NULL,
    ended_at    INTEGER NOT NULL,
    phase       TEXT NOT NULL,                       -- the last one that it entered
    outcome     TEXT NOT NULL,                       -- archived, repeat, waiting, retry, held, dead, given_back, crashed
    class       TEXT,
    http_status INTEGER,
    size_bytes  INTEGER NOT NULL,
    reason      TEXT
) STRICT;

CREATE INDEX attempt_by_job ON attempt (job_id, number);

-- Which deliveries led to which photo.
CREATE TABLE photo_delivery (
    delivery_id INTEGER PRIMARY KEY REFERENCES delivery (id),
    photo_seq   INTEGER NOT NULL REFERENCES photo (seq),
    kind        TEXT NOT NULL CHECK (kind IN ('first', 'repeat')),
    linked_at   INTEGER NOT NULL
) STRICT;

CREATE INDEX photo_delivery_by_photo ON photo_delivery (photo_seq);

-- Tokens for the API; only their SHA-256 is kept.
CREATE TABLE api_token (
    id           INTEGER PRIMARY KEY,
    name         TEXT NOT NULL UNIQUE,
    role         TEXT NOT NULL CHECK (role IN ('viewer', 'auditor', 'admin')),
    token_sha256 TEXT NOT NULL UNIQUE,
    created_at   INTEGER NOT NULL
) STRICT;
