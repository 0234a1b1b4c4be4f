-- People: who may sign in, with which role, and how much they see.

CREATE TABLE user (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given again: a removed person's number stays theirs
    name         TEXT NOT NULL,
    folded       TEXT NOT NULL UNIQUE,               -- the name ignoring case: what people type on a phone
    role         TEXT NOT NULL CHECK (role IN ('viewer', 'auditor', 'admin')),
    is_limited   INTEGER NOT NULL DEFAULT 0,         -- 1: sees the projects of user_project alone
    password     TEXT,                               -- Argon2id, as a PHC string; NULL until an invitation is accepted
    created_at   INTEGER NOT NULL,
    signed_in_at INTEGER,
    CHECK (is_limited = 0 OR role = 'viewer')
) STRICT;

-- The projects of those who are limited.
CREATE TABLE user_project (
    user_id    INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    project_id INTEGER NOT NULL REFERENCES project (id),
    PRIMARY KEY (user_id, project_id)
) STRICT, WITHOUT ROWID;

-- A link with which one person chooses a password, once. A newer one takes the place of the one before.
CREATE TABLE invitation (
    user_id      INTEGER PRIMARY KEY REFERENCES user (id) ON DELETE CASCADE,
    token_sha256 TEXT NOT NULL UNIQUE,
    expires_at   INTEGER NOT NULL
) STRICT;

-- Browsers that are signed in. Only the hash of what the cookie holds is kept.
CREATE TABLE session (
    token_sha256 TEXT PRIMARY KEY,
    user_id      INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    started_at   INTEGER NOT NULL,
    used_at      INTEGER NOT NULL                    -- to the minute
) STRICT, WITHOUT ROWID;

CREATE INDEX session_of_user ON session (user_id);

ALTER TABLE api_token ADD COLUMN expires_at INTEGER; -- NULL: never
ALTER TABLE api_token ADD COLUMN last_used_at INTEGER;
