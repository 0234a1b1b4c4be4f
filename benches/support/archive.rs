//! A state folder with an archive as a daemon leaves it: marker, catalogue, one job to hang things on.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use keepmark::catalog::{BatchObserver, Catalog};
use rusqlite::Connection;

/// The id of the store.
const STORE: &str = "00000000000000000000000000000001";

/// Makes one in a folder that is not there yet; its catalogue, to fill it.
pub fn make(state_dir: &Path) -> anyhow::Result<Connection> {
    std::fs::DirBuilder::new().mode(0o700).create(state_dir)?;
    std::fs::create_dir_all(state_dir.join("archive/.keepmark"))?;
    let marker = format!("{{\"schema\":1,\"store_id\":\"{STORE}\"}}\n");
    std::fs::write(state_dir.join("archive/.keepmark/store.json"), marker)?;
    drop(Catalog::open(state_dir, BatchObserver::default())?);
    let catalogue = Connection::open(state_dir.join("keepmark.db"))?;
    catalogue.execute_batch(&format!(
        "UPDATE store SET store_id = '{STORE}';
         INSERT INTO team (id, name, segment, folded) VALUES (1, 't', 't', 't');
         INSERT INTO project (id, team_id, name, segment, folded) VALUES (1, 1, 'p', 'p', 'p');
         INSERT INTO member (id, team_id, contact, name, segment, folded) VALUES (1, 1, 'm', 'm', 'm', 'm');
         INSERT INTO delivery (id, source, received_at, headers, token, body, body_sha256, event_id, outcome, last_seen_at)
         VALUES (1, 'hook', 1, '{{}}', 't', x'62', '1', '1', 'accepted', 1);
         INSERT INTO job (id, delivery_id, state, host, created_at, updated_at) VALUES (1, 1, 'done', 'h', 1, 1);"
    ))?;
    Ok(catalogue)
}

/// Adds a photo, which is not archived yet.
pub fn add_photo(
    catalogue: &Connection,
    seq: i64,
    sha256: &str,
    size_bytes: i64,
    key: &str,
) -> anyhow::Result<()> {
    catalogue
        .prepare_cached(
            "INSERT INTO photo (seq, id, team_id, project_id, member_id, sha256, size_bytes, media_type, decoded, object_key,
                                key_folded, local_time, received_at, downloaded_at, source_host, sealed_by, sealed_at,
                                verdict, has_time, has_position, has_device)
             VALUES (?1, printf('%032x', ?1), 1, 1, 1, ?2, ?3, 'image/jpeg', 0, ?4, ?4, '2025-12-11T13:45:00', 1, 1, 'h', 1,
                     1, 'inconclusive', 0, 0, 0)",
        )?
        .execute(rusqlite::params![seq, sha256, size_bytes, key])?;
    Ok(())
}
