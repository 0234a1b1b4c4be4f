//! What an audit asks of the catalogue: by which indexes, and that an earlier version's objects are all in it.

use rusqlite::Connection;

use crate::catalog::audit::fixity::{FOUND, OLDEST};
use crate::catalog::code::{ALIKE, ANNOUNCED, BY_CODE};
use crate::catalog::connection;
use crate::catalog::query_plan::plan;
use crate::domain::code::fold;

/// The last version without audits.
const BEFORE: i32 = 6;

#[test]
fn codes_and_the_oldest_readings_are_found_by_their_indexes() {
    for (sql, index) in [
        (BY_CODE, "INDEX photo_by_code (code=?)"),
        (ANNOUNCED, "INDEX job_open_by_code (code=?)"),
        (ALIKE, "INDEX photo_by_folded_code (<expr>=?)"),
        (OLDEST, "INDEX audit_object_by_age (read_at<?)"),
        (FOUND, "INDEX audit_object_found"),
    ] {
        let plan = plan(sql);
        assert!(plan.contains(index), "{index} is not in {plan}");
        // What is not intact is few, and all of its index.
        assert!(!plan.contains("SCAN") || sql == FOUND, "{plan}");
        assert!(!plan.contains("ORDER BY") || sql == ANNOUNCED, "{plan}");
    }
}

#[test]
fn the_index_folds_codes_as_the_domain_does() {
    let connection = Connection::open_in_memory().unwrap();
    let sql = "SELECT replace(replace(replace(upper(?1), 'O', '0'), 'I', '1'), 'L', '1')";
    for code in ["aO0Il1z", "A1BCDEFGHIJ23K", "olio", "ß0", "", "漢O"] {
        let folded: String = connection.query_row(sql, [code], |row| row.get(0)).unwrap();
        assert_eq!(folded, fold(code), "{code}");
    }
}

/// A photo that was archived, one that is not yet, and evidence of both.
const WORK: &str = "
    INSERT INTO team (id, name, segment, folded) VALUES (1, 't', 't', 't');
    INSERT INTO project (id, team_id, name, segment, folded) VALUES (1, 1, 'p', 'p', 'p');
    INSERT INTO member (id, team_id, contact, name, segment, folded) VALUES (1, 1, 'm', 'm', 'm', 'm');
    INSERT INTO delivery (id, source, received_at, headers, token, body, body_sha256, event_id, outcome, last_seen_at)
    VALUES (1, 'hook', 1, '{}', 't', x'62', '1', '1', 'accepted', 1), (2, 'hook', 1, '{}', 't', x'62', '2', '2', 'accepted', 1);
    INSERT INTO job (id, delivery_id, state, host, created_at, updated_at)
    VALUES (1, 1, 'done', 'h', 1, 1), (2, 2, 'leased', 'h', 1, 1);
    INSERT INTO photo (seq, id, team_id, project_id, member_id, code, sha256, size_bytes, media_type, decoded, object_key,
                       key_folded, local_time, received_at, downloaded_at, source_host, sealed_by, sealed_at, verdict,
                       has_time, has_position, has_device)
    SELECT value, value, 1, 1, 1, value, value, 7, 'image/jpeg', 1, value, value, '2025-12-11T13:45:00', 1, 1, 'h', value,
           1, 'consistent', 0, 0, 0
    FROM json_each('[1, 2]');
    INSERT INTO evidence (id, photo_seq, job_id, kind, judgement, object_key, sha256, body)
    VALUES (1, 1, 1, 'sidecar', 1, 's1', '1', x'0102'), (2, 2, 2, 'sidecar', 1, 's2', '2', x'010203');
    UPDATE photo SET archived_at = 500 WHERE seq = 1;
    UPDATE evidence SET recorded_at = 500, body = NULL WHERE id = 1;";

fn objects(connection: &Connection) -> Vec<(String, i64, Option<i64>, i64)> {
    let sql = "SELECT kind, number, size_bytes, read_at FROM audit_object ORDER BY kind, number";
    let mut statement = connection.prepare(sql).unwrap();
    let rows =
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).unwrap();
    rows.map(rusqlite::Result::unwrap).collect()
}

#[test]
fn objects_of_an_earlier_version_and_those_to_come_are_all_read_in_their_turn() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keepmark.db");
    connection::open_at_version(&path, BEFORE).unwrap().execute_batch(WORK).unwrap();
    let connection = connection::open_and_migrate(&path).unwrap();
    let object = |kind: &str, number, size, read_at| (kind.to_owned(), number, size, read_at);
    let earlier = [object("evidence", 1, None, 500), object("photo", 1, Some(7), 500)];
    assert_eq!(objects(&connection), earlier);
    connection
        .execute_batch(
            "UPDATE photo SET archived_at = 900 WHERE seq = 2;
             UPDATE evidence SET recorded_at = 900, body = NULL WHERE id = 2;
             UPDATE audit_object SET result = 'missing' WHERE kind = 'photo' AND number = 1;",
        )
        .unwrap();
    let [one, two] = earlier;
    let later = [one, object("evidence", 2, Some(3), 900), two, object("photo", 2, Some(7), 900)];
    assert_eq!(objects(&connection), later);
    let count = |result: &str| {
        let sql = "SELECT objects FROM audit_object_count WHERE result = ?1";
        connection.query_row(sql, [result], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!((count("intact"), count("missing")), (3, 1));
}
