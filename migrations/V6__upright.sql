-- Whether a photo is shown with width and height exchanged: pages keep its place free before it is loaded.

-- Orientations 5 to 8 lie on their side (EXIF 2.32, 4.6.5).
ALTER TABLE photo ADD COLUMN is_turned INTEGER NOT NULL DEFAULT 0;

UPDATE photo SET is_turned = 1
WHERE decoded AND seq IN (SELECT photo_seq FROM reading WHERE evidence ->> '$.exif.orientation' BETWEEN 5 AND 8);
