//! Leaves as they are sequenced, by an upgrade and by the record; the tree as it grows, with a million leaves too.

use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

use crate::catalog::connection;
use crate::catalog::evidence::{By, record_put};
use crate::catalog::ledger::checkpoint::{last_read_back, proof, sign};
use crate::catalog::ledger::tree::{bytes_of, edge_at, grow, root_of};
use crate::domain::job::JobId;
use crate::domain::ledger::checkpoint::open;
use crate::domain::ledger::entry::Entry;
use crate::domain::ledger::key::SigningKey;
use crate::domain::ledger::tile::tiles_between;
use crate::domain::photo::{PhotoId, Sha256};

/// The last version without a ledger.
const BEFORE: i32 = 6;

fn opened(folder: &tempfile::TempDir) -> Connection {
    let connection = connection::open_and_migrate(&folder.path().join("keepmark.db")).unwrap();
    with_photo(&connection);
    connection
}

fn hash(number: u8) -> Sha256 {
    Sha256([number; 32])
}

/// One job, one photo.
fn with_photo(connection: &Connection) {
    connection
        .execute_batch(
            "INSERT INTO delivery (id, source, received_at, headers, token, body, body_sha256, event_id, outcome, last_seen_at)
             VALUES (1, 'hook', 1, '{}', 't', x'62', 'h', 'e', 'accepted', 1);
             INSERT INTO job (id, delivery_id, state, host, created_at, updated_at) VALUES (1, 1, 'leased', 'h', 1, 1);
             INSERT INTO team (id, name, segment, folded) VALUES (1, 't', 't', 't');
             INSERT INTO project (id, team_id, name, segment, folded) VALUES (1, 1, 'p', 'p', 'p');
             INSERT INTO member (id, team_id, contact, name, segment, folded) VALUES (1, 1, 'm', 'm', 'm', 'm');",
        )
        .unwrap();
    connection
        .execute(
            "INSERT INTO photo (seq, id, team_id, project_id, member_id, sha256, size_bytes, media_type, decoded,
                                object_key, key_folded, local_time, received_at, downloaded_at, source_host, sealed_by,
                                sealed_at, verdict, has_time, has_position, has_device)
             VALUES (1, ?1, 1, 1, 1, ?2, 1, 'image/jpeg', 1, 'k', 'k', '2026-03-01T08:00:00', 1, 1, 'h', 1, 1,
                     'consistent', 1, 1, 1)",
            params![PhotoId([1; 16]).to_string(), hash(1).to_string()],
        )
        .unwrap();
}

fn with_evidence(connection: &Connection, kind: &str, sha256: Sha256, recorded_at: Option<i64>) {
    connection
        .execute(
            "INSERT INTO evidence (photo_seq, job_id, kind, object_key, sha256, body, recorded_at)
             VALUES (1, 1, ?1, ?2, ?2, iif(?3 IS NULL, x'62', NULL), ?3)",
            params![kind, sha256.to_string(), recorded_at],
        )
        .unwrap();
}

fn entries(connection: &Connection) -> Vec<String> {
    let mut statement = connection.prepare("SELECT entry, number FROM ledger_leaf ORDER BY number").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?))).unwrap();
    let (entries, numbers): (Vec<_>, Vec<_>) = rows.map(rusqlite::Result::unwrap).unzip();
    assert_eq!(numbers, (0..).take(entries.len()).collect::<Vec<_>>());
    entries
}

#[test]
fn an_upgrade_sequences_what_was_recorded_and_the_record_what_follows_in_one_and_the_same_text() {
    let wanted = [
        Entry::Photo { photo: hash(1), sidecar: hash(2) },
        Entry::Repeat(hash(3)),
        Entry::Judgement(hash(4)),
    ]
    .map(|entry| entry.to_string());
    let kinds = [("sidecar", 2), ("repeat", 3), ("judgement", 4)];

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keepmark.db");
    let before = connection::open_at_version(&path, BEFORE).unwrap();
    with_photo(&before);
    with_evidence(&before, "repeat", hash(9), None);
    for (kind, number) in kinds {
        with_evidence(&before, kind, hash(number), Some(7));
    }
    let rows = |connection: &Connection| {
        let sql = "SELECT group_concat(concat_ws('/', id, photo_seq, job_id, run_id, kind, judgement, verdict, object_key, sha256,
                                                 hex(body), recorded_at)) FROM (SELECT * FROM evidence ORDER BY id)";
        connection.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap()
    };
    let evidence = rows(&before);
    drop(before);
    let upgraded = connection::open_and_migrate(&path).unwrap();
    assert_eq!(rows(&upgraded), evidence, "every piece of evidence as it was");
    assert_eq!(entries(&upgraded), wanted);

    let folder = tempfile::tempdir().unwrap();
    let mut recorded = opened(&folder);
    for (kind, number) in kinds {
        with_evidence(&recorded, kind, hash(number), None);
    }
    let transaction = recorded.transaction().unwrap();
    record_put(&transaction, By::Job(JobId(1)), 7).unwrap();
    record_put(&transaction, By::Job(JobId(1)), 8).unwrap();
    transaction.commit().unwrap();
    assert_eq!(entries(&recorded), wanted, "and each once");
}

/// Leaves without evidence, many at once.
fn add_leaves(connection: &Connection, count: u32) {
    connection
        .execute(
            "WITH RECURSIVE n (i) AS (SELECT coalesce(max(number) + 1, 0) FROM ledger_leaf
                                      UNION ALL SELECT i + 1 FROM n LIMIT ?1)
             INSERT INTO ledger_leaf (number, entry)
             SELECT i, 'keepmark-leaf/v1' || char(10) || 'record ' || printf('%064x', i) || char(10) FROM n",
            [count],
        )
        .unwrap();
}

fn key() -> SigningKey {
    SigningKey::from_seed("keepmark/0f", [1; 32]).unwrap()
}

#[test]
fn a_checkpoint_is_signed_once_for_each_size_and_finished_before_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = opened(&folder);
    add_leaves(&connection, 300);
    let transaction = connection.transaction().unwrap();
    let first = sign(&transaction, &key(), 1).unwrap().unwrap();
    add_leaves(&transaction, 5);
    assert_eq!(sign(&transaction, &key(), 2).unwrap().unwrap(), first, "it was not read back");
    assert_eq!(last_read_back(&transaction).unwrap(), None);
    crate::catalog::ledger::checkpoint::record(&transaction, 300, &first.note, 3).unwrap();
    let second = sign(&transaction, &key(), 4).unwrap().unwrap();
    assert_eq!(second.size, 305);
    let other = SigningKey::from_seed("keepmark/0f", [2; 32]).unwrap();
    let forged = crate::catalog::ledger::checkpoint::record(&transaction, 305, "another text", 5);
    assert!(forged.unwrap_err().to_string().contains("another checkpoint of 305"));
    crate::catalog::ledger::checkpoint::record(&transaction, 305, &second.note, 5).unwrap();
    assert_eq!(sign(&transaction, &key(), 6).unwrap(), None, "every leaf is in it");
    add_leaves(&transaction, 1);
    assert!(sign(&transaction, &other, 7).is_err(), "one ledger has one key");
    for size in [300, 305] {
        let note: String = transaction
            .query_row(
                "SELECT note FROM ledger_checkpoint WHERE size = ?1",
                [crate::catalog::ledger::signed(size)],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(open(&note, key().public()).unwrap().root, root_of(&transaction, size).unwrap());
    }
}

#[test]
fn a_leaf_that_was_changed_after_its_tile_was_fixed_is_not_put() {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = opened(&folder);
    add_leaves(&connection, 300);
    let transaction = connection.transaction().unwrap();
    sign(&transaction, &key(), 1).unwrap();
    transaction.commit().unwrap();
    assert_eq!(
        crate::catalog::ledger::tree::pending(&connection).unwrap().len(),
        tiles_between(0, 300).len()
    );
    connection.execute("UPDATE ledger_leaf SET entry = entry || 'x' WHERE number = 299", []).unwrap();
    let refused = crate::catalog::ledger::tree::pending(&connection).unwrap_err().to_string();
    assert!(refused.contains("tile/entries/001.p/44 were changed"), "{refused}");
}

/// Times are told, not judged: what the machine is busy with is not known here.
#[test]
fn a_million_leaves_are_grown_by_parts_and_proven_by_a_few_rows() {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = opened(&folder);
    with_evidence(&connection, "sidecar", hash(2), None);
    let transaction = connection.transaction().unwrap();
    record_put(&transaction, By::Job(JobId(1)), 7).unwrap();
    add_leaves(&transaction, 1_000_000);
    transaction.commit().unwrap();
    let (mut began, mut parts, mut longest) = (Instant::now(), 0, Duration::ZERO);
    loop {
        let part = Instant::now();
        let transaction = connection.transaction().unwrap();
        let is_more = grow(&transaction).unwrap().is_more;
        transaction.commit().unwrap();
        (parts, longest) = (parts + 1, longest.max(part.elapsed()));
        if !is_more {
            break;
        }
    }
    println!("a million leaves grew in {:?}, {parts} parts, the longest {longest:?}", began.elapsed());
    let transaction = connection.transaction().unwrap();
    let signed = sign(&transaction, &key(), 1).unwrap().unwrap();
    crate::catalog::ledger::checkpoint::record(&transaction, signed.size, &signed.note, 2).unwrap();
    transaction.commit().unwrap();
    began = Instant::now();
    for _ in 0..100 {
        let found = proof(&connection, PhotoId([1; 16])).unwrap().unwrap();
        let crate::catalog::ledger::checkpoint::Proof::Ready(found) = found else { panic!("{found:?}") };
        let entry = Entry::Photo { photo: hash(1), sidecar: hash(2) };
        assert_eq!(found.check(&entry.to_string(), key().public()).unwrap().size, 1_000_001);
    }
    println!("a proof was made and checked in {:?}", began.elapsed() / 100);
    assert_eq!(edge_at(&connection, 1_000_001).unwrap().root(), root_of(&connection, 1_000_001).unwrap());
    let bundles = tiles_between(1_000_000, 1_000_001);
    assert!(bundles.iter().all(|tile| bytes_of(&connection, tile).is_ok()));
}
