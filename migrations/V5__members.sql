-- Who took photos of a project, and how many: pages never count rows.
CREATE TABLE project_member (
    project_id INTEGER NOT NULL REFERENCES project (id),
    member_id  INTEGER NOT NULL REFERENCES member (id),
    photos     INTEGER NOT NULL,
    last_time  TEXT NOT NULL,                        -- local time of the last photo
    PRIMARY KEY (project_id, member_id)
) STRICT, WITHOUT ROWID;

INSERT INTO project_member (project_id, member_id, photos, last_time)
SELECT project_id, member_id, count(*), max(local_time) FROM photo WHERE archived_at IS NOT NULL GROUP BY 1, 2;

CREATE TRIGGER photo_is_its_members AFTER UPDATE OF archived_at ON photo
    WHEN OLD.archived_at IS NULL AND NEW.archived_at IS NOT NULL
BEGIN
    INSERT INTO project_member (project_id, member_id, photos, last_time)
    VALUES (NEW.project_id, NEW.member_id, 1, NEW.local_time)
    ON CONFLICT (project_id, member_id) DO UPDATE
    SET photos = photos + 1, last_time = max(last_time, excluded.last_time);
END;
