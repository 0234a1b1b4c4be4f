//! What pages ask of the catalogue: by which indexes, and that what is counted as it changes is what is there.

use rusqlite::Connection;

use super::connection;
use super::delivery::{Shown, listing};
use super::origin::ORIGINS;
use super::photo::{along_project, neighbour};
use super::project::{COVER, DAYS, MEMBERS, activity};
use super::query_plan::plan;
use super::versions::VERSIONS;
use crate::domain::access::Reach;
use crate::domain::delivery::Outcome;

/// The migrations before the counters of pages.
const BEFORE: [&str; 3] = [
    include_str!("../../migrations/V1__catalogue.sql"),
    include_str!("../../migrations/V2__people.sql"),
    include_str!("../../migrations/V3__search.sql"),
];

const COUNTERS: &str = include_str!("../../migrations/V4__pages.sql");

fn opened(folder: &tempfile::TempDir) -> Connection {
    connection::open_and_migrate(&folder.path().join("keepmark.db")).unwrap()
}

/// Nothing is sorted or walked through whose size is that of the archive.
fn is_bounded(sql: &str, steps: &[&str]) {
    let plan = plan(sql);
    for step in steps {
        assert!(plan.contains(step), "{step} is not in {plan}");
    }
    let free = plan.replace("SCAN (subquery", "").replace("SCAN CONSTANT ROW", "");
    let walks = ["photo", "delivery", "job", "p", "d", "j"].map(|table| format!("SCAN {table}"));
    for walk in walks {
        assert!(
            !free.split("; ").any(|line| line == walk || line.starts_with(&format!("{walk} USING"))),
            "{plan}"
        );
    }
    assert!(!plan.contains("TEMP B-TREE FOR ORDER BY"), "{plan}");
}

#[test]
fn a_day_and_its_neighbours_are_walked_by_the_projects_own_index() {
    for is_forward in [true, false] {
        let by_index = "INDEX photo_of_project (project_id=? AND ";
        is_bounded(&along_project(is_forward), &[by_index]);
        is_bounded(&neighbour(is_forward), &[by_index]);
    }
    is_bounded(COVER, &["INDEX photo_of_project (project_id=?)"]);
}

#[test]
fn a_year_of_activity_is_a_row_a_day() {
    is_bounded(&activity(&Reach::All), &["SEARCH day_span USING PRIMARY KEY (day>? AND day<?)"]);
    let of_some = plan(&activity(&Reach::Projects(vec![3, 7])));
    assert!(
        of_some.contains("SEARCH day_count USING PRIMARY KEY (project_id=? AND day>? AND day<?)"),
        "{of_some}"
    );
}

#[test]
fn what_belongs_to_one_project_or_one_photo_is_found_by_its_number() {
    is_bounded(DAYS, &["SEARCH day_count USING PRIMARY KEY (project_id=?)"]);
    is_bounded(VERSIONS, &["SEARCH photo USING INDEX photo_by_code (code=?)"]);
    let members = plan(MEMBERS);
    assert!(
        members.contains("SEARCH c USING PRIMARY KEY (project_id=?)"),
        "sorted, but only its own: {members}"
    );
    let origins = plan(ORIGINS);
    assert!(origins.contains("SEARCH l USING INDEX photo_delivery_by_photo (photo_seq=?)"), "{origins}");
}

#[test]
fn lists_of_deliveries_begin_at_their_cursor() {
    is_bounded(&listing(Shown::All), &["SEARCH d USING INTEGER PRIMARY KEY (rowid<?)"]);
    for outcome in Outcome::ALL {
        let plan = plan(&listing(Shown::Of(outcome)));
        assert!(plan.contains("INDEX delivery_by_outcome (outcome=? AND id<?)"), "{outcome:?}: {plan}");
    }
    is_bounded(
        &listing(Shown::Stuck),
        &[
            "SEARCH job USING COVERING INDEX job_dead (delivery_id<?)",
            "SEARCH job USING COVERING INDEX job_held_by_delivery (delivery_id<?)",
            "SEARCH delivery USING COVERING INDEX delivery_by_outcome (outcome=? AND id<?)",
        ],
    );
}

fn rows(connection: &Connection, sql: &str) -> Vec<(String, i64)> {
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(rusqlite::Result::unwrap).collect()
}

/// The counters, and the same counted.
fn are_right(connection: &Connection) {
    for (kept, counted) in [
        (
            "SELECT state, jobs FROM job_count WHERE jobs <> 0",
            "SELECT state, count(*) FROM job GROUP BY 1 ORDER BY 1",
        ),
        (
            "SELECT outcome, deliveries FROM delivery_count WHERE deliveries <> 0",
            "SELECT outcome, count(*) FROM delivery GROUP BY 1 ORDER BY 1",
        ),
        (
            "SELECT day, photos FROM day_span",
            "SELECT substr(local_time, 1, 10), count(*) FROM photo WHERE archived_at IS NOT NULL GROUP BY 1 ORDER BY 1",
        ),
    ] {
        let counted = rows(connection, counted);
        assert!(!counted.is_empty());
        assert_eq!(rows(connection, kept), counted, "{kept}");
    }
}

/// Six deliveries with jobs, one of them quarantined; four photos of three days, three of them archived.
const WORK: &str = "
    INSERT INTO delivery (id, source, received_at, headers, token, body, body_sha256, event_id, outcome, last_seen_at)
    SELECT value, 'hook', 1, '{}', 't', x'62', value, value, iif(value = 6, 'quarantined', 'accepted'), 1
    FROM json_each('[1, 2, 3, 4, 5, 6]');
    INSERT INTO job (id, delivery_id, state, host, created_at, updated_at)
    SELECT value, value, 'ready', 'h', 1, 1 FROM json_each('[1, 2, 3, 4, 5]');
    INSERT INTO team (id, name, segment, folded) VALUES (1, 't', 't', 't');
    INSERT INTO project (id, team_id, name, segment, folded) VALUES (1, 1, 'p', 'p', 'p');
    INSERT INTO member (id, team_id, contact, name, segment, folded) VALUES (1, 1, 'm', 'm', 'm', 'm');
    INSERT INTO photo (seq, id, team_id, project_id, member_id, sha256, size_bytes, media_type, decoded, object_key,
                       key_folded, local_time, received_at, downloaded_at, source_host, sealed_by, sealed_at, verdict,
                       has_time, has_position, has_device)
    SELECT value, value, 1, 1, 1, value, 1, 'image/jpeg', 1, value, value, '2026-03-0' || (1 + value / 2) || 'T08:00:00',
           1, 1, 'h', value, 1, 'consistent', 1, 1, 1 FROM json_each('[1, 2, 3, 4]');
    UPDATE photo SET archived_at = 1 WHERE seq < 4;
    UPDATE job SET state = 'leased' WHERE id < 5;
    UPDATE job SET state = 'done' WHERE id < 4;
    UPDATE job SET state = 'dead' WHERE id = 4;";

#[test]
fn what_is_counted_as_it_changes_is_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let connection = opened(&folder);
    connection.execute_batch(WORK).unwrap();
    are_right(&connection);
    connection
        .execute_batch(
            "UPDATE delivery SET outcome = 'accepted', event_id = 'x' WHERE id = 6;
             UPDATE job SET state = 'ready' WHERE state IN ('dead', 'done');
             UPDATE photo SET archived_at = 1 WHERE archived_at IS NULL;",
        )
        .unwrap();
    are_right(&connection);
}

#[test]
fn an_earlier_catalogue_is_counted_once() {
    let connection = Connection::open_in_memory().unwrap();
    for migration in BEFORE {
        connection.execute_batch(migration).unwrap();
    }
    connection.execute_batch(WORK).unwrap();
    connection.execute_batch(COUNTERS).unwrap();
    are_right(&connection);
}

#[test]
fn the_stuck_are_listed_newest_first_whatever_their_kind() {
    let folder = tempfile::tempdir().unwrap();
    let connection = opened(&folder);
    connection.execute_batch(WORK).unwrap();
    connection.execute_batch("UPDATE job SET state = 'held' WHERE id = 5").unwrap();
    let ids = |before: i64, limit: i64| {
        let mut statement = connection.prepare(&listing(Shown::Stuck)).unwrap();
        let rows = statement.query_map([before, limit], |row| row.get(0)).unwrap();
        rows.map(rusqlite::Result::unwrap).collect::<Vec<i64>>()
    };
    assert_eq!(ids(i64::MAX, 9), [6, 5, 4]);
    assert_eq!(ids(i64::MAX, 2), [6, 5]);
    assert_eq!(ids(6, 1), [5]);
    assert_eq!(ids(5, 9), [4]);
}
