//! Opening SQLite as durability needs it: every pragma set and read back, the schema at this program's version.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::{CatalogError, Doing as _, Result};

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// The number of the newest migration.
pub const SCHEMA_VERSION: i32 = 10;

/// How long to wait for another process's short transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// The connection of a daemon's writer.
pub(super) fn open_and_migrate(path: &Path) -> Result<Connection> {
    create_private(path)?;
    let mut connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    set_pragmas(&connection)?;
    if version(&connection)? > SCHEMA_VERSION {
        return Err(CatalogError::Newer { path: path.to_owned(), found: version(&connection)? });
    }
    embedded::migrations::runner()
        .run(&mut connection)
        .map_err(|error| CatalogError::Open { path: path.to_owned(), source: Arc::new(error) })?;
    Ok(connection)
}

/// A database as an earlier Keepmark left it.
#[cfg(test)]
pub(super) fn open_at_version(path: &Path, version: i32) -> Result<Connection> {
    create_private(path)?;
    let mut connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    set_pragmas(&connection)?;
    let target = refinery::Target::Version(version);
    embedded::migrations::runner()
        .set_target(target)
        .run(&mut connection)
        .map_err(|error| CatalogError::Open { path: path.to_owned(), source: Arc::new(error) })?;
    Ok(connection)
}

/// The connection of a command that runs beside the daemon.
pub(super) fn open_existing(path: &Path) -> Result<Connection> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    set_pragmas(&connection)?;
    match version(&connection)? {
        found if found > SCHEMA_VERSION => Err(CatalogError::Newer { path: path.to_owned(), found }),
        found if found < SCHEMA_VERSION => Err(CatalogError::Older { path: path.to_owned(), found }),
        _ => Ok(connection),
    }
}

/// A connection that cannot write.
pub(super) fn open_query_only(path: &Path) -> Result<Connection> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    set(&connection, "query_only", "1")?;
    Ok(connection)
}

/// The database, its WAL and its index take the mode of the file that is there first.
fn create_private(path: &Path) -> Result<()> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
        .map(drop)
        .map_err(|error| CatalogError::Open { path: path.to_owned(), source: Arc::new(error) })
}

pub(super) fn open(path: &Path, flags: OpenFlags) -> Result<Connection> {
    let failed = |error| CatalogError::Open { path: path.to_owned(), source: Arc::new(error) };
    let connection =
        Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(failed)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(128);
    set(&connection, "foreign_keys", "1")?;
    set(&connection, "trusted_schema", "0")?;
    Ok(connection)
}

fn set_pragmas(connection: &Connection) -> Result<()> {
    set(connection, "journal_mode", "wal")?;
    // 2 is FULL: in WAL mode the log is synced at every commit, which is the promise behind each 2xx.
    set(connection, "synchronous", "2")?;
    // Checkpoints cost two syncs; at 16 MiB of log they are rare under load and the log stays small.
    set(connection, "wal_autocheckpoint", "4096")?;
    set(connection, "journal_size_limit", "67108864")
}

fn set(connection: &Connection, pragma: &str, value: &str) -> Result<()> {
    connection.pragma_update(None, pragma, value).doing("set a pragma")?;
    let found = connection
        .pragma_query_value(None, pragma, |row| row.get::<_, rusqlite::types::Value>(0))
        .doing("read a pragma")?;
    let found = match found {
        rusqlite::types::Value::Integer(number) => number.to_string(),
        rusqlite::types::Value::Text(text) => text,
        other => format!("{other:?}"),
    };
    if found == value {
        Ok(())
    } else {
        Err(CatalogError::Pragma { pragma: format!("{pragma} = {value}"), found })
    }
}

/// The newest migration that the file has seen; 0 for an empty one.
pub(super) fn version(connection: &Connection) -> Result<i32> {
    let has_history = connection.table_exists(None, "refinery_schema_history").doing("read the version")?;
    if !has_history {
        return Ok(0);
    }
    connection
        .query_row("SELECT coalesce(max(version), 0) FROM refinery_schema_history", [], |row| row.get(0))
        .doing("read the version")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_migration_is_the_version_that_is_checked() {
        let newest =
            embedded::migrations::runner().get_migrations().iter().map(refinery::Migration::version).max();
        assert_eq!(newest, Some(SCHEMA_VERSION));
    }

    #[test]
    fn a_database_of_a_newer_version_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keepmark.db");
        let connection = open_and_migrate(&path).unwrap();
        connection
            .execute("INSERT INTO refinery_schema_history SELECT 99, 'later', applied_on, '0' FROM refinery_schema_history LIMIT 1", [])
            .unwrap();
        drop(connection);
        let error = open_and_migrate(&path).unwrap_err();
        assert!(matches!(error, CatalogError::Newer { found: 99, .. }), "{error}");
        assert!(error.to_string().contains("install the Keepmark that wrote it"));
    }

    #[test]
    fn sqlite_is_free_of_the_old_wal_bug() {
        assert!(rusqlite::version_number() >= 3_051_003, "{}", rusqlite::version());
    }
}
