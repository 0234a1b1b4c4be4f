-- Finding photos by their words, by where they were taken, and by each field that a filter names.

-- The words of a photo: code, names, device, place, notes, folded (domain::search_text) so that what is compared is
-- compared as written here. Both indexes below are looked up first and the words themselves decide, so neither needs
-- positions. Rows are made at the seal; those of photos that an earlier Keepmark sealed are made after the next start.
CREATE TABLE photo_text (
    photo_seq INTEGER PRIMARY KEY REFERENCES photo (seq),
    folded    TEXT NOT NULL                          -- fields in lines
) STRICT;

-- Words of three characters and more. Folded already, so that the tokenizer must fold nothing.
CREATE VIRTUAL TABLE photo_trigram USING fts5 (
    folded, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram case_sensitive 1'
);

-- Words of one and two characters, which make whole names in Chinese and Japanese: each character beyond ASCII, and
-- each pair with one, as tokens of letters and digits. Pairs of ASCII letters stand in nearly every photo and are
-- looked for in the newest photos instead.
CREATE VIRTUAL TABLE photo_pair USING fts5 (
    tokens, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
);

-- Where photos were taken: as announced, else by the file's own position.
CREATE TABLE photo_place (
    photo_seq INTEGER PRIMARY KEY REFERENCES photo (seq),
    latitude  REAL NOT NULL,
    longitude REAL NOT NULL,
    name      TEXT                                   -- as announced
) STRICT;

-- The photos within a part of the map. Its numbers have 32 bits, rounded outwards: photo_place decides.
CREATE VIRTUAL TABLE photo_area USING rtree (photo_seq, west, east, south, north);

-- Each field of the filter, newest sealed first. With archived_at inside, the photos' long rows are not read.
CREATE INDEX photo_by_project ON photo (project_id, seq, archived_at) WHERE archived_at IS NOT NULL;
CREATE INDEX photo_by_member ON photo (member_id, seq, archived_at) WHERE archived_at IS NOT NULL;
CREATE INDEX photo_by_verdict ON photo (verdict, seq, archived_at) WHERE archived_at IS NOT NULL;
CREATE INDEX photo_by_media_type ON photo (media_type, seq, archived_at) WHERE archived_at IS NOT NULL;
CREATE INDEX photo_by_team ON photo (team_id, seq, archived_at) WHERE archived_at IS NOT NULL;
-- Some days over all projects.
CREATE INDEX photo_by_local_time ON photo (local_time, seq, archived_at) WHERE archived_at IS NOT NULL;
-- Names that several teams use.
CREATE INDEX project_by_name ON project (name);
CREATE INDEX member_by_name ON member (name);

-- Between which numbers of sealing the photos of a day lie: photos arrive nearly in the order in which they were
-- taken, so that a year long ago is found without walking through all that came since.
CREATE TABLE day_span (
    day       TEXT PRIMARY KEY,                      -- local, ISO 8601
    first_seq INTEGER NOT NULL,
    last_seq  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO day_span (day, first_seq, last_seq)
SELECT substr(local_time, 1, 10), min(seq), max(seq) FROM photo WHERE archived_at IS NOT NULL GROUP BY 1;

CREATE TRIGGER photo_spans_its_day AFTER UPDATE OF archived_at ON photo
    WHEN OLD.archived_at IS NULL AND NEW.archived_at IS NOT NULL
BEGIN
    INSERT INTO day_span (day, first_seq, last_seq) VALUES (substr(NEW.local_time, 1, 10), NEW.seq, NEW.seq)
    ON CONFLICT (day) DO UPDATE
    SET first_seq = min(first_seq, excluded.first_seq), last_seq = max(last_seq, excluded.last_seq);
END;
