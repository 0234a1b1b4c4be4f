-- The ledger: every piece of recorded evidence is a leaf of a Merkle tree (RFC 9162), which is stored beside the photos.

-- Leaves in their order, from 0 and without a gap; inserted by the transaction that records the evidence.
CREATE TABLE ledger_leaf (
    number      INTEGER PRIMARY KEY,
    evidence_id INTEGER UNIQUE REFERENCES evidence (id), -- NULL: of a kind that this program does not know
    entry       TEXT NOT NULL                            -- what is hashed, byte for byte
) STRICT;

-- What was recorded before there was a ledger.
INSERT INTO ledger_leaf (number, evidence_id, entry)
SELECT row_number() OVER (ORDER BY e.id) - 1, e.id,
       'keepmark-leaf/v1' || char(10)
       || CASE e.kind WHEN 'sidecar' THEN 'photo ' || p.sha256 || ' ' ELSE e.kind || ' ' END || e.sha256 || char(10)
FROM evidence e LEFT JOIN photo p ON p.seq = e.photo_seq
WHERE e.recorded_at IS NOT NULL;

-- The tree: the hashes of each tile, the last of each level growing. With these a proof reads a few rows.
CREATE TABLE ledger_hashes (
    level  INTEGER NOT NULL,
    number INTEGER NOT NULL,
    hashes BLOB NOT NULL,                            -- up to 256, each 32 bytes
    PRIMARY KEY (level, number)
) STRICT;

-- Objects of the tree: fixed here by their hash, then put, then recorded. Their bytes come from leaves and hashes, and
-- are held against this before each put.
CREATE TABLE ledger_tile (
    id          INTEGER PRIMARY KEY,
    object_key  TEXT NOT NULL UNIQUE,
    sha256      TEXT NOT NULL,
    recorded_at INTEGER
) STRICT;

-- What still has to be put.
CREATE INDEX ledger_tile_pending ON ledger_tile (object_key) WHERE recorded_at IS NULL;

-- One root for each size, for ever: signed once, whatever the store does.
CREATE TABLE ledger_checkpoint (
    size         INTEGER PRIMARY KEY,
    note         TEXT NOT NULL,                      -- signed
    signed_at    INTEGER NOT NULL,
    read_back_at INTEGER                             -- NULL: the store has not given it back yet
) STRICT;

-- The ledger as a whole: one row.
CREATE TABLE ledger (
    only_row      INTEGER PRIMARY KEY CHECK (only_row = 1),
    grown         INTEGER NOT NULL DEFAULT 0,        -- leaves that are in ledger_hashes
    distrust      TEXT,                              -- why a rebuild could not bring it back; NULL: it is whole
    trouble       TEXT,                              -- why nothing is published; NULL: all well
    trouble_since INTEGER,
    handed_size   INTEGER NOT NULL DEFAULT 0,        -- of the last checkpoint that the configured command took
    handed_at     INTEGER,                           -- when
    handing       TEXT                               -- why the last try to hand one on failed; NULL: all well
) STRICT;

INSERT INTO ledger (only_row) VALUES (1);

-- The keys that signed, in the order of their use: the first is fixed by the first checkpoint, the last one signs. One
-- that was replaced still opens what it signed.
CREATE TABLE ledger_key (
    number     INTEGER PRIMARY KEY,
    public_key TEXT NOT NULL
) STRICT;
